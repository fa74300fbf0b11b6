//! The payment provider in memory, and the truth about its money: what was captured, what went back.
//!
//! Asaas' rules as handlers meet them: creating is not idempotent, a deleted charge stays listed, a paid one cannot be
//! deleted, refunds are asynchronous and need the balance to cover them.

mod fee;
mod port;
mod state;

pub use fee::sandbox_fee;

use std::sync::{Arc, Mutex};

use comanda_domain::{
    ids::{ChargeId, OrderId},
    ledger::day_of,
    money::Money,
};
use jiff::{Timestamp, civil::Date};

use self::state::State;
use super::{TestClock, lock};
use crate::ports::{
    Charge, ChargeMethod, ChargeStatus, Clock, Environment, LineKind, RefundStatus, StatementLine,
};

/// One charge as the provider has it, with what really happened to its money.
#[derive(Debug, Clone, PartialEq)]
pub struct ChargeTruth {
    /// The day on which it was made, in Brasília.
    pub created: Date,
    /// The key of the account that it belongs to.
    pub account: String,
    /// The world that it was made in.
    pub environment: Environment,
    /// As the API tells it.
    pub charge: Charge,
    /// What the payer paid.
    pub captured: Money,
    /// What went back.
    pub refunded: Money,
    /// What the provider keeps of the payment, and keeps when it goes back: nothing, unless it was told to.
    pub fee: Money,
    /// A card whose money has reached the account.
    pub is_paid_out: bool,
}

impl ChargeTruth {
    /// Its money is in the account when it is paid: a PIX's is, a card's comes a month later.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.charge.method == ChargeMethod::Pix || self.is_paid_out
    }

    /// Given back, or on its way.
    #[must_use]
    pub fn promised_back(&self) -> Money {
        let refunds = self.charge.refunds.iter();
        refunds
            .filter(|refund| refund.status != RefundStatus::Cancelled)
            .fold(Money::ZERO, |sum, refund| {
                sum.checked_add(refund.amount).unwrap_or(sum)
            })
    }
}

/// A refund that the provider would not make, because the account did not hold it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shortage {
    /// Of which charge.
    pub charge: ChargeId,
    /// When it was asked for.
    pub at: Timestamp,
}

/// The provider, with the accounts of all tenants: one for each API key.
pub struct MemoryProvider {
    state: Mutex<State>,
    clock: Arc<TestClock>,
}

impl MemoryProvider {
    /// An account without charges, whose calendar is `clock`'s.
    #[must_use]
    pub fn new(clock: Arc<TestClock>) -> Self {
        Self {
            state: Mutex::default(),
            clock,
        }
    }

    pub(super) fn fork(&self, clock: Arc<TestClock>) -> Self {
        Self {
            state: Mutex::new(lock(&self.state).clone()),
            clock,
        }
    }

    /// Every charge ever made, oldest first.
    #[must_use]
    pub fn charges(&self) -> Vec<ChargeTruth> {
        let state = lock(&self.state);
        let ids = state.order_of_creation.iter();
        ids.filter_map(|id| state.charges.get(id).cloned())
            .collect()
    }

    /// Charges that it would not make since this was asked last: for which order, and its code. Handlers ask for none that
    /// breaks its rules.
    #[must_use]
    pub fn take_not_made(&self) -> Vec<(OrderId, String)> {
        std::mem::take(&mut lock(&self.state).not_made)
    }

    /// Charges of which more was asked back than was left, since this was asked last: handlers read before they ask again.
    #[must_use]
    pub fn take_asked_again(&self) -> Vec<ChargeId> {
        std::mem::take(&mut lock(&self.state).asked_again)
    }

    /// Grows with each change of a charge, and each that was not made: an observer who saw the same number has nothing new to see.
    #[must_use]
    pub fn revision(&self) -> u64 {
        lock(&self.state).revision
    }

    /// One charge.
    #[must_use]
    pub fn charge(&self, id: &ChargeId) -> Option<ChargeTruth> {
        lock(&self.state).charges.get(id).cloned()
    }

    /// Every refund that was refused for want of balance, oldest first.
    #[must_use]
    pub fn shortages(&self) -> Vec<Shortage> {
        lock(&self.state).shortages.clone()
    }

