//! What a run costs: every way through the folded machine, with its billable transitions.

use serde::Serialize;

use crate::draft::{Draft, Edge, MachineId, Role, StateId, StateKind, Target};
use crate::expression::node::{EdgeId, NodeKind, NodeRef};

/// More ways than this are not told apart; the report says that there are more.
const PATHS_MAX: usize = 20_000;

/// The ways through a workflow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Paths {
    /// Each way on which no step runs more than twice (a choice three times), and one call at most fails in a way that no refusal
    /// covers.
    pub paths: Vec<Path>,
    /// Whether there are more than are listed.
    pub truncated: bool,
    /// Whether no step runs twice on any of them (a choice twice), because with two rounds of every loop there would be more
    /// than can be listed: so it is with a dialogue, where every question may be asked again.
    pub once: bool,
}

/// One way through a workflow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Path {
    /// The states in their order, with their names in the folded machine.
    pub states: Vec<String>,
    /// The cases taken: `online`, `paid`, `deadline`. Together they tell one path from another.
    pub labels: Vec<String>,
    /// The variant that the result is, where that is known: `confirmed`; the error's name where the execution fails; else
    /// empty.
    pub end: String,
    /// State transitions that AWS bills. Those inside a Parallel or Map are the costliest branch's, for one item.
    pub transitions: u32,
}

impl Paths {
    /// The cheapest way that takes all of these cases.
    #[must_use]
    pub fn with_labels(&self, labels: &[&str]) -> Option<&Path> {
        let takes_all = |path: &&Path| {
            labels
                .iter()
                .all(|label| path.labels.iter().any(|taken| taken == label))
        };
        self.paths
            .iter()
            .filter(takes_all)
            .min_by_key(|path| path.transitions)
    }
}

/// All ways through a folded draft.
pub(crate) fn paths(folded: &Draft) -> Paths {
    let twice = paths_of_rounds(folded, 2);
    if twice.truncated {
        return paths_of_rounds(folded, 1);
    }
    twice
}

fn paths_of_rounds(folded: &Draft, rounds: usize) -> Paths {
    let mut walk = Walk {
        draft: folded,
        rounds,
        found: Vec::new(),
        truncated: false,
    };
    if let Some(start) = folded.machine(MachineId(0)).map(|machine| machine.start) {
        walk.follow(start, &mut Trail::default());
    }
    Paths {
        paths: walk.found,
        truncated: walk.truncated,
        once: rounds == 1,
    }
}

struct Walk<'a> {
    draft: &'a Draft,
    /// How often a step may run.
    rounds: usize,
    found: Vec<Path>,
    truncated: bool,
}

#[derive(Default, Clone)]
struct Trail {
    states: Vec<StateId>,
    labels: Vec<String>,
    inside: u32,
    accidents: u32,
}

impl Walk<'_> {
    fn follow(&mut self, id: EdgeId, trail: &mut Trail) {
        if self.found.len() >= PATHS_MAX {
            self.truncated = true;
            return;
        }
        let Some(edge) = self.draft.edge(id) else {
            return;
        };
        let accident = u32::from(is_accident(edge));
        if trail.accidents + accident > 1 {
            return;
        }
        trail.accidents += accident;
        let labels = trail.labels.len();
        trail.labels.extend(
            edge.label
                .split(", ")
                .filter(|label| !label.is_empty())
                .map(str::to_owned),
        );
        match &edge.to {
            Target::State(state) => self.enter(*state, trail),
            Target::Finish(value) => {
                self.end(end_name(value), extra_end(self.draft, id, edge), trail)
            }
            Target::Open => {}
        }
        trail.labels.truncate(labels);
        trail.accidents -= accident;
    }

    fn enter(&mut self, id: StateId, trail: &mut Trail) {
        let visits = trail
            .states
            .iter()
            .filter(|visited| **visited == id)
            .count();
        if visits >= self.visits_max(id) {
            return;
        }
        let inside: u32 = self
            .draft
            .bodies(id)
            .into_iter()
            .map(|body| costliest(self.draft, body))
            .sum();
        trail.states.push(id);
        trail.inside += inside;
        let out: Vec<EdgeId> = self.draft.out(id).map(|(id, _)| id).collect();
        if let Some(StateKind::Fail { error, .. }) = self.draft.state(id).map(|state| &state.kind) {
            self.end(error.clone(), 0, trail);
        }
        for edge in out {
            self.follow(edge, trail);
        }
        trail.states.pop();
        trail.inside -= inside;
    }

    /// Two rounds of a loop show what a further round costs; a choice between two loops is passed once more than they are.
    fn visits_max(&self, id: StateId) -> usize {
        let state = self.draft.state(id);
        let is_choice = state.is_some_and(|state| matches!(state.kind, StateKind::Choice));
        self.rounds + usize::from(is_choice)
    }

    fn end(&mut self, end: String, extra: u32, trail: &Trail) {
        let name = |id: &StateId| {
            self.draft
                .state(*id)
                .map_or_else(String::new, |state| state.name.clone())
        };
        let states: Vec<String> = trail.states.iter().map(name).collect();
        let transitions = u32::try_from(states.len()).unwrap_or(u32::MAX) + trail.inside + extra;
        self.found.push(Path {
            states,
            labels: trail.labels.clone(),
            end,
            transitions,
        });
    }
}

/// Whether the edge is for whatever else goes wrong. Two of them on one way tell nobody anything, and there are very many.
fn is_accident(edge: &Edge) -> bool {
    matches!(&edge.role, Role::Caught(errors) if errors.iter().any(|error| error == "States.ALL"))
}

/// A Choice and a Catch end in a state of their own, which is one more transition.
fn extra_end(draft: &Draft, id: EdgeId, edge: &Edge) -> u32 {
    let from = draft.states().find(|(_, state)| state.out.contains(&id));
    let by_itself = from.is_some_and(|(_, state)| {
        !matches!(state.kind, StateKind::Choice | StateKind::Fail { .. })
    });
    u32::from(!(by_itself && matches!(edge.role, Role::Next)))
}

fn costliest(draft: &Draft, body: MachineId) -> u32 {
    let mut walk = Walk {
        draft,
        rounds: 2,
        found: Vec::new(),
        truncated: false,
    };
    if let Some(start) = draft.machine(body).map(|machine| machine.start) {
        walk.follow(start, &mut Trail::default());
    }
    walk.found
        .iter()
        .map(|path| path.transitions)
        .max()
        .unwrap_or(0)
}

fn end_name(value: NodeRef) -> String {
    match value.kind() {
        NodeKind::Variant { shape, index, .. } => shape
            .variant(*index)
            .map_or_else(String::new, |variant| variant.case.to_owned()),
        NodeKind::Literal(value) => value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned),
        _ => String::new(),
    }
}
