//! A workflow as people read it: nodes, edges with their reasons, and the groups they stand in.
//!
//! This is the graph before folding, so that every step an engineer wrote is in it. [`layout`] places it, [`svg`]
//! draws it, [`mermaid`] writes it as text, [`progress`] says how far an execution has come in it. What the states
//! do is in the ASL, not here.

pub mod layout;
pub mod mermaid;
mod path;
pub mod place;
pub mod progress;
mod route;
pub mod svg;
mod text;
mod tidy;
mod written;

use serde::Serialize;

/// A workflow's steps and the ways between them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Graph {
    /// The workflow's name: `order-lifecycle`.
    pub name: String,
    /// Where an execution begins.
    pub start: String,
    /// Steps, in the order in which they were written.
    pub nodes: Vec<Node>,
    /// Ways between steps, in the order in which they were written.
    pub edges: Vec<Edge>,
    /// Branches and iterations: what is drawn with a frame around it.
    pub groups: Vec<Group>,
    /// What the printed machine's states pass on their way to the next: how a history is read on this graph.
    #[serde(skip)]
    pub transitions: Vec<Transition>,
}

/// A way from one state of the printed machine to the next, on this graph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transition {
    /// The state it leaves.
    pub from: String,
    /// The state it goes to; nothing at an end.
    pub to: Option<String>,
    /// What is said on the lines that it walks.
    pub reasons: Vec<String>,
    /// The steps between, which no history shows.
    pub passes: Vec<String>,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Node {
    /// Unique in the graph.
    pub id: String,
    /// What the step is called.
    pub label: String,
    /// What it does, which decides its shape.
    pub kind: NodeKind,
    /// The group it stands in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Where it is written: `workflows/src/order_lifecycle.rs:42`. In no file, which would be stale after every edit above.
    #[serde(skip)]
    pub source: Option<String>,
    /// The state of the printed machine that it is, where it is one of its own and not a part of others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
}

/// What a step does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum NodeKind {
    /// Calls a task or a service and goes on with the answer.
    Task,
    /// Asks somebody outside and waits for the answer, until a deadline.
    Signal,
    /// Lets time pass.
    Wait,
    /// Decides where to go.
    Choice,
    /// Sets values.
    Pass,
    /// Runs another workflow.
    Child,
    /// Runs branches side by side.
    Parallel,
    /// Runs the same steps for each item.
    Map,
    /// Ends the workflow.
    End,
    /// Ends the workflow as failed.
    Fail,
}

impl NodeKind {
    /// What the step does, for captions and for people who cannot see the shape.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Task => "task",
            Self::Signal => "asks and waits",
            Self::Wait => "waits",
            Self::Choice => "decides",
            Self::Pass => "sets values",
            Self::Child => "runs a workflow",
            Self::Parallel => "branches side by side",
            Self::Map => "for each item",
            Self::End => "end",
            Self::Fail => "failed end",
        }
    }

    /// Whether an execution ends here.
    #[must_use]
    pub const fn is_end(self) -> bool {
        matches!(self, Self::End | Self::Fail)
    }
}

/// One way from a step to the next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Edge {
    /// The step it leaves.
    pub from: String,
    /// The step it goes to.
    pub to: String,
    /// Why it is taken; nothing where it is the only way.
    pub label: String,
    /// What kind of reason that is.
    pub kind: EdgeKind,
}

/// Why an edge is taken, which decides its line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum EdgeKind {
    /// The step went well, or the choice was this one.
    Normal,
    /// The step was refused or broke.
    Error,
    /// The deadline passed.
    Timeout,
}

/// A frame around steps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Group {
    /// Unique among groups and nodes.
    pub id: String,
    /// What the frame is called.
    pub label: String,
    /// The group it stands in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
}

/// A graph with its places, so that whoever draws it does not lay it out again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// What is drawn.
    pub graph: Graph,
    /// Where it stands.
    pub layout: place::Layout,
}

impl From<Graph> for Picture {
    fn from(graph: Graph) -> Self {
        let layout = layout::layout(&graph);
        Self { graph, layout }
    }
}

impl Graph {
    /// The node of this id.
    #[must_use]
    pub fn node(&self, id: &str) -> Option<&Node> {
        self.nodes.iter().find(|node| node.id == id)
    }

    /// The edges that leave the node of this id, in the order in which they were written.
    pub fn leaving<'a>(&'a self, id: &'a str) -> impl Iterator<Item = &'a Edge> {
        self.edges.iter().filter(move |edge| edge.from == id)
    }

    /// Where the node of this id goes, with the edge that says why.
    #[must_use]
    pub fn goes_to<'a>(&'a self, id: &'a str) -> Vec<(&'a Edge, &'a Node)> {
        self.leaving(id)
            .filter_map(|edge| Some((edge, self.node(&edge.to)?)))
            .collect()
    }
}

#[cfg(test)]
pub(crate) mod tests;
