//! What a test shows of the data's way through the state. Which steps are shown for which kind of state is AWS's choice.

use jiff::SignedDuration;
use serde_json::{Map, Value, json};

use super::StateTest;
use crate::definition::{Flow, MapPlan, MapSource, StatePlan};
use crate::failure::Failure;
use crate::flow::View;
use crate::json::Json;
use crate::state::map_items::Limits;

/// The steps seen so far.
pub(super) struct Inspection {
    shown: Map<String, Value>,
    error_details: Map<String, Value>,
}

impl Inspection {
    pub(super) fn new(test: &StateTest) -> Inspection {
        let mut shown = Map::new();
        shown.insert("input".to_owned(), Value::from(test.input.text()));
        if !test.variables.is_empty() {
            shown.insert(
                "variables".to_owned(),
                Value::from(Value::Object(test.variables.clone()).to_string()),
            );
        }
        Inspection {
            shown,
            error_details: Map::new(),
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
    pub(super) fn items(&mut self, map: &MapPlan, items: Vec<Value>) {
        if let MapSource::Path(_) = map.source {
            self.show("afterItemsPath", &Json::new(Value::Array(items)));
        }
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
