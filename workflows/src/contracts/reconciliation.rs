//! Tasks of the reconciliation function: what is owed, open or unheard, looked for by index and at the provider.
//!
//! Each task walks one stretch and can be done again at any time, beside live traffic: whatever it heals goes the way that
//! the webhook's news goes.

use comanda_domain::{
    ids::{ClientId, StoreId},
    ledger::Balance,
    money::Money,
};
use comanda_dsl::{Handles, Idempotent, NoRefusal, Task};
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Whose books are swept: the input of `reconciliation`. One execution a tenant, so that no tenant's trouble is another's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Handles)]
#[serde(rename_all = "camelCase")]
pub struct SweepRequest {
    /// The tenant.
    pub client_id: ClientId,
}

/// Lists what is to be walked: the tenant's stores, its refunds, its charges, its days, its open exceptions.
///
/// Input [`SweepRequest`], output [`SweepPlan`]. Idempotent: reads only.
#[derive(Debug, Clone, Copy)]
pub struct PlanSweep;

impl Task for PlanSweep {
    const NAME: &'static str = "PlanSweep";
    const FUNCTION: &'static str = "reconciliation";
    const TIMEOUT_SECONDS: u32 = 30;
    type Input = SweepRequest;
    type Output = SweepPlan;
    type Error = NoRefusal;
    type Licence = Idempotent;
}

/// What is to be walked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Handles)]
#[serde(rename_all = "camelCase")]
pub struct SweepPlan {
    /// Each at its beginning.
    #[schemars(extend("maxItems" = SweepPlan::WALKS_MAX))]
    pub walks: Vec<Walk>,
}

impl SweepPlan {
    /// More stores than this are swept in turns, when a tenant has so many: an execution's history is finite
    /// (`comanda bounds reconciliation`).
    pub const STORES_MAX: usize = 13;
    /// Three for each store, and the tenant's own four.
    pub const WALKS_MAX: usize = 3 * Self::STORES_MAX + 4;
}

/// A walk along one index or list, and how far it got.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Handles)]
#[serde(rename_all = "camelCase")]
pub struct Walk {
    /// The tenant.
    pub client_id: ClientId,
    /// What is walked.
    pub along: WalkKind,
    /// The store whose orders or whose provider account are walked.
    pub store_id: Option<StoreId>,
    /// Which partition of the index, from 0; the walk's own order.
    pub part: u32,
    /// Where the next page starts.
    pub cursor: Option<String>,
    /// Whether it came to its end.
    pub complete: bool,
    /// Whether it goes no further in this sweep, complete or not.
    pub ended: bool,
    /// What stopped it before its end: the name of an error, or a fault in a sentence that quotes no value.
    #[schemars(extend("maxLength" = Walk::STOPPED_MAX))]
    pub stopped: Option<String>,
    /// Rows and entries looked at.
    pub looked_at: u32,
    /// What was put right.
    pub healed: u32,
    /// What a person must see.
    pub raised: u32,
    /// What is left as it was, because somebody whom it takes was away. Such a walk goes on and is not complete.
    pub left: u32,
    /// Calls of the provider's quota.
    pub calls: u32,
    /// The days that were compared, for [`WalkKind::Statement`].
    pub days: Vec<DayComparison>,
}

impl Walk {
    /// Letters of what stopped a walk.
    pub const STOPPED_MAX: usize = 200;

    /// A walk at its beginning.
    #[must_use]
    pub fn begun(tenant: &ClientId, along: WalkKind, store: Option<&StoreId>) -> Self {
        Self {
            client_id: tenant.clone(),
            along,
            store_id: store.cloned(),
            part: 0,
            cursor: None,
            complete: false,
            ended: false,
            stopped: None,
            looked_at: 0,
            healed: 0,
            raised: 0,
            left: 0,
            calls: 0,
            days: Vec::new(),
        }
    }
}

/// What a walk goes along.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum WalkKind {
    /// A store's orders that are not over, by status.
    Orders,
    /// Refunds that are not done, by state.
    Refunds,
    /// The provider's list of young charges, then our own old ones that are still open.
    Charges,
    /// The provider's statement of the last days, against the ledger.
    Statement,
    /// Checkouts that became no order.
    Checkouts,
    /// What stores' POS were to be told of customers.
    CustomerEvents,
    /// Messages to customers that nobody said.
    Messages,
    /// Open exceptions: whether what raised them still holds.
    Exceptions,
}

/// One day's books on both sides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Handles)]
#[serde(rename_all = "camelCase")]
pub struct DayComparison {
    /// The day, in Brasília.
    pub day: Date,
    /// Our sums.
    pub ledger: Balance,
    /// The provider's sums, by the same names.
    pub statement: Balance,
    /// Our captures that the provider pays out later: cards.
    pub not_settled: Money,
    /// What the two have on different days: booked by one before midnight and by the other after it.
    pub other_day: Money,
    /// Ledger less statement, less the two above. Not zero: there is an exception that says why.
    pub difference: Money,
}

/// Walks one page.
///
/// Input and output [`Walk`]. Idempotent: what it finds a second time is as it was left, or healed the same way once more.
#[derive(Debug, Clone, Copy)]
pub struct SweepPage;

impl Task for SweepPage {
    const NAME: &'static str = "SweepPage";
    const FUNCTION: &'static str = "reconciliation";
    const TIMEOUT_SECONDS: u32 = 300;
    type Input = Walk;
    type Output = Walk;
    type Error = NoRefusal;
    type Licence = Idempotent;
}

/// Adds up the walks and says whether the sweep saw everything.
///
/// Input [`SweptWalks`], output [`SweepReport`]. Idempotent.
#[derive(Debug, Clone, Copy)]
pub struct CloseSweep;

impl Task for CloseSweep {
    const NAME: &'static str = "CloseSweep";
    const FUNCTION: &'static str = "reconciliation";
    const TIMEOUT_SECONDS: u32 = 30;
    type Input = SweptWalks;
    type Output = SweepReport;
    type Error = NoRefusal;
    type Licence = Idempotent;
}

/// The walks as they ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Handles)]
#[serde(rename_all = "camelCase")]
pub struct SweptWalks {
    /// The tenant.
    pub client_id: ClientId,
    /// Each, complete or not.
    pub walks: Vec<Walk>,
}

/// What a sweep came to. The exceptions themselves are rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Handles)]
#[serde(rename_all = "camelCase")]
pub struct SweepReport {
    /// The tenant.
    pub client_id: ClientId,
    /// Whether every walk came to its end.
    pub complete: bool,
    /// Rows and entries looked at.
    pub looked_at: u32,
    /// What was put right.
    pub healed: u32,
    /// What a person must see.
    pub raised: u32,
    /// Calls of the provider's quota.
    pub calls: u32,
    /// The days' books on both sides.
    pub days: Vec<DayComparison>,
}
