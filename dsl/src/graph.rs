//! The graph as it was written, as plain data: what people draw, read and review.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::draft::error::SourcePlace;
use crate::draft::{Does, Draft, MachineId, Role, StateId, StateKind, Target};
use crate::expression::node::EdgeId;
use crate::pass::flow::{Reachable, reachable};
use crate::print::jsonata::{self, Words};

/// A workflow's steps and the ways between them, before folding.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Graph {
    /// The steps, in the order in which a reader meets them.
    pub nodes: Vec<GraphNode>,
    /// The ways between them.
    pub edges: Vec<GraphEdge>,
    /// Every state of the folded machine, with the steps that run as it: itself, and the choices that became part of it.
    pub folded: BTreeMap<String, Vec<String>>,
    /// The ways of the folded machine, with the choices that each one passes.
    pub transitions: Vec<FoldedTransition>,
}

/// A way from one state of the folded machine to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FoldedTransition {
    /// The state that it leaves.
    pub from: String,
    /// The state that it leads to; absent at an end.
    pub to: Option<String>,
    /// The cases taken on it.
    pub label: String,
    /// The choices that are decided on it, beside the state itself.
    pub passes: Vec<String>,
}

/// A step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GraphNode {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: StepKind,
    /// Where it is written.
    pub place: SourcePlace,
    /// The Map or Parallel that it is inside of.
    pub within: Option<String>,
}

