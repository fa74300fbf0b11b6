//! What a person must see, and does next: the open exceptions of all tenants, and those about one order.

use comanda_domain::exception::{Exception, ExceptionState};
use jiff::{Timestamp, tz::TimeZone};
use maud::{Markup, html};

use super::{encoded, when};
use crate::console::live::{Manner, Region};

/// How many alarms the list shows. One more is asked for, to say that there are more.
pub const AT_ONCE: usize = 100;

/// The page's contents.
pub fn body(list: Markup) -> Markup {
    html! {
        h1 { "Alarms" }
        (list)
    }
}

/// The regions of the page.
pub fn regions(open: &[Exception], now: Timestamp, zone: &TimeZone) -> Vec<Region> {
    vec![Region {
        id: "open".into(),
        markup: list(open, now, zone),
        manner: Manner::Plain,
    }]
}

fn list(open: &[Exception], now: Timestamp, zone: &TimeZone) -> Markup {
    html! {
        div #open {
            @if open.is_empty() {
                p.lead { "Nothing that a person must see." }
            } @else {
                table.list {
                    thead {
                        tr {
                            th scope="col" { "Alarm" } th scope="col" { "About" } th scope="col" { "What was found" }
                            th scope="col" { "Next" } th scope="col" { "Since" }
                        }
                    }
                    tbody { @for exception in open.iter().take(AT_ONCE) { (row(exception, now, zone)) } }
                }
                @if open.len() > AT_ONCE { p { "These are the newest " (AT_ONCE) "; there are more: " code { "comanda reconcile" } " lists all of a tenant." } }
            }
        }
    }
}

fn row(exception: &Exception, now: Timestamp, zone: &TimeZone) -> Markup {
    let subject = &exception.subject_id;
    html! {
        tr {
            td { span.state.trouble { (exception.kind) } }
            td {
                @match &exception.order_id {
                    Some(order) => a.id.long href={ "/orders/" (encoded(order.as_str())) } { (subject) },
                    None => span.id.long { (subject) },
                }
            }
            td { (exception.detail) @if let Some(amount) = exception.amount { " (" (amount) ")" } }
            td { (exception.kind.next_step()) " " code { (exception.kind.runbook()) } }
            td { (when::since(exception.raised_at, now, zone)) }
        }
    }
}

/// The open ones about an order, above everything that can be clicked.
pub(super) fn region(exceptions: &[Exception]) -> Markup {
    let open = |exception: &&Exception| exception.state == ExceptionState::Open;
    html! {
        div #alarms role="status" {
            @for exception in exceptions.iter().filter(open) {
                p.said {
                    strong { (exception.kind) } ": " (exception.detail)
                    @if let Some(amount) = exception.amount { " (" (amount) ")" }
                    ". Next: " (exception.kind.next_step()) ". "
                    code { (exception.kind.runbook()) }
                }
            }
        }
    }
}
