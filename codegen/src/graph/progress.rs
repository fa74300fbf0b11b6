//! How far an execution has come, on the graph as it was written.
//!
//! A history knows the states of the printed machine; several written steps may have been folded into one state. The
//! steps between two visited states are found by following the graph; where several ways are possible, only what all
//! of them share is marked, so that the picture never claims more than the history says.

use std::collections::{BTreeMap, BTreeSet};

use super::{Edge, EdgeKind, Graph, Node};

/// More ways than this between two states are not compared one by one.
const WAYS_COMPARED: usize = 64;

/// One visit of an execution to a state, in the order of its history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visit {
    /// The state's name.
    pub state: String,
    /// The visit it came from (position in the same list), nothing for the first.
    pub after: Option<usize>,
    /// How it went.
    pub outcome: Outcome,
}

/// How a visit went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The execution is there now.
    Running,
    /// It went on from there.
    Left,
    /// It went on from there because an error or a deadline was caught.
    Caught,
    /// It ended there as succeeded.
    Ended,
    /// It failed there, and that ended it.
    Failed,
}

/// What a picture says of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mark {
    /// The execution was there and went on.
    Passed,
    /// The execution is there now.
    Current,
    /// The execution failed there.
    Failed,
}

impl Mark {
    /// The word that lists and screen readers get.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Current => "here now",
            Self::Failed => "failed",
        }
    }
}

/// How far an execution has come.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Progress {
    /// Marks by node id; a node that is not here was not reached.
    pub nodes: BTreeMap<String, Mark>,
    /// How often each node was reached.
    pub times: BTreeMap<String, usize>,
    /// Edges that were walked, as (from, to, kind).
    pub edges: BTreeSet<(String, String, EdgeKind)>,
}

impl Progress {
    /// Whether an edge was walked.
    #[must_use]
    pub fn walked(&self, from: &str, to: &str, kind: EdgeKind) -> bool {
        self.edges
            .iter()
            .any(|(f, t, k)| f == from && t == to && *k == kind)
    }
}

/// Marks the graph with what the history says.
#[must_use]
pub fn progress(graph: &Graph, visits: &[Visit]) -> Progress {
    let mut progress = Progress::default();
    for visit in visits {
        let Some(to) = main_node(graph, &visit.state) else {
            continue;
        };
        match visit.after.and_then(|before| visits.get(before)) {
            None => {
                let ways = ways(graph, &graph.start, None, |node| node.id == to.id);
                mark_passed(&mut progress, &ways, true);
            }
            Some(before) => {
                if let Some(from) = main_node(graph, &before.state) {
                    let ways = ways(graph, &from.id, Some(before.outcome), |node| {
                        node.id == to.id
                    });
                    mark_passed(&mut progress, &ways, false);
                }
            }
        }
        *progress.times.entry(to.id.clone()).or_default() += 1;
        let mark = match visit.outcome {
            Outcome::Running => Mark::Current,
            Outcome::Failed => Mark::Failed,
            Outcome::Left | Outcome::Caught | Outcome::Ended => Mark::Passed,
        };
        progress.nodes.insert(to.id.clone(), mark);
        if visit.outcome == Outcome::Ended && !to.kind.is_end() {
            let ways = ways(graph, &to.id, None, |node| node.kind.is_end());
            mark_passed(&mut progress, &ways, false);
        }
    }
    progress
}

/// The written step that a state is called after, or the first that was folded into it.
fn main_node<'a>(graph: &'a Graph, state: &str) -> Option<&'a Node> {
    let carried = || {
        graph
            .nodes
            .iter()
            .filter(|node| node.state.as_deref() == Some(state))
    };
    carried()
        .find(|node| node.label == state)
        .or_else(|| carried().next())
}

/// Whether a step has a state of its own, so that passing it would show in the history.
fn shows_in_history(graph: &Graph, node: &Node) -> bool {
    node.state
        .as_deref()
        .and_then(|state| main_node(graph, state))
        .is_some_and(|main| main.id == node.id)
}

/// All ways from a step to the first steps that `found` accepts, through steps that a history does not show.
fn ways<'a>(
    graph: &'a Graph,
    from: &'a str,
    outcome: Option<Outcome>,
    found: impl Fn(&Node) -> bool,
) -> Vec<Vec<&'a Edge>> {
    let mut complete = Vec::new();
    // A start that is itself the step looked for: no edge is walked.
    if outcome.is_none() && graph.node(from).is_some_and(&found) {
        return vec![Vec::new()];
    }
    let mut open: Vec<Vec<&Edge>> = first_edges(graph, from, outcome)
        .into_iter()
        .map(|edge| vec![edge])
        .collect();
    while let Some(way) = open.pop() {
        let Some(node) = way.last().and_then(|edge| graph.node(&edge.to)) else {
            continue;
        };
        if found(node) {
            complete.push(way);
        } else if !shows_in_history(graph, node)
            && !way.iter().rev().skip(1).any(|e| e.to == node.id)
        {
            open.extend(graph.leaving(&node.id).map(|edge| {
                let mut longer = way.clone();
                longer.push(edge);
                longer
            }));
        }
        if complete.len() + open.len() > WAYS_COMPARED {
            return Vec::new();
        }
    }
    complete
}

/// The edges by which a step was left: a caught error leaves by an error edge, an answer does not.
fn first_edges<'a>(graph: &'a Graph, from: &'a str, outcome: Option<Outcome>) -> Vec<&'a Edge> {
    let (by_error, normal): (Vec<&Edge>, Vec<&Edge>) = graph
        .leaving(from)
        .partition(|edge| edge.kind != EdgeKind::Normal);
    match outcome {
        Some(Outcome::Caught) if !by_error.is_empty() => by_error,
        Some(_) if !normal.is_empty() => normal,
        _ => by_error.into_iter().chain(normal).collect(),
    }
}

