//! One step, where one is chosen: what it is, where it is written, and each visit with what went in and came out.

use comanda_codegen::graph::{Node, Picture, svg::anchor};
use jiff::tz::TimeZone;
use maud::{Markup, html};

use super::{json, when};
use crate::console::visits::Stay;

/// More visits than this are a loop, whose last rounds tell enough.
const VISITS: usize = 5;

/// The region `#step`: empty where no step is chosen, so that there is always one to replace.
pub fn region(
    picture: Option<&Picture>,
    stays: &[Stay],
    selected: Option<&str>,
    zone: &TimeZone,
) -> Markup {
    let node = selected.zip(picture).and_then(|(selected, picture)| {
        let mut nodes = picture.graph.nodes.iter();
        nodes.find(|node| anchor(&node.label) == selected)
    });
    let Some(node) = node else {
        return html! { section #step hidden {} };
    };
    let visits: Vec<&Stay> = stays
        .iter()
        .filter(|stay| node.state.as_deref() == Some(stay.visit.state.as_str()))
        .collect();
    html! {
        section #step.card aria-labelledby="step-title" {
            h2 #step-title { "Step: " (node.label) }
            (about(node, visits.len()))
            @for stay in visits.iter().rev().take(VISITS) { (visit(stay, zone)) }
            p { a href="?" { "Close the step" } }
        }
    }
}

fn about(node: &Node, visits: usize) -> Markup {
    html! {
        p.quiet {
            (node.kind.words())
            @if let Some(source) = &node.source { ", written at " code { (source) } }
            @if let Some(state) = &node.state && *state != node.label { ", part of the state “" (state) "”" }
            ". "
            @match visits {
                0 => "This execution has not been here.",
                1 => "Visited once.",
                many => { "Visited " (many) " times; the last first." }
            }
        }
    }
}

fn visit(stay: &Stay, zone: &TimeZone) -> Markup {
    html! {
        article.visit {
            h3 {
                (when::at(stay.entered, zone))
                @match stay.left {
                    Some(left) => { @if let Some(took) = when::took(stay.entered, left) { ", " (took) } },
                    None => ", not left yet",
                }
                @if stay.tries > 1 { ", " (stay.tries) " tries" }
            }
            @for (error, cause) in &stay.errors {
                p.trouble { strong { (error) } @if !cause.is_empty() { " " code { (cause) } } }
            }
            details open { summary { "Input" } (json::block(&stay.input)) }
            @if let Some(output) = &stay.output {
                details open { summary { "Output" } (json::block(output)) }
            }
        }
    }
}
