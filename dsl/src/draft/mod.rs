//! The middle form: a graph whose edges carry the assignments.
//!
//! A draft is what a workflow function leaves behind, and what the passes work on. There is no Pass state here: a step's
//! result, a joined value and a loop's next round are assignments on edges, and only an edge that leaves nothing that
//! could carry them (a machine's start) makes the printer put one in.

pub(crate) mod error;

use std::collections::BTreeMap;
use std::panic::Location;

use crate::expression::node::{EdgeId, NodeRef, Variable};
use crate::workflow::{IntegrationDescription, TaskDescription};
use error::DefinitionError;

/// Where in the source a step was written.
pub(crate) type Place = &'static Location<'static>;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct StateId(pub(crate) u32);

/// A state machine, or the body of a Map or a branch of a Parallel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct MachineId(pub(crate) u32);

/// A whole workflow while it is being built.
#[derive(Debug, Clone, Default)]
pub(crate) struct Draft {
    pub(crate) machines: Vec<Machine>,
    pub(crate) states: Vec<State>,
    pub(crate) edges: Vec<Edge>,
    /// Names of the variables. In the end unique in the workflow: AWS forbids that an inner one hides an outer one.
    pub(crate) variables: Vec<String>,
    pub(crate) errors: Vec<DefinitionError>,
    pub(crate) tasks: BTreeMap<&'static str, TaskDescription>,
    pub(crate) integrations: Vec<IntegrationDescription>,
    /// State names in use, and where each was given.
    pub(crate) names: BTreeMap<String, Place>,
}

