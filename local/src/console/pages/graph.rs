//! The graph of an execution with how far it came, and the same as a list for whoever reads lists better.

use comanda_codegen::graph::{
    EdgeKind, Graph, Picture,
    progress::{Progress, progress},
    svg::{Purpose, anchor, svg},
};
use maud::{Markup, PreEscaped, html};
use serde_json::Value;

use crate::console::visits::Stay;

/// The region `#graph`.
pub fn region(
    picture: Option<&Picture>,
    stays: &[Stay],
    output: Option<&Value>,
    selected: Option<&str>,
) -> Markup {
    let Some(picture) = picture else {
        return html! {
            section #graph aria-labelledby="graph-title" {
                h2 #graph-title { "Graph" }
                p.quiet { "This workflow is none of this build's, so it has no graph here. Its history is below." }
            }
        };
    };
    let visits: Vec<_> = stays.iter().map(|stay| stay.visit.clone()).collect();
    let progress = progress(
        &picture.graph,
        &visits,
        output.map(Value::to_string).as_deref(),
    );
    let purpose = Purpose::Page {
        progress: &progress,
        selected,
    };
    html! {
        section #graph aria-labelledby="graph-title" {
            h2 #graph-title { "Graph" }
            p.legend {
                span.key.passed { "✓ passed" } " "
                span.key.current { "● here now" } " "
                span.key.failed { "✕ failed" } " "
                span.key { "– – refused or broke" } " "
                span.key { "· · · deadline" }
            }
            div.picture tabindex="0" role="region" aria-label="Graph, scrolls" { (PreEscaped(svg(picture, purpose))) }
            details.steps {
                summary { "The same as a list: " (picture.graph.nodes.len()) " steps" }
                (list(&picture.graph, &progress))
            }
        }
    }
}

/// Every step in the order of writing, with its marks and its ways on.
fn list(graph: &Graph, progress: &Progress) -> Markup {
    html! {
        ol {
            @for node in &graph.nodes {
                li #{ "step-" (anchor(&node.label)) } {
                    a href={ "?state=" (anchor(&node.label)) "#step" } { (node.label) }
                    " " span.quiet { (node.kind.words()) }
                    @if let Some(mark) = progress.nodes.get(&node.id) {
                        " " strong class=(mark.word().replace(' ', "-")) { (mark.word()) }
                        @if let Some(times @ 2..) = progress.times.get(&node.id) { " (" (times) " times)" }
                    }
                    @let ways = graph.goes_to(&node.id);
                    @if !ways.is_empty() {
                        ul {
                            @for (edge, to) in ways {
                                li {
                                    @if !edge.label.is_empty() { (reason(edge.kind)) (edge.label) ": " }
                                    "goes to " a href={ "#step-" (anchor(&to.label)) } { (to.label) }
                                    @if progress.walked(&edge.from, &edge.to, edge.kind) { ", walked" }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn reason(kind: EdgeKind) -> &'static str {
    match kind {
        EdgeKind::Normal => "if ",
        EdgeKind::Error => "on error ",
        EdgeKind::Timeout => "at the ",
    }
}
