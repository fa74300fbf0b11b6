//! The contract of [`Secrets`].

use secrecy::ExposeSecret;

use super::{Held, answered, same, suite};
use crate::ports::Secrets;

/// A secret that whoever runs the cases has put there.
pub const KNOWN: (&str, &str) = ("contract/known", "Zä9+/= $x");

suite! {
    /// Runs every case.
    on &dyn Secrets;
    a_known_one_is_told_as_it_is,
    an_unknown_one_is_none,
}

async fn a_known_one_is_told_as_it_is(secrets: &dyn Secrets) -> Held {
    let (reference, value) = KNOWN;
    for _ in 0..2 {
        let found = answered("reading", secrets.get(reference).await)?;
        let found = found.map(|secret| secret.expose_secret().to_owned());
        same(reference, found.as_deref(), Some(value))?;
    }
    Ok(())
}

async fn an_unknown_one_is_none(secrets: &dyn Secrets) -> Held {
    let found = answered("reading", secrets.get("contract/unknown").await)?;
    same("an unknown one", found.is_some(), false)
}
