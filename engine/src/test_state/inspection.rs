//! What a test shows of the data's way through the state. Which steps are shown for which kind of state is AWS's choice.

use std::sync::Arc;

use jiff::SignedDuration;
use serde_json::{Map, Value, json};

use super::StateTest;
use crate::context::MapItem;
use crate::definition::{Flow, ItemFormat, MapPlan, MapSource, Reads, StatePlan};
use crate::failure::Failure;
use crate::flow::View;
use crate::json::Json;
use crate::state::map_items::{Item, Limits};

/// The steps seen so far.
pub(super) struct Inspection {
    shown: Map<String, Value>,
    error_details: Map<String, Value>,
}

impl Inspection {
    pub(super) fn new(test: &StateTest) -> Inspection {
        let mut shown = Map::new();
        shown.insert("input".to_owned(), Value::from(test.input.text()));
        let mut inspection = Inspection {
            shown,
            error_details: Map::new(),
        };
        inspection.variables(&test.variables, &[]);
        inspection
    }

    /// The variables, with what the state assigned.
    pub(super) fn variables(&mut self, found: &Map<String, Value>, assigned: &[(Arc<str>, Json)]) {
        let mut variables = found.clone();
        for (name, value) in assigned {
            variables.insert(name.to_string(), value.value().clone());
        }
        if !variables.is_empty() {
            let text = Value::Object(variables).to_string();
            self.shown.insert("variables".to_owned(), Value::from(text));
        }
    }

    fn show(&mut self, step: &str, data: &Json) {
        self.shown.insert(step.to_owned(), Value::from(data.text()));
    }

    /// JSONPath: what `InputPath` leaves.
    pub(super) fn effective_input(
        &mut self,
        view: &View<'_>,
        plan: &StatePlan,
    ) -> Result<(), Failure> {
        if let Flow::Paths(_) = plan.flow {
            self.show("afterInputPath", &view.effective_input(plan)?);
        }
        Ok(())
    }

    /// What the resource is given.
    pub(super) fn payload(&mut self, plan: &StatePlan, payload: &Json) {
        match &plan.flow {
            Flow::Paths(_) => self.show("afterParameters", payload),
            Flow::Jsonata(flow) if flow.arguments.is_some() => self.show("afterArguments", payload),
            Flow::Jsonata(_) => {}
        }
    }

    /// What the resource gave.
    pub(super) fn result(&mut self, result: &Json) {
        self.show("result", result);
    }

    /// JSONPath: what `ResultSelector` keeps, and where `ResultPath` puts it.
    pub(super) fn selected(
        &mut self,
        view: &View<'_>,
        plan: &StatePlan,
        result: &Json,
    ) -> Result<(), Failure> {
        if let Flow::Paths(flow) = &plan.flow {
            let selected = match &flow.result_selector {
                Some(selector) => selector.fill(&view.scope(result))?,
                None => result.clone(),
            };
            self.show("afterResultSelector", &selected);
            self.show("afterResultPath", &view.place(&flow.result_path, selected)?);
        }
        Ok(())
    }

    /// A Pass with a `Result` shows that; one without shows what it made of its input.
    pub(super) fn pass(
        &mut self,
        view: &View<'_>,
        plan: &StatePlan,
        result: Option<&Json>,
    ) -> Result<(), Failure> {
        if let Flow::Jsonata(_) = plan.flow {
            return Ok(());
        }
        let given = match result {
            Some(result) => {
                self.result(result);
                result.clone()
            }
            None => {
                self.effective_input(view, plan)?;
                let payload = view.payload(plan)?;
                self.payload(plan, &payload);
                payload
            }
        };
        self.selected(view, plan, &given)
    }

    /// JSONPath: the items a Map goes through.
    pub(super) fn items(&mut self, map: &MapPlan, items: &[Item]) {
        let all = || {
            Json::new(
                items
                    .iter()
                    .map(|item| item.value.value().clone())
                    .collect(),
            )
        };
        if let MapSource::Path(_) = map.source {
            self.show("afterItemsPath", &all());
        }
        let format = map.reader.as_ref().map(|reader| &reader.reads);
        if let Some(Reads::File(ItemFormat::Json { pointer: Some(_) })) = format {
            self.show("afterItemsPointer", &all());
        }
    }

    /// What `ItemSelector` makes of the items.
    pub(super) fn selected_items(&mut self, items: &[MapItem]) {
        self.show("afterItemSelector", &values(items));
    }

    /// What `ItemBatcher` makes of them.
    pub(super) fn batches(&mut self, batches: &[MapItem]) {
        self.show("afterItemBatcher", &values(batches));
    }

    /// The numbers a Map goes by; tolerances only where they are given.
    pub(super) fn limits(&mut self, limits: &Limits, concurrency: usize) {
        self.shown
            .insert("maxConcurrency".to_owned(), Value::from(concurrency));
        if let Some(count) = limits.tolerated_count {
            self.shown
                .insert("toleratedFailureCount".to_owned(), Value::from(count));
        }
        if let Some(percentage) = limits.tolerated_percentage {
            self.shown.insert(
                "toleratedFailurePercentage".to_owned(),
                Value::from(percentage),
            );
        }
    }

    /// The rule of `Retry` that fits, and after how long it would try again.
    pub(super) fn retry(&mut self, rule: usize, delay: Option<SignedDuration>) {
        if let Some(delay) = delay {
            self.error_details.insert(
                "retryBackoffIntervalSeconds".to_owned(),
                json!(delay.as_secs()),
            );
        }
        self.error_details
            .insert("retryIndex".to_owned(), Value::from(rule));
    }

    /// The rule of `Catch` that fits.
    pub(super) fn catch(&mut self, rule: usize) {
        self.error_details
            .insert("catchIndex".to_owned(), Value::from(rule));
    }

    pub(super) fn done(mut self) -> Map<String, Value> {
        if !self.error_details.is_empty() {
            self.shown
                .insert("errorDetails".to_owned(), Value::Object(self.error_details));
        }
        self.shown
    }
}

fn values(items: &[MapItem]) -> Json {
    Json::new(
        items
            .iter()
            .map(|item| item.value.value().clone())
            .collect(),
    )
}
