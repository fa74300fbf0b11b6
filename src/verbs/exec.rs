//! `comanda exec`: executions in the running stack, through the Step Functions API. To start a workflow in virtual
//! time, see `comanda run`.

use std::process::ExitCode;

use aws_sdk_sfn::{
    Client,
    types::{ExecutionListItem, HistoryEvent},
};
use serde_json::{Value, json};

use super::table;
use crate::{failure::Failure, output::Output};

/// Look at executions. (`comanda run` starts one in virtual time, without a stack.)
#[derive(Debug, clap::Args)]
pub struct ExecArguments {
    /// Where Step Functions answers; `aws` for AWS itself.
    #[arg(
        long,
        env = "AWS_ENDPOINT_URL",
        default_value = "http://127.0.0.1:4566",
        global = true
    )]
    endpoint: String,
    /// The AWS region.
    #[arg(long, env = "AWS_REGION", default_value = "sa-east-1", global = true)]
    region: String,
    #[command(subcommand)]
    action: ExecAction,
}

#[derive(Debug, clap::Subcommand)]
enum ExecAction {
    /// The newest executions of every workflow.
    List {
        /// Only this workflow.
        #[arg(long)]
        workflow: Option<String>,
        /// At most so many per workflow.
        #[arg(long, default_value_t = 20)]
        limit: i32,
    },
    /// One execution: its state, and the history's events.
    Show {
        /// The execution's name (for order-lifecycle: the order id) or ARN.
        name: String,
    },
}

/// Runs one action.
pub async fn run(arguments: &ExecArguments, output: &Output) -> Result<ExitCode, Failure> {
    let client = Client::new(&super::aws::config(&arguments.endpoint, &arguments.region).await);
    match &arguments.action {
        ExecAction::List { workflow, limit } => {
            list(&client, workflow.as_deref(), *limit, output).await
        }
        ExecAction::Show { name } => show(&client, name, output).await,
    }
}

async fn list(
    client: &Client,
    workflow: Option<&str>,
    limit: i32,
    output: &Output,
) -> Result<ExitCode, Failure> {
    let executions = executions(client, workflow, limit).await?;
    let rows: Vec<Vec<String>> = executions
        .iter()
        .map(|execution| {
            let machine = execution
                .state_machine_arn
                .rsplit(':')
                .next()
                .unwrap_or_default();
            vec![
                machine.to_owned(),
                execution.name.clone(),
                execution.status.as_str().to_owned(),
                execution.start_date.to_string(),
            ]
        })
        .collect();
    let value: Vec<Value> = executions
        .iter()
        .map(|execution| {
            json!({
                "executionArn": execution.execution_arn,
                "name": execution.name,
                "status": execution.status.as_str(),
                "startDate": execution.start_date.to_string(),
            })
        })
        .collect();
    output.result(
        &value,
        &table(&["WORKFLOW", "EXECUTION", "STATUS", "STARTED"], rows),
    )?;
    output.next("comanda exec show EXECUTION");
    Ok(ExitCode::SUCCESS)
}

async fn executions(
    client: &Client,
    workflow: Option<&str>,
    limit: i32,
) -> Result<Vec<ExecutionListItem>, Failure> {
    let machines = client
        .list_state_machines()
        .send()
        .await
        .map_err(|error| unreachable(&error))?;
    let mut executions = Vec::new();
    for machine in machines.state_machines {
        // Express executions leave no list, on AWS as here.
        let wanted = workflow.is_none_or(|name| name == machine.name)
            && machine.r#type.as_str() == "STANDARD";
        if !wanted {
            continue;
        }
        let page = client
            .list_executions()
            .state_machine_arn(machine.state_machine_arn)
            .max_results(limit);
        executions.extend(
            page.send()
                .await
                .map_err(|error| unreachable(&error))?
                .executions,
        );
    }
    executions.sort_by_key(|execution| std::cmp::Reverse(execution.start_date));
    Ok(executions)
}

async fn show(client: &Client, name: &str, output: &Output) -> Result<ExitCode, Failure> {
    let arn = if name.starts_with("arn:") {
        name.to_owned()
    } else {
        let known = executions(client, None, 1000).await?;
        let found = known.iter().find(|execution| execution.name == name);
        found
            .map(|execution| execution.execution_arn.clone())
            .ok_or_else(|| {
                Failure::new(format!("execution {name} does not exist"))
                    .help("the newest are shown by: comanda exec list")
            })?
    };
    let execution = client
        .describe_execution()
        .execution_arn(&arn)
        .send()
        .await
        .map_err(|error| unreachable(&error))?;
    let mut events = Vec::new();
    let mut next = None;
    loop {
        let page = client
            .get_execution_history()
            .execution_arn(&arn)
            .set_next_token(next);
        let page = page.send().await.map_err(|error| unreachable(&error))?;
        events.extend(page.events);
        next = page.next_token;
        if next.is_none() {
            break;
        }
    }
    let rows = events.iter().map(|event| {
        vec![
            event.id.to_string(),
            event.timestamp.to_string(),
            kind(event),
            state(event),
        ]
    });
    let text = format!(
        "{}\nstatus  {}\ninput   {}\noutput  {}\n\n{}",
        arn,
        execution.status.as_str(),
        execution.input.as_deref().unwrap_or("-"),
        execution.output.as_deref().unwrap_or("-"),
        table(&["ID", "TIME", "EVENT", "STATE"], rows.collect())
    );
    let value = json!({
        "executionArn": arn,
        "status": execution.status.as_str(),
        "input": execution.input,
        "output": execution.output,
        "error": execution.error,
        "cause": execution.cause,
        "events": events.iter().map(|event| json!({
            "id": event.id, "timestamp": event.timestamp.to_string(), "type": kind(event), "state": state(event),
        })).collect::<Vec<_>>(),
    });
    output.result(&value, &text)?;
    Ok(ExitCode::SUCCESS)
}

fn kind(event: &HistoryEvent) -> String {
    event.r#type.as_str().to_owned()
}

fn state(event: &HistoryEvent) -> String {
    let entered = event
        .state_entered_event_details
        .as_ref()
        .map(|details| details.name.clone());
    let exited = event
        .state_exited_event_details
        .as_ref()
        .map(|details| details.name.clone());
    entered.or(exited).unwrap_or_default()
}

fn unreachable<E: std::error::Error + 'static>(error: &aws_sdk_sfn::error::SdkError<E>) -> Failure {
    use aws_sdk_sfn::error::{DisplayErrorContext, SdkError};
    match error {
        SdkError::DispatchFailure(_) | SdkError::TimeoutError(_) => {
            Failure::usage("Step Functions does not answer there")
                .help("start the stack in another terminal: cargo run -- up")
        }
        error => Failure::new(format!(
            "Step Functions refused: {}",
            DisplayErrorContext(error)
        )),
    }
}
