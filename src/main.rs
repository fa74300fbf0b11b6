//! The `comanda` command: reads the arguments, runs one verb, and turns its end into an exit code.
//!
//! One file per verb in `verbs/`. Results go to stdout, everything else to stderr. Exit codes: 0 fine, 1 it found or
//! failed something, 2 wrong usage or no stack, 130 interrupted.

mod arguments;
#[cfg(feature = "stack")]
#[cfg(test)]
mod documented;
mod failure;
mod output;
mod report;
#[cfg(feature = "stack")]
mod stack_client;
mod verbs;

use std::process::ExitCode;

use clap::Parser;

/// An engine that makes and drops many small documents on several threads spends a good part of its time in the
/// allocator (docs/decisions/0017-allocator.md).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let arguments = arguments::Arguments::parse();
    let output = output::Output::new(arguments.json);
    match verbs::run(arguments.verb, &output) {
        Ok(code) => code,
        Err(failure) => {
            output.failure(&failure);
            failure.exit_code()
        }
    }
}
