//! `comanda tenant`: the seeded tenant, as the running stack tells it.

use std::{path::PathBuf, process::ExitCode};

use comanda_local::{seed::SecretsFile, stack::Facts};
use serde_json::json;

use super::table;
use crate::{failure::Failure, output::Output};

/// The seeded tenant.
#[derive(Debug, clap::Args)]
pub struct TenantArguments {
    #[command(subcommand)]
    action: TenantAction,
}

#[derive(Debug, clap::Subcommand)]
enum TenantAction {
    /// Stores, numbers and queues.
    Show {
        /// The stack's data directory.
        #[arg(long, value_name = "DIR", default_value = ".comanda")]
        data: PathBuf,
        /// The secrets too: API key, webhook token, messaging account.
        #[arg(long)]
        secrets: bool,
    },
}

/// Shows it.
pub async fn run(arguments: &TenantArguments, output: &Output) -> Result<ExitCode, Failure> {
    let TenantAction::Show { data, secrets } = &arguments.action;
    let facts = Facts::read(data).ok_or_else(|| {
        Failure::usage(format!("no stack runs on {}", data.display()))
            .help("start it in another terminal: cargo run -- up")
    })?;
    let rows = facts.stores.iter().map(|store| {
        vec![
            store.store_id.clone(),
            store.name.clone(),
            store.channel_addresses.join(", "),
            store.queue_url.clone(),
        ]
    });
    let mut text = table(&["STORE", "NAME", "NUMBER", "QUEUE"], rows.collect());
    let mut value = json!({ "stores": facts.stores });
    if *secrets {
        let file =
            SecretsFile::open(Some(data)).map_err(|error| Failure::new(error.to_string()))?;
        let shown = file.shown();
        let rows = shown
            .iter()
            .map(|(reference, secret)| vec![reference.clone(), secret.clone()]);
        text = format!("{text}\n\n{}", table(&["SECRET", "VALUE"], rows.collect()));
        value = json!({ "stores": facts.stores, "secrets": shown });
    }
    output.result(&value, &text)?;
    Ok(ExitCode::SUCCESS)
}
