//! Secret values by reference.

use secrecy::SecretString;

use super::{Answer, OutageError};

/// Reads secrets.
pub trait Secrets: Send + Sync {
    /// The value behind a reference from the store's configuration (`comanda/<tenant>/asaas`), or `None`.
    fn get<'a>(&'a self, reference: &'a str) -> Answer<'a, Option<SecretString>, OutageError>;
}
