//! One charge on the desk: as it was read, as it is known now, and what is owed of it.

use comanda_domain::{
    exception::{Exception, ExceptionKind},
    ledger::LedgerEntry,
    money::Money,
    order::{Order, PaymentStatus},
    payment::{Charge, RefundIntent, RefundState},
};
use jiff::Timestamp;

use crate::{
    fault::Fault,
    ports::{Condition, Write},
    rows::put,
};

pub(super) struct ChargeFile {
    /// As it was read; `None` for a charge that only the news names.
    pub(super) stored: Option<Charge>,
    pub(super) current: Charge,
    pub(super) intents: Vec<RefundIntent>,
    /// Positions of the intents that this change changed.
    pub(super) changed: Vec<usize>,
    pub(super) owed: Vec<RefundIntent>,
}

impl ChargeFile {
    /// What must be written of it. Money that moved is entered in the ledger in the same transaction: the charge's version
    /// decides that it is entered once.
    pub(super) fn writes(&self) -> Result<Vec<Write>, Fault> {
        let mut writes = Vec::new();
        let learned = self.stored.as_ref() != Some(&self.current);
        match &self.stored {
            None if learned && self.current.version > 0 => {
                writes.push(put(&self.current, Condition::Absent)?);
            }
            Some(stored) if learned => {
                writes.push(put(&self.current, Condition::Version(stored.version))?);
            }
            // Another obligation may claim the same money at the same moment: the charge's version decides.
            Some(stored) if !self.owed.is_empty() => {
                let current = Charge {
                    version: stored.version + 1,
                    ..stored.clone()
                };
                writes.push(put(&current, Condition::Version(stored.version))?);
            }
            _ => {}
        }
        let before = self.stored.as_ref().map(|stored| stored.evidence);
        let moved = LedgerEntry::between(
            before.unwrap_or_default(),
            &self.current,
            self.current.updated_at,
        );
        for entry in &moved {
            writes.push(put(entry, Condition::Absent)?);
        }
        for intent in &self.owed {
            writes.push(put(intent, Condition::Absent)?);
        }
        for intent in self
            .changed
            .iter()
            .filter_map(|position| self.intents.get(*position))
        {
            let before = intent.version.saturating_sub(1);
            writes.push(put(intent, Condition::Version(before))?);
        }
        Ok(writes)
    }

    /// What the payment of an order is, that this charge pays for, when it was `before`.
    pub(super) fn payment_status(&self, before: PaymentStatus) -> PaymentStatus {
        let mut all = self.intents.iter().chain(&self.owed);
        let owed = all.any(|intent| intent.state != RefundState::Done);
        match self.current.evidence.state().payment_status() {
            PaymentStatus::Paid if owed => PaymentStatus::Refunding,
            // What was refused before a dispute is open again after it.
            PaymentStatus::RefundBlocked if before == PaymentStatus::Chargeback => {
                if owed {
                    PaymentStatus::Refunding
                } else {
                    PaymentStatus::Paid
                }
            }
            status => status,
        }
    }

    /// What a person must see of what was learned: money that moved in a way that the order did not ask for. Written with the
    /// charge, so each is raised once.
    pub(super) fn exceptions(&self, order: &Order, now: Timestamp) -> Vec<Exception> {
        let before = self.stored.as_ref().map(|stored| stored.evidence);
        let (before, known) = (before.unwrap_or_default(), self.current.evidence);
        let charge = &self.current.charge_id;
        let about = |kind: ExceptionKind, detail: String, amount: Money| Exception {
            subject_id: charge.as_str().to_owned(),
            amount: Some(amount),
            ..Exception::of_order(order, kind, detail, now)
        };
        let mut found = Vec::new();
        if known.is_disputed() && !before.is_disputed() {
            let detail = "the payer's bank takes the charge back".to_owned();
            found.push(about(ExceptionKind::Chargeback, detail, known.held()));
        }
        let asked = self.intents.iter().chain(&self.owed).next().is_some();
        // Where the order ended and nothing is left of the charge, all is as it should be.
        let matters = known.held() > Money::ZERO || !order.status().is_closed();
        if known.refunded > before.refunded && matters && !asked {
            let detail = format!(
                "{} went back, and nobody of ours asked for it",
                known.refunded
            );
            found.push(about(ExceptionKind::PartialRefund, detail, known.refunded));
        }
        if known.captured > before.captured && known.captured != order.total {
            let detail = format!("{} came in for {}", known.captured, order.total);
            found.push(about(ExceptionKind::AmountMismatch, detail, known.captured));
        }
        found
    }
}