    /// Whether a charge's account holds as much as that, if it needs to.
    #[must_use]
    pub fn covers(&self, id: &ChargeId, amount: Money) -> bool {
        let state = lock(&self.state);
        let charge = state.charges.get(id);
        charge.is_some_and(|truth| state.covers(truth, amount))
    }

    /// The payer pays this much; deleted charges can be paid too (a PIX code outlives its charge's deletion by a moment).
    pub fn pay(&self, id: &ChargeId, amount: Money) {
        let keeps_fees = lock(&self.state).keeps_fees;
        let mut fee = Money::ZERO;
        self.change(id, |truth| {
            if keeps_fees {
                fee = sandbox_fee(truth.charge.method, amount);
            }
            truth.captured = amount;
            // The provider's `value` is what was paid.
            truth.charge.amount = amount;
            truth.fee = fee;
            truth.charge.status = ChargeStatus::Paid;
        });
        self.book(id, LineKind::Received, amount);
        if fee > Money::ZERO {
            let taken = Money::ZERO.checked_sub(fee).unwrap_or_default();
            self.book(id, LineKind::Fee, taken);
        }
    }

    /// A card's money reaches the account: `amount`, which should be what came in.
    pub fn pay_out(&self, id: &ChargeId, amount: Money) {
        let mut fee = Money::ZERO;
        self.change(id, |truth| {
            truth.is_paid_out = true;
            fee = truth.fee;
        });
        self.book(id, LineKind::Received, amount);
        if fee > Money::ZERO {
            let taken = Money::ZERO.checked_sub(fee).unwrap_or_default();
            self.book(id, LineKind::Fee, taken);
        }
    }

    /// The account's statement has a line about the charge that is no part of its life as it is played here.
    pub fn book_line(&self, id: &ChargeId, (kind, word): (LineKind, &str), amount: Money) {
        self.book(id, kind, amount);
        if let Some(line) = lock(&self.state).statement.last_mut() {
            word.clone_into(&mut line.word);
        }
    }

    /// The statement as it stands, oldest line first.
    #[must_use]
    pub fn statement_lines(&self) -> Vec<StatementLine> {
        lock(&self.state).statement.clone()
    }

    /// Money comes in for something that no charge of ours asked for.
    pub fn receive_foreign(&self, id: &ChargeId, amount: Money, reference: Option<&str>) {
        let account = lock(&self.state).any_account();
        self.receive_at(&account, id, (amount, reference));
    }

    /// Money comes into the account of this key, for a charge that was not made through the port.
    pub fn receive_at(&self, key: &str, id: &ChargeId, (amount, reference): (Money, Option<&str>)) {
        let created = day_of(self.clock.now());
        let charge = Charge {
            id: id.clone(),
            method: ChargeMethod::Pix,
            amount,
            status: ChargeStatus::Pending,
            deleted: false,
            refunds: Vec::new(),
            invoice_url: String::new(),
            external_reference: reference.map(str::to_owned),
        };
        {
            let mut state = lock(&self.state);
            let truth = ChargeTruth {
                created,
                account: key.to_owned(),
                environment: Environment::Local,
                charge,
                captured: Money::ZERO,
                refunded: Money::ZERO,
                fee: Money::ZERO,
                is_paid_out: false,
            };
            state.charges.insert(id.clone(), truth);
            state.order_of_creation.push(id.clone());
            state.revision += 1;
        }
        self.pay(id, amount);
    }

    /// A card's money reaches the account a month later: until then nothing of it is on the statement (providers §1.9).
    fn book(&self, id: &ChargeId, kind: LineKind, amount: Money) {
        let day = day_of(self.clock.now());
        let mut state = lock(&self.state);
        if !state.charges.get(id).is_some_and(ChargeTruth::is_settled) {
            return;
        }
        let line = StatementLine {
            id: format!("fin_{}", state.statement.len() + 1),
            day,
            kind,
            word: format!("{kind:?}"),
            amount,
            charge: Some(id.clone()),
        };
        state.statement.push(line);
    }

