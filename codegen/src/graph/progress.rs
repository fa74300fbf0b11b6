//! How far an execution has come, on the graph as it was written.
//!
//! A history knows the states of the printed machine; choices may have been folded into the states before them. What was
//! passed between two visited states is in the graph's transitions; where several are possible, only what all of them
//! share is marked, so that the picture never claims more than the history says.

use std::collections::{BTreeMap, BTreeSet};

use super::{Edge, EdgeKind, Graph, Node, Transition, written};

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
    /// Lines that were walked, with the reasons that are known. A line may have several reasons, each its own edge.
    pub lines: BTreeMap<Line, BTreeSet<String>>,
}

/// A line of the picture: from, to, and for what kind of reason.
pub type Line = (String, String, EdgeKind);

impl Progress {
    /// Whether a line was walked.
    #[must_use]
    pub fn walked(&self, from: &str, to: &str, kind: EdgeKind) -> bool {
        self.reasons(from, to, kind).is_some()
    }

    /// For which reasons a line was walked, as far as they are known; nothing if it was not walked.
    #[must_use]
    pub fn reasons(&self, from: &str, to: &str, kind: EdgeKind) -> Option<&BTreeSet<String>> {
        self.lines
            .iter()
            .find(|((f, t, k), _)| f == from && t == to && *k == kind)
            .map(|(_, reasons)| reasons)
    }
}

/// Marks the graph with what the history says. `output` is what the execution ended with, as JSON text.
#[must_use]
pub fn progress(graph: &Graph, visits: &[Visit], output: Option<&str>) -> Progress {
    let mut progress = Progress::default();
    for visit in visits {
        let Some(to) = node_of(graph, &visit.state) else {
            continue;
        };
        let before = visit.after.and_then(|before| visits.get(before));
        if let Some(before) = before {
            let ways = ways(graph, &before.state, Some(&visit.state), before.outcome);
            progress.walk(&ways);
        }
        progress.reach(to, visit.outcome);
        if visit.outcome == Outcome::Ended && !to.kind.is_end() {
            let end = output
                .and_then(|json| serde_json::from_str::<String>(json).ok())
                .map(|word| written::end_of_output(&word));
            let mut ways = ways(graph, &visit.state, None, Outcome::Left);
            ways.retain(|way| {
                let last = way.last().map(|edge| edge.to.as_str());
                end.is_none() || last == end.as_deref()
            });
            progress.walk(&ways);
        }
    }
    progress
}

impl Progress {
    /// A visit to a step.
    fn reach(&mut self, node: &Node, outcome: Outcome) {
        *self.times.entry(node.id.clone()).or_default() += 1;
        let mark = match outcome {
            Outcome::Running => Mark::Current,
            Outcome::Failed => Mark::Failed,
            Outcome::Left | Outcome::Caught | Outcome::Ended => Mark::Passed,
        };
        self.nodes.insert(node.id.clone(), mark);
    }

    /// Marks what all the ways share.
    fn walk(&mut self, ways: &[Vec<&Edge>]) {
        let Some((one, others)) = ways.split_first() else {
            return;
        };
        for edge in one {
            let same = |e: &&&Edge| e.from == edge.from && e.to == edge.to && e.kind == edge.kind;
            let reached = |e: &&Edge| e.to == edge.to;
            if others.iter().all(|way| way.iter().any(|e| same(&e))) {
                let labels: BTreeSet<&str> = ways
                    .iter()
                    .flat_map(|way| way.iter().filter(same))
                    .map(|edge| edge.label.as_str())
                    .collect();
                let key = (edge.from.clone(), edge.to.clone(), edge.kind);
                let reasons = self.lines.entry(key).or_default();
                if labels.len() == 1 {
                    reasons.extend(labels.into_iter().map(str::to_owned));
                }
            }
            if others.iter().all(|way| way.iter().any(&reached)) {
                self.nodes.entry(edge.to.clone()).or_insert(Mark::Passed);
            }
        }
    }
}