#[derive(Debug, Clone)]
pub(crate) struct Machine {
    pub(crate) start: EdgeId,
    /// Name of the type that the machine ends with, and its Rust identity.
    pub(crate) output: (std::any::TypeId, &'static str),
    /// The Map or Parallel that the machine is a body of.
    pub(crate) within: Option<StateId>,
    /// The state that a Choice or a Catch ends in, because neither can end by itself.
    pub(crate) end_name: String,
}

#[derive(Debug, Clone)]
pub(crate) struct State {
    pub(crate) machine: MachineId,
    pub(crate) name: String,
    pub(crate) place: Place,
    pub(crate) kind: StateKind,
    pub(crate) out: Vec<EdgeId>,
}

#[derive(Debug, Clone)]
pub(crate) enum StateKind {
    /// Edges meet. Becomes a Pass only where its assignments can ride on no edge.
    Join,
    Choice,
    Task(Box<TaskState>),
    Wait(WaitUntil),
    Parallel(Vec<MachineId>),
    Map {
        body: MachineId,
        items: NodeRef,
        at_once: u32,
    },
    Fail {
        error: String,
        cause: NodeRef,
    },
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum WaitUntil {
    Seconds(NodeRef),
    Instant(NodeRef),
}

#[derive(Debug, Clone)]
pub(crate) struct TaskState {
    /// `arn:aws:states:::lambda:invoke.waitForTaskToken`.
    pub(crate) resource: &'static str,
    pub(crate) arguments: Vec<(&'static str, Argument)>,
    /// How `Context::Result` is printed on this task's edges.
    pub(crate) answer: Answer,
    pub(crate) timeout: Option<WaitUntil>,
    pub(crate) retry: Vec<Retrier>,
    pub(crate) does: Does,
}

/// An argument of an integration: an expression, or a substitution of the deployment such as `${OrdersFunction}`.
#[derive(Debug, Clone)]
pub(crate) enum Argument {
    Node(NodeRef),
    Fixed(String),
    Members(Vec<(String, Argument)>),
}

/// What the step's own result is, out of what the service answers.
#[derive(Debug, Clone)]
pub(crate) enum Answer {
    /// `$states.result`.
    Whole,
    /// `$states.result.Payload` and the like.
    Member(&'static str),
    /// An expression over `$states.result`, made by the integration.
    Jsonata(String),
    /// A signal: its tag is checked, because anybody may have completed the token.
    Signal(&'static crate::expression::shape::UnionShape),
}

/// What a task state is for, as diagrams and reports show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Does {
    Task(&'static str),
    Ask(&'static str),
    Child(&'static str),
    Start(&'static str),
    Service(&'static str),
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Retrier {
    pub(crate) errors: Vec<String>,
    pub(crate) policy: Option<crate::retry::Retry>,
}

#[derive(Debug, Clone)]
pub(crate) struct Edge {
    pub(crate) role: Role,
    /// Simultaneous: each value is computed from what the variables held before the edge.
    pub(crate) assigns: Vec<(Variable, NodeRef)>,
    pub(crate) to: Target,
    /// What a diagram writes on the edge.
    pub(crate) label: String,
    pub(crate) place: Place,
    /// Choices that folding made part of this edge.
    pub(crate) via: Vec<StateId>,
}

#[derive(Debug, Clone)]
pub(crate) enum Role {
    Start,
    Next,
    /// A Choice's rule.
    When(NodeRef),
    /// A Choice's default.
    Otherwise,
    /// A Catch of these errors.
    Caught(Vec<String>),
}

#[derive(Debug, Clone)]
pub(crate) enum Target {
    /// Nothing was placed behind it yet.
    Open,
    State(StateId),
    /// The machine ends with this value.
    Finish(NodeRef),
}

impl Draft {
    pub(crate) fn add_machine(
        &mut self,
        output: (std::any::TypeId, &'static str),
        within: Option<StateId>,
        end_name: String,
        place: Place,
    ) -> MachineId {
        let start = self.add_edge(Role::Start, String::new(), place);
        let id = MachineId(index(self.machines.len()));
        self.machines.push(Machine {
            start,
            output,
            within,
            end_name,
        });
        id
    }

    pub(crate) fn add_state(
        &mut self,
        machine: MachineId,
        name: String,
        kind: StateKind,
        place: Place,
    ) -> StateId {
        let id = StateId(index(self.states.len()));
        self.states.push(State {
            machine,
            name,
            place,
            kind,
            out: Vec::new(),
        });
        id
    }

    pub(crate) fn add_edge(&mut self, role: Role, label: String, place: Place) -> EdgeId {
        let id = EdgeId(index(self.edges.len()));
        self.edges.push(Edge {
            role,
            assigns: Vec::new(),
            to: Target::Open,
            label,
            place,
            via: Vec::new(),
        });
        id
    }

    /// A new variable named after a step. Names become unique when it is known which variables are left.
    pub(crate) fn add_variable(&mut self, after: &str) -> Variable {
        let id = Variable(index(self.variables.len()));
        self.variables.push(variable_name(after));
        id
    }

    /// The name, or the name with a number where a state has it already.
    pub(crate) fn free_name(&self, wanted: &str) -> String {
        let mut name = wanted.to_owned();
        let mut number = 2;
        while self.states.iter().any(|state| state.name == name) {
            name = format!("{wanted} {number}");
            number += 1;
        }
        name
    }

    pub(crate) fn machine(&self, id: MachineId) -> Option<&Machine> {
        self.machines.get(id.0 as usize)
    }

    pub(crate) fn state(&self, id: StateId) -> Option<&State> {
        self.states.get(id.0 as usize)
    }

    pub(crate) fn state_mut(&mut self, id: StateId) -> Option<&mut State> {
        self.states.get_mut(id.0 as usize)
    }

    pub(crate) fn edge(&self, id: EdgeId) -> Option<&Edge> {
        self.edges.get(id.0 as usize)
    }

    pub(crate) fn edge_mut(&mut self, id: EdgeId) -> Option<&mut Edge> {
        self.edges.get_mut(id.0 as usize)
    }

    /// Every edge with its id.
    pub(crate) fn edge_ids(&self) -> impl Iterator<Item = EdgeId> + use<> {
        (0..index(self.edges.len())).map(EdgeId)
    }

    /// The edges out of a state.
    pub(crate) fn out(&self, of: StateId) -> impl Iterator<Item = (EdgeId, &Edge)> {
        let ids = self.state(of).map(|state| state.out.as_slice());
        let ids = ids.unwrap_or_default().iter();
        ids.filter_map(|id| Some((*id, self.edge(*id)?)))
    }

    /// The bodies of a Map or Parallel.
    pub(crate) fn bodies(&self, of: StateId) -> Vec<MachineId> {
        match self.state(of).map(|state| &state.kind) {
            Some(StateKind::Parallel(bodies)) => bodies.clone(),
            Some(StateKind::Map { body, .. }) => vec![*body],
            _ => Vec::new(),
        }
    }

    /// Every state with its id.
    pub(crate) fn states(&self) -> impl Iterator<Item = (StateId, &State)> {
        let numbered = self.states.iter().enumerate();
        numbered.map(|(number, state)| (StateId(index(number)), state))
    }
}

/// A draft has far fewer than 2^32 parts; more would not fit into AWS's 1 MB of definition.
fn index(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

/// `"Accept order"` → `acceptOrder`. AWS allows Unicode letters; ASCII is kept, because people type these names.
pub(crate) fn variable_name(text: &str) -> String {
    let mut name = String::new();
    // "the store's answer" is three words, not four.
    let text = text.replace('\'', "");
    for word in text.split(|c: char| !c.is_ascii_alphanumeric()) {
        let mut letters = word.chars();
        let Some(first) = letters.next() else {
            continue;
        };
        if name.is_empty() {
            if first.is_ascii_digit() {
                name.push('_');
            }
            name.push(first.to_ascii_lowercase());
        } else {
            name.push(first.to_ascii_uppercase());
        }
        name.extend(letters);
    }
    // AWS's limit is 80; room for a number. `states` is AWS's own.
    name.truncate(70);
    if name.is_empty() || name == "states" {
        name.push_str("Value");
    }
    name
}
