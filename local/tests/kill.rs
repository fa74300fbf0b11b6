//! `kill -9` at many moments: what was acknowledged is there, every execution reaches its end, nothing is half there.
//! The executions are started through an alias, some of them fail and are redriven.
//!
//! The stack runs in a process of its own: this test binary, started again for the one ignored test below.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may fail loudly"
)]

#[path = "common/mod.rs"]
mod common;

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use aws_sdk_sfn::types::{ExecutionStatus, HistoryEventType, RoutingConfigurationListItem};
use common::Running;
use futures::{StreamExt, stream::FuturesUnordered};
use serde_json::{Value, json};

const DIRECTORY: &str = "COMANDA_TEST_DIRECTORY";
const SLOW: &str = "COMANDA_TEST_SLOW_DISK";
const ADDRESS: &str = "stack at ";
/// Milliseconds of work before each kill: before, in and after the tasks, the wait and the answers.
const MOMENTS: [u64; 10] = [5, 20, 40, 80, 120, 300, 700, 1_050, 1_200, 1_500];
/// Before each further one, on a machine on which too little has happened until then.
const LONGER: u64 = 4_000;
const FURTHER_MAX: usize = 10;

#[test]
#[ignore = "the process that the other test kills"]
fn stack_to_kill() {
    let Ok(directory) = std::env::var(DIRECTORY) else {
        return;
    };
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let file = Path::new(&directory).join("journal.sqlite");
        let running = Running::on(directory.into()).await;
        assert!(running.stack.recovered().refused.is_empty());
        if std::env::var(SLOW).is_ok() {
            std::thread::spawn(move || slow_down(&file));
        }
        println!("\n{ADDRESS}{}", running.url);
        std::future::pending::<()>().await;
    });
}

