//! A graph as Mermaid text, for pages that draw it themselves (GitHub, documentation).

use std::{collections::BTreeMap, fmt::Write as _};

use super::{Edge, EdgeKind, Graph, Node, NodeKind};

/// `flowchart TB` with one line a step and one a way. Ends stand once each, as Mermaid places them well enough.
#[must_use]
pub fn mermaid(graph: &Graph) -> String {
    let mut text = String::from("flowchart TB\n");
    let ids: BTreeMap<&str, String> = graph
        .nodes
        .iter()
        .enumerate()
        .map(|(position, node)| (node.id.as_str(), format!("n{position}")))
        .collect();
    text.push_str("    start((\" \"))\n");
    write_group(&mut text, graph, &ids, None, 1);
    if let Some(first) = ids.get(graph.start.as_str()) {
        let _ = writeln!(text, "    start --> {first}");
    }
    for edge in &graph.edges {
        if let (Some(from), Some(to)) = (ids.get(edge.from.as_str()), ids.get(edge.to.as_str())) {
            let _ = writeln!(text, "    {from} {} {to}", arrow(edge));
        }
    }
    text
}

/// The steps and groups that stand directly in `group`, indented as deep as it is.
fn write_group(
    text: &mut String,
    graph: &Graph,
    ids: &BTreeMap<&str, String>,
    group: Option<&str>,
    depth: usize,
) {
    let indent = "    ".repeat(depth);
    for node in &graph.nodes {
        if node.group.as_deref() == group
            && let Some(id) = ids.get(node.id.as_str())
        {
            let _ = writeln!(text, "{indent}{id}{}", shape(node));
        }
    }
    for (position, inner) in graph.groups.iter().enumerate() {
        if inner.parent.as_deref() == group {
            let _ = writeln!(
                text,
                "{indent}subgraph g{position} [\"{}\"]",
                quoted(&inner.label)
            );
            write_group(text, graph, ids, Some(&inner.id), depth + 1);
            let _ = writeln!(text, "{indent}end");
        }
    }
}

fn shape(node: &Node) -> String {
    let label = quoted(&node.label);
    match node.kind {
        NodeKind::Choice => format!("{{{{\"{label}\"}}}}"),
        NodeKind::Signal | NodeKind::Wait => format!(">\"{label}\"]"),
        NodeKind::Child => format!("[[\"{label}\"]]"),
        NodeKind::End => format!("([\"{label}\"])"),
        NodeKind::Fail => format!("([\"{label} (failed)\"])"),
        NodeKind::Task | NodeKind::Pass | NodeKind::Parallel | NodeKind::Map => {
            format!("(\"{label}\")")
        }
    }
}

fn arrow(edge: &Edge) -> String {
    let line = match edge.kind {
        EdgeKind::Normal => "-->",
        EdgeKind::Error | EdgeKind::Timeout => "-.->",
    };
    if edge.label.is_empty() {
        line.to_owned()
    } else {
        format!("{line}|\"{}\"|", quoted(&edge.label))
    }
}

/// Mermaid reads `#name;` as an entity and has no other escape for a quotation mark.
fn quoted(text: &str) -> String {
    text.replace('#', "#35;").replace('"', "#quot;")
}

#[cfg(test)]
mod tests {
    use super::{super::tests, mermaid};

    #[test]
    fn reads_as_a_flowchart() {
        let text = mermaid(&tests::order());
        for line in [
            "flowchart TB",
            "    start --> n0",
            "    n0(\"Accept order\")",
            "    n1{{\"How is it paid?\"}}",
            "    subgraph g0 [\"Payment\"]",
            "        n2>\"Await payment\"]",
            "    n8([\"Done\"])",
            "    n2 -.->|\"deadline\"| n3",
            "    n5 -->|\"method chosen\"| n2",
        ] {
            assert!(
                text.lines().any(|l| l == line),
                "no line `{line}` in\n{text}"
            );
        }
    }
}
