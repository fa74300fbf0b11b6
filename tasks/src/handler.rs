//! What a handler is: a contract, what it uses, and an `async fn` over the ports.

use comanda_domain::order::TaskToken;
use comanda_dsl::{Ask, Task};

use crate::{
    fault::Failure,
    ports::{Ports, guarded::Uses},
};

/// Answers a task.
pub trait Handler: Task {
    /// What it uses of the world; nothing else is let through.
    const USES: &'static [Uses];

    /// Does it, or refuses.
    fn handle(
        ports: &Ports,
        input: Self::Input,
    ) -> impl Future<Output = Result<Self::Output, Failure<Self::Error>>> + Send;
}

/// Asks somebody, who completes the token.
pub trait AskHandler: Ask {
    /// What it uses of the world; nothing else is let through.
    const USES: &'static [Uses];

    /// Asks, or refuses.
    fn ask(
        ports: &Ports,
        input: Self::Input,
        token: TaskToken,
    ) -> impl Future<Output = Result<(), Failure<Self::Error>>> + Send;
}
