//! From a built workflow to the graph that is drawn.

use std::collections::BTreeSet;

use comanda_dsl::{EdgeWhen, GraphEdge, GraphNode, StepKind, Workflow};

use super::{Edge, EdgeKind, Graph, Group, Node, NodeKind, Transition};

/// What an end is called whose result is not one plain word.
const DONE: &str = "Done";

impl From<&Workflow> for Graph {
    fn from(workflow: &Workflow) -> Self {
        let written = &workflow.graph;
        let mut nodes: Vec<Node> = written.nodes.iter().map(|n| node(workflow, n)).collect();
        let mut start = None;
        let mut edges = Vec::new();
        for way in &written.edges {
            match (&way.from, &way.to, &way.within) {
                (None, Some(first), None) => start = start.or_else(|| Some(first.clone())),
                // A body begins at the step that runs it.
                (None, Some(first), Some(container)) => edges.push(edge(way, container, first)),
                (Some(from), Some(to), _) => edges.push(edge(way, from, to)),
                (Some(from), None, within) => {
                    let end = end(way, within.as_deref());
                    edges.push(edge(way, from, &end.id));
                    if !nodes.contains(&end) {
                        nodes.push(end);
                    }
                }
                (None, None, _) => {}
            }
        }
        let transitions = written.transitions.iter().map(|transition| Transition {
            from: transition.from.clone(),
            to: transition.to.clone(),
            reasons: transition
                .label
                .split(", ")
                .filter(|r| !r.is_empty())
                .map(words)
                .collect(),
            passes: transition.passes.clone(),
        });
        Self {
            name: workflow.name.to_owned(),
            start: start.unwrap_or_default(),
            transitions: transitions.collect(),
            groups: groups(&written.nodes),
            nodes,
            edges,
        }
    }
}

fn node(workflow: &Workflow, node: &GraphNode) -> Node {
    Node {
        id: node.name.clone(),
        label: node.name.clone(),
        kind: match node.kind {
            StepKind::Task(_) | StepKind::Service(_) => NodeKind::Task,
            StepKind::Ask(_) => NodeKind::Signal,
            StepKind::Child(_) | StepKind::Start(_) => NodeKind::Child,
            StepKind::Choice => NodeKind::Choice,
            StepKind::Wait => NodeKind::Wait,
            StepKind::Parallel => NodeKind::Parallel,
            StepKind::Map => NodeKind::Map,
            StepKind::Fail => NodeKind::Fail,
        },
        group: node.within.as_deref().map(group_id),
        source: Some(format!("{}:{}", node.place.file, node.place.line)),
        state: workflow
            .graph
            .folded
            .contains_key(&node.name)
            .then(|| node.name.clone()),
    }
}

fn edge(way: &GraphEdge, from: &str, to: &str) -> Edge {
    let kind = match &way.when {
        EdgeWhen::Caught(errors) if errors.iter().all(|error| error == "States.Timeout") => {
            EdgeKind::Timeout
        }
        EdgeWhen::Caught(_) => EdgeKind::Error,
        EdgeWhen::Next | EdgeWhen::Condition(_) | EdgeWhen::Otherwise => EdgeKind::Normal,
    };
    Edge {
        from: from.to_owned(),
        to: to.to_owned(),
        label: words(&way.label),
        kind,
    }
}

/// An end by what the workflow ends with; the end of a body by the step that it belongs to.
fn end(way: &GraphEdge, within: Option<&str>) -> Node {
    let label = match (within, &way.result) {
        (Some(container), _) => format!("Back to “{container}”"),
        (None, Some(result)) => {
            plain_text(result).map_or_else(|| DONE.to_owned(), |text| capital(&spaced(&text)))
        }
        (None, None) => DONE.to_owned(),
    };
    Node {
        id: end_id(within, &label),
        label,
        kind: NodeKind::End,
        group: within.map(group_id),
        source: None,
        state: None,
    }
}

fn end_id(within: Option<&str>, label: &str) -> String {
    format!("end of {}: {label}", within.unwrap_or("all"))
}

/// The end that a workflow's output leads to, where the output is one plain word.
pub(super) fn end_of_output(output: &str) -> String {
    end_id(None, &capital(&spaced(output)))
}

/// A JSONata literal of a text, or nothing for what must be computed.
fn plain_text(result: &str) -> Option<String> {
    serde_json::from_str::<String>(result).ok()
}

/// `on_delivery` → `on delivery`.
fn words(case: &str) -> String {
    case.replace('_', " ")
}

/// `needsPerson` → `needs person`.
fn spaced(name: &str) -> String {
    let mut words = String::new();
    for character in name.chars() {
        if character.is_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.extend(character.to_lowercase());
    }
    words
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map(char::to_uppercase)
        .into_iter()
        .flatten()
        .chain(letters)
        .collect()
}

fn group_id(container: &str) -> String {
    format!("inside {container}")
}

/// One frame for each step that runs others; a frame stands in the frame of its step.
fn groups(nodes: &[GraphNode]) -> Vec<Group> {
    let containers: BTreeSet<&str> = nodes
        .iter()
        .filter_map(|node| node.within.as_deref())
        .collect();
    let written_order = nodes
        .iter()
        .filter(|node| containers.contains(node.name.as_str()));
    written_order
        .map(|container| Group {
            id: group_id(&container.name),
            label: container.name.clone(),
            parent: container.within.as_deref().map(group_id),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::{EdgeKind, Graph, NodeKind};

    fn lifecycle() -> Graph {
        let workflows = comanda_workflows::all().unwrap();
        Graph::from(
            workflows
                .iter()
                .find(|w| w.name == "order-lifecycle")
                .unwrap(),
        )
    }

    #[test]
    fn every_way_leads_from_a_step_to_a_step() {
        for workflow in comanda_workflows::all().unwrap() {
            let graph = Graph::from(workflow);
            assert!(graph.node(&graph.start).is_some(), "{}", graph.name);
            for edge in &graph.edges {
                assert!(graph.node(&edge.from).is_some(), "{edge:?}");
                assert!(graph.node(&edge.to).is_some(), "{edge:?}");
            }
            for node in &graph.nodes {
                let leaves = graph.leaving(&node.id).count();
                assert_eq!(leaves == 0, node.kind.is_end(), "{}", node.label);
            }
        }
    }

    #[test]
    fn ends_are_called_by_what_the_workflow_ends_with() {
        let mut ends: Vec<String> = lifecycle()
            .nodes
            .into_iter()
            .filter(|node| node.kind == NodeKind::End)
            .map(|node| node.label)
            .collect();
        ends.sort();
        assert_eq!(
            ends,
            [
                "Cancelled",
                "Confirmed",
                "Needs person",
                "Refund runs",
                "Refunded",
                "Refused"
            ]
        );
    }

    #[test]
    fn lines_say_why() {
        let graph = lifecycle();
        let ways: Vec<(&str, EdgeKind)> = graph
            .leaving("Await the payment")
            .map(|edge| (edge.label.as_str(), edge.kind))
            .collect();
        assert_eq!(
            ways,
            [
                ("", EdgeKind::Normal),
                ("deadline", EdgeKind::Timeout),
                ("failed", EdgeKind::Error),
            ]
        );
    }
}
