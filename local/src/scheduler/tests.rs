//! Recovery: a replay gives the same execution, twice is once, what was out comes again, and what this version would do
//! otherwise is refused by name.

use std::{
    collections::HashMap,
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};

use comanda_asl::WorkflowKind;
use comanda_engine::{Definition, Event, EventType, Json, Start, Status};
use comanda_tasks::ports::Clock;
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::sync::watch;

use super::{
    Boxed, Recovered, RunningExecution, Scheduler, StartRequest, Started, TaskAnswer,
    TaskOfExecution, TaskRunner, Through, store,
};
use crate::journal::Journal;

const REVISION: &str = "one";
const ARN: &str = "arn:aws:states:sa-east-1:000000000000:execution:machine:one";

struct Now;

impl Clock for Now {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn fresh_id(&self) -> String {
        "0".repeat(32)
    }
}

/// Notes what it is asked, and answers that the token will come.
#[derive(Default)]
struct Asked(Mutex<Vec<String>>);

impl TaskRunner for Asked {
    fn cancel(&self, _task: TaskOfExecution) -> Boxed<()> {
        Box::pin(std::future::ready(()))
    }

    fn run(&self, task: TaskOfExecution) -> Boxed<TaskAnswer> {
        let state = task.request.state_name.to_string();
        self.0.lock().unwrap().push(state.clone());
        Box::pin(async move {
            match state.as_str() {
                "Never" => std::future::pending().await,
                _ => TaskAnswer::Submitted(Json::new(Value::Null)),
            }
        })
    }
}

/// A scheduler on a directory, and the end of its life.
struct Stack {
    scheduler: Scheduler,
    journal: Journal,
    close: watch::Sender<bool>,
    recovered: Recovered,
}

fn open(directory: &Path, definition: &Value) -> Stack {
    let journal = Journal::open(directory).expect("the leader");
    let (close, closing) = watch::channel(false);
    let scheduler = Scheduler::new(journal.clone(), Arc::new(Now), closing);
    let definitions = HashMap::from([(REVISION.to_owned(), compiled(definition))]);
    let recovered = scheduler.recover(&definitions).expect("readable");
    Stack {
        scheduler,
        journal,
        close,
        recovered,
    }
}

impl Stack {
    fn close(self) {
        self.close.send_replace(true);
        self.journal.close();
    }

