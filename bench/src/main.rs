//! Measures the engine and the Step Functions API of the local stack: beside other implementations in one go (`peers`),
//! how much memory executions take that wait (`waiting`), and how work in virtual time grows with its size (`scaling`). Then
//! the Lambda functions' program beside one in Python (`lambda`), and the whole stack: how many messages of customers it
//! answers (`messages`).
//!
//! `just bench-peers`, `bench-waiting`, `bench-scaling`, `bench-lambda` and `bench-messages` build what they need first. What
//! they said where, and what it means, is in `docs/performance.md`.

mod client;
mod core;
mod flows;
mod in_process;
mod lambda;
mod load;
mod messages;
mod peers;
mod scaling;
mod servers;
mod table;
mod waiting;

use std::{error::Error, process::ExitCode};

use clap::Parser;

/// The command's own allocator, so that what is measured here is what runs there.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Anything that went wrong: this program tells it and ends.
type Failure = Box<dyn Error + Send + Sync>;

/// Measurements of the engine and of the Step Functions API.
#[derive(Parser)]
#[command(name = "comanda-bench", disable_version_flag = true)]
enum Arguments {
    /// The five flows, ours and others' in one go.
    Peers(peers::PeersArguments),
    /// Memory of executions that wait.
    Waiting(waiting::WaitingArguments),
    /// Start, first answer and memory of the Lambda functions' program, beside Python's.
    Lambda(lambda::LambdaArguments),
    /// Messages a second through the whole stack, and the processor time of one.
    Messages(messages::MessagesArguments),
    /// Whether work in virtual time grows with its size and no faster.
    Scaling(scaling::ScalingArguments),
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let result = match Arguments::parse() {
        Arguments::Peers(arguments) => peers::run(&arguments).await,
        Arguments::Waiting(arguments) => waiting::run(&arguments).await,
        Arguments::Lambda(arguments) => lambda::run(&arguments).await,
        Arguments::Messages(arguments) => messages::run(&arguments).await,
        Arguments::Scaling(arguments) => scaling::run(&arguments),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
