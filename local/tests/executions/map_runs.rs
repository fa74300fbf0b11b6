//! Map runs through the real SDK: how a run stands, its children and their histories, and that they survive.

use aws_sdk_sfn::{
    Client,
    types::{ExecutionStatus, MapRunStatus},
};
use serde_json::{Value, json};

use crate::common::{
    Running,
    executions::{end, jsonata, machine, start},
};

/// Children that ask, one at a time, for an answer by token.
async fn asking(client: &Client) -> String {
    let ask = json!({
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
        "Arguments": {"FunctionName": "keep", "Payload": {"token": "{% $states.context.Task.Token %}"}},
        "TimeoutSeconds": 600,
        "End": true,
    });
    let each = json!({"Each": {
        "Type": "Map",
        "Label": "each",
        "Items": [1, 2, 3],
        "MaxConcurrency": 1,
        "ToleratedFailureCount": 1,
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
            "StartAt": "Ask",
            "States": {"Ask": ask},
        },
        "End": true,
    }});
    machine(client, "asking", jsonata("Each", each)).await
}

async fn answer(running: &Running, client: &Client, output: &str) {
    let token = running.kept_token().await;
    let answer = client.send_task_success().task_token(token).output(output);
    answer.send().await.expect("it is taken");
}

#[tokio::test]
async fn a_map_run_tells_how_it_stands_and_takes_new_limits() {
    let directory = tempfile::tempdir().expect("a directory");
    let running = Running::on(directory.path().to_owned()).await;
    let client = Client::new(&running.sdk().await);
    let arn = asking(&client).await;
    let execution = start(&client, &arn, "one", "{}").await;
    answer(&running, &client, "10").await;
    let second = running.kept_token().await;

    let runs = client
        .list_map_runs()
        .execution_arn(&execution)
        .send()
        .await;
    let runs = runs.expect("a list").map_runs;
    let run = runs[0].map_run_arn.clone();
    let told = client
        .describe_map_run()
        .map_run_arn(&run)
        .send()
        .await
        .expect("it is there");
    let counts = told.execution_counts.expect("counts");
    assert_eq!(
        (told.status, told.max_concurrency),
        (MapRunStatus::Running, 1)
    );
    assert_eq!(
        (
            counts.succeeded,
            counts.running,
            counts.pending,
            counts.total
        ),
        (1, 1, 1, 3)
    );
    let update = client.update_map_run().map_run_arn(&run);
    let nothing = update
        .clone()
        .send()
        .await
        .expect_err("nothing is said")
        .into_service_error();
    assert!(nothing.is_validation_exception(), "{nothing:?}");
    update
        .clone()
        .max_concurrency(3)
        .send()
        .await
        .expect("it takes more");
    let refuse = client.send_task_failure().task_token(second).error("No");
    refuse.send().await.expect("it is taken");
    answer(&running, &client, "30").await;
    let (status, output) = end(&client, &execution).await;
    let output: Vec<Value> = serde_json::from_str(&output).expect("an array");
    assert_eq!(status, ExecutionStatus::Succeeded);
    assert_eq!(
        (&output[0], &output[1]["Error"], &output[2]),
        (&json!(10), &json!("No"), &json!(30))
    );
    let late = update
        .max_concurrency(1)
        .send()
        .await
        .expect_err("it is over")
        .into_service_error();
    assert!(late.is_validation_exception(), "{late:?}");
    running.close().await;

    let running = Running::on(directory.path().to_owned()).await;
    let client = Client::new(&running.sdk().await);
    let told = client
        .describe_map_run()
        .map_run_arn(&run)
        .send()
        .await
        .expect("it is there");
    let counts = told.item_counts.expect("counts");
    assert_eq!(
        (told.status, told.max_concurrency),
        (MapRunStatus::Succeeded, 3)
    );
    assert_eq!((counts.succeeded, counts.failed, counts.total), (2, 1, 3));
    let failed = client.list_executions().map_run_arn(&run);
    let failed = failed.status_filter(ExecutionStatus::Failed).send().await;
    let failed = failed.expect("a list").executions;
    assert_eq!(failed.len(), 1);
    let child = &failed[0].execution_arn;
    let told = client
        .describe_execution()
        .execution_arn(child)
        .send()
        .await
        .expect("a child");
    assert_eq!(
        (told.map_run_arn.as_deref(), told.error.as_deref()),
        (Some(run.as_str()), Some("No"))
    );
    assert_eq!(told.input.as_deref(), Some("2"));
    let history = client
        .get_execution_history()
        .execution_arn(child)
        .send()
        .await;
    let last = history.expect("events").events.pop().expect("an end");
    assert_eq!(last.r#type.as_str(), "ExecutionFailed");
    let machine = client
        .describe_state_machine_for_execution()
        .execution_arn(child);
    let machine = machine.send().await.expect("its machine");
    assert_eq!(machine.label.as_deref(), Some("each"));
    assert!(
        machine.definition.starts_with(r#"{"StartAt":"Ask""#),
        "{}",
        machine.definition
    );
}
