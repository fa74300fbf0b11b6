//! The ledger: every movement of money as one double entry, per tenant and day.
//!
//! An entry's key is made of what happened (the charge, the kind, the running total), so that the same event counts once.
//! It is written in the transaction that records the money on the charge; fees are known from the provider's statement only
//! and are entered by the reconciliation. Sums are a pure fold: [`Balance::of`].

use std::collections::BTreeMap;

use jiff::{Timestamp, civil::Date, tz};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    ids::{ChargeId, ClientId, OrderId},
    keys::{Key, PartitionKey},
    money::Money,
    payment::{Charge, Evidence},
    planted::{Fault, planted},
    store::BRASILIA,
    tables::{LEDGER, Row, Table},
};

/// Where money is, or what it was for.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum LedgerAccount {
    /// What the provider holds for the tenant, or will: confirmed cards are here before they are paid out.
    Provider,
    /// What customers paid for orders, less what went back to them.
    Sales,
    /// What the provider kept for itself.
    Fees,
    /// What payers' banks took back.
    Disputes,
}

/// Why money moved.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Movement {
    /// A charge was paid.
    Captured,
    /// Money of a charge went back.
    Refunded,
    /// The provider took its fee.
    Fee,
    /// The provider gave a fee back.
    FeeReturned,
    /// The payer's bank took a charge back.
    ChargedBack,
    /// It is here again: the dispute was won, or less was left to take than was thought.
    DisputeWon,
}

impl Movement {
    /// Which account is debited and which is credited. Every movement has one of each, so that all accounts together are
    /// always zero.
    #[must_use]
    pub fn accounts(self) -> (LedgerAccount, LedgerAccount) {
        use LedgerAccount as A;
        match self {
            Self::Captured => (A::Provider, A::Sales),
            Self::Refunded => (A::Sales, A::Provider),
            Self::Fee => (A::Fees, A::Provider),
            Self::FeeReturned => (A::Provider, A::Fees),
            Self::ChargedBack => (A::Disputes, A::Provider),
            Self::DisputeWon => (A::Provider, A::Disputes),
        }
    }

    /// As rows write it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Captured => "CAPTURED",
            Self::Refunded => "REFUNDED",
            Self::Fee => "FEE",
            Self::FeeReturned => "FEE_RETURNED",
            Self::ChargedBack => "CHARGED_BACK",
            Self::DisputeWon => "DISPUTE_WON",
        }
    }
}

/// One movement of money.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LedgerEntry {
    /// The tenant.
    pub client_id: ClientId,
    /// The day in Brasília: for fees the statement's, else the day on which we recorded it.
    pub day: Date,
    /// `<chargeId>#<movement>#<running total or statement line>`: what makes it one.
    pub entry_id: String,
    /// Why.
    pub movement: Movement,
    /// How much; never negative.
    pub amount: Money,
    /// The charge.
    pub charge_id: ChargeId,
    /// The order, where one is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_id: Option<OrderId>,
    /// When it was entered.
    #[serde(with = "crate::instant")]
    #[schemars(with = "Timestamp")]
    pub at: Timestamp,
}

/// The provider's calendar is Brasília's.
#[must_use]
pub fn day_of(at: Timestamp) -> Date {
    at.to_zoned(BRASILIA).date()
}

impl LedgerEntry {
    /// Partition of the table: a tenant's day.
    #[must_use]
    pub fn of_day(tenant: &ClientId, day: Date) -> PartitionKey {
        PartitionKey::new(tenant, day)
    }

    /// Partition of [`crate::tables::ledger::BY_CHARGE`].
    #[must_use]
    pub fn of_charge(tenant: &ClientId, charge: &ChargeId) -> PartitionKey {
        PartitionKey::new(tenant, charge)
    }

