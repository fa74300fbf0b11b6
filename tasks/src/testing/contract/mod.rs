//! What every implementation of a port must do, written once: each suite is run against the part in memory and against the
//! real one that it stands for, so that the worlds do not drift apart (`docs/reliability.md`).
//!
//! A suite answers what does not hold, case by case; asserting that nothing is left is its caller's. What the port itself
//! cannot be asked for (that a payer pays, that time passes) is a suite's `Rig`.

pub mod channel;
pub mod clock;
pub mod provider;
pub mod queue;
pub mod secrets;
pub mod store;
pub mod workflows;

use std::{fmt::Debug, future::Future, pin::Pin};

use crate::ports::OutageError;

/// A case that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// Which, by its name in the suite.
    pub case: &'static str,
    /// What was found instead.
    pub detail: String,
}

/// What a rig does, once it is done.
pub type Doing<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What goes wrong with the next call that changes something (RELIABILITY §3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Struck {
    /// The party decides against it.
    Refused,
    /// It is not carried out, and nobody answers.
    LostBefore,
    /// It is carried out, and nobody answers.
    LostAfter,
}

type Held = Result<(), String>;

/// A suite: `CASES` names its cases, and `broken` runs them and answers those that do not hold.
macro_rules! suite {
    ($(#[$meta:meta])* on $on:ty; $($case:ident),+ $(,)?) => {
        /// The names of the cases.
        pub const CASES: &[&str] = &[$(stringify!($case)),+];

        $(#[$meta])*
        pub async fn broken(on: $on) -> Vec<$crate::testing::contract::Broken> {
            let mut broken = Vec::new();
            $(if let Err(detail) = $case(on).await {
                let case = stringify!($case);
                broken.push($crate::testing::contract::Broken { case, detail });
            })+
            broken
        }
    };
}
use suite;

fn same<T: Debug + PartialEq>(what: &str, found: T, expected: T) -> Held {
    if found == expected {
        Ok(())
    } else {
        Err(format!("{what}: {found:?}, not {expected:?}"))
    }
}

fn that(holds: bool, what: &str) -> Held {
    if holds { Ok(()) } else { Err(what.to_owned()) }
}

/// What must have been answered.
fn answered<T, E: Debug>(what: &str, answer: Result<T, E>) -> Result<T, String> {
    answer.map_err(|error| format!("{what}: {error:?}"))
}

/// An outage's kind, which is all that a caller may act on.
fn is_not_done(error: &OutageError) -> bool {
    matches!(error, OutageError::NotDone { .. })
}
