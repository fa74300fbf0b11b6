//! `comanda tenant`: the tenants of the local stack: taken in from a file, shown, and their webhook tokens made anew.

mod add;

use std::{
    fmt::Write as _,
    path::{Path, PathBuf},
    process::ExitCode,
};

use comanda_local::{seed::SecretsFile, stack::Facts};
use serde_json::{Value, json};

use super::table;
use crate::{failure::Failure, output::Output, stack_client::StackClient};

/// The tenants of the local stack.
#[derive(Debug, clap::Args)]
pub struct TenantArguments {
    #[command(subcommand)]
    action: TenantAction,
    /// The stack's data directory.
    #[arg(long, value_name = "DIR", default_value = ".comanda", global = true)]
    data: PathBuf,
}

#[derive(Debug, clap::Subcommand)]
enum TenantAction {
    /// Takes a tenant in: its queues, secrets, numbers, webhook route, rows and sweeps.
    ///
    /// What is there stays as it is, so that adding twice is adding once. A number or a route of another tenant is refused.
    Add {
        /// The tenant's file (examples/tenants/; its schema is generated/schemas/tenant.json).
        file: PathBuf,
        /// Look only: say what is wrong with the file.
        #[arg(long)]
        check: bool,
        /// Also put the file where the CDK app reads it.
        #[arg(long, value_name = "DIR", num_args = 0..=1, default_missing_value = "cdk/tenants")]
        cdk: Option<PathBuf>,
    },
    /// Stores, numbers and queues, of one tenant or of all.
    Show {
        /// The tenant; all where it is left out.
        client: Option<String>,
        /// The secrets too: API key, webhook token, messaging account.
        #[arg(long)]
        secrets: bool,
    },
    /// Makes another token for a tenant's webhook.
    Rotate {
        /// The tenant.
        client: String,
        /// Which secret.
        #[arg(value_enum)]
        secret: Rotated,
    },
}

/// A secret that can be made anew.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Rotated {
    /// The token that the payment provider shows us.
    WebhookToken,
}

/// Carries it out.
pub async fn run(arguments: &TenantArguments, output: &Output) -> Result<ExitCode, Failure> {
    let data = arguments.data.as_path();
    match &arguments.action {
        TenantAction::Add { file, check, cdk } => {
            add::run(file, *check, cdk.as_deref(), data, output).await
        }
        TenantAction::Show { client, secrets } => show(client.as_deref(), *secrets, data, output),
        TenantAction::Rotate { client, secret } => rotate(client, *secret, data, output).await,
    }
}

/// The stack that runs on a data directory.
fn running(data: &Path) -> Result<Facts, Failure> {
    Facts::read(data).ok_or_else(|| {
        Failure::usage(format!("no stack runs on {}", data.display()))
            .help("start it in another terminal: cargo run -- up")
    })
}

fn show(
    client: Option<&str>,
    with_secrets: bool,
    data: &Path,
    output: &Output,
) -> Result<ExitCode, Failure> {
    let facts = running(data)?;
    let stores: Vec<_> = facts
        .stores
        .iter()
        .filter(|store| client.is_none_or(|client| store.client_id == client))
        .collect();
    if let Some(client) = client.filter(|_| stores.is_empty()) {
        return Err(Failure::new(format!("the tenant {client} is not here"))
            .help("take it in: comanda tenant add FILE"));
    }
    let rows = stores.iter().map(|store| {
        vec![
            store.client_id.clone(),
            store.store_id.clone(),
            store.name.clone(),
            store.channel_addresses.join(", "),
            store.queue_url.clone(),
        ]
    });
    let mut text = table(
        &["TENANT", "STORE", "NAME", "NUMBER", "QUEUE"],
        rows.collect(),
    );
    let mut value = json!({ "stores": stores });
    if with_secrets {
        let file =
            SecretsFile::open(Some(data)).map_err(|error| Failure::new(error.to_string()))?;
        let mut shown = file.shown();
        let own = client.map(|client| format!("comanda/{client}/"));
        shown.retain(|reference, _| own.as_ref().is_none_or(|own| reference.starts_with(own)));
        let rows = shown
            .iter()
            .map(|(reference, secret)| vec![reference.clone(), secret.clone()]);
        let secrets = table(&["SECRET", "VALUE"], rows.collect());
        let _ = write!(text, "\n\n{secrets}");
        value = json!({ "stores": stores, "secrets": shown });
    }
    output.result(&value, &text)?;
    Ok(ExitCode::SUCCESS)
}

async fn rotate(
    client: &str,
    secret: Rotated,
    data: &Path,
    output: &Output,
) -> Result<ExitCode, Failure> {
    let Rotated::WebhookToken = secret;
    let stack = StackClient::new(&running(data)?.url)?;
    let path = format!("/local/tenants/{client}/webhook-token");
    let answer: Value = stack.post(&path, &json!({})).await?;
    let text = format!(
        "{client} has another webhook token, and the simulated provider shows it from its next call on. An event in between \
         is answered 401 and comes again."
    );
    output.result(&answer, &text)?;
    output.next("comanda tenant show --secrets");
    Ok(ExitCode::SUCCESS)
}
