//! Machines and executions in a few words, for tests of the Step Functions API.

use std::time::Duration;

use aws_sdk_sfn::{Client, types::ExecutionStatus};
use serde_json::{Value, json};

/// Any role will do.
pub const ROLE: &str = "arn:aws:iam::000000000000:role/anyone";

/// Makes a state machine and gives its ARN.
pub async fn machine(client: &Client, name: &str, definition: Value) -> String {
    let created = client
        .create_state_machine()
        .name(name)
        .definition(definition.to_string())
        .role_arn(ROLE)
        .send();
    created.await.expect("a machine").state_machine_arn
}

/// Starts an execution and gives its ARN.
pub async fn start(client: &Client, machine: &str, name: &str, input: &str) -> String {
    let started = client
        .start_execution()
        .state_machine_arn(machine)
        .name(name)
        .input(input)
        .send();
    started.await.expect("it starts").execution_arn
}

/// Waits for the end; gives the status and the output, or the error.
pub async fn end(client: &Client, arn: &str) -> (ExecutionStatus, String) {
    for _ in 0..500 {
        let told = client.describe_execution().execution_arn(arn).send().await;
        let told = told.expect("it is there");
        if told.status != ExecutionStatus::Running {
            let said = told.output.or(told.error).unwrap_or_default();
            return (told.status, said);
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{arn} does not end");
}

/// A state that calls a function with its input.
pub fn lambda(function: &str, next: Value) -> Value {
    let mut state = json!({
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Arguments": {"FunctionName": function, "Payload": "{% $states.input %}"},
        "Output": "{% $states.result.Payload %}",
        "TimeoutSeconds": 60,
    });
    let members = state.as_object_mut().expect("an object");
    members.extend(next.as_object().expect("an object").clone());
    state
}

/// A machine whose expressions are JSONata.
pub fn jsonata(start: &str, states: Value) -> Value {
    json!({"QueryLanguage": "JSONata", "StartAt": start, "States": states})
}