/// The step that a state is called after.
fn node_of<'a>(graph: &'a Graph, state: &str) -> Option<&'a Node> {
    graph
        .nodes
        .iter()
        .find(|node| node.state.as_deref() == Some(state))
}

/// The ways by which the machine can have gone from a state to the next, as lines of the graph.
fn ways<'a>(
    graph: &'a Graph,
    from: &str,
    to: Option<&str>,
    outcome: Outcome,
) -> Vec<Vec<&'a Edge>> {
    let fitting = graph
        .transitions
        .iter()
        .filter(|transition| transition.from == from && transition.to.as_deref() == to);
    let all: Vec<Vec<&Edge>> = fitting
        .flat_map(|transition| lines(graph, transition))
        .collect();
    // A caught error leaves by an error line, an answer does not: where both are possible, the outcome tells.
    let by_error = |way: &Vec<&Edge>| {
        way.first()
            .is_some_and(|edge| edge.kind != EdgeKind::Normal)
    };
    let right: Vec<Vec<&Edge>> = all
        .iter()
        .filter(|way| by_error(way) == (outcome == Outcome::Caught))
        .cloned()
        .collect();
    if right.is_empty() { all } else { right }
}

/// The lines that a transition walks; at an end, for each end that it can be.
fn lines<'a>(graph: &'a Graph, transition: &Transition) -> Vec<Vec<&'a Edge>> {
    let Some(from) = node_of(graph, &transition.from) else {
        return Vec::new();
    };
    let mut ways: Vec<Vec<&Edge>> = vec![Vec::new()];
    let mut here = from.id.as_str();
    for next in transition.passes.iter().chain(&transition.to) {
        let edge = between(graph, here, &transition.reasons, |edge| edge.to == *next)
            .into_iter()
            .next();
        let Some(edge) = edge else {
            return Vec::new();
        };
        for way in &mut ways {
            way.push(edge);
        }
        here = next;
    }
    if transition.to.is_none() {
        let ends = between(graph, here, &transition.reasons, |edge| {
            graph.node(&edge.to).is_some_and(|node| node.kind.is_end())
        });
        return ends
            .into_iter()
            .flat_map(|end| {
                ways.iter().map(move |way| {
                    let mut whole = way.clone();
                    whole.push(end);
                    whole
                })
            })
            .collect();
    }
    ways
}

/// The lines that leave a step and fit: those that say one of the reasons, else those that say nothing, else all (a choice
/// whose outcome was known beforehand is passed without a reason).
fn between<'a>(
    graph: &'a Graph,
    from: &str,
    reasons: &[String],
    fits: impl Fn(&Edge) -> bool,
) -> Vec<&'a Edge> {
    let all: Vec<&Edge> = graph
        .edges
        .iter()
        .filter(|edge| edge.from == from && fits(edge))
        .collect();
    let only = |wanted: &dyn Fn(&Edge) -> bool| -> Vec<&'a Edge> {
        all.iter().copied().filter(|edge| wanted(edge)).collect()
    };
    let saying = only(&|edge| reasons.contains(&edge.label));
    let silent = only(&|edge| edge.label.is_empty());
    [saying, silent]
        .into_iter()
        .find(|lines| !lines.is_empty())
        .unwrap_or(all)
}

#[cfg(test)]
mod tests {
    use super::{Graph, Mark, Outcome, Progress, Visit, progress};
    use crate::graph::EdgeKind;

    fn lifecycle() -> Graph {
        let workflows = comanda_workflows::all().unwrap();
        Graph::from(
            workflows
                .iter()
                .find(|w| w.name == "order-lifecycle")
                .unwrap(),
        )
    }

    /// `state outcome` in order, each after the one before.
    fn after(steps: &[(&str, Outcome)], output: Option<&str>) -> Progress {
        let visits: Vec<Visit> = steps
            .iter()
            .enumerate()
            .map(|(position, (state, outcome))| Visit {
                state: (*state).into(),
                after: position.checked_sub(1),
                outcome: *outcome,
            })
            .collect();
        progress(&lifecycle(), &visits, output)
    }

