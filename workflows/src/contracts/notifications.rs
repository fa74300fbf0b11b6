//! Tasks of the notifications function: what customers are told. One message for one change (RELIABILITY N1 to N4).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{OrderKey, OrderStatus};

/// Tells the customer an order's new status.
///
/// Input [`StatusNotice`], no output. Idempotent: one message for a change; a change that another overtook is not told.
#[derive(Debug, Clone, Copy)]
pub struct NotifyStatus;

/// Which change is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct StatusNotice {
    /// The order.
    pub order: OrderKey,
    /// What it became.
    pub status: OrderStatus,
    /// The order's version with that change.
    pub version: u64,
}
