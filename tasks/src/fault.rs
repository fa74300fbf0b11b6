//! What can go wrong in a handler, apart from a refusal: an outage (try again) or a fault of ours (a person must look).
//!
//! INVARIANT: no text here holds personal data, a token or a key. Shapes and places are named, values are not.

use comanda_domain::{order::ChangeError, tables::RowError};

use crate::ports::{ChannelError, OutageError, ProviderError, StoreError};

/// A failure that is not a refusal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Somebody was away; the same call later may come out right.
    #[error(transparent)]
    Outage(OutageError),
    /// Others changed the same row again and again; the same call later will come out right.
    #[error("a row of {table} changed too often to be written")]
    Contention {
        /// The table.
        table: &'static str,
    },
    /// Something that must not be: a missing row, a shape that is not ours, a rule broken.
    #[error("{0}")]
    Unexpected(String),
}

impl Fault {
    /// A fault of ours, in a sentence without values of customers.
    pub fn unexpected(what: impl Into<String>) -> Self {
        Self::Unexpected(what.into())
    }

    /// Whether the same call later may come out right.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Outage(_) | Self::Contention { .. })
    }
}

/// Nothing of ours repeats what is refused in the end: that is not somebody who is away.
impl From<OutageError> for Fault {
    fn from(outage: OutageError) -> Self {
        match outage {
            OutageError::NotDone { .. } | OutageError::Unknown { .. } => Self::Outage(outage),
            OutageError::Refused { .. } => Self::unexpected(outage.to_string()),
        }
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Outage(outage) => outage.into(),
            // Whoever writes under a condition handles its failure; here it was forgotten.
            StoreError::ConditionFailed { position } => Self::unexpected(format!(
                "nobody handled the failed condition of write {position}"
            )),
        }
    }
}

impl From<ProviderError> for Fault {
    fn from(error: ProviderError) -> Self {
        match error {
            ProviderError::Outage(outage) => outage.into(),
            // The provider's description may name the payer.
            ProviderError::Refused { code, .. } => {
                Self::unexpected(format!("the provider refused: {code}"))
            }
            other => Self::unexpected(other.to_string()),
        }
    }
}

impl From<ChannelError> for Fault {
    fn from(error: ChannelError) -> Self {
        match error {
            ChannelError::Outage(outage) => outage.into(),
            // What is not said for that is said when the account is accepted again.
            unaccepted @ ChannelError::Unauthorised => Self::Outage(OutageError::NotDone {
                party: "the channel",
                detail: unaccepted.to_string(),
            }),
            refused @ ChannelError::Refused { .. } => Self::unexpected(refused.to_string()),
        }
    }
}

impl From<RowError> for Fault {
    fn from(error: RowError) -> Self {
        Self::unexpected(error.to_string())
    }
}

impl From<ChangeError> for Fault {
    fn from(error: ChangeError) -> Self {
        Self::unexpected(error.to_string())
    }
}

/// How a handler fails: by a typed refusal, which the workflow has a case for, or by a fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure<E> {
    /// The task's own "no".
    Refused(E),
    /// Anything else.
    Fault(Fault),
}

impl<E, F: Into<Fault>> From<F> for Failure<E> {
    fn from(fault: F) -> Self {
        Self::Fault(fault.into())
    }
}
