//! What a handler is: a contract, what it uses, and an `async fn` over the ports; and how the domain's words become the
//! contract's.

use comanda_domain::order::TaskToken;
use comanda_dsl::{Ask, Task};
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    fault::{Failure, Fault},
    ports::{Ports, guarded::Uses},
};

/// Answers a task.
pub trait Handler: Task {
    /// What it uses of the world; nothing else is let through.
    const USES: &'static [Uses];

    /// In how many of the tries that are followed by another it fails where the customer cannot be told; in all others it goes
    /// on, and the sweep tells them.
    const TELLS_AGAIN: u32 = 0;

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

    /// In how many of the tries that are followed by another it fails where the customer cannot be told; in all others it goes
    /// on, and the sweep tells them.
    const TELLS_AGAIN: u32 = 0;

    /// Asks, or refuses.
    fn ask(
        ports: &Ports,
        input: Self::Input,
        token: TaskToken,
    ) -> impl Future<Output = Result<(), Failure<Self::Error>>> + Send;
}

/// The domain's signal as the contract's: their JSON is the same, by test.
pub(crate) fn as_contract<T: DeserializeOwned>(signal: &impl Serialize) -> Result<T, Fault> {
    serde_json::to_value(signal)
        .and_then(serde_json::from_value)
        .map_err(|_| Fault::unexpected("a signal does not fit the contract"))
}
