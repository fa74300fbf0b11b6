//! Executions through the real SDK: typed errors, tokens, children, histories in pages, and that a running execution
//! goes on after a restart.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may fail loudly"
)]

#[path = "common/mod.rs"]
mod common;
#[path = "executions/map_runs.rs"]
mod map_runs;
#[path = "executions/redrive.rs"]
mod redrive;
#[path = "executions/test_state.rs"]
mod test_state;
#[path = "executions/versions.rs"]
mod versions;

use std::time::Duration;

use aws_sdk_sfn::{
    Client,
    types::{ExecutionStatus, HistoryEventType, StateMachineType},
};
use common::{
    Running,
    executions::{ROLE, end, jsonata, lambda, machine, start},
};
use serde_json::json;

#[tokio::test]
async fn a_function_answers_and_its_error_is_caught_by_name() {
    let running = Running::ephemeral().await;
    let client = Client::new(&running.sdk().await);
    let caught =
        json!({"Catch": [{"ErrorEquals": ["Refusal.TooSmall"], "Next": "Caught"}], "End": true});
    let definition = jsonata(
        "Echo",
        json!({
            "Echo": lambda("echo", json!({"Next": "Refuse"})),
            "Refuse": lambda("refuse", caught),
            "Caught": {"Type": "Pass", "Output": "{% $parse($states.input.Cause).errorMessage %}", "End": true},
        }),
    );
    let arn = machine(&client, "functions", definition).await;
    let execution = start(&client, &arn, "one", r#"{"minimum": 5}"#).await;
    let (status, output) = end(&client, &execution).await;
    assert_eq!(
        (status, output.as_str()),
        (ExecutionStatus::Succeeded, r#""{\"minimum\":5}""#)
    );

    let unknown = jsonata("No", json!({"No": lambda("nobody", json!({"End": true}))}));
    let arn = machine(&client, "unknown", unknown).await;
    let execution = start(&client, &arn, "one", "{}").await;
    let (status, error) = end(&client, &execution).await;
    assert_eq!(
        (status, error.as_str()),
        (ExecutionStatus::Failed, "Lambda.ResourceNotFoundException")
    );
}

#[tokio::test]
async fn one_name_is_one_execution() {
    let running = Running::ephemeral().await;
    let client = Client::new(&running.sdk().await);
    let wait = json!({"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 60, "End": true}}});
    let arn = machine(&client, "waiting", wait).await;
    let first = start(&client, &arn, "order", "{}").await;
    assert_eq!(start(&client, &arn, "order", "{ }").await, first);
    let other = client
        .start_execution()
        .state_machine_arn(&arn)
        .name("order")
        .input("[]");
    let error = other
        .send()
        .await
        .expect_err("another input")
        .into_service_error();
    assert!(error.is_execution_already_exists(), "{error:?}");

    let stop = client
        .stop_execution()
        .execution_arn(&first)
        .error("Mine")
        .cause("why");
    stop.send().await.expect("stopped");
    assert_eq!(
        end(&client, &first).await,
        (ExecutionStatus::Aborted, "Mine".to_owned())
    );
    let again = client
        .start_execution()
        .state_machine_arn(&arn)
        .name("order")
        .input("{}");
    let error = again
        .send()
        .await
        .expect_err("it ended")
        .into_service_error();
    assert!(error.is_execution_already_exists(), "{error:?}");
}

#[tokio::test]
async fn errors_have_the_names_the_sdk_knows() {
    let running = Running::ephemeral().await;
    let client = Client::new(&running.sdk().await);
    let create = client.create_state_machine().name("bad").role_arn(ROLE);
    let refused = create.definition(r#"{"StartAt": "A"}"#).send().await;
    let error = refused.expect_err("no states").into_service_error();
    assert!(error.is_invalid_definition(), "{error:?}");

    let nowhere = "arn:aws:states:sa-east-1:000000000000:stateMachine:nowhere";
    let missing = client
        .start_execution()
        .state_machine_arn(nowhere)
        .send()
        .await;
    let error = missing.expect_err("no machine").into_service_error();
    assert!(error.is_state_machine_does_not_exist(), "{error:?}");

    let pass = json!({"StartAt": "A", "States": {"A": {"Type": "Pass", "End": true}}});
    let arn = machine(&client, "pass", pass).await;
    let garbled = client
        .start_execution()
        .state_machine_arn(&arn)
        .input("{'a'");
    let error = garbled
        .send()
        .await
        .expect_err("not JSON")
        .into_service_error();
    assert!(error.is_invalid_execution_input(), "{error:?}");

    let token = client
        .send_task_success()
        .task_token("never made")
        .output("{}");
    let error = token
        .send()
        .await
        .expect_err("no token")
        .into_service_error();
    assert!(error.is_invalid_token(), "{error:?}");
}

#[tokio::test]
async fn a_definition_is_validated_and_refused_in_the_services_words() {
    let running = Running::ephemeral().await;
    let client = Client::new(&running.sdk().await);
    let definition = json!({"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "B"}}});
    let validate = client.validate_state_machine_definition();
    let told = validate
        .definition(definition.to_string())
        .send()
        .await
        .expect("an answer");
    assert_eq!(told.result.as_str(), "FAIL");
    let codes: Vec<&str> = told
        .diagnostics
        .iter()
        .map(|found| found.code.as_str())
        .collect();
    assert!(codes.contains(&"MISSING_TRANSITION_TARGET"), "{codes:?}");

    let create = client.create_state_machine().name("bad").role_arn(ROLE);
    let refused = create.definition(definition.to_string()).send().await;
    let error = refused.expect_err("no B").into_service_error();
    assert!(error.is_invalid_definition(), "{error:?}");
}

#[tokio::test]
async fn our_workflows_are_deployed_once_and_stay_as_they_are() {
    let running = Running::ephemeral().await;
    let workflows = comanda_workflows::all().expect("they are well made");
    for _ in 0..2 {
        let deployed = running
            .stack
            .deploy_workflows(workflows, "http://127.0.0.1/queue");
        assert_eq!(deployed.await.expect("accepted").len(), workflows.len());
    }
    let client = Client::new(&running.sdk().await);
    for workflow in workflows {
        let arn = format!(
            "arn:aws:states:sa-east-1:000000000000:stateMachine:{}",
            workflow.name
        );
        let told = client
            .describe_state_machine()
            .state_machine_arn(arn)
            .send();
        let told = told.await.expect("it is there");
        assert!(!told.definition.contains("${"), "{}", told.definition);
        assert_eq!(told.revision_id, None, "deploying it again changed it");
    }
}

#[tokio::test]
async fn a_history_is_the_same_in_pages_and_backwards() {
    let running = Running::ephemeral().await;
    let client = Client::new(&running.sdk().await);
    let pass = json!({"StartAt": "A", "States": {
        "A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Pass", "End": true}}});
    let arn = machine(&client, "passes", pass).await;
    let execution = start(&client, &arn, "one", r#"{"a":1}"#).await;
    end(&client, &execution).await;
    let pages = client
        .get_execution_history()
        .execution_arn(&execution)
        .max_results(4);
    let mut events = Vec::new();
    let mut pages = pages.into_paginator().items().send();
    while let Some(event) = pages.next().await {
        events.push(event.expect("an event"));
    }
    let ids: Vec<i64> = events.iter().map(|event| event.id).collect();
    assert_eq!(ids, [1, 2, 3, 4, 5, 6]);
    let types: Vec<_> = events.iter().map(|event| event.r#type.clone()).collect();
    assert_eq!(types.first(), Some(&HistoryEventType::ExecutionStarted));
    assert_eq!(types.last(), Some(&HistoryEventType::ExecutionSucceeded));

    let backwards = client.get_execution_history().execution_arn(&execution);
    let backwards = backwards
        .reverse_order(true)
        .include_execution_data(false)
        .send()
        .await;
    let events = backwards.expect("a page").events;
    let ids: Vec<i64> = events.iter().map(|event| event.id).collect();
    assert_eq!(ids, [6, 5, 4, 3, 2, 1]);
    let started = events
        .last()
        .and_then(|event| event.execution_started_event_details());
    assert_eq!(started.and_then(|details| details.input()), None);
}

#[tokio::test]
async fn a_child_is_started_once_and_waited_for() {
    let running = Running::ephemeral().await;
    let client = Client::new(&running.sdk().await);
    let child = jsonata(
        "Echo",
        json!({"Echo": lambda("echo", json!({"End": true}))}),
    );
    let child = machine(&client, "child", child).await;
    let parent = jsonata(
        "Child",
        json!({"Child": {
            "Type": "Task",
            "Resource": "arn:aws:states:::states:startExecution.sync:2",
            "Arguments": {"StateMachineArn": child, "Input": {"a": [1, 2]}, "Name": "only"},
            "Output": "{% $states.result.Output %}",
            "TimeoutSeconds": 60,
            "End": true,
        }}),
    );
    let parent = machine(&client, "parent", parent).await;
    let execution = start(&client, &parent, "one", "{}").await;
    let ended = end(&client, &execution).await;
    assert_eq!(
        ended,
        (ExecutionStatus::Succeeded, r#"{"a":[1,2]}"#.to_owned())
    );
    // Another parent wants a child of the same name: that one has ended, and was not its own.
    let execution = start(&client, &parent, "two", "{}").await;
    let (status, error) = end(&client, &execution).await;
    assert_eq!(
        (status, error.as_str()),
        (
            ExecutionStatus::Failed,
            "StepFunctions.ExecutionAlreadyExistsException"
        )
    );
}

#[tokio::test]
async fn a_child_that_is_waited_for_ends_with_its_parent() {
    let running = Running::ephemeral().await;
    let client = Client::new(&running.sdk().await);
    let wait = json!({"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 60, "End": true}}});
    let child = machine(&client, "waiting", wait).await;
    let parent = json!({"StartAt": "Child", "States": {"Child": {
        "Type": "Task",
        "Resource": "arn:aws:states:::states:startExecution.sync:2",
        "Parameters": {"StateMachineArn": child, "Name": "only"},
        "TimeoutSeconds": 60,
        "End": true,
    }}});
    let parent = machine(&client, "parent", parent).await;
    let parent = start(&client, &parent, "one", "{}").await;
    let child = child.replace(":stateMachine:", ":execution:") + ":only";
    let begun = || client.describe_execution().execution_arn(&child).send();
    while begun().await.is_err() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let stop = client.stop_execution().execution_arn(&parent);
    stop.send().await.expect("stopped");
    let (status, _) = end(&client, &child).await;
    assert_eq!(status, ExecutionStatus::Aborted);
}

#[tokio::test]
async fn an_express_execution_is_waited_for() {
    let running = Running::ephemeral().await;
    let client = common::without_host_prefix(&running.sdk().await);
    let echo = jsonata(
        "Echo",
        json!({"Echo": lambda("echo", json!({"End": true}))}),
    );
    let created = client
        .create_state_machine()
        .name("status")
        .definition(echo.to_string())
        .r#type(StateMachineType::Express)
        .role_arn(ROLE)
        .send();
    let arn = created.await.expect("a machine").state_machine_arn;
    let ended = client
        .start_sync_execution()
        .state_machine_arn(&arn)
        .input(r#"{"b":2}"#);
    let ended = ended.send().await.expect("an end");
    assert_eq!(ended.output(), Some(r#"{"b":2}"#));
}

#[tokio::test]
async fn a_running_execution_goes_on_after_a_restart() {
    let directory = tempfile::tempdir().expect("a directory");
    let running = Running::on(directory.path().to_path_buf()).await;
    let client = Client::new(&running.sdk().await);
    let token = "{% $states.context.Task.Token %}";
    let definition = jsonata(
        "Wait",
        json!({
            "Wait": {"Type": "Wait", "Seconds": 1, "Next": "Ask"},
            "Ask": {
                "Type": "Task",
                "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
                "Arguments": {"FunctionName": "keep", "Payload": {"token": token}},
                "TimeoutSeconds": 60,
                "Next": "Echo",
            },
            "Echo": lambda("echo", json!({"End": true})),
        }),
    );
    let arn = machine(&client, "long", definition).await;
    let early = start(&client, &arn, "early", "{}").await;
    running.close().await;

    // Stopped in its Wait; the next start asks.
    let running = Running::on(directory.path().to_path_buf()).await;
    let client = Client::new(&running.sdk().await);
    let token = running.kept_token().await;
    running.close().await;

    // Stopped while it waits for its token; the token is still good, once.
    let running = Running::on(directory.path().to_path_buf()).await;
    assert_eq!(running.stack.recovered().running, 1);
    assert!(running.stack.recovered().refused.is_empty());
    drop(client);
    let client = Client::new(&running.sdk().await);
    let answer = || {
        client
            .send_task_success()
            .task_token(&token)
            .output(r#"{"yes":true}"#)
    };
    answer().send().await.expect("taken");
    assert_eq!(
        end(&client, &early).await,
        (ExecutionStatus::Succeeded, r#"{"yes":true}"#.to_owned())
    );
    let history = client
        .get_execution_history()
        .execution_arn(&early)
        .send()
        .await;
    let events = history.expect("a history").events;
    running.close().await;

    // What ended before is told the same, and its token is too late, not unknown.
    let running = Running::on(directory.path().to_path_buf()).await;
    let client = Client::new(&running.sdk().await);
    assert_eq!(running.stack.recovered().running, 0);
    let again = client
        .get_execution_history()
        .execution_arn(&early)
        .send()
        .await;
    assert_eq!(again.expect("a history").events, events);
    let late = client.send_task_success().task_token(&token).output("{}");
    let error = late
        .send()
        .await
        .expect_err("too late")
        .into_service_error();
    assert!(error.is_task_timed_out(), "{error:?}");
    running.close().await;
}
