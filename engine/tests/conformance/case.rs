//! One recorded execution.

use serde_json::Value;

pub struct Case {
    /// The definition; placeholders that stand for an activity's ARN are made into one.
    pub definition: Value,
    pub express: bool,
    /// The input as the test gave it, and as it was recorded where that differs.
    pub inputs: Vec<String>,
    pub invocations: Vec<Value>,
    pub flags: Vec<String>,
    pub needs: Vec<String>,
    pub fixtures: Value,
    pub expected: Value,
    /// The day of the recording, `2026-02-19`.
    pub recorded: String,
}

/// What the recorder wrote for an activity's ARN, and an ARN that the language knows as one.
pub const ACTIVITY: (&str, &str) = (
    "activity_arn",
    "arn:aws:states:us-east-1:111111111111:activity:activity_arn",
);

impl Case {
    /// Reads a line; `None` where it is no execution.
    pub fn read(case: &Value) -> Option<Case> {
        if case["kind"] != "execution" {
            return None;
        }
        let text = |field: &str| case[field].as_str().unwrap_or_default().to_owned();
        let texts = |field: &str| -> Vec<String> {
            let items = case[field].as_array().cloned().unwrap_or_default();
            items
                .iter()
                .filter_map(|item| item.as_str().map(str::to_owned))
                .collect()
        };
        let mut definition = match &case["definition"] {
            Value::Null => serde_json::from_str(&text("definition_text")).unwrap_or(Value::Null),
            definition => definition.clone(),
        };
        name_activities(&mut definition);
        let mut inputs = vec![text("input_text")];
        match &case["input_recorded"] {
            Value::Null => {}
            Value::String(text) => inputs.push(text.clone()),
            recorded => inputs.push(recorded.to_string()),
        }
        Some(Case {
            definition,
            express: case["state_machine_type"] == "EXPRESS",
            inputs,
            invocations: case["invocations"].as_array().cloned().unwrap_or_default(),
            flags: texts("flags"),
            needs: texts("needs"),
            fixtures: case["fixtures"].clone(),
            expected: case["expected"].clone(),
            recorded: recorded(case["source"]["recorded"].as_str().unwrap_or_default()),
        })
    }

    /// The recorded history, where there is one.
    pub fn events(&self) -> Option<&Vec<Value>> {
        self.expected["events"].as_array()
    }

    pub fn has_flag(&self, flag: &str) -> bool {
        self.flags.iter().any(|known| known == flag)
    }
}

/// `19-02-2026, 11:15:19` as a day that can be compared.
fn recorded(text: &str) -> String {
    let day = text.split(',').next().unwrap_or_default();
    let parts: Vec<&str> = day.rsplit('-').collect();
    parts.join("-")
}

fn name_activities(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (key, field) in fields {
                if key == "Resource" && field == ACTIVITY.0 {
                    *field = Value::from(ACTIVITY.1);
                } else {
                    name_activities(field);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(name_activities),
        _ => {}
    }
}
