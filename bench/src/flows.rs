//! The five flows that everything here is measured by: definition, input, and what must come out.

use serde_json::{Map, Value, json};

/// One flow.
pub struct Flow {
    /// A word for it.
    pub name: &'static str,
    /// What it is.
    pub title: &'static str,
    /// The definition.
    pub definition: Value,
    /// The input, without what only a server knows.
    pub input: Value,
    /// What every execution must give.
    pub output: Value,
    /// Whether somebody outside has to answer, by a queue and a task token.
    pub calls_back: bool,
    /// So many executions at most in one measurement: servers keep histories in memory.
    pub executions_max: usize,
}

/// All five.
pub fn all() -> Vec<Flow> {
    vec![
        pass_chain(),
        jsonata_chain(),
        choice_loop(),
        map(),
        callback(),
    ]
}

fn pass_chain() -> Flow {
    Flow {
        name: "chain",
        title: "ten Pass states",
        definition: chain("JSONPath", |_| json!({ "Type": "Pass" })),
        input: json!({ "total": 1 }),
        output: json!({ "total": 1 }),
        calls_back: false,
        executions_max: 20_000,
    }
}

fn jsonata_chain() -> Flow {
    Flow {
        name: "jsonata",
        title: "ten Pass states, JSONata and variables",
        definition: chain("JSONata", |index| {
            json!({
                "Type": "Pass",
                "Assign": { "total": "{% $states.input.total %}" },
                "Output": { "total": "{% $states.input.total + 1 %}", "step": index },
            })
        }),
        input: json!({ "total": 1 }),
        output: json!({ "total": 11, "step": 9 }),
        calls_back: false,
        executions_max: 20_000,
    }
}

fn choice_loop() -> Flow {
    Flow {
        name: "choice",
        title: "a Choice loop of 200",
        definition: json!({
            "StartAt": "Begin",
            "States": {
                "Begin": { "Type": "Pass", "Parameters": { "left": 200 }, "Next": "More" },
                "More": {
                    "Type": "Choice",
                    "Choices": [{ "Variable": "$.left", "NumericGreaterThan": 0, "Next": "Less" }],
                    "Default": "Done"
                },
                "Less": {
                    "Type": "Pass",
                    "Parameters": { "left.$": "States.MathAdd($.left, -1)" },
                    "Next": "More"
                },
                "Done": { "Type": "Succeed" }
            }
        }),
        input: json!({}),
        output: json!({ "left": 0 }),
        calls_back: false,
        executions_max: 1_500,
    }
}

fn map() -> Flow {
    Flow {
        name: "map",
        title: "a Map of 1,000",
        definition: json!({
            "StartAt": "Begin",
            "States": {
                "Begin": {
                    "Type": "Pass",
                    "Parameters": { "items.$": "States.ArrayRange(1, 1000, 1)" },
                    "Next": "Each"
                },
                "Each": {
                    "Type": "Map",
                    "ItemsPath": "$.items",
                    "ItemProcessor": {
                        "ProcessorConfig": { "Mode": "INLINE" },
                        "StartAt": "Pass",
                        "States": { "Pass": { "Type": "Pass", "End": true } }
                    },
                    "End": true
                }
            }
        }),
        input: json!({}),
        output: (1..=1_000).collect(),
        calls_back: false,
        executions_max: 300,
    }
}

fn callback() -> Flow {
    Flow {
        name: "callback",
        title: "a callback by queue and task token",
        definition: json!({
            "StartAt": "Ask",
            "States": {
                "Ask": {
                    "Type": "Task",
                    "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
                    "TimeoutSeconds": 60,
                    "Parameters": {
                        "QueueUrl.$": "$.queue",
                        "MessageBody": { "token.$": "$$.Task.Token" }
                    },
                    "End": true
                }
            }
        }),
        input: json!({ "queue": "nobody's" }),
        output: json!({ "paid": true }),
        calls_back: true,
        executions_max: 10_000,
    }
}

fn chain(language: &str, state: impl Fn(usize) -> Value) -> Value {
    let mut states = Map::new();
    for index in 0..10 {
        let mut state = state(index);
        if let Some(fields) = state.as_object_mut() {
            match index {
                9 => fields.insert("End".to_owned(), Value::Bool(true)),
                _ => fields.insert(
                    "Next".to_owned(),
                    Value::from(format!("State{}", index + 1)),
                ),
            };
        }
        states.insert(format!("State{index}"), state);
    }
    json!({ "QueryLanguage": language, "StartAt": "State0", "States": states })
}
