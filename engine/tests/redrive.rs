//! Redrive, event by event: what was done stays done, what failed or was called off is done again.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may fail loudly"
)]

use std::sync::Arc;

use comanda_asl::WorkflowKind;
use comanda_engine::{
    Definition, Effect, Event, EventType, Execution, HistoryEvent, Json, Start, Status,
    TaskRequest, TimerId, step,
};
use jiff::Timestamp;
use serde_json::{Value, json};

const SECOND: i64 = 1_000;

/// An execution, and everything it asked for.
struct Driven {
    execution: Execution,
    history: Vec<HistoryEvent>,
    tasks: Vec<TaskRequest>,
    timers: Vec<(TimerId, Timestamp)>,
    now: i64,
}

impl Driven {
    fn begin(definition: &Value) -> Self {
        let machine = comanda_asl::from_value(definition).expect("a machine");
        let start = Start {
            execution_arn: "arn:aws:states:sa-east-1:000000000000:execution:m:e".into(),
            execution_name: "e".into(),
            state_machine_arn: "arn:aws:states:sa-east-1:000000000000:stateMachine:m".into(),
            state_machine_name: "m".into(),
            role_arn: "arn:aws:iam::000000000000:role/r".into(),
            kind: WorkflowKind::Standard,
            input: Json::new(json!([10, 20, 30])),
            seed: 7,
        };
        let definition = Definition::compile(&machine).expect("it compiles");
        let mut driven = Self {
            execution: Execution::new(Arc::new(definition), start),
            history: Vec::new(),
            tasks: Vec::new(),
            timers: Vec::new(),
            now: 0,
        };
        driven.tell(Event::Begin);
        driven
    }

    fn tell(&mut self, event: Event) {
        let mut effects = Vec::new();
        let now = Timestamp::from_millisecond(self.now).expect("a time");
        step(&mut self.execution, event, now, &mut effects);
        for effect in effects {
            match effect {
                Effect::Record(event) => self.history.push(event),
                Effect::RunTask(task) => self.tasks.push(*task),
                Effect::CancelTask { task } => self.tasks.retain(|out| out.task != task),
                Effect::SetTimer { timer, at } => self.timers.push((timer, at)),
                Effect::CancelTimer { timer } => self.timers.retain(|(set, _)| *set != timer),
                _ => {}
            }
        }
    }

    /// Answers the task that waits for longest.
    fn succeed(&mut self, output: Value) -> TaskRequest {
        let task = self.tasks.remove(0);
        let output = Json::new(output);
        self.tell(Event::TaskSucceeded {
            task: task.task,
            output,
        });
        task
    }

    fn fail(&mut self) {
        let task = self.tasks.remove(0).task;
        let error = Some("No".to_owned());
        self.tell(Event::TaskFailed {
            task,
            error,
            cause: None,
        });
    }

    /// The events after the first `seen`, with what each follows.
    fn events_after(&self, seen: usize) -> Vec<(EventType, u64)> {
        let new = self.history[seen..].iter();
        new.map(|event| (event.event_type, event.previous_event_id))
            .collect()
    }

    fn id_of(&self, event_type: EventType) -> u64 {
        let found = self
            .history
            .iter()
            .find(|event| event.event_type == event_type);
        found.expect("it happened").id
    }

    #[track_caller]
    fn ended(&self, status: Status, output: Option<Value>) {
        assert_eq!(self.execution.status(), status);
        assert_eq!(
            self.execution.output().map(|output| output.value().clone()),
            output
        );
    }
}

