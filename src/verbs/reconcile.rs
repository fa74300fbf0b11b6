//! `comanda reconcile`: sweeps a tenant's books now, and says what was put right and what a person must see.

use std::{process::ExitCode, time::Duration};

use aws_sdk_sfn::{Client, types::ExecutionStatus};
use comanda_domain::money::Money;
use serde_json::{Value, json};

use super::{aws::ITSELF, table};
use crate::{arguments::StackAddress, failure::Failure, output::Output, stack_client::StackClient};

/// Sweep a tenant's orders, refunds, charges and ledger against the provider.
#[derive(Debug, clap::Args)]
pub struct ReconcileArguments {
    #[command(flatten)]
    stack: StackAddress,
    /// Where Step Functions answers; `aws` for AWS itself [default: AWS itself for a deployment, else the local stack].
    #[arg(long, env = "AWS_ENDPOINT_URL")]
    endpoint: Option<String>,
    /// Whose books; the stack's own tenant where none is named.
    #[arg(long)]
    tenant: Option<String>,
    /// Sweep nothing: close an exception that was looked into (`--close ORPHAN_MONEY pay_…`).
    #[arg(long, num_args = 2, value_names = ["KIND", "SUBJECT"], requires = "notes")]
    close: Option<Vec<String>>,
    /// What was found and done about it. No names, no phones.
    #[arg(long)]
    notes: Option<String>,
}

/// Step Functions of the local stack.
const LOCAL: &str = "http://127.0.0.1:4566";
/// How often the execution is asked for, and how many times: five minutes in all.
const PAUSE: Duration = Duration::from_millis(200);
const ASKED_MAX: u32 = 1_500;

