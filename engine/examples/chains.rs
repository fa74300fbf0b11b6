//! How many executions a second go through the core: chains of ten Pass states, a Choice loop of 200, a Map of 1,000.
//! `cargo run --release -p comanda-engine --example chains`

use std::error::Error;
use std::sync::Arc;
use std::time::Instant;

use comanda_asl::WorkflowKind;
use comanda_engine::{Definition, Effect, Event, Execution, Json, Start, Status, step};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

fn main() -> Result<(), Box<dyn Error>> {
    measure(
        "ten Pass states, JSONPath",
        100_000,
        &chain("JSONPath", |_| json!({ "Type": "Pass" })),
    )?;
    measure("a Choice loop of 200, JSONPath", 1_000, &choice_loop())?;
    measure("a Map of 1,000, JSONPath", 100, &map_of("INLINE"))?;
    measure(
        "a distributed Map of 1,000, JSONPath",
        100,
        &map_of("DISTRIBUTED"),
    )?;
    measure(
        "ten Pass states, JSONata with variables",
        20_000,
        &chain("JSONata", |index| {
            json!({
                "Type": "Pass",
                "Assign": { "total": "{% $states.input.total %}" },
                "Output": { "total": "{% $states.input.total + 1 %}", "step": index },
            })
        }),
    )
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

fn choice_loop() -> Value {
    json!({
        "StartAt": "Begin",
        "States": {
            "Begin": { "Type": "Pass", "Parameters": { "left": 200 }, "Next": "More" },
            "More": {
                "Type": "Choice",
                "Choices": [{ "Variable": "$.left", "NumericGreaterThan": 0, "Next": "Less" }],
                "Default": "Done"
            },
            "Less": { "Type": "Pass", "Parameters": { "left.$": "States.MathAdd($.left, -1)" }, "Next": "More" },
            "Done": { "Type": "Succeed" }
        }
    })
}

fn map_of(mode: &str) -> Value {
    json!({
        "StartAt": "Begin",
        "States": {
            "Begin": { "Type": "Pass", "Parameters": { "items.$": "States.ArrayRange(1, 1000, 1)" }, "Next": "Each" },
            "Each": {
                "Type": "Map",
                "ItemsPath": "$.items",
                "ItemProcessor": {
                    "ProcessorConfig": { "Mode": mode, "ExecutionType": "STANDARD" },
                    "StartAt": "Pass",
                    "States": { "Pass": { "Type": "Pass", "End": true } }
                },
                "End": true
            }
        }
    })
}

fn measure(name: &str, executions: u32, document: &Value) -> Result<(), Box<dyn Error>> {
    let machine = comanda_asl::from_value(document).ok_or("the document is no machine")?;
    let definition = Arc::new(Definition::compile(&machine)?);
    let now = Timestamp::UNIX_EPOCH;
    let mut effects: Vec<Effect> = Vec::new();
    let mut events = 0;
    let begun = Instant::now();
    for seed in 0..executions {
        let start = Start {
            execution_arn: "arn:aws:states:sa-east-1:000000000000:execution:chain:one".into(),
            execution_name: "one".into(),
            state_machine_arn: "arn:aws:states:sa-east-1:000000000000:stateMachine:chain".into(),
            state_machine_name: "chain".into(),
            role_arn: "arn:aws:iam::000000000000:role/comanda".into(),
            kind: WorkflowKind::Standard,
            input: Json::new(json!({ "total": seed, "text": "as good as any" })),
            seed: u64::from(seed),
        };
        let mut execution = Execution::new(Arc::clone(&definition), start);
        step(&mut execution, Event::Begin, now, &mut effects);
        if execution.status() != Status::Succeeded {
            return Err(format!("an execution ended with {:?}", execution.outcome()).into());
        }
        events += effects.len();
        effects.clear();
    }
    let seconds = begun.elapsed().as_secs_f64();
    println!(
        "{name}: {:.0} executions a second, {:.2} µs each, {} effects each",
        f64::from(executions) / seconds,
        seconds * 1e6 / f64::from(executions),
        events / executions as usize,
    );
    Ok(())
}