fn task(next: Value) -> Value {
    let mut state = json!({"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "Parameters": {"m.$": "$"}});
    let members = state.as_object_mut().expect("an object");
    members.extend(next.as_object().expect("an object").clone());
    state
}

#[test]
fn a_failed_task_is_scheduled_again_and_what_came_before_is_not() {
    let mut driven = Driven::begin(&json!({"StartAt": "A", "States": {
        "A": {"Type": "Pass", "Next": "B"},
        "B": task(json!({"End": true, "Retry": [{"ErrorEquals": ["No"], "MaxAttempts": 1, "IntervalSeconds": 1}]})),
    }}));
    driven.fail();
    let (backoff, _) = driven.timers.pop().expect("a retry");
    driven.tell(Event::TimerFired { timer: backoff });
    driven.fail();
    driven.ended(Status::Failed, None);
    assert!(driven.execution.can_be_redriven());
    let seen = driven.history.len();
    let end = seen as u64;

    driven.now = 60 * SECOND;
    driven.tell(Event::Redrive);
    let entered = driven.id_of(EventType::TaskStateEntered);
    let expected = [
        (EventType::ExecutionRedriven, end),
        (EventType::TaskScheduled, entered),
        (EventType::TaskStarted, end + 2),
    ];
    assert_eq!(driven.events_after(seen), expected);
    assert_eq!(driven.tasks[0].retry_count, 0, "attempts are counted anew");
    driven.fail();
    assert_eq!(
        driven.execution.status(),
        Status::Running,
        "so it may be tried again"
    );
    let (backoff, _) = driven.timers.pop().expect("a retry");
    driven.tell(Event::TimerFired { timer: backoff });
    driven.succeed(json!("done"));
    driven.ended(Status::Succeeded, Some(json!("done")));

    let before = driven.history.len();
    driven.tell(Event::Redrive);
    assert_eq!(
        driven.history.len(),
        before,
        "what succeeded is not redriven"
    );
    assert!(!driven.execution.can_be_redriven());
}

#[test]
fn only_the_branches_that_did_not_end_are_done_again() {
    let branch =
        |name: &str| json!({"StartAt": name, "States": {name: task(json!({"End": true}))}});
    let mut driven = Driven::begin(&json!({"StartAt": "P", "States": {"P": {
        "Type": "Parallel", "End": true, "Branches": [branch("X"), branch("Y"), branch("Z")],
    }}}));
    driven.succeed(json!("x"));
    driven.fail();
    driven.ended(Status::Failed, None);
    assert!(driven.tasks.is_empty(), "Z is called off");
    let seen = driven.history.len();
    driven.tell(Event::Redrive);
    let states: Vec<&str> = driven.tasks.iter().map(|task| &*task.state_name).collect();
    assert_eq!(states, ["Y", "Z"]);
    let again = driven.events_after(seen);
    let scheduled = again
        .iter()
        .filter(|(event, _)| *event == EventType::TaskScheduled);
    for (_, previous) in scheduled {
        let entered = &driven.history[usize::try_from(*previous - 1).expect("small")];
        assert_eq!(entered.event_type, EventType::TaskStateEntered);
    }
    driven.succeed(json!("y"));
    driven.succeed(json!("z"));
    driven.ended(Status::Succeeded, Some(json!(["x", "y", "z"])));
    let parallels = driven
        .history
        .iter()
        .filter(|event| event.event_type == EventType::ParallelStateStarted);
    assert_eq!(parallels.count(), 1);
}

#[test]
fn a_map_goes_on_with_the_item_that_failed() {
    let mut driven = Driven::begin(&json!({"StartAt": "M", "States": {"M": {
        "Type": "Map", "End": true, "MaxConcurrency": 1,
        "ItemProcessor": {"StartAt": "T", "States": {"T": task(json!({"End": true}))}},
    }}}));
    driven.succeed(json!(1));
    driven.fail();
    driven.ended(Status::Failed, None);
    driven.tell(Event::Redrive);
    assert_eq!(
        driven.succeed(json!(2)).arguments.value(),
        &json!({"m": 20})
    );
    assert_eq!(
        driven.succeed(json!(3)).arguments.value(),
        &json!({"m": 30})
    );
    driven.ended(Status::Succeeded, Some(json!([1, 2, 3])));
}

#[test]
fn a_distributed_map_goes_on_with_what_did_not_succeed() {
    let mut driven = Driven::begin(&json!({"StartAt": "M", "States": {"M": {
        "Type": "Map", "End": true,
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
            "StartAt": "T", "States": {"T": task(json!({"End": true}))},
        },
    }}}));
    driven.succeed(json!(1));
    driven.fail();
    driven.ended(Status::Failed, None);
    let seen = driven.history.len();
    let entered = driven.id_of(EventType::MapStateEntered);
    driven.now = 60 * SECOND;
    driven.tell(Event::Redrive);
    let expected = [
        (EventType::ExecutionRedriven, seen as u64),
        (EventType::MapRunRedriven, entered),
    ];
    assert_eq!(driven.events_after(seen), expected);
    let [run] = driven.execution.map_runs() else {
        panic!("one map run");
    };
    let counts = run.item_counts;
    assert_eq!((run.redrive_count, run.status), (1, Status::Running));
    assert_eq!((counts.succeeded, counts.running, counts.failed), (1, 2, 0));
    assert_eq!(
        driven.succeed(json!(2)).arguments.value(),
        &json!({"m": 20})
    );
    assert_eq!(
        driven.succeed(json!(3)).arguments.value(),
        &json!({"m": 30})
    );
    driven.ended(Status::Succeeded, Some(json!([1, 2, 3])));
}

#[test]
fn a_distributed_map_that_was_stopped_goes_on_too() {
    let mut driven = Driven::begin(&json!({"StartAt": "M", "States": {"M": {
        "Type": "Map", "End": true, "MaxConcurrency": 1,
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
            "StartAt": "T", "States": {"T": task(json!({"End": true}))},
        },
    }}}));
    driven.succeed(json!(1));
    driven.tell(Event::Stop {
        error: None,
        cause: None,
    });
    driven.ended(Status::Aborted, None);
    driven.tell(Event::Redrive);
    assert_eq!(
        driven.succeed(json!(2)).arguments.value(),
        &json!({"m": 20})
    );
    assert_eq!(
        driven.succeed(json!(3)).arguments.value(),
        &json!({"m": 30})
    );
    driven.ended(Status::Succeeded, Some(json!([1, 2, 3])));
    assert_eq!(driven.execution.map_runs().len(), 1);
}