    /// What `charge` moved since it was known as `before`. Written with the charge, under the condition of its version,
    /// each of these is entered once.
    #[must_use]
    pub fn between(before: Evidence, charge: &Charge, at: Timestamp) -> Vec<Self> {
        let now = charge.evidence;
        let entry = |movement: Movement, amount: Money, running: Money| Self {
            client_id: charge.client_id.clone(),
            day: if planted(Fault::UtcDay) {
                at.to_zoned(tz::TimeZone::UTC).date()
            } else {
                day_of(at)
            },
            entry_id: format!(
                "{}#{}#{}",
                charge.charge_id,
                movement.as_str(),
                running.centavos()
            ),
            movement,
            amount,
            charge_id: charge.charge_id.clone(),
            order_id: Some(charge.order_id.clone()),
            at,
        };
        let grown = |now: Money, before: Money| {
            let grown = now.checked_sub(before);
            grown.filter(|grown| *grown > Money::ZERO)
        };
        let mut entries = Vec::new();
        if let Some(amount) = grown(now.captured, before.captured) {
            entries.push(entry(Movement::Captured, amount, now.captured));
        }
        if let Some(amount) = grown(now.refunded, before.refunded) {
            entries.push(entry(Movement::Refunded, amount, now.refunded));
        }
        // A dispute has all that is left of the charge, until it is won.
        let taken = |known: Evidence| {
            let taken = known.is_disputed().then(|| known.held());
            taken.unwrap_or_default()
        };
        if let Some(amount) = grown(taken(now), taken(before)) {
            entries.push(entry(Movement::ChargedBack, amount, now.captured));
        }
        if let Some(amount) = grown(taken(before), taken(now)) {
            let won = if now.dispute_won {
                now.captured
            } else {
                Money::ZERO
            };
            let running = won.checked_add(now.refunded).unwrap_or(won);
            entries.push(entry(Movement::DisputeWon, amount, running));
        }
        entries
    }

    /// A fee of the provider's statement, taken or given back. The line's own id makes it one.
    #[must_use]
    pub fn fee(
        tenant: &ClientId,
        (charge, order): (&ChargeId, Option<&OrderId>),
        (line, day): (&str, Date),
        (movement, amount): (Movement, Money),
        at: Timestamp,
    ) -> Self {
        Self {
            client_id: tenant.clone(),
            day,
            entry_id: format!("{charge}#{}#{line}", movement.as_str()),
            movement,
            amount,
            charge_id: charge.clone(),
            order_id: order.cloned(),
            at,
        }
    }
}

impl Row for LedgerEntry {
    const TABLE: &'static Table = &LEDGER;

    fn tenant(&self) -> Option<&ClientId> {
        Some(&self.client_id)
    }

    fn key(&self) -> Key {
        Key::sorted(
            Self::of_day(&self.client_id, self.day),
            self.entry_id.clone(),
        )
    }

    fn index_attributes(&self) -> Vec<(&'static str, Option<String>)> {
        let charge = Self::of_charge(&self.client_id, &self.charge_id);
        vec![("clientCharge", Some(charge.to_string()))]
    }
}

/// Sums of entries: of a day, of a charge, of a tenant.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Balance {
    /// What came in.
    pub captured: Money,
    /// What went back.
    pub refunded: Money,
    /// What the provider kept, less what it gave back of it.
    pub fees: Money,
    /// What payers' banks took, less what came back of it.
    pub charged_back: Money,
}

impl Balance {
    /// The sums; `None` where they overflow, which no honest tenant's do.
    pub fn of<'a>(entries: impl IntoIterator<Item = &'a LedgerEntry>) -> Option<Self> {
        let mut sums = Self::default();
        for entry in entries {
            sums = sums.with(entry.movement, entry.amount)?;
        }
        Some(sums)
    }

    /// The sums with one more movement: what runs the other way is taken off.
    pub(crate) fn with(mut self, movement: Movement, amount: Money) -> Option<Self> {
        let sum = match movement {
            Movement::Captured => &mut self.captured,
            Movement::Refunded => &mut self.refunded,
            Movement::Fee | Movement::FeeReturned => &mut self.fees,
            Movement::ChargedBack | Movement::DisputeWon => &mut self.charged_back,
        };
        *sum = match movement {
            Movement::FeeReturned | Movement::DisputeWon => sum.checked_sub(amount)?,
            _ => sum.checked_add(amount)?,
        };
        Some(self)
    }

    /// Captured − refunded − fees − charged back: what the provider's balance grew by (P6).
    #[must_use]
    pub fn net(self) -> Option<Money> {
        self.captured
            .checked_sub(self.refunded)?
            .checked_sub(self.fees)?
            .checked_sub(self.charged_back)
    }
}

