//! A small order workflow for the tests of this folder: a choice, a wait with a deadline, a loop, errors and ends.

use super::{Edge, EdgeKind, Graph, Group, Node, NodeKind, Transition};

pub(crate) fn node(id: &str, label: &str, kind: NodeKind) -> Node {
    Node {
        id: id.into(),
        label: label.into(),
        kind,
        group: None,
        source: Some(format!("workflows/src/order.rs:{}", label.len())),
        state: (!kind.is_end() && kind != NodeKind::Pass).then(|| label.into()),
    }
}

pub(crate) fn edge(from: &str, to: &str, label: &str) -> Edge {
    let kind = match label {
        "deadline" => EdgeKind::Timeout,
        "closed" | "below minimum" | "unexpected" => EdgeKind::Error,
        _ => EdgeKind::Normal,
    };
    Edge {
        from: from.into(),
        to: to.into(),
        label: label.into(),
        kind,
    }
}

fn transition(from: &str, to: &str, reasons: &[&str]) -> Transition {
    Transition {
        from: from.into(),
        to: Some(to.into()),
        reasons: reasons.iter().map(|reason| (*reason).to_owned()).collect(),
        passes: Vec::new(),
    }
}

pub(crate) fn order() -> Graph {
    let mut nodes = vec![
        node("accept", "Accept order", NodeKind::Task),
        node("how", "How is it paid?", NodeKind::Choice),
        node("await", "Await payment", NodeKind::Signal),
        node("settle", "Settle payment", NodeKind::Task),
        node("what", "What came?", NodeKind::Choice),
        node("offer", "Offer another method", NodeKind::Signal),
        node("confirm", "Confirm order", NodeKind::Task),
        node("close", "Close order", NodeKind::Task),
        node("done", "Done", NodeKind::End),
    ];
    for inside in ["await", "settle", "what", "offer"] {
        for node in &mut nodes {
            if node.id == inside {
                node.group = Some("paying".into());
            }
        }
    }
    Graph {
        name: "order".into(),
        start: "accept".into(),
        nodes,
        edges: vec![
            edge("accept", "how", ""),
            edge("accept", "done", "closed"),
            edge("accept", "done", "below minimum"),
            edge("how", "confirm", "on delivery"),
            edge("how", "await", "online"),
            edge("await", "what", ""),
            edge("await", "settle", "deadline"),
            edge("settle", "what", ""),
            edge("what", "confirm", "paid"),
            edge("what", "offer", "failed"),
            edge("what", "close", "expired"),
            edge("offer", "await", "method chosen"),
            edge("confirm", "done", ""),
            edge("close", "done", ""),
        ],
        groups: vec![Group {
            id: "paying".into(),
            label: "Payment".into(),
            parent: None,
        }],
        transitions: vec![
            transition("Accept order", "How is it paid?", &[]),
            transition("How is it paid?", "Await payment", &["online"]),
        ],
    }
}
