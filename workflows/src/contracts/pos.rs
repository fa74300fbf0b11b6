//! Tasks of the pos function: handing orders to the stores' points of sale, and what comes of it.

use comanda_dsl::{Ask, Handles, Idempotent, NoRefusal, Task};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Actor, OrderKey};

/// Hands an order to the store and awaits its decision: registers the token, puts REMOTE_ORDER_RECEIVED with the token on
/// the store's queue. Takes note of the payment that led here first.
///
/// Input [`HandOver`], signal [`StoreNews`]. Idempotent: the message is a function of the order's version and the token.
#[derive(Debug, Clone, Copy)]
pub struct HandToStore;

impl Ask for HandToStore {
    const NAME: &'static str = "HandToStore";
    const FUNCTION: &'static str = "pos";
    type Input = HandOver;
    type Signal = StoreNews;
    type Error = NoRefusal;
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

/// What can be heard while the store's decision is awaited.
///
/// INVARIANT: `confirmed` and `rejected` are the decision as the store writes it, because it may complete the task token
/// with it directly. Fields it does not know are ignored, and what it may leave out is optional.
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
}

/// Settles the store's decision at its deadline: news of the last moment, a confirmation by the clock where the store's
/// rule says so, else none.
///
/// Input [`OrderKey`], output [`StoreNews`]. Idempotent: reads only.
#[derive(Debug, Clone, Copy)]
pub struct SettleStore;

impl Task for SettleStore {
    const NAME: &'static str = "SettleStore";
    const FUNCTION: &'static str = "pos";
    const TIMEOUT_SECONDS: u32 = 15;
    type Input = OrderKey;
    type Output = StoreNews;
    type Error = NoRefusal;
    type Licence = Idempotent;
}