/// What each account holds, debits less credits. They are zero together, whatever happened.
pub fn accounts<'a>(
    entries: impl IntoIterator<Item = &'a LedgerEntry>,
) -> Option<BTreeMap<LedgerAccount, Money>> {
    let mut held: BTreeMap<LedgerAccount, Money> = BTreeMap::new();
    for entry in entries {
        let (debit, credit) = entry.movement.accounts();
        let debited = held.entry(debit).or_default();
        *debited = debited.checked_add(entry.amount)?;
        let credited = held.entry(credit).or_default();
        *credited = credited.checked_sub(entry.amount)?;
    }
    Some(held)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::payment::tests::a_charge;
    use crate::tables::{from_item, to_item};

    fn noon() -> Timestamp {
        crate::order::tests::NOON.parse().expect("an instant")
    }

    /// A life of a charge: what was known after each piece of evidence.
    fn life(steps: &[Evidence]) -> (Charge, Vec<LedgerEntry>) {
        let mut charge = a_charge("pay_1", Evidence::default());
        let mut entries = Vec::new();
        for step in steps {
            if let Some(next) = charge.learn(*step, noon()) {
                entries.extend(LedgerEntry::between(charge.evidence, &next, noon()));
                charge = next;
            }
        }
        (charge, entries)
    }

    #[test]
    fn a_paid_and_refunded_charge_is_two_entries() {
        let total = Money::from_centavos(4_480);
        let (_, entries) = life(&[
            Evidence::paid(total),
            Evidence::paid(total),
            Evidence::given_back(total, total),
        ]);
        let kinds: Vec<Movement> = entries.iter().map(|entry| entry.movement).collect();
        assert_eq!(kinds, [Movement::Captured, Movement::Refunded]);
        let balance = Balance::of(&entries).expect("sums");
        assert_eq!(balance.net(), Some(Money::ZERO));
        let item = to_item(&entries[0]).expect("a row");
        assert_eq!(item["clientDay"], "sabor#2026-11-22");
        assert_eq!(from_item(&item), Ok(entries[0].clone()));
    }

    #[test]
    fn a_chargeback_takes_what_was_still_held() {
        let total = Money::from_centavos(1_000);
        let part = Money::from_centavos(300);
        let disputed = Evidence {
            chargeback: true,
            ..Evidence::paid(total)
        };
        let (_, entries) = life(&[
            Evidence::paid(total),
            Evidence::given_back(total, part),
            disputed,
            disputed,
        ]);
        let balance = Balance::of(&entries).expect("sums");
        assert_eq!(balance.charged_back, Money::from_centavos(700));
        assert_eq!(balance.net(), Some(Money::ZERO));
    }

    #[test]
    fn a_dispute_that_is_won_brings_back_what_it_took() {
        let total = Money::from_centavos(1_000);
        let disputed = Evidence {
            chargeback: true,
            ..Evidence::paid(total)
        };
        let won = Evidence {
            dispute_won: true,
            ..disputed
        };
        let (charge, entries) = life(&[Evidence::paid(total), disputed, won, disputed, won]);
        let kinds: Vec<Movement> = entries.iter().map(|entry| entry.movement).collect();
        let expected = [
            Movement::Captured,
            Movement::ChargedBack,
            Movement::DisputeWon,
        ];
        assert_eq!(kinds, expected);
        let balance = Balance::of(&entries).expect("sums");
        assert_eq!(
            (balance.charged_back, balance.net()),
            (Money::ZERO, Some(total))
        );
        assert_eq!(
            charge.evidence.state(),
            crate::payment::ChargeState::Captured
        );
    }

    #[test]
    fn the_day_is_brasilia_s() {
        let late: Timestamp = "2026-11-23T02:59:59Z".parse().expect("an instant");
        assert_eq!(day_of(late).to_string(), "2026-11-22");
    }

    fn evidence() -> impl Strategy<Value = Evidence> {
        (0..3_i64, 0..5_i64, 0..3_u8).prop_map(|(captured, refunded, dispute)| Evidence {
            chargeback: dispute > 0 && captured > 0,
            dispute_won: dispute > 1 && captured > 0,
            ..Evidence::given_back(
                Money::from_centavos(captured * 500),
                Money::from_centavos(refunded * 200),
            )
        })
    }

    proptest! {
        /// Whatever is heard in whatever order and however often: the ledger says what the charge says, no entry is there
        /// twice, and the accounts are zero together.
        #[test]
        fn the_ledger_says_what_the_charge_says(steps in prop::collection::vec(evidence(), 0..8)) {
            let (charge, entries) = life(&steps);
            let mut ids: Vec<&str> = entries.iter().map(|entry| entry.entry_id.as_str()).collect();
            ids.sort_unstable();
            ids.dedup();
            prop_assert_eq!(ids.len(), entries.len());
            let balance = Balance::of(&entries).expect("sums");
            prop_assert_eq!(balance.captured, charge.evidence.captured);
            prop_assert_eq!(balance.refunded, charge.evidence.refunded);
            let here = if charge.evidence.is_disputed() {
                Money::ZERO
            } else {
                charge.evidence.held()
            };
            prop_assert_eq!(balance.net(), Some(here));
            let held = accounts(&entries).expect("sums");
            let sum: i64 = held.values().map(|amount| amount.centavos()).sum();
            prop_assert_eq!(sum, 0);
        }
    }
}