    async fn start(&self, definition: &Value) -> Arc<RunningExecution> {
        let started = self.scheduler.start(StartRequest {
            definition: compiled(definition),
            revision: REVISION.to_owned(),
            start: Start {
                execution_arn: ARN.into(),
                execution_name: "one".into(),
                state_machine_arn: "arn:aws:states:sa-east-1:000000000000:stateMachine:machine"
                    .into(),
                state_machine_name: "machine".into(),
                role_arn: "arn:aws:iam::000000000000:role/anyone".into(),
                kind: WorkflowKind::Standard,
                input: Json::from_text(r#"{ "a" : 1.0 }"#).expect("JSON"),
                seed: 7,
            },
            through: Through::default(),
            started_by: None,
        });
        match started.await.expect("durable") {
            Started::New(execution) | Started::Existing(execution) => execution,
        }
    }
}

fn compiled(definition: &Value) -> Arc<Definition> {
    let machine = comanda_asl::from_value(definition).expect("a machine");
    Arc::new(Definition::compile(&machine).expect("it compiles"))
}

/// Random numbers, a variable, a task that is taken, one that never is, and a wait, all at once.
fn everything(word: &str) -> Value {
    let branch = |name: &str, state: Value| json!({"StartAt": name, "States": {name: state}});
    let ask = |resource: &str| {
        json!({
            "Type": "Task",
            "Resource": resource,
            "Arguments": {"FunctionName": "any", "Payload": {"dice": "{% $dice %}"}},
            "TimeoutSeconds": 600,
            "End": true,
        })
    };
    json!({"QueryLanguage": "JSONata", "StartAt": "Throw", "States": {
        "Throw": {
            "Type": "Pass",
            "Assign": {"dice": "{% $random() %}", "id": "{% $uuid() %}", "word": word},
            "Next": "All",
        },
        "All": {"Type": "Parallel", "End": true, "Branches": [
            branch("Taken", ask("arn:aws:states:::lambda:invoke.waitForTaskToken")),
            branch("Never", ask("arn:aws:states:::lambda:invoke")),
            branch("Later", json!({"Type": "Wait", "Seconds": 600, "End": true})),
        ]},
    }})
}

async fn until<T>(mut look: impl FnMut() -> Option<T>) -> T {
    for _ in 0..500 {
        if let Some(found) = look() {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("it does not happen");
}

#[tokio::test]
async fn a_replay_is_the_same_execution_and_twice_is_once() {
    let directory = tempfile::tempdir().expect("a directory");
    let definition = everything("hello");
    let stack = open(directory.path(), &definition);
    let asked = Arc::new(Asked::default());
    stack
        .scheduler
        .run_with(Arc::clone(&asked) as Arc<dyn TaskRunner>);
    let execution = stack.start(&definition).await;
    until(|| (asked.0.lock().unwrap().len() == 2).then_some(())).await;
    // The answer of the taken task is an event of its own.
    until(|| {
        execution
            .live
            .try_lock()
            .ok()
            .filter(|live| live.steps == 2)
            .map(|_| ())
    })
    .await;
    let history = stack.scheduler.history(&execution).await.expect("readable");
    let standing = stack.scheduler.standing(&execution).await;
    assert_eq!(standing.states.len(), 4, "{standing:?}");
    stack.close();

    for _ in 0..2 {
        let stack = open(directory.path(), &definition);
        assert_eq!(
            (stack.recovered.executions, stack.recovered.running),
            (1, 1)
        );
        let execution = stack.scheduler.find(ARN).expect("it is there");
        assert_eq!(
            stack.scheduler.history(&execution).await.expect("readable"),
            history
        );
        assert_eq!(stack.scheduler.standing(&execution).await, standing);
        let steps = store::steps(&stack.journal, &execution.facts).expect("readable");
        assert_eq!(steps.len(), 2, "a recovery writes nothing");
        let asked = Arc::new(Asked::default());
        stack
            .scheduler
            .run_with(Arc::clone(&asked) as Arc<dyn TaskRunner>);
        until(|| (!asked.0.lock().unwrap().is_empty()).then_some(())).await;
        // Not the one whose token somebody holds.
        assert_eq!(*asked.0.lock().unwrap(), ["Never"]);
        stack.close();
    }
}

#[tokio::test]
async fn what_would_go_otherwise_is_refused_by_name_and_left_alone() {
    let directory = tempfile::tempdir().expect("a directory");
    let definition = everything("hello");
    let stack = open(directory.path(), &definition);
    stack.start(&definition).await;
    stack.close();

    let stack = open(directory.path(), &everything("goodbye"));
    let [refused] = stack.recovered.refused.as_slice() else {
        panic!("{:?}", stack.recovered);
    };
    assert_eq!(&*refused.execution_arn, ARN);
    assert!(refused.reason.contains("at step 1"), "{}", refused.reason);
    let execution = stack.scheduler.find(ARN).expect("it is shown all the same");
    assert_eq!(execution.summary().status, Status::Running);
    stack.close();

    let stack = open(directory.path(), &definition);
    assert_eq!(stack.recovered.running, 1, "the right version takes it up");
    stack.close();
}

#[tokio::test]
async fn what_cannot_go_on_can_be_stopped_for_good() {
    let directory = tempfile::tempdir().expect("a directory");
    let stack = open(directory.path(), &everything("hello"));
    stack.start(&everything("hello")).await;
    stack.close();

    let other = everything("goodbye");
    let stack = open(directory.path(), &other);
    let execution = stack.scheduler.find(ARN).expect("it is shown");
    let before = stack.scheduler.history(&execution).await.unwrap();
    let stop = Event::Stop {
        error: None,
        cause: Some("of no use any more".to_owned()),
    };
    for _ in 0..2 {
        stack
            .scheduler
            .tell(&execution, stop.clone())
            .await
            .unwrap();
        assert_eq!(execution.summary().status, Status::Aborted);
    }
    stack.close();

    let stack = open(directory.path(), &other);
    assert_eq!(stack.recovered.refused, []);
    let execution = stack.scheduler.find(ARN).expect("it is still shown");
    assert_eq!(execution.summary().status, Status::Aborted);
    let history = stack.scheduler.history(&execution).await.unwrap();
    assert_eq!(history.len(), before.len() + 1);
    let last = history.last().expect("the abort");
    assert_eq!(last.event_type, EventType::ExecutionAborted);
    assert_eq!(last.id, before.len() as u64 + 1);
    stack.close();
}

#[tokio::test]
async fn a_damaged_row_is_found() {
    let directory = tempfile::tempdir().expect("a directory");
    let definition = everything("hello");
    let stack = open(directory.path(), &definition);
    stack.start(&definition).await;
    let damage: crate::journal::Change = Box::new(|connection| {
        connection
            .execute(
                "UPDATE steps SET effects = replace(effects, 'hello', 'hullo')",
                [],
            )
            .map(|_| ())
    });
    stack
        .journal
        .commit(damage)
        .durable()
        .await
        .expect("durable");
    stack.close();
    let journal = Journal::open(directory.path()).expect("the leader");
    let scheduler = Scheduler::new(journal, Arc::new(Now), watch::channel(false).1);
    let definitions = HashMap::from([(REVISION.to_owned(), compiled(&definition))]);
    let error = scheduler
        .recover(&definitions)
        .expect_err("damaged")
        .to_string();
    assert!(error.contains("does not match its checksum"), "{error}");
}

#[tokio::test]
async fn map_runs_are_told_of_after_the_execution_and_after_a_restart() {
    let definition = json!({
        "QueryLanguage": "JSONata",
        "StartAt": "Each",
        "States": { "Each": {
            "Type": "Map",
            "Items": [1, 2],
            "ItemProcessor": {
                "ProcessorConfig": { "Mode": "DISTRIBUTED", "ExecutionType": "STANDARD" },
                "StartAt": "Done",
                "States": { "Done": { "Type": "Succeed" } }
            },
            "End": true
        } }
    });
    let directory = tempfile::tempdir().expect("a directory");
    let stack = open(directory.path(), &definition);
    let execution = stack.start(&definition).await;
    let ended = execution.ended().await.expect("it ends");
    assert_eq!(ended.status, Status::Succeeded);
    let before = stack
        .scheduler
        .map_runs(&execution)
        .await
        .expect("readable");
    let run = before.runs.values().next().expect("a map run");
    assert_eq!(
        (run.status, run.item_counts.succeeded),
        (Status::Succeeded, 2)
    );
    stack.close();

    let stack = open(directory.path(), &definition);
    let child = before.children.keys().next().expect("a child");
    let found = stack.scheduler.execution_of(child).await.expect("readable");
    let found = found.expect("the child's parent");
    assert_eq!(&*found.facts.start.execution_arn, ARN);
    let after = stack.scheduler.map_runs(&found).await.expect("readable");
    assert_eq!(after, before);
    assert_eq!(after.children[child].history.len(), 4);
    let strange = stack.scheduler.execution_of("arn:of:nothing").await;
    assert!(strange.expect("readable").is_none());
    stack.close();
}
