//! Tasks of the notifications function: what customers are told. One message for one change (RELIABILITY N1 to N4).

use comanda_dsl::{Handles, Idempotent, NoRefusal, Task};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{OrderKey, OrderStatus};

/// Tells the customer an order's new status.
///
/// Input [`StatusNotice`], no output. Idempotent: one message for a change; a change that another overtook is not told.
#[derive(Debug, Clone, Copy)]
pub struct NotifyStatus;

impl Task for NotifyStatus {
    const NAME: &'static str = "NotifyStatus";
    const FUNCTION: &'static str = "notifications";
    /// One slow answer of the channel and what follows; with its retries the report fits into an Express execution's five
    /// minutes (`comanda bounds order-status`).
    const TIMEOUT_SECONDS: u32 = 14;
    type Input = StatusNotice;
    type Output = ();
    type Error = NoRefusal;
    type Licence = Idempotent;
}

/// Which change is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Handles)]
#[serde(rename_all = "camelCase")]
pub struct StatusNotice {
    /// The order.
    pub order: OrderKey,
    /// What it became.
    pub status: OrderStatus,
    /// The order's version with that change.
    pub version: u64,
}
