//! One customer of a world, and what came of it so far.

use std::collections::{BTreeMap, BTreeSet};

use comanda_domain::{
    ids::{ChargeId, OrderId},
    money::Money,
};
use jiff::Timestamp;

use super::customers::Customer;

/// One customer and what came of it so far.
pub(super) struct Life {
    pub customer: Customer,
    /// The ids that placing it was answered with; more than one is a fault.
    pub answered: BTreeSet<OrderId>,
    /// Which bodies were taken under its checkout id: the first, the other one.
    pub taken: [bool; 2],
    /// Attempts of this order's tasks and events, so that each is a job of its own name.
    pub attempts: BTreeMap<String, u32>,
    /// Charges seen so far.
    pub charges: usize,
    /// What was paid: when, whether for a charge that was deleted, and how much.
    pub paid: Vec<(Timestamp, bool, Money)>,
    /// What the provider was asked to give back, and took on.
    pub refunds: Vec<Refunding>,
    /// Whether its workflow began to close it.
    pub has_ended: bool,
    /// When the provider first gave back what it had held, before it ever came in.
    pub undone_at: Option<Timestamp>,
    /// When the customer or a person of ours first wanted it off.
    pub called_off: Option<Timestamp>,
}

/// A refund at the provider.
pub(super) struct Refunding {
    pub charge: ChargeId,
    pub asked_at: Timestamp,
    /// When the money was back, or was not to come back after all.
    pub ended_at: Option<Timestamp>,
}

impl Life {
    /// A customer who has not come yet.
    pub fn of(customer: Customer) -> Self {
        Self {
            customer,
            answered: BTreeSet::new(),
            taken: [false; 2],
            attempts: BTreeMap::new(),
            charges: 0,
            paid: Vec::new(),
            refunds: Vec::new(),
            has_ended: false,
            undone_at: None,
            called_off: None,
        }
    }
}
