//! `comanda tenant add`: a tenant's file, checked as a whole, then given to the running stack or written to a stage on AWS.

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use comanda_domain::store::ProviderEnvironment;
use comanda_local::{seed::made, tenancy::check};
use comanda_tasks::tenants::{
    FileProblem, SecretPurpose, Tenant, Written, onboard, read, refuse_taken,
};
use secrecy::SecretString;
use serde_json::{Value, json};

use super::{
    deployed::Deployed,
    running,
    values::{Values, about, variable},
    vault::Place,
};
use crate::{failure::Failure, output::Output, stack_client::StackClient};

/// A tenant's file, read and found good.
pub struct Checked {
    text: String,
    tenant: Tenant,
}

/// Reads and checks the file.
pub fn checked(file: &Path) -> Result<Checked, Failure> {
    let text = fs::read_to_string(file).map_err(|error| {
        Failure::usage(format!("{} cannot be read: {error}", file.display()))
            .help("a tenant's file looks like examples/tenants/pizzaria-bella.json")
    })?;
    let tenant = check(&text).map_err(|problems| refused(file, &problems))?;
    Ok(Checked { text, tenant })
}

fn refused(file: &Path, problems: &[FileProblem]) -> Failure {
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
    .help("put it right and add it again; editors know the schema generated/schemas/tenant.json")
}

/// Looks only.
pub fn only_check(file: &Path, checked: &Checked, output: &Output) -> Result<ExitCode, Failure> {
    let Checked { tenant, .. } = checked;
    let client = tenant.client_id.as_str();
    let text = format!(
        "{} is good: {client}, {} stores.",
        file.display(),
        tenant.stores.len()
    );
    output.result(&json!({ "clientId": client, "good": true }), &text)?;
    Ok(ExitCode::SUCCESS)
}

/// Puts the file where the CDK app reads it.
pub fn keep_for_cdk(folder: &Path, checked: &Checked) -> Result<PathBuf, Failure> {
    let place = folder.join(format!("{}.json", checked.tenant.client_id));
    let written = fs::create_dir_all(folder).and_then(|()| fs::write(&place, &checked.text));
    match written {
        Ok(()) => Ok(place),
        Err(error) => Err(
            Failure::new(format!("{} cannot be written: {error}", place.display()))
                .help("write the file there by hand"),
        ),
    }
}

/// There is no stack here that could take the tenant in; the deployment will.
pub fn only_kept(place: &Path, checked: &Checked, output: &Output) -> Result<ExitCode, Failure> {
    let client = checked.tenant.client_id.as_str();
    let text = format!("{client} is in {}; no stack runs here.", place.display());
    output.result(&json!({ "clientId": client, "file": place }), &text)?;
    output.next(&format!(
        "cd cdk && npx cdk deploy --all -c stage=STAGE, then comanda tenant add {} --aws STAGE",
        place.display()
    ));
    Ok(ExitCode::SUCCESS)
}

/// Takes the tenant in on the local stack.
pub async fn locally(checked: &Checked, data: &Path, output: &Output) -> Result<ExitCode, Failure> {
    let stack = StackClient::new(&running(data)?.url)?;
    let sent: Value = serde_json::from_str(&checked.text)
        .map_err(|error| Failure::new(format!("the tenant's file is no JSON: {error}")))?;
    let answer = stack.post("/local/tenants", &sent).await?;
    let client = checked.tenant.client_id.as_str();
    output.result(&answer, &told(client, &answer))?;
    output.next(&format!(
        "comanda order --tenant {client} --store STORE place FILE"
    ));
    Ok(ExitCode::SUCCESS)
}

/// Writes the tenant to a stage on AWS: everything is looked at first, then secrets get values, then rows are made, so that a
/// store that can sell has its secrets.
pub async fn on_aws(
    checked: &Checked,
    deployed: &Deployed,
    values: &Values,
    output: &Output,
) -> Result<ExitCode, Failure> {
    refuse_other_stage(checked, deployed)?;
    refuse_taken(deployed.store.as_ref(), &checked.tenant)
        .await
        .map_err(|error| deployed.of_onboarding(&error))?;
    let urls = deployed.queue_urls(&checked.tenant.queue_names()).await?;
    // The file was good with other addresses of queues.
    let address = |name: &str| urls.get(name).cloned().unwrap_or_default();
    let tenant = read(&checked.text, &address)
        .map_err(|problems| refused(Path::new("the tenant's file"), &problems))?;
    let secrets = fill(&tenant, deployed, values).await?;
    let rows = onboard(deployed.store.as_ref(), &tenant)
        .await
        .map_err(|error| deployed.of_onboarding(&error))?;
    let answer = json!({
        "stage": deployed.stage.name,
        "tenant": {
            "clientId": tenant.client_id, "name": tenant.name,
            "webhookUrl": deployed.stage.webhook_url(&tenant.webhook_route),
        },
        "rows": rows.iter().map(|(what, written)| json!({ "what": what, "written": written })).collect::<Vec<_>>(),
        "secrets": secrets.iter().map(|secret| json!({
            "what": format!("secret {}", secret.name), "written": secret.written, "madeAtRandom": secret.made_at_random,
        })).collect::<Vec<_>>(),
    });
    let client = tenant.client_id.as_str();
    output.result(&answer, &told(client, &answer))?;
    output.next(&format!(
        "comanda tenant show {client} --aws {}",
        deployed.stage.name
    ));
    Ok(ExitCode::SUCCESS)
}

