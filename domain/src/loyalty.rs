//! Loyalty points: a ledger whose sum is the balance, which is never below zero (000 §4.1, RELIABILITY C3).

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    ids::{ClientId, CustomerId},
    keys::{Key, PartitionKey},
    money::Money,
    planted::{CustomerFault as Planted, planted},
    tables::{LOYALTY_LEDGER, Row, Table},
};

/// One line of a customer's ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LoyaltyEntry {
    /// The tenant.
    pub client_id: ClientId,
    /// Whose points.
    pub customer_id: CustomerId,
    /// What they are for: the same twice is one line.
    pub entry_id: String,
    /// Got, or below zero used.
    pub points: i64,
    /// Why, for the tenant's people.
    pub reason: String,
    /// When.
    #[serde(with = "crate::instant")]
    #[schemars(with = "Timestamp")]
    pub at: Timestamp,
}

/// More would be used than there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the customer has {balance} points and not {wanted}")]
pub struct PointsShortError {
    /// What there is.
    pub balance: u64,
    /// What was to be used.
    pub wanted: u64,
}

/// The balance after an entry. An overdraft is refused, not rounded up to zero (F089).
pub fn after(balance: u64, points: i64) -> Result<u64, PointsShortError> {
    let short = PointsShortError {
        balance,
        wanted: points.unsigned_abs(),
    };
    if planted(Planted::OverdraftHidden) {
        return Ok(balance.saturating_add_signed(points));
    }
    balance.checked_add_signed(points).ok_or(short)
}

/// What a ledger comes to, in any order of its lines; `None` where that is below zero, which no sound ledger is.
#[must_use]
pub fn balance<'a>(entries: impl IntoIterator<Item = &'a LoyaltyEntry>) -> Option<u64> {
    let sum: i64 = entries.into_iter().map(|entry| entry.points).sum();
    u64::try_from(sum).ok()
}

/// One point for each whole real that an order cost.
#[must_use]
pub fn points_for(total: Money) -> i64 {
    total.centavos() / 100
}

impl LoyaltyEntry {
    /// The partition of a customer's ledger.
    #[must_use]
    pub fn of_customer(tenant: &ClientId, customer: &CustomerId) -> PartitionKey {
        PartitionKey::new(tenant, customer)
    }
}

impl Row for LoyaltyEntry {
    const TABLE: &'static Table = &LOYALTY_LEDGER;

    fn tenant(&self) -> Option<&ClientId> {
        Some(&self.client_id)
    }

    fn key(&self) -> Key {
        let partition = Self::of_customer(&self.client_id, &self.customer_id);
        Key::sorted(partition, self.entry_id.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::{after, points_for};
    use crate::money::Money;

    #[test]
    fn points_are_never_overdrawn() {
        assert_eq!(after(10, -10), Ok(0));
        assert_eq!(after(10, 5), Ok(15));
        let short = after(10, -11).expect_err("short");
        assert_eq!(short.to_string(), "the customer has 10 points and not 11");
        assert!(after(u64::MAX, 1).is_err());
    }

    #[test]
    fn a_point_is_a_whole_real() {
        assert_eq!(points_for(Money::from_centavos(4_480)), 44);
        assert_eq!(points_for(Money::from_centavos(99)), 0);
    }
}
