//! One file per verb; each has its arguments and a `run`.

pub mod bounds;
pub mod check;
pub mod cost;
pub mod diff;
pub mod explain;
mod given;
pub mod graph;
pub mod play;
pub mod run;
pub mod simulate;
mod tables;
mod telling;
pub mod test_state;
pub mod tour;
mod workflows;

#[cfg(feature = "stack")]
pub mod asaas;
#[cfg(feature = "stack")]
pub mod aws;
#[cfg(feature = "stack")]
pub mod build;
#[cfg(feature = "stack")]
pub mod customer;
#[cfg(feature = "stack")]
pub mod exec;
#[cfg(feature = "explore")]
pub mod explore;
#[cfg(feature = "stack")]
pub mod messages;
#[cfg(feature = "stack")]
pub mod order;
#[cfg(feature = "stack")]
pub mod pos;
#[cfg(feature = "stack")]
pub mod reconcile;
#[cfg(feature = "stack")]
pub mod say;
#[cfg(feature = "stack")]
pub mod tenant;
#[cfg(feature = "stack")]
pub mod up;
#[cfg(feature = "stack")]
mod when;

use std::process::ExitCode;

use tables::table;

use crate::{arguments::Verb, failure::Failure, output::Output};

/// Runs one verb to its end.
pub fn run(verb: Verb, output: &Output) -> Result<ExitCode, Failure> {
    match verb {
        Verb::Bounds(arguments) => bounds::run(&arguments, output),
        Verb::Check(arguments) => check::run(&arguments, output),
        Verb::Cost(arguments) => cost::run(&arguments, output),
        Verb::Diff(arguments) => diff::run(&arguments, output),
        Verb::Explain(arguments) => explain::run(&arguments, output),
        Verb::Graph(arguments) => graph::run(&arguments, output),
        Verb::Play(arguments) => play::run(&arguments, output),
        Verb::TestState(arguments) => test_state::run(&arguments, output),
        Verb::Run(arguments) => run::run(&arguments, output),
        Verb::Simulate(arguments) => simulate::run(&arguments, output),
        Verb::Tour => tour::run(output),
        #[cfg(feature = "explore")]
        Verb::Explore(arguments) => explore::run(&arguments, output),
        #[cfg(feature = "stack")]
        Verb::Build(arguments) => build::run(&arguments, output),
        #[cfg(feature = "stack")]
        Verb::Up(arguments) => wait(up::run(&arguments, output)),
        #[cfg(feature = "stack")]
        Verb::Order(arguments) => wait(order::run(arguments, output)),
        #[cfg(feature = "stack")]
        Verb::Customer(arguments) => wait(customer::run(arguments, output)),
        #[cfg(feature = "stack")]
        Verb::Messages(arguments) => wait(messages::run(&arguments, output)),
        #[cfg(feature = "stack")]
        Verb::Exec(arguments) => wait(exec::run(&arguments, output)),
        #[cfg(feature = "stack")]
        Verb::Say(arguments) => wait(say::run(&arguments, output)),
        #[cfg(feature = "stack")]
        Verb::Tenant(arguments) => wait(tenant::run(&arguments, output)),
        #[cfg(feature = "stack")]
        Verb::Pos(arguments) => wait(pos::run(&arguments, output)),
        #[cfg(feature = "stack")]
        Verb::Asaas(arguments) => wait(asaas::run(&arguments, output)),
        #[cfg(feature = "stack")]
        Verb::Reconcile(arguments) => wait(reconcile::run(&arguments, output)),
    }
}

/// Runs the verbs that talk to the outside; the core has no async runtime.
#[cfg(feature = "stack")]
fn wait(verb: impl Future<Output = Result<ExitCode, Failure>>) -> Result<ExitCode, Failure> {
    tokio::runtime::Runtime::new()
        .map_err(|error| Failure::new(format!("the async runtime cannot start: {error}")))?
        .block_on(verb)
}

/// What was probably meant by a word that is not known.
fn similar<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    const LIKENESS_MIN: f64 = 0.8;
    known
        .into_iter()
        .map(|candidate| {
            (
                strsim::jaro_winkler(&candidate.to_lowercase(), &word.to_lowercase()),
                candidate,
            )
        })
        .filter(|(likeness, _)| *likeness > LIKENESS_MIN)
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .map(|(_, candidate)| candidate)
}
