//! What must hold of the records, as functions of the records (RELIABILITY §1): the simulation's auditors ask all of them, the
//! reconciliation in production [`books_agree`] and [`overdue`].
//!
//! Nothing here reads, writes or repairs. A breach says which invariant and what is wrong, without anything of a person.

mod books;
mod charge;
mod customer;
#[cfg(test)]
mod customer_tests;
mod money;
mod order;
mod overdue;
mod refund;
#[cfg(test)]
mod tests;

pub use books::{booked_on_its_day, books_agree};
pub use charge::charge_change;
pub use customer::{customer_change, customers_apart, names_nobody, points_at_rest};
pub use money::{Standing, money_at_rest, money_now};
pub use order::{order_at_rest, order_change};
pub use overdue::{GRACE, overdue};
pub use refund::refund_change;

/// An invariant that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breach {
    /// Its name in RELIABILITY §1: `O2`, `P4`.
    pub invariant: &'static str,
    /// What is wrong.
    pub detail: String,
}

impl Breach {
    fn new(invariant: &'static str, detail: impl Into<String>) -> Self {
        Self {
            invariant,
            detail: detail.into(),
        }
    }
}

/// A breach, unless it holds.
fn unless(holds: bool, invariant: &'static str, detail: impl FnOnce() -> String) -> Option<Breach> {
    (!holds).then(|| Breach::new(invariant, detail()))
}