/// Marks what all the ways share; the first step too, where an execution began in a step that its history hides.
fn mark_passed(progress: &mut Progress, ways: &[Vec<&Edge>], with_first: bool) {
    let Some((one, others)) = ways.split_first() else {
        return;
    };
    for (position, edge) in one.iter().enumerate() {
        let same = |e: &&Edge| e.from == edge.from && e.to == edge.to && e.kind == edge.kind;
        let reached = |e: &&Edge| e.to == edge.to;
        if others.iter().all(|way| way.iter().any(&same)) {
            progress
                .edges
                .insert((edge.from.clone(), edge.to.clone(), edge.kind));
        }
        if others.iter().all(|way| way.iter().any(&reached)) {
            progress
                .nodes
                .entry(edge.to.clone())
                .or_insert(Mark::Passed);
        }
        if with_first && position == 0 {
            progress
                .nodes
                .entry(edge.from.clone())
                .or_insert(Mark::Passed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::tests, Mark, Outcome, Visit, progress};
    use crate::graph::EdgeKind;

    /// `state outcome` in order, each after the one before.
    fn visits(steps: &[(&str, Outcome)]) -> Vec<Visit> {
        steps
            .iter()
            .enumerate()
            .map(|(position, (state, outcome))| Visit {
                state: (*state).into(),
                after: position.checked_sub(1),
                outcome: *outcome,
            })
            .collect()
    }

    #[track_caller]
    fn check(steps: &[(&str, Outcome)], passed: &[&str], other: &[(&str, Mark)]) {
        let progress = progress(&tests::order(), &visits(steps));
        let mut expected: Vec<(String, Mark)> = passed
            .iter()
            .map(|id| ((*id).to_owned(), Mark::Passed))
            .chain(other.iter().map(|(id, mark)| ((*id).to_owned(), *mark)))
            .collect();
        expected.sort();
        assert_eq!(progress.nodes.into_iter().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn marks_what_the_history_says() {
        use Outcome::{Caught, Ended, Failed, Left, Running};
        check(&[], &[], &[]);
        check(
            &[("Accept order", Running)],
            &[],
            &[("accept", Mark::Current)],
        );
        check(
            &[
                ("Accept order", Left),
                ("How is it paid?", Left),
                ("Await payment", Running),
            ],
            &["accept", "how"],
            &[("await", Mark::Current)],
        );
        check(
            &[
                ("Accept order", Left),
                ("How is it paid?", Left),
                ("Await payment", Caught),
                ("Settle payment", Failed),
            ],
            &["accept", "how", "await"],
            &[("settle", Mark::Failed)],
        );
        check(
            &[
                ("Accept order", Left),
                ("How is it paid?", Left),
                ("Confirm order", Ended),
            ],
            &["accept", "how", "confirm", "done"],
            &[],
        );
    }

    #[test]
    fn steps_folded_into_others_are_found_by_the_way() {
        let mut graph = tests::order();
        for node in &mut graph.nodes {
            if node.id == "how" || node.id == "what" {
                node.state = None;
            }
        }
        use Outcome::{Caught, Ended, Left};
        let progress = progress(
            &graph,
            &visits(&[
                ("Accept order", Left),
                ("Await payment", Caught),
                ("Settle payment", Left),
                ("Close order", Ended),
            ]),
        );
        for id in ["accept", "how", "await", "settle", "what", "close", "done"] {
            assert_eq!(progress.nodes.get(id), Some(&Mark::Passed), "{id}");
        }
        assert!(progress.walked("await", "settle", EdgeKind::Timeout));
        assert!(progress.walked("what", "close", EdgeKind::Normal));
        assert!(!progress.walked("await", "what", EdgeKind::Normal));
    }

    #[test]
    fn what_is_not_known_is_not_claimed() {
        let mut graph = tests::order();
        // Two hidden steps side by side: which one was passed, the history does not say.
        graph
            .nodes
            .push(tests::node("left", "Left", super::super::NodeKind::Pass));
        graph
            .nodes
            .push(tests::node("right", "Right", super::super::NodeKind::Pass));
        graph.edges.retain(|edge| edge.from != "close");
        for (from, to) in [
            ("close", "left"),
            ("close", "right"),
            ("left", "confirm"),
            ("right", "confirm"),
        ] {
            graph.edges.push(tests::edge(from, to, ""));
        }
        let progress = progress(
            &graph,
            &visits(&[
                ("Close order", Outcome::Left),
                ("Confirm order", Outcome::Running),
            ]),
        );
        assert_eq!(progress.nodes.get("left"), None);
        assert_eq!(progress.nodes.get("right"), None);
        assert_eq!(progress.nodes.get("confirm"), Some(&Mark::Current));
    }

    #[test]
    fn a_loop_counts_its_rounds_and_shows_where_it_is() {
        use Outcome::{Left, Running};
        let round = [
            ("Await payment", Left),
            ("What came?", Left),
            ("Offer another method", Left),
        ];
        let mut steps = round.to_vec();
        steps.extend([("Await payment", Running)]);
        let progress = progress(&tests::order(), &visits(&steps));
        assert_eq!(progress.nodes.get("await"), Some(&Mark::Current));
        assert_eq!(progress.times.get("await"), Some(&2));
        assert!(progress.walked("offer", "await", EdgeKind::Normal));
    }
}