fn refuse_other_stage(checked: &Checked, deployed: &Deployed) -> Result<(), Failure> {
    let stage = &deployed.stage;
    let file: Value = serde_json::from_str(&checked.text).unwrap_or_default();
    let stages = file.get("stages").and_then(Value::as_array);
    if stages.is_some_and(|stages| !stages.iter().any(|named| *named == stage.name.as_str())) {
        return Err(Failure::usage(format!(
            "the tenant's file does not have the stage {} among its stages",
            stage.name
        ))
        .help("add it there, or choose another stage: --aws STAGE"));
    }
    let pretends = checked
        .tenant
        .stores
        .iter()
        .find(|of| of.store.provider_environment == ProviderEnvironment::Local);
    if let Some(of) = pretends.filter(|_| !stage.is_emulator()) {
        return Err(Failure::new(format!(
            "the store {} has `providerEnvironment` LOCAL, which is a simulator on a developer's machine and reaches nobody on AWS",
            of.store.store_id
        ))
        .code("TENANT_FILE")
        .help("write SANDBOX, or PRODUCTION for real money"));
    }
    Ok(())
}

/// What became of a secret.
struct Secret {
    name: String,
    written: Written,
    made_at_random: bool,
}

/// Puts values into the places that have none. A value that is there stays.
async fn fill(
    tenant: &Tenant,
    deployed: &Deployed,
    values: &Values,
) -> Result<Vec<Secret>, Failure> {
    let mut empty = Vec::new();
    let mut secrets = Vec::new();
    let mut missing = Vec::new();
    let names = tenant.secret_names();
    for (purpose, name) in &names {
        match deployed.vault.look(name).await? {
            Place::Missing => missing.push(name.as_str()),
            Place::Empty => empty.push((*purpose, name)),
            Place::Filled { .. } => secrets.push(Secret {
                name: name.clone(),
                written: Written::AsItWas,
                made_at_random: false,
            }),
        }
    }
    if !missing.is_empty() {
        return Err(deployed.not_deployed("secrets", &missing));
    }
    for (name, value, made_at_random) in given(tenant, &empty, values)? {
        deployed.vault.put(&name, &value, &[]).await?;
        secrets.push(Secret {
            name,
            written: Written::Made,
            made_at_random,
        });
    }
    Ok(secrets)
}

/// A value for each, or what is missing, before anything is written.
fn given(
    tenant: &Tenant,
    empty: &[(SecretPurpose, &String)],
    values: &Values,
) -> Result<Vec<(String, SecretString, bool)>, Failure> {
    let world = tenant
        .stores
        .first()
        .map_or(ProviderEnvironment::Local, |of| {
            of.store.provider_environment
        });
    let mut given = Vec::new();
    let mut missing = Vec::new();
    for (purpose, name) in empty {
        match values.of(*purpose, tenant.client_id.as_str(), world)? {
            Some(value) => given.push(((*name).clone(), value, false)),
            None if *purpose == SecretPurpose::WebhookToken => {
                given.push(((*name).clone(), made(*purpose), true));
            }
            None => missing.push(*purpose),
        }
    }
    if missing.is_empty() {
        return Ok(given);
    }
    let what: Vec<&str> = missing.iter().map(|purpose| about(*purpose)).collect();
    let variables: Vec<&str> = missing.iter().map(|purpose| variable(*purpose)).collect();
    Err(Failure::usage(format!("nobody gave {}", what.join(", ")))
        .code("SECRET_MISSING")
        .help(format!(
            "nothing was written; give them in a file (--secrets FILE), by {}, or at a terminal",
            variables.join(", ")
        )))
}

fn told(client: &str, answer: &Value) -> String {
    let list = |name: &str| {
        answer
            .get(name)
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
    };
    let mut lines = vec![format!("{client} is taken in.")];
    for row in list("secrets").chain(list("rows")) {
        let word = |name: &str| row.get(name).and_then(Value::as_str).unwrap_or_default();
        let at_random = row.get("madeAtRandom").and_then(Value::as_bool);
        let became = match (word("written"), at_random.unwrap_or_default()) {
            ("made", true) => "made at random",
            ("made", false) => "made",
            ("asItWas", _) => "there already",
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
