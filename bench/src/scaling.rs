//! `scaling`: whether work in virtual time grows with its size and no faster: each thing at three sizes, a factor of four
//! apart in all, and how much processor time one of them takes at each.

use std::{sync::Arc, time::Duration};

use comanda_asl::WorkflowKind;
use comanda_engine::{
    Definition, Json, Status,
    virtual_time::{Answer, TaskCall, VirtualTime},
};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{Failure, table};

/// Each size is done again until it took so long.
const LONG_ENOUGH: Duration = Duration::from_millis(200);

/// What `scaling` is asked.
#[derive(clap::Args)]
pub struct ScalingArguments {
    /// How many executions at most.
    #[arg(long, default_value_t = 20_000)]
    executions: usize,
}

/// Measures, and prints the table.
pub fn run(arguments: &ScalingArguments) -> Result<(), Failure> {
    let most = arguments.executions;
    let rows = [
        row("executions that wait and are called back", most, waiting)?,
        row("executions stopped with a task in the queue", most, stopped)?,
        row("events of one history", 24_000, history)?,
        row("items of a Map, JSONPath", 4_000, |count| {
            items(count, &path_map())
        })?,
        row("items of a Map, JSONata", 4_000, |count| {
            items(count, &jsonata_map())
        })?,
    ];
    println!("{}", table::scaling(&rows));
    Ok(())
}

/// One thing, and what one of it costs at each size.
pub struct Row {
    /// What it is.
    pub title: &'static str,
    /// Sizes, and the time of one.
    pub sizes: Vec<(usize, Duration)>,
}

fn row(
    title: &'static str,
    most: usize,
    measure: impl Fn(usize) -> Result<Duration, Failure>,
) -> Result<Row, Failure> {
    let sizes = [most / 4, most / 2, most].into_iter().map(|size| {
        // The system counts in ticks: only what is many of them long is told well.
        let (mut time, mut ones) = (Duration::ZERO, 0);
        while time < LONG_ENOUGH {
            time += measure(size)?;
            ones += u32::try_from(size)?;
        }
        Ok((size, time / ones.max(1)))
    });
    let sizes = sizes.collect::<Result<_, Failure>>()?;
    Ok(Row { title, sizes })
}

/// How long this thread has run: on a busy machine that says what the clock on the wall does not.
pub fn processor_time() -> Result<Duration, Failure> {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat")?;
    let nanoseconds = told.split_whitespace().next();
    let nanoseconds = nanoseconds.ok_or("the system does not tell a thread's time")?;
    Ok(Duration::from_nanos(nanoseconds.parse()?))
}

fn world(definition: &Value) -> Result<VirtualTime, Failure> {
    let machine = comanda_asl::from_value(definition).ok_or("the flow is no machine")?;
    let definition = Arc::new(Definition::compile(&machine)?);
    let mut world = VirtualTime::new(Timestamp::UNIX_EPOCH, 1);
    world.register("flow", WorkflowKind::Standard, definition);
    Ok(world)
}

fn start(world: &mut VirtualTime, count: usize, input: &Json) -> Result<(), Failure> {
    for number in 0..count {
        world.start("flow", &format!("execution-{number}"), input.clone())?;
    }
    Ok(())
}

fn check(world: &VirtualTime, status: Status) -> Result<(), Failure> {
    match world
        .executions()
        .find(|execution| execution.status() != status)
    {
        None => Ok(()),
        Some(other) => Err(format!("an execution came to {:?}", other.outcome()).into()),
    }
}

fn asking() -> Value {
    json!({
        "StartAt": "Pause",
        "States": {
            "Pause": { "Type": "Wait", "Seconds": 60, "Next": "Ask" },
            "Ask": {
                "Type": "Task",
                "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
                "TimeoutSeconds": 3600,
                "Parameters": { "QueueUrl": "one", "MessageBody.$": "$$.Task.Token" },
                "End": true
            }
        }
    })
}

