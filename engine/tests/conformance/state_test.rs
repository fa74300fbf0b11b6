//! One recorded `TestState` call, and whether the engine answers the same.

use std::sync::Arc;

use comanda_engine::Json;
use comanda_engine::test_state::{
    StateAnswer, StateTest, TestStateError, TestWorld, read_request, test_state, write_response,
};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::botocore;
use crate::compare::same;

pub struct StateCase {
    definition: Value,
    request: Value,
    expected: Value,
}

impl StateCase {
    /// Reads a line; `None` where it is no `TestState` call.
    pub fn read(case: &Value) -> Option<StateCase> {
        if case["kind"] != "test_state" {
            return None;
        }
        let text = |field: &str| case[field].as_str().unwrap_or_default().to_owned();
        let definition = match &case["definition"] {
            Value::Null => Value::from(text("definition_text")),
            definition => Value::from(definition.to_string()),
        };
        Some(StateCase {
            definition,
            request: case["request"].clone(),
            expected: case["expected"].clone(),
        })
    }

    pub fn judge(&self) -> Result<(), String> {
        let expected = botocore::as_the_service_says(&self.expected);
        let answer = match self.answer() {
            Ok(response) => response,
            Err(error) => json!({
                "exception": { "code": error.exception(), "message": error.to_string() }
            }),
        };
        same(&expected, &answer, "response")
    }

    fn answer(&self) -> Result<Value, TestStateError> {
        let mut test = self.test()?;
        test.answer = self.recorded();
        let level = test.inspection_level;
        test_state(&test).map(|tested| write_response(tested, level))
    }

    fn test(&self) -> Result<StateTest, TestStateError> {
        let world = TestWorld {
            region: Arc::from("us-east-1"),
            account_id: Arc::from("111111111111"),
            now: Timestamp::UNIX_EPOCH,
            seed: 1,
        };
        let mut body = self.request.clone();
        body["definition"] = self.definition.clone();
        // The recorder left the role out; without one AWS made no call that succeeded.
        if body["roleArn"].is_null() && (!body["mock"].is_null() || self.recorded().is_some()) {
            body["roleArn"] = "arn:aws:iam::111111111111:role/tester".into();
        }
        read_request(&body, &world)
    }

    /// The answer of a function that was really called.
    fn recorded(&self) -> Option<StateAnswer> {
        let calls = self.definition.as_str()?.contains(r#""Type":"Task""#);
        if !calls || !self.request["mock"].is_null() || self.expected["status"].is_null() {
            return None;
        }
        let result = [
            &self.expected["inspectionData"]["result"],
            &self.expected["output"],
        ];
        let result = result.into_iter().find(|result| !result.is_null())?;
        let document = match result {
            Value::String(text) => serde_json::from_str(text).ok()?,
            parsed => parsed.clone(),
        };
        Some(StateAnswer::Result(Json::new(document)))
    }
}