/// A disk that is slow to take anything, by a lock on the file that the writer has to wait for: so a kill finds changes
/// that are not durable yet, and an answer that came before its change is seen to be one.
fn slow_down(file: &Path) {
    let connection = rusqlite::Connection::open(file).expect("the journal");
    loop {
        let held = connection.execute_batch("BEGIN IMMEDIATE");
        std::thread::sleep(Duration::from_millis(30));
        if held.is_ok() {
            connection.execute_batch("ROLLBACK").expect("let go");
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// A process that dies with this.
struct Stack {
    process: Child,
    url: String,
}

impl Stack {
    fn start(directory: &Path, is_slow: bool) -> Self {
        let mut command = Command::new(std::env::current_exe().expect("this binary"));
        if is_slow {
            command.env(SLOW, "1");
        }
        let mut process = command
            .args(["--exact", "stack_to_kill", "--ignored", "--nocapture"])
            .env(DIRECTORY, directory)
            .stdout(Stdio::piped())
            .spawn()
            .expect("a process");
        let output = BufReader::new(process.stdout.take().expect("its output"));
        let url = output
            .lines()
            .map_while(Result::ok)
            .find_map(|line| line.strip_prefix(ADDRESS).map(str::to_owned));
        Self {
            url: url.expect("it came up"),
            process,
        }
    }

    async fn clients(&self) -> (aws_sdk_sfn::Client, aws_sdk_sqs::Client) {
        let sdk = common::sdk(&self.url).await;
        // A killed stack answers nothing; trying again would only cost time.
        let once = aws_config::retry::RetryConfig::disabled();
        let sfn = aws_sdk_sfn::config::Builder::from(&sdk).retry_config(once.clone());
        let sqs = aws_sdk_sqs::config::Builder::from(&sdk).retry_config(once);
        (
            aws_sdk_sfn::Client::from_conf(sfn.build()),
            aws_sdk_sqs::Client::from_conf(sqs.build()),
        )
    }
}

impl Drop for Stack {
    /// `SIGKILL`: no handler, no flush.
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn definition(queue_url: &str) -> Value {
    json!({"QueryLanguage": "JSONata", "StartAt": "Echo", "States": {
        "Echo": {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Arguments": {"FunctionName": "echo", "Payload": "{% $states.input %}"},
            "Assign": {"number": "{% $states.result.Payload.number %}"},
            "TimeoutSeconds": 60,
            "Next": "Wait",
        },
        "Wait": {"Type": "Wait", "Seconds": 1, "Next": "Ask"},
        "Ask": {
            "Type": "Task",
            "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
            "Arguments": {
                "QueueUrl": queue_url,
                "MessageBody": {"token": "{% $states.context.Task.Token %}", "number": "{% $number %}"},
            },
            "TimeoutSeconds": 600,
            "Output": "{% {'number': $number, 'answer': $states.result} %}",
            "End": true,
        },
    }})
}

/// What the stack has acknowledged.
#[derive(Default)]
struct Acknowledged {
    started: BTreeMap<String, u32>,
    answered: BTreeSet<u32>,
    redriven: BTreeMap<String, i32>,
    /// Questions that were refused once, whether or not that was acknowledged.
    refused: BTreeSet<u32>,
}

impl Acknowledged {
    /// Whether there was something to lose: executions, and one that was redriven.
    fn is_enough(&self) -> bool {
        self.started.len() >= 40 && !self.redriven.is_empty()
    }
}

/// Starts executions and answers questions until the stack is gone or the time is up.
async fn work(
    stack: &Stack,
    machine: &str,
    queue: &str,
    round: u32,
    acknowledged: &mut Acknowledged,
) {
    let (sfn, sqs) = stack.clients().await;
    if !redrive_failed(&sfn, machine, acknowledged).await {
        return;
    }
    let starts = (round * 1_000..round * 1_000 + 12).map(|number| {
        let start = sfn
            .start_execution()
            .state_machine_arn(machine)
            .name(format!("e{number}"))
            .input(json!({"number": number}).to_string());
        async move { (number, start.send().await) }
    });
    let mut starts: FuturesUnordered<_> = starts.collect();
    while let Some((number, started)) = starts.next().await {
        let Ok(started) = started else {
            return;
        };
        acknowledged.started.insert(started.execution_arn, number);
    }
    // First what failed in earlier rounds, so that redrives meet with kills of every moment.
    while redrive_failed(&sfn, machine, acknowledged).await
        && answer_some(&sfn, &sqs, queue, acknowledged).await
    {}
}

/// Redrives what has failed; false when the stack is gone.
async fn redrive_failed(
    sfn: &aws_sdk_sfn::Client,
    machine: &str,
    acknowledged: &mut Acknowledged,
) -> bool {
    let failed = sfn.list_executions().state_machine_arn(machine);
    let Ok(failed) = failed.status_filter(ExecutionStatus::Failed).send().await else {
        return false;
    };
    for execution in failed.executions {
        let arn = execution.execution_arn;
        if sfn
            .redrive_execution()
            .execution_arn(&arn)
            .send()
            .await
            .is_err()
        {
            return false;
        }
        *acknowledged.redriven.entry(arn).or_default() += 1;
    }
    true
}

/// Answers what is in the queue; false when the stack is gone.
async fn answer_some(
    sfn: &aws_sdk_sfn::Client,
    sqs: &aws_sdk_sqs::Client,
    queue: &str,
    acknowledged: &mut Acknowledged,
) -> bool {
    let receive = sqs.receive_message().queue_url(queue);
    let receive = receive.max_number_of_messages(10).wait_time_seconds(1);
    let Ok(received) = receive.send().await else {
        return false;
    };
    for message in received.messages.unwrap_or_default() {
        let body: Value = serde_json::from_str(message.body().expect("a body")).expect("JSON");
        let number = u32::try_from(body["number"].as_u64().expect("a number")).expect("small");
        let token = body["token"].as_str().expect("a token");
        if number % 3 == 0 && acknowledged.refused.insert(number) {
            // After the next redrive it is asked once more.
            if sfn
                .send_task_failure()
                .task_token(token)
                .send()
                .await
                .is_err()
            {
                return false;
            }
            continue;
        }
        let answer = sfn.send_task_success().task_token(token);
        match answer.output(json!(number).to_string()).send().await {
            Ok(_) => assert!(
                acknowledged.answered.insert(number),
                "{number} answered twice"
            ),
            // The answer before the kill was taken, only not acknowledged.
            Err(error) => match error.into_service_error() {
                error if error.is_task_timed_out() => {}
                _ => return false,
            },
        }
        let handle = message.receipt_handle().expect("a receipt");
        let delete = sqs.delete_message().queue_url(queue).receipt_handle(handle);
        if delete.send().await.is_err() {
            return false;
        }
    }
    true
}

async fn prepare(stack: &Stack) -> (String, String) {
    let (sfn, sqs) = stack.clients().await;
    let queue = sqs
        .create_queue()
        .queue_name("questions")
        .attributes(
            aws_sdk_sqs::types::QueueAttributeName::VisibilityTimeout,
            "1",
        )
        .send()
        .await
        .expect("a queue")
        .queue_url
        .expect("its address");
    let machine = sfn
        .create_state_machine()
        .name("long")
        .role_arn("arn:aws:iam::000000000000:role/anyone")
        .definition(definition(&queue).to_string())
        .publish(true)
        .send()
        .await
        .expect("a machine");
    let share = RoutingConfigurationListItem::builder().weight(100);
    let version = machine.state_machine_version_arn.expect("a version");
    let share = share.state_machine_version_arn(version).build();
    let alias = sfn.create_state_machine_alias().name("live");
    let alias = alias.routing_configuration(share.expect("a share")).send();
    let alias = alias.await.expect("an alias");
    (alias.state_machine_alias_arn, queue)
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_any_moment_it_keeps_what_it_acknowledged() {
    let directory = tempfile::tempdir().expect("a directory");
    let mut stack = Stack::start(directory.path(), true);
    let (machine, queue) = prepare(&stack).await;
    let mut acknowledged = Acknowledged::default();
    let moments = MOMENTS.into_iter();
    let moments = moments.chain(std::iter::repeat_n(LONGER, FURTHER_MAX));
    for (round, milliseconds) in moments.enumerate() {
        if round >= MOMENTS.len() && acknowledged.is_enough() {
            break;
        }
        let number = u32::try_from(round).expect("few");
        let working = work(&stack, &machine, &queue, number, &mut acknowledged);
        // The work is dropped in the middle of whatever it does, then the stack is killed.
        let _ = tokio::time::timeout(Duration::from_millis(milliseconds), working).await;
        drop(stack);
        stack = Stack::start(directory.path(), true);
    }
    assert!(acknowledged.is_enough(), "too little happened");
    drop(stack);
    stack = Stack::start(directory.path(), false);
    let (sfn, sqs) = stack.clients().await;
    for (arn, number) in acknowledged.started.clone() {
        loop {
            let told = sfn.describe_execution().execution_arn(&arn).send().await;
            let told = told.expect("what was acknowledged is there");
            assert_eq!(
                told.state_machine_alias_arn.as_deref(),
                Some(machine.as_str())
            );
            let redriven = acknowledged.redriven.get(&arn).copied().unwrap_or_default();
            assert!(
                told.redrive_count >= Some(redriven),
                "{arn}: a redrive is lost"
            );
            if told.status == ExecutionStatus::Failed {
                assert!(redrive_failed(&sfn, &machine, &mut acknowledged).await);
                continue;
            }
            if told.status != ExecutionStatus::Running {
                let output = json!({"number": number, "answer": number}).to_string();
                assert_eq!(told.output.as_deref(), Some(output.as_str()), "{arn}");
                break;
            }
            assert!(
                !acknowledged.answered.contains(&number),
                "{arn}: an acknowledged answer is lost"
            );
            assert!(answer_some(&sfn, &sqs, &queue, &mut acknowledged).await);
        }
        check_history(&sfn, &arn).await;
    }
}

/// One history without gaps: one question, one answer, one end.
async fn check_history(sfn: &aws_sdk_sfn::Client, arn: &str) {
    let history = sfn.get_execution_history().execution_arn(arn).send().await;
    let events = history.expect("a history").events;
    let ids: Vec<i64> = events.iter().map(|event| event.id).collect();
    let expected: Vec<i64> = (1..).take(ids.len()).collect();
    assert_eq!(ids, expected, "{arn}");
    let count = |of: HistoryEventType| events.iter().filter(|event| event.r#type == of).count();
    let redrives = count(HistoryEventType::ExecutionRedriven);
    assert_eq!(count(HistoryEventType::ExecutionFailed), redrives, "{arn}");
    assert_eq!(
        count(HistoryEventType::TaskScheduled),
        2 + redrives,
        "{arn}"
    );
    assert_eq!(count(HistoryEventType::TaskSucceeded), 2, "{arn}");
    assert_eq!(count(HistoryEventType::ExecutionSucceeded), 1, "{arn}");
}
