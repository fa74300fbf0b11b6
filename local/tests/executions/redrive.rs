//! Redrive through the real SDK: by which executions it is taken, what it does again, and that it survives.

use aws_sdk_sfn::{
    Client,
    types::{ExecutionRedriveFilter, ExecutionRedriveStatus, ExecutionStatus, HistoryEventType},
};
use serde_json::json;

use crate::common::{
    Running,
    executions::{end, jsonata, machine, start},
};

/// A Pass, then a question that somebody answers by its token.
async fn asking(client: &Client) -> String {
    let definition = jsonata(
        "Before",
        json!({
            "Before": {"Type": "Pass", "Output": "{% {'was': $states.input} %}", "Next": "Ask"},
            "Ask": {
                "Type": "Task",
                "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
                "Arguments": {"FunctionName": "keep", "Payload": {"token": "{% $states.context.Task.Token %}"}},
                "Output": "{% {'was': $states.input.was, 'answer': $states.result, 'redrives': $states.context.Execution.RedriveCount} %}",
                "TimeoutSeconds": 600,
                "End": true,
            },
        }),
    );
    machine(client, "asking", definition).await
}

async fn refuse(client: &Client, token: &str) {
    let no = client.send_task_failure().task_token(token).error("No");
    no.send().await.expect("it is taken");
}

#[tokio::test]
async fn a_failed_execution_goes_on_where_it_failed() {
    let running = Running::ephemeral().await;
    let client = Client::new(&running.sdk().await);
    let arn = asking(&client).await;
    let execution = start(&client, &arn, "one", "1").await;
    let describe = || client.describe_execution().execution_arn(&execution).send();
    let redrive = |token: &str| {
        let redrive = client.redrive_execution().execution_arn(&execution);
        redrive.client_token(token).send()
    };
    let first = running.kept_token().await;
    let early = redrive("early")
        .await
        .expect_err("it runs")
        .into_service_error();
    assert!(early.is_execution_not_redrivable(), "{early:?}");
    refuse(&client, &first).await;
    assert_eq!(end(&client, &execution).await.0, ExecutionStatus::Failed);
    let told = describe().await.expect("it is there");
    assert_eq!(
        told.redrive_status,
        Some(ExecutionRedriveStatus::Redrivable)
    );

    let once = redrive("mine").await.expect("it goes on").redrive_date;
    let second = running.kept_token().await;
    assert_ne!(first, second, "a new attempt has a token of its own");
    assert_eq!(
        redrive("mine")
            .await
            .expect("the same request")
            .redrive_date,
        once
    );
    let other = redrive("another")
        .await
        .expect_err("it runs")
        .into_service_error();
    assert!(other.is_execution_not_redrivable(), "{other:?}");
    let old = client.send_task_success().task_token(&first).output("0");
    let old = old
        .send()
        .await
        .expect_err("it is over")
        .into_service_error();
    assert!(old.is_task_timed_out(), "{old:?}");

    let answer = client.send_task_success().task_token(&second).output("2");
    answer.send().await.expect("it is taken");
    let output = json!({"was": 1, "answer": 2, "redrives": 1}).to_string();
    assert_eq!(
        end(&client, &execution).await,
        (ExecutionStatus::Succeeded, output)
    );
    let told = describe().await.expect("it is there");
    assert_eq!(
        (told.redrive_count, told.redrive_date),
        (Some(1), Some(once))
    );
    assert_eq!(
        told.redrive_status_reason.as_deref(),
        Some("Execution is SUCCEEDED and cannot be redriven")
    );
    check_history(&client, &execution, 1).await;

    start(&client, &arn, "two", "2").await;
    for (filter, name) in [
        (ExecutionRedriveFilter::Redriven, "one"),
        (ExecutionRedriveFilter::NotRedriven, "two"),
    ] {
        let listed = client
            .list_executions()
            .state_machine_arn(&arn)
            .redrive_filter(filter);
        let listed = listed.send().await.expect("a list").executions;
        let names: Vec<&str> = listed.iter().map(|item| item.name.as_str()).collect();
        assert_eq!(names, [name]);
    }
}

/// The Pass once, the question once more for every redrive, and ids without gaps.
async fn check_history(client: &Client, execution: &str, redrives: usize) {
    let history = client.get_execution_history().execution_arn(execution);
    let events = history.send().await.expect("events").events;
    let ids: Vec<i64> = events.iter().map(|event| event.id).collect();
    assert_eq!(ids, (1..).take(ids.len()).collect::<Vec<i64>>());
    let count = |of: HistoryEventType| events.iter().filter(|event| event.r#type == of).count();
    assert_eq!(count(HistoryEventType::PassStateEntered), 1);
    assert_eq!(count(HistoryEventType::TaskStateEntered), 1);
    assert_eq!(count(HistoryEventType::TaskScheduled), 1 + redrives);
    assert_eq!(count(HistoryEventType::ExecutionFailed), redrives);
    let redriven = events
        .iter()
        .filter_map(|event| event.execution_redriven_event_details.as_ref());
    let counts: Vec<usize> = redriven
        .filter_map(|details| details.redrive_count?.try_into().ok())
        .collect();
    assert_eq!(counts, (1..=redrives).collect::<Vec<usize>>());
}

#[tokio::test]
async fn a_redrive_survives_and_so_does_what_may_be_redriven() {
    let directory = tempfile::tempdir().expect("a directory");
    let open = || Running::on(directory.path().to_owned());
    let running = open().await;
    let client = Client::new(&running.sdk().await);
    let arn = asking(&client).await;
    let execution = start(&client, &arn, "one", "1").await;
    refuse(&client, &running.kept_token().await).await;
    end(&client, &execution).await;
    // What ran is what is redriven, whatever the machine has become.
    let other = json!({"StartAt": "S", "States": {"S": {"Type": "Succeed"}}}).to_string();
    let update = client
        .update_state_machine()
        .state_machine_arn(&arn)
        .definition(other);
    update.send().await.expect("it changes");
    running.close().await;

    let running = open().await;
    assert!(running.stack.recovered().refused.is_empty());
    let client = Client::new(&running.sdk().await);
    let redrive = client.redrive_execution().execution_arn(&execution);
    redrive.send().await.expect("it goes on");
    let token = running.kept_token().await;
    running.close().await;

    let running = open().await;
    assert_eq!(running.stack.recovered().running, 1);
    let client = Client::new(&running.sdk().await);
    let told = client.describe_execution().execution_arn(&execution);
    assert_eq!(
        told.send().await.expect("it is there").redrive_count,
        Some(1)
    );
    refuse(&client, &token).await;
    assert_eq!(end(&client, &execution).await.0, ExecutionStatus::Failed);
    let redrive = client.redrive_execution().execution_arn(&execution);
    redrive
        .send()
        .await
        .expect("once more, in the process in which it failed");
    let token = running.kept_token().await;
    let answer = client.send_task_success().task_token(&token).output("2");
    answer.send().await.expect("it is taken");
    let output = json!({"was": 1, "answer": 2, "redrives": 2}).to_string();
    assert_eq!(
        end(&client, &execution).await,
        (ExecutionStatus::Succeeded, output)
    );
    check_history(&client, &execution, 2).await;
}
