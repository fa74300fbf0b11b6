//! A script: what the outside parties do in one order's life, and when. `comanda run --script FILE` reads it.
//!
//! A step names what it waits for (`when`), how long after that it happens (`after`), and who does what. Each step
//! happens once; two steps with the same `when` follow the first and the second occurrence only if one says
//! `"occurrence": 2`.

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

/// What outside parties do.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Script {
    /// When the story starts; a fixed instant where absent, so that the same script tells the same story.
    #[serde(default = "default_start")]
    pub start: Timestamp,
    /// What happens; the order of the list does not matter.
    #[serde(default)]
    pub steps: Vec<Step>,
    /// Whether money that is to go back goes back by itself, a minute after it was asked for.
    #[serde(default = "yes")]
    pub refunds_by_itself: bool,
}

/// One thing that a party does.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Step {
    /// What it waits for.
    #[serde(default)]
    pub when: Moment,
    /// Which occurrence of that, from 1.
    #[serde(default = "first")]
    pub occurrence: u32,
    /// How long after it: `40s`, `2m`, `1h 10m`.
    #[serde(default)]
    pub after: SignedDuration,
    /// The customer does this.
    #[serde(default)]
    pub customer: Option<CustomerDoes>,
    /// The store does this.
    #[serde(default)]
    pub store: Option<StoreDoes>,
    /// The payment provider does this.
    #[serde(default)]
    pub provider: Option<ProviderDoes>,
}

/// What a step can wait for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Moment {
    /// The order is placed.
    #[default]
    Placed,
    /// A charge was made: the customer holds the code or the link.
    Charged,
    /// The store has the order in its queue.
    HandedOver,
    /// The order is confirmed.
    Confirmed,
    /// Money was asked back at the provider.
    RefundAsked,
    /// The order's workflow has ended.
    Ended,
}

/// What a customer does.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum CustomerDoes {
    /// Pays the newest charge.
    Pays,
    /// Pays another amount than was asked, in centavos.
    PaysOnly(comanda_domain::money::Money),
    /// Cancels the order.
    Cancels,
    /// Chooses another payment method, after one failed.
    Chooses(comanda_domain::order::PaymentMethod),
}

/// What a store's POS does.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum StoreDoes {
    /// Says yes, by the task token.
    #[serde(rename_all = "camelCase")]
    Confirms {
        /// Its estimate.
        ready_in_minutes: u32,
    },
    /// Says no, by the task token.
    Rejects {
        /// Why.
        reason: String,
    },
    /// Reports a status, by the events queue.
    Reports(comanda_domain::order::OrderStatus),
}

/// What the payment provider does.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ProviderDoes {
    /// Declines the card.
    Declines,
    /// Sends its last webhook again.
    RepeatsTheWebhook,
    /// Finishes the refunds that are under way.
    Refunds,
    /// Withdraws the refunds that are under way.
    DeniesTheRefund,
    /// The account's balance no longer covers a refund.
    RunsOutOfBalance,
    /// The account's balance covers refunds again.
    HasBalanceAgain,
}

/// A script that cannot be read, or a step without exactly one party.
#[derive(Debug, thiserror::Error)]
pub enum ScriptError {
    /// Not the JSON of a script.
    #[error("the script cannot be read: {0}")]
    Json(#[from] serde_json::Error),
    /// A step says nothing, or two things.
    #[error("step {number} must name exactly one of customer, store and provider")]
    Parties {
        /// Its place in the list, from 1.
        number: usize,
    },
}

impl Script {
    /// Reads a script and checks its steps.
    pub fn parse(text: &str) -> Result<Self, ScriptError> {
        let script: Self = serde_json::from_str(text)?;
        for (index, step) in script.steps.iter().enumerate() {
            let parties = [
                step.customer.is_some(),
                step.store.is_some(),
                step.provider.is_some(),
            ];
            if parties.into_iter().filter(|named| *named).count() != 1 {
                return Err(ScriptError::Parties { number: index + 1 });
            }
        }
        Ok(script)
    }
}

impl Default for Script {
    fn default() -> Self {
        Self {
            start: default_start(),
            steps: Vec::new(),
            refunds_by_itself: true,
        }
    }
}

/// A Monday morning in São Paulo.
fn default_start() -> Timestamp {
    Timestamp::constant(1_795_438_931, 0)
}

fn yes() -> bool {
    true
}

fn first() -> u32 {
    1
}

#[cfg(test)]
mod tests {
    use super::{CustomerDoes, Moment, Script};

    #[test]
    fn reads_a_step() {
        let text = r#"{"steps": [{"when": "charged", "after": "40s", "customer": "pays"}]}"#;
        let script = Script::parse(text).unwrap();
        let step = &script.steps[0];
        assert_eq!(step.when, Moment::Charged);
        assert_eq!(step.after.as_secs(), 40);
        assert_eq!(step.customer, Some(CustomerDoes::Pays));
        assert_eq!(script.start.to_string(), "2026-11-23T13:02:11Z");
    }

    #[track_caller]
    fn refused(text: &str, words: &str) {
        let message = Script::parse(text).unwrap_err().to_string();
        assert!(message.contains(words), "{message}");
    }

    #[test]
    fn says_what_is_wrong() {
        refused("{", "the script cannot be read");
        refused(
            r#"{"steps": [{"when": "charged"}]}"#,
            "step 1 must name exactly one",
        );
        refused(
            r#"{"steps": [{"when": "payed", "customer": "pays"}]}"#,
            "unknown variant `payed`",
        );
        refused(
            r#"{"steps": [{"customer": "pays", "provider": "declines"}]}"#,
            "step 1 must name exactly one",
        );
    }
}
