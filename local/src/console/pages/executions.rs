//! The list of executions of all workflows.

use jiff::{Timestamp, tz::TimeZone};
use maud::{Markup, html};

use super::{encoded, when};
use crate::console::{
    data::ExecutionLine,
    live::{Manner, Region},
};
use comanda_workflows::story::plain_duration;

/// How many executions the list shows; the search box finds the others.
pub const AT_ONCE: usize = 100;

/// The page's contents.
pub fn body(list: Markup) -> Markup {
    html! {
        h1 { "Executions" }
        (list)
    }
}

/// The regions of the page.
pub fn regions(executions: &[ExecutionLine], now: Timestamp, zone: &TimeZone) -> Vec<Region> {
    vec![Region {
        id: "executions".into(),
        markup: list(executions, now, zone),
        manner: Manner::Plain,
    }]
}

fn list(executions: &[ExecutionLine], now: Timestamp, zone: &TimeZone) -> Markup {
    html! {
        div #executions {
            @if executions.is_empty() {
                p.lead { "No executions yet. Placing an order starts one." }
            } @else {
                table.list {
                    thead {
                        tr {
                            th scope="col" { "Execution" } th scope="col" { "Workflow" } th scope="col" { "Status" }
                            th scope="col" { "Began" } th scope="col" { "Took" }
                        }
                    }
                    tbody {
                        @for execution in executions {
                            tr {
                                td { a.id.long href={ "/executions/" (encoded(&execution.name)) } { (execution.name) } }
                                td { (execution.workflow) }
                                td { span.state.(class(&execution.status)) { (words(&execution.status)) } }
                                td { (when::since(execution.started, now, zone)) }
                                td {
                                    @match execution.stopped {
                                        Some(stopped) => (plain_duration(stopped.duration_since(execution.started))),
                                        None => "still running",
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// `SUCCEEDED` → `succeeded`.
pub fn words(status: &str) -> String {
    status.to_lowercase().replace('_', " ")
}

/// For the sign before the word.
pub fn class(status: &str) -> &'static str {
    match status {
        "RUNNING" => "going",
        "SUCCEEDED" => "done",
        "ABORTED" => "over",
        _ => "failed",
    }
}