fn waiting(count: usize) -> Result<Duration, Failure> {
    let mut world = world(&asking())?;
    let begun = processor_time()?;
    start(&mut world, count, &Json::new(json!({})))?;
    let mut tokens = Vec::new();
    let mut take = |call: &TaskCall, _| {
        tokens.extend(call.request.token.clone());
        Answer::Submitted(Json::new(json!({})))
    };
    world.run(&mut take, Some(Timestamp::from_second(120)?));
    for token in tokens {
        world.complete_token(token.as_str(), Ok(Json::new(json!({}))))?;
    }
    let took = processor_time()?.saturating_sub(begun);
    check(&world, Status::Succeeded)?;
    Ok(took)
}

fn stopped(count: usize) -> Result<Duration, Failure> {
    let mut definition = asking();
    if let Some(start) = definition.get_mut("StartAt") {
        *start = json!("Ask");
    }
    let mut world = world(&definition)?;
    start(&mut world, count, &Json::new(json!({})))?;
    let arns: Vec<Arc<str>> = world
        .executions()
        .map(|execution| Arc::clone(&execution.start().execution_arn))
        .collect();
    let begun = processor_time()?;
    for arn in arns {
        world.stop(&arn, None, None);
    }
    let took = processor_time()?.saturating_sub(begun);
    check(&world, Status::Aborted)?;
    Ok(took)
}

fn history(events: usize) -> Result<Duration, Failure> {
    let mut world = world(&json!({
        "StartAt": "More",
        "States": {
            "More": {
                "Type": "Choice",
                "Choices": [{ "Variable": "$.left", "NumericGreaterThan": 0, "Next": "Less" }],
                "Default": "Done"
            },
            "Less": { "Type": "Wait", "Seconds": 1, "Next": "Count" },
            "Count": {
                "Type": "Pass",
                "Parameters": { "left.$": "States.MathAdd($.left, -1)" },
                "Next": "More"
            },
            "Done": { "Type": "Succeed" }
        }
    }))?;
    let begun = processor_time()?;
    // Three states a turn, an event each for entering and leaving.
    start(&mut world, 1, &Json::new(json!({ "left": events / 6 })))?;
    world.run(&mut |_: &TaskCall, _| Answer::Later, None);
    let took = processor_time()?.saturating_sub(begun);
    check(&world, Status::Succeeded)?;
    Ok(took)
}

fn path_map() -> Value {
    json!({
        "StartAt": "Each",
        "States": {
            "Each": {
                "Type": "Map",
                "ItemsPath": "$.items",
                "ItemSelector": { "id.$": "$$.Map.Item.Value.id", "of.$": "$$.Execution.Name" },
                "ItemProcessor": {
                    "StartAt": "Pass",
                    "States": { "Pass": { "Type": "Pass", "End": true } }
                },
                "End": true
            }
        }
    })
}

fn jsonata_map() -> Value {
    json!({
        "QueryLanguage": "JSONata",
        "StartAt": "Each",
        "States": {
            "Each": {
                "Type": "Map",
                "Items": "{% $states.input.items %}",
                "ItemSelector": {
                    "id": "{% $states.context.Map.Item.Value.id & $uppercase($states.context.Map.Item.Value.id) %}",
                    "of": "{% $states.context.Execution.Name %}"
                },
                "ItemProcessor": {
                    "StartAt": "Pass",
                    "States": { "Pass": { "Type": "Pass", "End": true } }
                },
                "End": true
            }
        }
    })
}

fn items(count: usize, definition: &Value) -> Result<Duration, Failure> {
    let mut world = world(definition)?;
    let items: Vec<Value> = (0..count)
        .map(|number| json!({ "id": number.to_string() }))
        .collect();
    let begun = processor_time()?;
    start(&mut world, 1, &Json::new(json!({ "items": items })))?;
    let took = processor_time()?.saturating_sub(begun);
    check(&world, Status::Succeeded)?;
    Ok(took)
}
