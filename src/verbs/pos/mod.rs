//! `comanda pos`: a reference point of sale that knows nothing but SQS and Step Functions, so that it works against
//! AWS unchanged. It is what a POS maker reads first; the messages' schemas are in `generated/schemas/pos/`.

mod command;
mod counter;
mod listen;
mod message;

use std::process::ExitCode;

use crate::{failure::Failure, output::Output};

/// Be the store's point of sale.
#[derive(Debug, clap::Args)]
pub struct PosArguments {
    #[command(subcommand)]
    action: PosAction,
}

#[derive(Debug, clap::Subcommand)]
enum PosAction {
    /// Receive the store's orders and answer them: type `confirm 1 35`, `reject 1 REASON`, `advance 1`, `list`.
    Listen(ListenArguments),
}

/// Where to listen, and what to answer without being asked.
#[derive(Debug, Clone, clap::Args)]
pub struct ListenArguments {
    /// The store, as in the queue's name.
    #[arg(long, default_value = "centro")]
    store: String,
    /// The tenant, as in the queue's name.
    #[arg(long, default_value = "sabor-brasileiro")]
    tenant: String,
    /// Where SQS and Step Functions answer; `aws` for AWS itself, with the usual credentials.
    #[arg(
        long,
        env = "AWS_ENDPOINT_URL",
        default_value = "http://127.0.0.1:4566"
    )]
    endpoint: String,
    /// The AWS region.
    #[arg(long, env = "AWS_REGION", default_value = "sa-east-1")]
    region: String,
    /// Confirm every order at once, ready in so many minutes.
    #[arg(long, value_name = "MINUTES", conflicts_with = "reject")]
    confirm: Option<u32>,
    /// Reject every order at once, with this reason.
    #[arg(long, value_name = "REASON")]
    reject: Option<String>,
    /// After confirming, advance the order one status every so many seconds.
    #[arg(long, value_name = "SECONDS", requires = "confirm")]
    advance_every: Option<u64>,
    /// Stop after so many orders were answered (and, with --advance-every, delivered).
    #[arg(long, value_name = "ORDERS")]
    stop_after: Option<usize>,
}

/// Runs the point of sale until it is interrupted.
pub async fn run(arguments: &PosArguments, output: &Output) -> Result<ExitCode, Failure> {
    let PosAction::Listen(arguments) = &arguments.action;
    let counter = counter::Counter::connect(arguments).await?;
    listen::run(counter, arguments, output).await
}
