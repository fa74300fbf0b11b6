//! The flows through the engine alone: no server, no journal; whoever measures plays the driver.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use comanda_asl::WorkflowKind;
use comanda_engine::{Definition, Effect, Event, Execution, Json, Start, Status, TaskId, step};
use jiff::Timestamp;
use serde_json::json;

use crate::{Failure, flows::Flow};

/// How many executions a second, with so many threads.
pub fn measure(flow: &Flow, threads: usize, time: Duration) -> Result<f64, Failure> {
    let definition = compile(flow)?;
    let done = AtomicUsize::new(0);
    let begun = Instant::now();
    thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|_| scope.spawn(|| work(flow, &definition, begun, time, &done)))
            .collect();
        for worker in workers {
            worker
                .join()
                .map_err(|_| "a thread of the measurement ended badly")??;
        }
        Ok::<(), Failure>(())
    })?;
    Ok(done.into_inner() as f64 / begun.elapsed().as_secs_f64())
}

/// The flow, ready to run.
pub fn compile(flow: &Flow) -> Result<Arc<Definition>, Failure> {
    let machine = comanda_asl::from_value(&flow.definition).ok_or("the flow is no machine")?;
    Ok(Arc::new(Definition::compile(&machine)?))
}

fn work(
    flow: &Flow,
    definition: &Arc<Definition>,
    begun: Instant,
    time: Duration,
    done: &AtomicUsize,
) -> Result<(), Failure> {
    let mut effects = Vec::new();
    let answer = Json::new(flow.output.clone());
    loop {
        let seed = done.fetch_add(1, Ordering::Relaxed) as u64;
        let mut execution = begin(flow, definition, seed, &mut effects);
        if let Some(task) = asked(&effects) {
            let output = Json::new(json!({ "MessageId": "one" }));
            let event = Event::TaskSubmitted { task, output };
            step(&mut execution, event, Timestamp::UNIX_EPOCH, &mut effects);
            let output = answer.clone();
            let event = Event::TaskSucceeded { task, output };
            step(&mut execution, event, Timestamp::UNIX_EPOCH, &mut effects);
        }
        if execution.output() != Some(&answer) {
            return Err(format!("{} ended with {:?}", flow.name, execution.outcome()).into());
        }
        effects.clear();
        if begun.elapsed() >= time {
            return Ok(());
        }
    }
}

fn asked(effects: &[Effect]) -> Option<TaskId> {
    effects.iter().find_map(|effect| match effect {
        Effect::RunTask(request) => Some(request.task),
        _ => None,
    })
}

/// An execution after its first step.
pub fn begin(
    flow: &Flow,
    definition: &Arc<Definition>,
    seed: u64,
    effects: &mut Vec<Effect>,
) -> Execution {
    let name = format!("execution-{seed}");
    let start = Start {
        execution_arn: format!("arn:aws:states:sa-east-1:000000000000:execution:flow:{name}")
            .into(),
        execution_name: name.into(),
        state_machine_arn: "arn:aws:states:sa-east-1:000000000000:stateMachine:flow".into(),
        state_machine_name: "flow".into(),
        role_arn: "arn:aws:iam::000000000000:role/comanda".into(),
        kind: WorkflowKind::Standard,
        input: Json::new(flow.input.clone()),
        seed,
    };
    let mut execution = Execution::new(Arc::clone(definition), start);
    step(&mut execution, Event::Begin, Timestamp::UNIX_EPOCH, effects);
    debug_assert!(matches!(
        execution.status(),
        Status::Running | Status::Succeeded | Status::Failed
    ));
    execution
}