/// What a step is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase", tag = "type", content = "of")]
pub enum StepKind {
    /// Calls this task.
    Task(&'static str),
    /// Asks by this task, and awaits a signal.
    Ask(&'static str),
    /// Runs this workflow and awaits its result.
    Child(&'static str),
    /// Starts this workflow.
    Start(&'static str),
    /// Calls a service directly.
    Service(&'static str),
    /// Decides.
    Choice,
    /// Lets time pass.
    Wait,
    /// Runs branches side by side.
    Parallel,
    /// Runs steps for every item.
    Map,
    /// Ends the execution as failed.
    Fail,
}

/// A way from one step to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GraphEdge {
    /// The step that it leaves; absent at the start.
    pub from: Option<String>,
    /// The step that it leads to; absent at an end.
    pub to: Option<String>,
    /// What a diagram writes on it: the case, `deadline`, `again`.
    pub label: String,
    /// When it is taken.
    pub when: EdgeWhen,
    /// The Map or Parallel that it is inside of.
    pub within: Option<String>,
    /// At an end: the workflow's result, as JSONata.
    pub result: Option<String>,
}

/// When a way is taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase", tag = "type", content = "of")]
pub enum EdgeWhen {
    /// When the step before is done.
    Next,
    /// When this condition holds.
    Condition(String),
    /// When no condition of the choice does.
    Otherwise,
    /// When the step fails with one of these errors.
    Caught(Vec<String>),
}

/// Describes a draft as it was written; `folded` is the same one after folding.
pub(crate) fn describe(draft: &Draft, folded: &Draft) -> Graph {
    let found = reachable(draft);
    let words = Words::new(&draft.variables, "$states.result");
    let mut graph = Graph {
        nodes: Vec::new(),
        edges: Vec::new(),
        folded: fold_map(folded),
        transitions: transitions(folded),
    };
    for machine in &found.machines {
        if let Some(start) = draft.machine(*machine).map(|machine| machine.start) {
            graph
                .edges
                .extend(edge(draft, start, None, within(draft, *machine), &words));
        }
    }
    for id in &found.states {
        let Some(state) = draft.state(*id) else {
            continue;
        };
        let Some(kind) = step_kind(&state.kind) else {
            continue;
        };
        let inside = within(draft, state.machine);
        for out in &state.out {
            graph.edges.extend(edge(
                draft,
                *out,
                Some(state.name.clone()),
                inside.clone(),
                &words,
            ));
        }
        graph.nodes.push(GraphNode {
            name: state.name.clone(),
            kind,
            place: state.place.into(),
            within: inside,
        });
    }
    graph
}

fn within(draft: &Draft, machine: MachineId) -> Option<String> {
    let container = draft.machine(machine)?.within?;
    Some(draft.state(container)?.name.clone())
}

fn step_kind(kind: &StateKind) -> Option<StepKind> {
    Some(match kind {
        StateKind::Join => return None,
        StateKind::Choice => StepKind::Choice,
        StateKind::Wait(_) => StepKind::Wait,
        StateKind::Parallel(_) => StepKind::Parallel,
        StateKind::Map { .. } => StepKind::Map,
        StateKind::Fail { .. } => StepKind::Fail,
        StateKind::Task(task) => match task.does {
            Does::Task(name) => StepKind::Task(name),
            Does::Ask(name) => StepKind::Ask(name),
            Does::Child(name) => StepKind::Child(name),
            Does::Start(name) => StepKind::Start(name),
            Does::Service(name) => StepKind::Service(name),
        },
    })
}

/// An edge as people see it: meeting points are not steps, so it leads to what is behind them.
fn edge(
    draft: &Draft,
    id: EdgeId,
    from: Option<String>,
    within: Option<String>,
    words: &Words<'_>,
) -> Option<GraphEdge> {
    let edge = draft.edge(id)?;
    let when = match &edge.role {
        Role::Start | Role::Next => EdgeWhen::Next,
        Role::When(condition) => EdgeWhen::Condition(jsonata::print(condition, words)),
        Role::Otherwise => EdgeWhen::Otherwise,
        Role::Caught(errors) => EdgeWhen::Caught(errors.clone()),
    };
    let (to, result) = end_of(draft, &edge.to, words);
    Some(GraphEdge {
        from,
        to,
        label: edge.label.clone(),
        when,
        within,
        result,
    })
}

fn end_of(draft: &Draft, target: &Target, words: &Words<'_>) -> (Option<String>, Option<String>) {
    let mut target = target;
    // As many meeting points as there are states at most.
    for _ in 0..=draft.states.len() {
        match target {
            Target::Open => return (None, None),
            Target::Finish(value) => return (None, Some(jsonata::leaf(value, words))),
            Target::State(id) => match draft.state(*id) {
                Some(state) if matches!(state.kind, StateKind::Join) => match draft.out(*id).next()
                {
                    Some((_, behind)) => target = &behind.to,
                    None => return (None, None),
                },
                Some(state) => return (Some(state.name.clone()), None),
                None => return (None, None),
            },
        }
    }
    (None, None)
}

fn fold_map(folded: &Draft) -> BTreeMap<String, Vec<String>> {
    let Reachable { states, .. } = reachable(folded);
    let name = |id: &StateId| {
        folded
            .state(*id)
            .map_or_else(String::new, |state| state.name.clone())
    };
    let entry = |id: &StateId| {
        let mut runs = vec![name(id)];
        for carried in folded.out(*id).flat_map(|(_, edge)| &edge.via).map(name) {
            if !runs.contains(&carried) {
                runs.push(carried);
            }
        }
        (name(id), runs)
    };
    states.iter().map(entry).collect()
}

fn transitions(folded: &Draft) -> Vec<FoldedTransition> {
    let name = |id: &StateId| {
        folded
            .state(*id)
            .map_or_else(String::new, |state| state.name.clone())
    };
    let of_state = |id: StateId| {
        folded.out(id).map(move |(_, edge)| FoldedTransition {
            from: name(&id),
            to: match &edge.to {
                Target::State(to) => Some(name(to)),
                Target::Finish(_) | Target::Open => None,
            },
            label: edge.label.clone(),
            passes: edge.via.iter().map(name).collect(),
        })
    };
    reachable(folded)
        .states
        .into_iter()
        .flat_map(of_state)
        .collect()
}
