//! What an order waits for: visible to everybody (`waitingFor`), and how the waiting step is reached (`wait`).

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::RefundIntentId;

/// Who must do something before the order goes on.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum WaitingFor {
    /// The customer must pay.
    Payment,
    /// The store must answer.
    Store,
    /// A person of the tenant must decide; an alarm is raised.
    Person,
    /// The provider must give back what is here of an order that ended. Which refund's step waits is in the refund's row.
    Refund,
}

impl WaitingFor {
    /// Every value.
    pub const ALL: [Self; 4] = [Self::Payment, Self::Store, Self::Person, Self::Refund];

    /// As rows write it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Payment => "PAYMENT",
            Self::Store => "STORE",
            Self::Person => "PERSON",
            Self::Refund => "REFUND",
        }
    }
}

/// A step that waits, registered in the order by a conditional write (DESIGN §6).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Wait {
    /// Which news it understands.
    pub kind: WaitKind,
    /// How it is completed. Each attempt has a new one, which replaces the one before.
    pub token: TaskToken,
    /// When it ends by itself.
    #[serde(with = "crate::instant")]
    #[schemars(with = "Timestamp")]
    pub deadline: Timestamp,
}

/// Which step waits, and so which news it understands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE", tag = "for")]
pub enum WaitKind {
    /// For a charge to be paid.
    Payment {
        /// Which attempt; news of an attempt before does not fail this one.
        attempt: u32,
    },
    /// For the customer to choose another way to pay, after an attempt failed.
    Method {
        /// The attempt that failed.
        attempt: u32,
    },
    /// For the store's yes or no.
    Store,
    /// For the provider to end a refund.
    #[serde(rename_all = "camelCase")]
    Refund {
        /// Which one.
        intent_id: RefundIntentId,
    },
}

impl WaitKind {
    /// What the outside sees.
    #[must_use]
    pub fn waiting_for(&self) -> WaitingFor {
        match self {
            Self::Payment { .. } | Self::Method { .. } => WaitingFor::Payment,
            Self::Store => WaitingFor::Store,
            Self::Refund { .. } => WaitingFor::Refund,
        }
    }
}

/// A task token: whoever has it can complete the step, so it never reaches a log.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct TaskToken(String);

impl TaskToken {
    /// A token as Step Functions made it.
    pub fn new(token: impl Into<String>) -> Self {
        Self(token.into())
    }

    /// The token itself, to complete the step or to hand it to the store.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Eight hexadecimal digits that tell tokens apart and give none away: for deduplication ids and logs.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        use sha2::Digest;
        let mut digest = hex::encode(sha2::Sha256::digest(self.0.as_bytes()));
        digest.truncate(8);
        digest
    }
}

impl std::fmt::Debug for TaskToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "TaskToken({}…)", self.fingerprint())
    }
}

#[cfg(test)]
mod tests {
    use super::TaskToken;

    #[test]
    fn debug_shows_a_fingerprint_and_never_the_token() {
        let token = TaskToken::new("AQCEAAAAKgAAAAMAAAAA");
        let shown = format!("{token:?}");
        assert!(!shown.contains("AQCE"), "{shown}");
        assert!(shown.contains(&token.fingerprint()), "{shown}");
        assert_ne!(token.fingerprint(), TaskToken::new("another").fingerprint());
    }
}