    #[track_caller]
    fn check(
        steps: &[(&str, Outcome)],
        output: Option<&str>,
        passed: &[&str],
        last: &[(&str, Mark)],
    ) {
        let mut expected: Vec<(String, Mark)> = passed
            .iter()
            .map(|label| ((*label).to_owned(), Mark::Passed))
            .chain(
                last.iter()
                    .map(|(label, mark)| ((*label).to_owned(), *mark)),
            )
            .collect();
        expected.sort();
        let found: Vec<(String, Mark)> = after(steps, output).nodes.into_iter().collect();
        assert_eq!(found, expected);
    }

    use Outcome::{Caught, Ended, Failed, Left, Running};

    #[test]
    fn visited_states_are_marked_and_choices_folded_between_them() {
        check(&[], None, &[], &[]);
        check(
            &[("Accept the order", Running)],
            None,
            &[],
            &[("Accept the order", Mark::Current)],
        );
        check(
            &[
                ("Accept the order", Left),
                ("How is it paid?", Left),
                ("Await the payment", Running),
            ],
            None,
            &["Accept the order", "How is it paid?", "What is asked?"],
            &[("Await the payment", Mark::Current)],
        );
        check(
            &[
                ("Accept the order", Left),
                ("How is it paid?", Left),
                ("Confirm the order", Failed),
            ],
            None,
            &[
                "Accept the order",
                "How is it paid?",
                "Can it be cooked?",
                "Who confirms it?",
                "Is it on?",
            ],
            &[("Confirm the order", Mark::Failed)],
        );
    }

    #[test]
    fn the_end_is_the_one_that_the_output_names() {
        check(
            &[("What does closing leave?", Ended)],
            Some("\"confirmed\""),
            &["What does closing leave?", "end of all: Confirmed"],
            &[],
        );
        // Not known which: none is claimed.
        check(
            &[("What does closing leave?", Ended)],
            None,
            &["What does closing leave?"],
            &[],
        );
    }

    #[test]
    fn errors_and_deadlines_walk_their_own_lines() {
        let progress = after(
            &[
                ("Await the payment", Caught),
                ("Settle the payment at its deadline", Running),
            ],
            None,
        );
        assert!(progress.walked(
            "Await the payment",
            "Settle the payment at its deadline",
            EdgeKind::Timeout
        ));
        let progress = after(
            &[("Await the payment", Caught), ("Close the order", Running)],
            None,
        );
        assert!(progress.walked("Await the payment", "Could it be asked?", EdgeKind::Error));
        assert!(!progress.walked("Await the payment", "Could it be asked?", EdgeKind::Normal));
        assert!(!progress.nodes.contains_key("What came of the payment?"));
    }

    #[test]
    fn what_is_not_known_is_not_claimed() {
        // Cancelled, expired, or asked too often: only some of these pass "Ask once more?".
        let progress = after(
            &[
                ("What came of the payment?", Left),
                ("Close the order", Running),
            ],
            None,
        );
        assert!(!progress.nodes.contains_key("Ask once more?"));
        let decided = ("Can it be cooked?", "Is it on?", EdgeKind::Normal);
        assert_eq!(
            progress
                .reasons(decided.0, decided.1, decided.2)
                .map(|r| r.len()),
            Some(1)
        );
        assert!(progress.nodes.contains_key("Who ends it?"));
    }

    #[test]
    fn a_loop_counts_its_rounds_and_shows_where_it_is() {
        let progress = after(
            &[
                ("Await the payment", Left),
                ("What came of the payment?", Left),
                ("Await another payment method", Left),
                ("What came of the payment?", Left),
                ("Await the payment", Running),
            ],
            None,
        );
        assert_eq!(
            progress.nodes.get("Await the payment"),
            Some(&Mark::Current)
        );
        assert_eq!(progress.times.get("Await the payment"), Some(&2));
        assert!(progress.walked("Ask once more?", "What is asked?", EdgeKind::Normal));
    }
}
