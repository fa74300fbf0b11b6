//! Small changes that make a picture readable without changing what it says: each early end is drawn beside the step
//! it follows, and several reasons for the same way share one line.

use std::collections::{BTreeMap, BTreeSet};

use super::{Edge, EdgeKind, Graph, Node};

/// More reasons than this on one line are counted, not listed; the list beside the picture names them all.
const LISTED_REASONS: usize = 3;

/// The graph as it is drawn.
pub fn for_drawing(graph: &Graph) -> Graph {
    split_ends(&join_parallel_edges(graph))
}

/// One edge for all edges with the same two ends and kind.
fn join_parallel_edges(graph: &Graph) -> Graph {
    let mut joined: Vec<Edge> = Vec::new();
    let mut reasons: Vec<Vec<&str>> = Vec::new();
    let mut place: BTreeMap<(&str, &str, EdgeKind), usize> = BTreeMap::new();
    for edge in &graph.edges {
        let index = *place
            .entry((&edge.from, &edge.to, edge.kind))
            .or_insert_with(|| {
                joined.push(edge.clone());
                reasons.push(Vec::new());
                joined.len() - 1
            });
        if let Some(reasons) = reasons.get_mut(index)
            && !edge.label.is_empty()
        {
            reasons.push(&edge.label);
        }
    }
    for (edge, reasons) in joined.iter_mut().zip(&reasons) {
        edge.label = match reasons.len() {
            0..=LISTED_REASONS => reasons.join(", "),
            many => {
                let listed: Vec<&str> = reasons.iter().take(LISTED_REASONS - 1).copied().collect();
                format!("{} and {} others", listed.join(", "), many - listed.len())
            }
        };
    }
    Graph {
        edges: joined,
        ..graph.clone()
    }
}

/// An end that several steps lead to becomes one end for each of them, in the group of the step it follows.
fn split_ends(graph: &Graph) -> Graph {
    let mut arrivals: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for edge in &graph.edges {
        arrivals.entry(&edge.to).or_default().insert(&edge.from);
    }
    let splits = |node: &Node| {
        node.kind.is_end()
            && arrivals
                .get(node.id.as_str())
                .is_some_and(|from| from.len() > 1)
    };
    let split_id = |end: &str, from: &str| format!("{end}~{from}");

    let mut nodes = Vec::new();
    for node in &graph.nodes {
        if !splits(node) {
            nodes.push(node.clone());
            continue;
        }
        for from in arrivals.get(node.id.as_str()).into_iter().flatten() {
            nodes.push(Node {
                id: split_id(&node.id, from),
                group: graph.node(from).and_then(|node| node.group.clone()),
                ..node.clone()
            });
        }
    }
    let edges = graph.edges.iter().map(|edge| Edge {
        to: match graph.node(&edge.to) {
            Some(node) if splits(node) => split_id(&edge.to, &edge.from),
            _ => edge.to.clone(),
        },
        ..edge.clone()
    });
    Graph {
        nodes,
        edges: edges.collect(),
        ..graph.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::{super::tests, for_drawing};

    #[test]
    fn ends_stand_beside_the_step_they_follow() {
        let drawn = for_drawing(&tests::order());
        let ends: Vec<&str> = drawn
            .nodes
            .iter()
            .filter(|node| node.kind.is_end())
            .map(|node| node.id.as_str())
            .collect();
        assert_eq!(ends, ["done~accept", "done~close", "done~confirm"]);
        assert!(
            drawn
                .edges
                .iter()
                .all(|edge| drawn.node(&edge.to).is_some())
        );
    }

    #[test]
    fn reasons_for_the_same_way_share_a_line() {
        let drawn = for_drawing(&tests::order());
        let refused: Vec<&str> = drawn
            .leaving("accept")
            .map(|edge| edge.label.as_str())
            .collect();
        assert_eq!(refused, ["", "closed, below minimum"]);
    }

    #[test]
    fn many_reasons_are_counted() {
        let mut graph = tests::order();
        for label in ["a", "b", "c"] {
            let mut edge = tests::edge("accept", "done", label);
            edge.kind = super::EdgeKind::Error;
            graph.edges.push(edge);
        }
        let drawn = for_drawing(&graph);
        assert!(
            drawn
                .leaving("accept")
                .any(|edge| edge.label == "closed, below minimum and 3 others")
        );
    }
}
