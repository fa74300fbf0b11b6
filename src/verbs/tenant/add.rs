//! `comanda tenant add`: a tenant's file, checked as a whole, then given to the running stack.

use std::{fs, path::Path, process::ExitCode};

use comanda_local::tenancy::check;
use serde_json::{Value, json};

use super::running;
use crate::{failure::Failure, output::Output, stack_client::StackClient};

/// Checks the file, takes the tenant in, and puts the file where the CDK app reads it if that is wanted.
pub async fn run(
    file: &Path,
    check_only: bool,
    cdk: Option<&Path>,
    data: &Path,
    output: &Output,
) -> Result<ExitCode, Failure> {
    let text = fs::read_to_string(file).map_err(|error| {
        Failure::usage(format!("{} cannot be read: {error}", file.display()))
            .help("a tenant's file looks like examples/tenants/pizzaria-bella.json")
    })?;
    let tenant = check(&text).map_err(|problems| {
        let said: Vec<String> = problems
            .iter()
            .map(|problem| format!("  {problem}\n    {}", problem.help))
            .collect();
        Failure::new(format!(
            "{} cannot be taken as it is\n{}",
            file.display(),
            said.join("\n")
        ))
        .code("TENANT_FILE")
        .help(
            "put it right and add it again; editors know the schema generated/schemas/tenant.json",
        )
    })?;
    let client = tenant.client_id.as_str();
    if check_only {
        let text = format!(
            "{} is good: {client}, {} stores.",
            file.display(),
            tenant.stores.len()
        );
        output.result(&json!({ "clientId": client, "good": true }), &text)?;
        return Ok(ExitCode::SUCCESS);
    }
    let stack = StackClient::new(&running(data)?.url)?;
    let sent: Value = serde_json::from_str(&text)
        .map_err(|error| Failure::new(format!("{} is no JSON: {error}", file.display())))?;
    let answer = stack.post("/local/tenants", &sent).await?;
    if let Some(folder) = cdk {
        keep_for_cdk(folder, client, &text)?;
    }
    output.result(&answer, &told(client, &answer))?;
    output.next(&format!(
        "comanda order --tenant {client} --store STORE place FILE"
    ));
    Ok(ExitCode::SUCCESS)
}

fn keep_for_cdk(folder: &Path, client: &str, text: &str) -> Result<(), Failure> {
    let place = folder.join(format!("{client}.json"));
    let written = fs::create_dir_all(folder).and_then(|()| fs::write(&place, text));
    written.map_err(|error| {
        Failure::new(format!("{} cannot be written: {error}", place.display()))
            .help("the tenant is taken in; write the file there by hand")
    })
}

fn told(client: &str, answer: &Value) -> String {
    let rows = answer
        .get("rows")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    let mut lines = vec![format!("{client} is taken in.")];
    for row in rows {
        let word = |name: &str| row.get(name).and_then(Value::as_str).unwrap_or_default();
        let became = match word("written") {
            "made" => "made",
            "asItWas" => "there already",
            _ => "kept as it is, which is not as the file says",
        };
        lines.push(format!("  {}: {became}", word("what")));
    }
    let webhook = answer.pointer("/tenant/webhookUrl").and_then(Value::as_str);
    if let Some(webhook) = webhook {
        lines.push(format!("  the payment provider calls {webhook}"));
    }
    lines.join("\n")
}