#[test]
fn the_machine_has_its_whole_time_again_and_the_context_tells_of_the_redrive() {
    let mut driven = Driven::begin(&json!({"StartAt": "W", "TimeoutSeconds": 10, "States": {
        "W": {"Type": "Wait", "Seconds": 20, "Next": "C"},
        "C": {"Type": "Pass", "Parameters": {"count.$": "$$.Execution.RedriveCount", "at.$": "$$.Execution.RedriveTime"}, "End": true},
    }}));
    let (whole, _) = driven.timers[0];
    driven.now = 10 * SECOND;
    driven.timers.clear();
    driven.tell(Event::TimerFired { timer: whole });
    driven.ended(Status::TimedOut, None);

    driven.now = 100 * SECOND;
    driven.tell(Event::Redrive);
    let times: Vec<i64> = driven
        .timers
        .iter()
        .map(|(_, at)| at.as_millisecond() / SECOND)
        .collect();
    assert_eq!(
        times,
        [110, 120],
        "the machine's own time, and the wait's, from now on"
    );
    let stop = Event::Stop {
        error: None,
        cause: None,
    };
    driven.tell(stop);
    driven.ended(Status::Aborted, None);
    driven.timers.clear();
    driven.tell(Event::Redrive);
    assert_eq!(driven.execution.redrive_count(), 2);
    let (wait, _) = driven.timers[1];
    driven.tell(Event::TimerFired { timer: wait });
    let expected = json!({"count": 2, "at": "1970-01-01T00:01:40.000Z"});
    driven.ended(Status::Succeeded, Some(expected));
}

#[test]
fn a_fail_is_entered_again_and_fails_again() {
    let mut driven = Driven::begin(
        &json!({"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "Never"}}}),
    );
    let seen = driven.history.len();
    driven.tell(Event::Redrive);
    driven.ended(Status::Failed, None);
    let events: Vec<EventType> = driven
        .events_after(seen)
        .into_iter()
        .map(|(event, _)| event)
        .collect();
    let expected = [
        EventType::ExecutionRedriven,
        EventType::FailStateEntered,
        EventType::ExecutionFailed,
    ];
    assert_eq!(events, expected);
}
