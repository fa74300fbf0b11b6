//! One recorded `TestState` call, and whether the engine answers the same.

use comanda_engine::{Json, Mock, StateTest, TestStateError, TestedState, test_state};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::compare::same;

pub struct StateCase {
    pub name: String,
    pub area: String,
    definition: Value,
    request: Value,
    expected: Value,
}

impl StateCase {
    /// Reads a line; `None` where it is no `TestState` call.
    pub fn read(line: &str) -> Option<StateCase> {
        let case: Value = serde_json::from_str(line).expect("a case is JSON");
        if case["kind"] != "test_state" {
            return None;
        }
        let text = |field: &str| case[field].as_str().unwrap_or_default().to_owned();
        Some(StateCase {
            name: text("name"),
            area: text("area"),
            definition: case["definition"].clone(),
            request: case["request"].clone(),
            expected: case["expected"].clone(),
        })
    }

    pub fn judge(&self) -> Result<(), String> {
        let answer = match test_state(&self.test()?) {
            Ok(tested) => self.response(tested),
            Err(TestStateError::Validation(words)) => exception("ValidationException", &words),
            Err(TestStateError::InvalidDefinition(words)) => exception("InvalidDefinition", &words),
        };
        same(&self.expected, &answer, "response")
    }

    fn test(&self) -> Result<StateTest, String> {
        let document = match &self.definition["States"] {
            Value::Null => {
                json!({ "StartAt": "StateName", "States": { "StateName": self.definition } })
            }
            _ => self.definition.clone(),
        };
        let request = &self.request;
        let parsed = |value: &Value| {
            value
                .as_str()
                .and_then(|text| serde_json::from_str::<Value>(text).ok())
        };
        let configuration = &request["stateConfiguration"];
        let has_role = !request["mock"].is_null() || self.recorded().is_some();
        Ok(StateTest {
            definition: comanda_asl::from_value(&document).ok_or("the definition is no machine")?,
            state_name: request["stateName"].as_str().map(str::to_owned),
            input: Json::from_text(request["input"].as_str().unwrap_or("{}"))
                .map_err(|error| error.to_string())?,
            context: parsed(&request["context"]),
            variables: parsed(&request["variables"])
                .and_then(|variables| variables.as_object().cloned())
                .unwrap_or_default(),
            mock: mock(&request["mock"])?.or_else(|| self.recorded()),
            role_arn: has_role.then(|| "arn:aws:iam::111111111111:role/tester".into()),
            reveal_secrets: request["revealSecrets"] == true,
            region: "us-east-1".into(),
            account_id: "111111111111".into(),
            retrier_retry_count: configuration["retrierRetryCount"].as_u64().unwrap_or(0),
            map_iteration_failure_count: configuration["mapIterationFailureCount"].as_u64(),
            now: Timestamp::UNIX_EPOCH,
            seed: 1,
        })
    }

    /// The answer of a function that was really called.
    fn recorded(&self) -> Option<Mock> {
        if self.definition["Type"] != "Task" || !self.request["mock"].is_null() {
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
        Some(Mock::Result(Json::new(document)))
    }

    /// What the service's API makes of it at the inspection level that was asked for.
    fn response(&self, tested: TestedState) -> Value {
        let mut response = Map::new();
        let mut put = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                response.insert(name.to_owned(), value);
            }
        };
        put("status", Some(Value::from(tested.status.as_str())));
        put(
            "output",
            tested.output.map(|output| Value::from(output.text())),
        );
        put("error", tested.error.as_deref().map(Value::from));
        put("cause", tested.cause.as_deref().map(Value::from));
        put("nextState", tested.next_state.map(Value::from));
        if matches!(
            self.request["inspectionLevel"].as_str(),
            Some("DEBUG" | "TRACE")
        ) {
            put("inspectionData", Some(Value::Object(tested.inspection)));
        }
        Value::Object(response)
    }
}

fn exception(code: &str, message: &str) -> Value {
    json!({ "exception": { "code": code, "message": message } })
}

fn mock(mock: &Value) -> Result<Option<Mock>, String> {
    if let Some(result) = mock["result"].as_str() {
        return Json::from_text(result)
            .map(|result| Some(Mock::Result(result)))
            .map_err(|error| error.to_string());
    }
    let text = |field: &str| mock["errorOutput"][field].as_str().map(Into::into);
    Ok((!mock["errorOutput"].is_null()).then(|| Mock::Error {
        error: text("error"),
        cause: text("cause"),
    }))
}
