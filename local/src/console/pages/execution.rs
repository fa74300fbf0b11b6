//! An execution's page: the same parts as an order's, for workflows that no order page tells of.

use std::sync::Arc;

use comanda_codegen::graph::{Picture, progress::Outcome};
use comanda_workflows::story::{Told, clock, plain_duration, story};
use jiff::{Timestamp, tz::TimeZone};
use maud::{Markup, html};

use super::{
    encoded, executions, graph, history,
    order::{Shown, execution_data},
    step, story as story_part, when,
};
use crate::console::{
    data::Execution,
    live::{Manner, Region},
    visits::{Stay, stays},
};

/// What the page is made of, read at one time.
pub struct ExecutionPage {
    /// The execution.
    pub execution: Execution,
    /// Its workflow's graph.
    pub picture: Option<Arc<Picture>>,
    /// The stack's clock.
    pub now: Timestamp,
    /// Whose time of day.
    pub zone: TimeZone,
}

impl ExecutionPage {
    /// For the browser's tab.
    pub fn title(&self) -> String {
        let line = &self.execution.line;
        format!("{} {}", line.workflow, executions::words(&line.status))
    }

    /// The page's contents.
    pub fn body(&self, regions: &[Region]) -> Markup {
        let part = |id: &str| {
            regions
                .iter()
                .find(|region| region.id == id)
                .map(|region| &region.markup)
        };
        let order = self
            .execution
            .input
            .get("orderId")
            .and_then(|id| id.as_str());
        html! {
            p.crumbs { a href="/executions" { "Executions" } " / " (self.execution.line.workflow) }
            @if let Some(part) = part("sentence") { (part) }
            ul.facts {
                li { code { (self.execution.line.name) } }
                li { "began " (when::since(self.execution.line.started, self.now, &self.zone)) }
                @if let Some(order) = order { li { a href={ "/orders/" (encoded(order)) } { "its order" } } }
            }
            nav.parts aria-label="On this page" {
                a href="#story" { "Story" } a href="#graph" { "Graph" } a href="#history" { "History" } a href="#data" { "Data" }
            }
            div.columns {
                div { @for id in ["story", "step"] { @if let Some(part) = part(id) { (part) } } }
                div { @if let Some(part) = part("graph") { (part) } }
            }
            @for id in ["history", "data"] { @if let Some(part) = part(id) { (part) } }
        }
    }

    /// Every part that may change.
    pub fn regions(&self, shown: &Shown) -> Vec<Region> {
        let events = self.execution.events.as_slice();
        let stays = stays(events);
        let picture = self.picture.as_deref();
        let selected = shown.state.as_deref();
        let lines = story(Told {
            histories: &[events],
            order: None,
            zone: &self.zone,
        });
        let plain = |id: &'static str, markup| Region {
            id: id.into(),
            markup,
            manner: Manner::Plain,
        };
        vec![
            Region {
                id: "sentence".into(),
                markup: self.sentence(&stays),
                manner: Manner::Speaking,
            },
            plain("story", story_part::region(lines, &self.zone)),
            plain("step", step::region(picture, &stays, selected, &self.zone)),
            plain(
                "graph",
                graph::region(picture, &stays, self.execution.output.as_ref(), selected),
            ),
            plain(
                "history",
                history::region(events, shown.events(), &self.zone),
            ),
            plain("data", self.data()),
        ]
    }

    fn sentence(&self, stays: &[Stay]) -> Markup {
        let line = &self.execution.line;
        let at: Vec<&str> = stays
            .iter()
            .filter(|stay| stay.visit.outcome == Outcome::Running && stay.left.is_none())
            .map(|stay| stay.visit.state.as_str())
            .collect();
        let says = match (line.status.as_str(), line.stopped) {
            ("RUNNING", _) if at.is_empty() => format!("This {} has begun.", line.workflow),
            ("RUNNING", _) => format!("This {} is at “{}”.", line.workflow, at.join("”, “")),
            (status, Some(stopped)) => format!(
                "This {} {} at {}, after {}.",
                line.workflow,
                ended(status),
                clock(stopped, &self.zone),
                plain_duration(stopped.duration_since(line.started))
            ),
            (status, None) => format!("This {} {}.", line.workflow, ended(status)),
        };
        html! {
            h1 #sentence.sentence.(executions::class(&line.status)) role="status" data-now=(self.now) { (says) }
        }
    }

    fn data(&self) -> Markup {
        html! {
            section #data aria-labelledby="data-title" {
                h2 #data-title { "Data" }
                (execution_data(&self.execution))
            }
        }
    }
}

fn ended(status: &str) -> &'static str {
    match status {
        "SUCCEEDED" => "succeeded",
        "FAILED" => "failed",
        "TIMED_OUT" => "ran out of time",
        "ABORTED" => "was stopped by hand",
        _ => "ended",
    }
}
