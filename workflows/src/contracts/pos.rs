//! Tasks of the pos function: handing orders to the stores' points of sale, and what comes of it.

use comanda_dsl::{Ask, Handles, Idempotent, NoRefusal, Outsider, Task};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Actor, OrderKey};

/// Hands an order to the store and awaits its decision: registers the token, puts REMOTE_ORDER_RECEIVED with the token on
/// the store's queue. Takes note of the payment that led here first.
///
/// Input [`HandOver`], signal [`StoreAnswer`]; a store that fails the token has said no. Idempotent: the message is a function
/// of the order's version and the token.
#[derive(Debug, Clone, Copy)]
pub struct HandToStore;

impl Ask for HandToStore {
    const NAME: &'static str = "HandToStore";
    const FUNCTION: &'static str = "pos";
    type Input = HandOver;
    type Signal = StoreAnswer;
    type Error = Outsider;
    type Licence = Idempotent;
}

/// What is handed over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Handles)]
#[serde(rename_all = "camelCase")]
pub struct HandOver {
    /// The order.
    pub order: OrderKey,
    /// How long the store has.
    pub answer_within_seconds: u32,
}

/// What the task token may be completed with.
///
/// INVARIANT: `confirmed` and `rejected` are the decision as the store writes it, because it has the token. So nothing here says
/// who said it: the store did. What else ends the wait is in the inbox, where the store cannot write, and the token only says
/// that it is there. Fields it does not know are ignored, and what it may leave out is optional.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Handles)]
#[serde(rename_all = "camelCase")]
pub enum StoreAnswer {
    /// The store takes the order.
    #[serde(rename_all = "camelCase")]
    Confirmed {
        /// Minutes until it is ready.
        ready_in_minutes: Option<u32>,
    },
    /// The store does not take it.
    Rejected {
        /// Why, in the store's words.
        reason: Option<String>,
    },
    /// Something else came, which [`SettleStore`] reads.
    News,
}

/// What the wait for the store comes to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Handles)]
#[serde(rename_all = "camelCase")]
pub enum StoreNews {
    /// The store takes the order.
    #[serde(rename_all = "camelCase")]
    Confirmed {
        /// Minutes until it is ready.
        ready_in_minutes: Option<u32>,
        /// Who confirms; the store where absent.
        by: Option<Actor>,
    },
    /// The store does not take it.
    Rejected {
        /// Why, in the store's words.
        reason: Option<String>,
    },
    /// Somebody called the order off.
    Cancelled {
        /// Who.
        by: Actor,
    },
    /// The store said nothing in time.
    Unanswered,
    /// It said something, and what it means nobody knows: a person asks. [`SettleStore`] never answers this.
    Unreadable,
}

/// Reads what ends the wait for the store: its news, and at the deadline, where there is none, what the store's rule makes of
/// silence.
///
/// Input [`StoreSettlement`], output [`StoreNews`]. Idempotent: reads only.
#[derive(Debug, Clone, Copy)]
pub struct SettleStore;

impl Task for SettleStore {
    const NAME: &'static str = "SettleStore";
    const FUNCTION: &'static str = "pos";
    const TIMEOUT_SECONDS: u32 = 15;
    type Input = StoreSettlement;
    type Output = StoreNews;
    type Error = NoRefusal;
    type Licence = Idempotent;
}

/// Which wait is settled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Handles)]
#[serde(rename_all = "camelCase")]
pub struct StoreSettlement {
    /// The order.
    pub order: OrderKey,
    /// Whether the store's time is over. Before that only news ends the wait, and there must be some.
    pub at_deadline: bool,
}