    /// The provider says another word about the charge. Of one that is paid again after a dispute, that was won.
    pub fn set_status(&self, id: &ChargeId, status: ChargeStatus) {
        let mut was = status;
        self.change(id, |truth| {
            was = std::mem::replace(&mut truth.charge.status, status);
        });
        let left = self.charge(id).and_then(|truth| {
            let left = truth.captured.checked_sub(truth.refunded);
            left.map(|left| (left, Money::ZERO.checked_sub(left).unwrap_or_default()))
        });
        match (left, was, status) {
            (Some((_, taken)), _, ChargeStatus::Chargeback) => {
                self.book(id, LineKind::ChargedBack, taken);
            }
            (Some((left, _)), ChargeStatus::Chargeback, ChargeStatus::Paid) => {
                self.book(id, LineKind::ChargedBack, left);
            }
            _ => {}
        }
    }

    /// Every refund under way ends: done, or withdrawn.
    pub fn settle_refunds(&self, id: &ChargeId, done: bool) {
        let before = self.charge(id).map_or(Money::ZERO, |truth| truth.refunded);
        self.change(id, |truth| {
            for refund in &mut truth.charge.refunds {
                if refund.status != RefundStatus::Pending {
                    continue;
                }
                if done {
                    refund.status = RefundStatus::Done;
                    let refunded = truth.refunded.checked_add(refund.amount);
                    truth.refunded = refunded.unwrap_or(truth.refunded);
                } else {
                    refund.status = RefundStatus::Cancelled;
                }
            }
            truth.charge.status = if truth.refunded >= truth.captured {
                ChargeStatus::Refunded
            } else {
                ChargeStatus::Paid
            };
        });
        let after = self.charge(id).map_or(before, |truth| truth.refunded);
        if after > before {
            let taken = before.checked_sub(after);
            self.book(id, LineKind::Refunded, taken.unwrap_or_default());
        }
    }

    /// Every refund under way waits for a person in the panel, or waits for nobody any more.
    pub fn hold_refunds(&self, id: &ChargeId, held: bool) {
        let (from, to) = if held {
            (RefundStatus::Pending, RefundStatus::AwaitingAuthorisation)
        } else {
            (RefundStatus::AwaitingAuthorisation, RefundStatus::Pending)
        };
        self.change(id, |truth| {
            for refund in &mut truth.charge.refunds {
                if refund.status == from {
                    refund.status = to;
                }
            }
        });
    }

    /// What the account holds beyond the charges' own money. Below zero, full refunds are refused for want of balance.
    pub fn set_spare_balance(&self, balance: Money) {
        lock(&self.state).spare_balance = balance;
    }

    /// The merchant pays so much into the account of this key.
    pub fn top_up(&self, key: &str, amount: Money) {
        let mut state = lock(&self.state);
        let paid_in = state.paid_in.entry(key.to_owned()).or_default();
        *paid_in = paid_in.checked_add(amount).unwrap_or(*paid_in);
    }

    /// From now on nobody is known by this key.
    pub fn revoke(&self, key: &str) {
        lock(&self.state).revoked.insert(key.to_owned());
    }

    /// The provider keeps [`sandbox_fee`] of each payment from now on. Fees are not given back (RELIABILITY §2).
    pub fn keep_fees(&self) {
        lock(&self.state).keeps_fees = true;
    }

    /// New charges are refused with this code; `None` takes it back.
    pub fn refuse_charges(&self, code: Option<&str>) {
        lock(&self.state).refuse_charges = code.map(str::to_owned);
    }

    fn change(&self, id: &ChargeId, change: impl FnOnce(&mut ChargeTruth)) {
        let mut state = lock(&self.state);
        state.revision += 1;
        if let Some(truth) = state.charges.get_mut(id) {
            change(truth);
        }
    }
}

impl MemoryProvider {
    /// Feeds every charge and what became of it, and the account.
    pub(super) fn digest(&self, hasher: &mut impl std::hash::Hasher) {
        use std::hash::Hash as _;
        let state = lock(&self.state);
        state.spare_balance.hash(hasher);
        state.payers.hash(hasher);
        for truth in state.charges.values() {
            let charge = &truth.charge;
            (&charge.id, truth.captured, truth.refunded, charge.deleted).hash(hasher);
            (charge.status as u8).hash(hasher);
            for refund in &charge.refunds {
                (refund.amount, refund.status as u8).hash(hasher);
            }
        }
    }
}
