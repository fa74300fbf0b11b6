//! The history as Step Functions has it: the last hundred events, older ones on demand.

use comanda_workflows::story::Event;
use jiff::tz::TimeZone;
use maud::{Markup, html};
use serde_json::Value;

use super::{json, when};

/// Never all at once: a long life would freeze the tab.
pub const AT_ONCE: usize = 100;

/// The region `#history`, newest first.
pub fn region(events: &[Event], shown: usize, zone: &TimeZone) -> Markup {
    let hidden = events.len().saturating_sub(shown);
    html! {
        section #history aria-labelledby="history-title" {
            h2 #history-title { "History" }
            p.quiet { (events.len()) " events, newest first" }
            @if events.is_empty() { p.quiet { "This workflow keeps no history." } } @else {
                div.scroll tabindex="0" role="region" aria-label="History, scrolls" {
                    table {
                        thead { tr { th.number scope="col" { "No." } th scope="col" { "Time" } th scope="col" { "Event" } th scope="col" { "What" } } }
                        tbody {
                            @for event in events.iter().rev().take(shown) { (row(event, zone)) }
                        }
                    }
                }
            }
            @if hidden > 0 {
                p { a href={ "?events=" (shown + AT_ONCE) "#history" } { "Show " (hidden.min(AT_ONCE)) " older" } }
            }
        }
    }
}

fn row(event: &Event, zone: &TimeZone) -> Markup {
    html! {
        tr #{ "event-" (event.id) } {
            td.number { (event.id) }
            td { (when::at(event.at, zone)) }
            td { (event.kind) }
            td {
                @if event.details != Value::Null {
                    details { summary { (gist(event)) } (json::block(&event.details)) }
                }
            }
        }
    }
}

/// What an event is about, in one short text.
fn gist(event: &Event) -> String {
    let state = event.text("name").map(str::to_owned);
    let error = || event.text("error").map(str::to_owned);
    let task = || {
        let parameters = event.json("parameters")?;
        Some(parameters.pointer("/Payload/task")?.as_str()?.to_owned())
    };
    state
        .or_else(error)
        .or_else(task)
        .unwrap_or_else(|| "details".to_owned())
}
