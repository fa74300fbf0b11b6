//! The one program behind all Lambda functions: `_HANDLER` says whose service it is.
//!
//! It turns what Lambda hands over into calls of `comanda-tasks` and their answers back. What the calls do is the
//! handlers' business, how the outside is reached `comanda-tasks-aws`', and the Runtime API `lambda_runtime`'s.

mod event;
mod function;
mod gateway;
mod init_error;
mod log;
mod queue;
mod settings;

use std::process::ExitCode;

use lambda_runtime::{LambdaEvent, service_fn};

use function::{Answered, Function};
use settings::{Settings, SettingsError};

/// One thread: a function has a fraction of a processor, and one invocation at a time.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    log::start();
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(%error, "the function does not start");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), lambda_runtime::Error> {
    let function = match start() {
        Ok(function) => function,
        Err(error) => {
            // Lambda hands this on to whoever called, who would learn of a dead process only.
            init_error::tell(&error).await;
            return Err(error.into());
        }
    };
    let function = &function;
    let handler = service_fn(move |event: LambdaEvent<serde_json::Value>| async move {
        function
            .invoke(event.payload, &event.context)
            .await
            .map_err(Answered::diagnostic)
    });
    lambda_runtime::run(handler).await
}

fn start() -> Result<Function, SettingsError> {
    let settings = Settings::read(&|name| std::env::var(name).ok())?;
    Function::new(settings)
}
