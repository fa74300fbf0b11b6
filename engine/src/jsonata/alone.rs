//! An expression outside any execution: over given data, with given variables.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::Arc;

use comanda_asl::WorkflowKind;
use jiff::Timestamp;
use serde_json::{Map, Value};

use super::convert::to_jsonata;
use super::{EvaluationError, Expression, Surroundings, evaluate};
use crate::context::ContextSource;
use crate::execution::Start;
use crate::json::Json;
use crate::scope::Variables;
use crate::seed::Chance;

/// Nobody waits for an expression alone, so that its guard can be wide enough for a machine that is busy.
const TIME_LIMIT_MILLISECONDS: u64 = 120_000;

/// An expression failed, with JSONata's code and words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct EvaluationFailed(pub String);

impl Expression {
    /// What the expression gives over `data` (its `$`, or nothing); `None` where it gives nothing.
    /// The same data, variables, time and seed give the same answer.
    pub fn evaluate_over(
        &self,
        data: Option<&Value>,
        variables: &Map<String, Value>,
        now: Timestamp,
        seed: u64,
    ) -> Result<Option<Value>, EvaluationFailed> {
        let nothing: Arc<str> = Arc::from("");
        let start = Start {
            execution_arn: Arc::clone(&nothing),
            execution_name: Arc::clone(&nothing),
            state_machine_arn: Arc::clone(&nothing),
            state_machine_name: Arc::clone(&nothing),
            role_arn: nothing,
            kind: WorkflowKind::Express,
            input: Json::new(Value::Null),
            seed,
        };
        let context = ContextSource {
            start: &start,
            started: now,
            child: None,
            state_name: "",
            entered: now,
            retry_count: None,
            item: None,
            token: None,
            redrives: 0,
            redriven: None,
            given: None,
        };
        let variables: BTreeMap<Arc<str>, Json> = variables
            .iter()
            .map(|(name, value)| (Arc::from(name.as_str()), Json::new(value.clone())))
            .collect();
        let variables: Variables = Arc::new(variables);
        let surroundings = Surroundings {
            input: &start.input,
            result: None,
            error_output: None,
            context: &context,
            variables: &variables,
            chance: &Cell::new(Chance::new(seed)),
            now,
        };
        let root = data.map(to_jsonata);
        match evaluate::run_over(self, &surroundings, root, TIME_LIMIT_MILLISECONDS) {
            Ok(value) => Ok(Some(value.into_value())),
            Err(EvaluationError::Undefined) => Ok(None),
            Err(EvaluationError::Unsupported) => {
                Err(EvaluationFailed("the result is a function".to_owned()))
            }
            Err(EvaluationError::Threw(words)) => Err(EvaluationFailed(words)),
        }
    }
}