/// Runs it and prints the report. Exit 1 if something is open, so that a script may wait for a person.
pub async fn run(arguments: &ReconcileArguments, output: &Output) -> Result<ExitCode, Failure> {
    let stack = StackClient::of(&arguments.stack)?;
    let endpoint = endpoint_of(arguments.endpoint.as_deref(), stack.is_local())?;
    let named = arguments.tenant.as_ref();
    let query = named.map(|tenant| format!("?clientId={tenant}"));
    let query = query.unwrap_or_default();
    if let Some([kind, subject]) = arguments.close.as_deref() {
        let body = json!({ "kind": kind, "subjectId": subject, "notes": arguments.notes });
        let path = format!("/api/exceptions/close{query}");
        let answer = stack.post(&path, &body).await?;
        output.result(&answer, &closed(&answer, (kind, subject)))?;
        return Ok(ExitCode::SUCCESS);
    }
    let known = stack.get(&format!("/api/exceptions{query}")).await?;
    let tenant = known.get("clientId").and_then(Value::as_str);
    let tenant = tenant.ok_or_else(|| Failure::new("the stack names no tenant"))?;
    let report = sweep(&endpoint, &arguments.stack.region, tenant).await?;
    let exceptions = exceptions(&stack, tenant).await?;
    let parked = stack
        .get(&format!("/api/parked-events?clientId={tenant}"))
        .await?;
    let open = list(&exceptions, "open");
    output.result(
        &json!({ "report": report, "exceptions": exceptions, "parked": parked }),
        &text(&report, &open, &list(&parked, "events")),
    )?;
    Ok(if open.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// What the stack said to the wish to close one.
fn closed(answer: &Value, (kind, subject): (&str, &str)) -> String {
    if answer.get("closed") == Some(&json!(true)) {
        format!("{kind} about {subject} is closed.")
    } else {
        format!("{kind} about {subject} was closed before, or was put right by itself.")
    }
}

/// A tenant's exceptions as the stack lists them, with all that are open: what is stuck longest comes last.
async fn exceptions(stack: &StackClient, tenant: &str) -> Result<Value, Failure> {
    let path = format!("/api/exceptions?clientId={tenant}");
    let mut exceptions = stack.get(&path).await?;
    let next = |page: &Value| {
        let next = page.pointer("/next/open").and_then(Value::as_str);
        next.map(str::to_owned)
    };
    while let Some(cursor) = next(&exceptions) {
        let older = stack
            .get(&format!("{path}&status=OPEN&cursor={cursor}"))
            .await?;
        let mut open = list(&exceptions, "open");
        open.extend(list(&older, "open"));
        if let Some(fields) = exceptions.as_object_mut() {
            fields.insert("open".to_owned(), open.into());
        }
        if let Some(place) = exceptions.pointer_mut("/next/open") {
            *place = json!(next(&older));
        }
    }
    Ok(exceptions)
}

/// Where the books are swept: there where the exceptions are read.
fn endpoint_of(named: Option<&str>, is_local: bool) -> Result<String, Failure> {
    match named {
        Some(ITSELF) if is_local => Err(Failure::usage(
            "this would sweep the books on AWS and read the exceptions of the local stack",
        )
        .help("say where the deployment is: --url https://DOMAIN, or COMANDA_URL")),
        Some(named) if !is_local && named.starts_with("http://") => Err(Failure::usage(format!(
            "this would sweep the books at {named} and read the exceptions of a deployment"
        ))
        .help("unset AWS_ENDPOINT_URL, and name no --endpoint")),
        Some(named) => Ok(named.to_owned()),
        None if is_local => Ok(LOCAL.to_owned()),
        None => Ok(ITSELF.to_owned()),
    }
}

/// One execution of `reconciliation`, to its end.
async fn sweep(endpoint: &str, region: &str, tenant: &str) -> Result<Value, Failure> {
    let config = super::aws::config(endpoint, region).await;
    let client = Client::new(&config);
    let machines = client.list_state_machines().send().await;
    let machines = machines.map_err(|error| away(&error))?;
    let machine = machines
        .state_machines
        .into_iter()
        .find(|machine| machine.name == "reconciliation")
        .ok_or_else(|| Failure::new("reconciliation is not deployed there"))?;
    let machine = started_by(&machine.state_machine_arn, endpoint);
    let name = format!("{tenant}-{}", jiff::Timestamp::now().as_millisecond());
    let started = client
        .start_execution()
        .state_machine_arn(machine)
        .name(name)
        .input(json!({ "clientId": tenant }).to_string())
        .send()
        .await
        .map_err(|error| away(&error))?;
    for _ in 0..ASKED_MAX {
        let execution = client
            .describe_execution()
            .execution_arn(&started.execution_arn)
            .send()
            .await
            .map_err(|error| away(&error))?;
        match execution.status {
            ExecutionStatus::Running => tokio::time::sleep(PAUSE).await,
            ExecutionStatus::Succeeded => {
                let report = execution.output.unwrap_or_default();
                return serde_json::from_str(&report)
                    .map_err(|error| Failure::new(format!("the report is not JSON: {error}")));
            }
            status => {
                return Err(
                    Failure::new(format!("the sweep ended as {}", status.as_str()))
                        .help(format!("comanda exec show {}", started.execution_arn)),
                );
            }
        }
    }
    Err(Failure::new("the sweep did not end in five minutes")
        .help(format!("comanda exec show {}", started.execution_arn)))
}

/// On AWS by the alias, as schedules start it: the bare name means whatever definition was deployed last, if only to a part.
fn started_by(machine: &str, endpoint: &str) -> String {
    if endpoint == ITSELF {
        format!("{machine}:live")
    } else {
        machine.to_owned()
    }
}

fn away(error: &impl std::error::Error) -> Failure {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    let last = causes
        .last()
        .map_or_else(|| error.to_string(), ToString::to_string);
    Failure::usage(format!("Step Functions did not answer: {last}"))
        .help("start the stack in another terminal: cargo run -- up")
}

fn list(exceptions: &Value, state: &str) -> Vec<Value> {
    let rows = exceptions.get(state).and_then(Value::as_array);
    rows.cloned().unwrap_or_default()
}

fn text(report: &Value, open: &[Value], parked: &[Value]) -> String {
    let number = |key: &str| report.get(key).and_then(Value::as_u64).unwrap_or_default();
    let whole = if report.get("complete") == Some(&json!(true)) {
        "everything"
    } else {
        "a part"
    };
    let mut parts = vec![format!(
        "Looked at {whole}: {} rows and entries, {} calls to the provider; {} put right, {} newly raised.",
        number("lookedAt"),
        number("calls"),
        number("healed"),
        number("raised")
    )];
    let days = report.get("days").and_then(Value::as_array);
    let days: Vec<Vec<String>> = days.into_iter().flatten().map(day).collect();
    if !days.is_empty() {
        let head = [
            "DAY",
            "CAPTURED",
            "REFUNDED",
            "FEES",
            "STATEMENT",
            "LATER",
            "OTHER DAY",
            "DIFFERENCE",
        ];
        parts.push(table(&head, days));
    }
    if open.is_empty() {
        parts.push("Nothing waits for a person.".to_owned());
    }
    for exception in open {
        let word = |key: &str| word(exception, key);
        parts.push(format!(
            "{} {} since {}\n    {}\n    next: {} ({})",
            word("kind"),
            word("subjectId"),
            word("raisedAt"),
            word("detail"),
            word("nextStep"),
            word("runbook")
        ));
    }
    parts.extend(set_aside(parked));
    parts.join("\n\n")
}

/// Events that belong to nothing, in so far as there are any.
fn set_aside(parked: &[Value]) -> Option<String> {
    let newest = parked.first()?;
    let word = |key: &str| word(newest, key);
    Some(format!(
        "{} webhooks or POS events belong to nothing we know and were set aside; the newest: {} {} {} at {}\n    {}\n    \
         next: `--json` lists all of them (docs/runbook/event-parked.md)",
        parked.len(),
        word("source"),
        word("event"),
        word("subject"),
        word("parkedAt"),
        word("reason")
    ))
}

fn word<'a>(row: &'a Value, key: &str) -> &'a str {
    row.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn day(day: &Value) -> Vec<String> {
    let centavos = |path: &str| {
        day.pointer(path)
            .and_then(Value::as_i64)
            .unwrap_or_default()
    };
    let money = |path: &str| Money::from_centavos(centavos(path)).to_string();
    let net = |side: &str| {
        centavos(&format!("/{side}/captured"))
            - centavos(&format!("/{side}/refunded"))
            - centavos(&format!("/{side}/fees"))
            - centavos(&format!("/{side}/chargedBack"))
    };
    vec![
        day.get("day")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned(),
        money("/ledger/captured"),
        money("/ledger/refunded"),
        money("/ledger/fees"),
        Money::from_centavos(net("statement")).to_string(),
        money("/notSettled"),
        money("/otherDay"),
        money("/difference"),
    ]
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{closed, endpoint_of, set_aside, started_by};

    #[test]
    fn a_deployment_is_swept_by_what_is_live() {
        let machine = "arn:aws:states:sa-east-1:000000000000:stateMachine:reconciliation";
        assert_eq!(started_by(machine, "aws"), format!("{machine}:live"));
        assert_eq!(started_by(machine, "http://127.0.0.1:4566"), machine);
    }

    #[test]
    fn what_was_not_open_is_not_said_to_be_closed_now() {
        let of = ("ORPHAN_MONEY", "pay_1");
        let now = closed(&json!({ "closed": true }), of);
        assert_eq!(now, "ORPHAN_MONEY about pay_1 is closed.");
        let before = closed(&json!({ "closed": false }), of);
        assert!(before.contains("was closed before"), "{before}");
    }

    #[test]
    fn events_that_were_set_aside_are_told_where_there_are_any() {
        assert_eq!(set_aside(&[]), None);
        let newest = json!({
            "source": "asaas", "event": "PAYMENT_RECEIVED", "subject": "pay_1", "reason": "no such charge",
            "parkedAt": "2026-11-26T03:00:00Z",
        });
        let told = set_aside(&[newest, json!({})]).expect("told");
        assert!(
            told.starts_with("2 webhooks or POS events belong to nothing"),
            "{told}"
        );
        assert!(
            told.contains(
                "asaas PAYMENT_RECEIVED pay_1 at 2026-11-26T03:00:00Z\n    no such charge"
            ),
            "{told}"
        );
    }

    #[test]
    fn books_are_swept_where_the_exceptions_are_read() {
        let emulator = "http://127.0.0.1:9999";
        for (named, is_local, expected) in [
            (None, true, Some("http://127.0.0.1:4566")),
            (None, false, Some("aws")),
            (Some("aws"), false, Some("aws")),
            (Some("aws"), true, None),
            (Some(emulator), true, Some(emulator)),
            (Some(emulator), false, None),
        ] {
            let endpoint = endpoint_of(named, is_local).ok();
            assert_eq!(endpoint.as_deref(), expected, "{named:?} {is_local}");
        }
    }
}
