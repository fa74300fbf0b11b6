//! `GetExecutionHistory`: pages, forwards and backwards, with or without the data.

use std::sync::Arc;

use comanda_engine::HistoryEvent;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{StepFunctions, operations::with_token, pages::PageOf};
use crate::{aws::error::ApiError, scheduler::Facts};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GetExecutionHistoryRequest {
    execution_arn: String,
    max_results: Option<i64>,
    #[serde(default)]
    reverse_order: bool,
    next_token: Option<String>,
    include_execution_data: Option<bool>,
}

impl StepFunctions {
    pub(super) async fn get_execution_history(
        &self,
        request: GetExecutionHistoryRequest,
    ) -> Result<Value, ApiError> {
        let arn = &request.execution_arn;
        let (facts, mut history) = match self.child(arn).await? {
            Some((_, child)) => (None, child.history),
            None => {
                let execution = self.execution(arn)?;
                let history = self.scheduler.history(&execution).await?;
                (Some(Arc::clone(&execution.facts)), history)
            }
        };
        if request.reverse_order {
            history.reverse();
        }
        let page = PageOf {
            list: &format!("{} {}", request.execution_arn, request.reverse_order),
            max_results: request.max_results,
            next_token: request.next_token.as_deref(),
        };
        let (events, next) = page.take(history, |event| event.id.to_string())?;
        let with_data = request.include_execution_data.unwrap_or(true);
        let events: Result<Vec<Value>, ApiError> = events
            .iter()
            .map(|event| written(event, facts.as_deref(), with_data))
            .collect();
        Ok(with_token(json!({"events": events?}), next))
    }
}

fn written(
    event: &HistoryEvent,
    facts: Option<&Facts>,
    with_data: bool,
) -> Result<Value, ApiError> {
    let mut event = serde_json::to_value(event)
        .map_err(|error| ApiError::common("InternalFailure", error.to_string()))?;
    // Only the first event tells through which version and alias the execution was started.
    let started = event.get_mut("executionStartedEventDetails");
    if let Some(started) = started.and_then(Value::as_object_mut) {
        for (name, arn) in facts.into_iter().flat_map(Facts::qualified_arns) {
            started.insert(name.to_owned(), arn.into());
        }
    }
    if !with_data && let Some(members) = event.as_object_mut() {
        let details = members
            .iter_mut()
            .filter(|(name, _)| name.ends_with("EventDetails"));
        for (_, details) in details {
            details.as_object_mut().map(leave_data_out);
        }
    }
    Ok(event)
}

/// What a state was given and gave, by every name that histories have for it.
fn leave_data_out(details: &mut Map<String, Value>) {
    let data = |name: &str| {
        matches!(
            name,
            "input"
                | "inputDetails"
                | "output"
                | "outputDetails"
                | "parameters"
                | "assignedVariables"
                | "assignedVariablesDetails"
        )
    };
    details.retain(|name, _| !data(name));
}
