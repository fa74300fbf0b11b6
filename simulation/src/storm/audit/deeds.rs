//! How an order ended, against what its customer, its store and its payer did: who paid in time and was taken is served, and
//! what a store's silence means is the store's rule.

use comanda_domain::{
    money::Money,
    order::{Order, OrderStatus},
    store::{ConfirmationPolicy, SilenceOutcome},
};
use jiff::{SignedDuration, Timestamp};

use super::giving_up::TAKING;
use crate::storm::{Storm, limits::ASK_SECONDS, pos::Kitchen};

/// Whoever acts so long before a deadline acts in time, whatever is slow.
const IN_TIME: SignedDuration = SignedDuration::from_mins(10);

/// A wait is of whole seconds, and begins before the calls of the step that waits, which may be slow.
pub(super) const CALLS_TAKE: SignedDuration = SignedDuration::from_secs(ASK_SECONDS + 5);

/// What its store did.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Store {
    /// It was not asked: the order is confirmed by itself.
    Automatic,
    /// It said yes, well in time.
    Yes,
    /// It was asked and never said anything; this is what that means.
    Silent(SilenceOutcome),
    /// It said no, or too late, or took its yes back.
    Otherwise,
}

impl Storm {
    /// O6, O7 and R6 of an order at rest.
    pub(super) fn deeds_count(&mut self, index: usize, order: &Order, subject: &str) {
        let (Some(store), Some(life)) = (self.store_of(index, order), self.lives.get(index)) else {
            return;
        };
        let confirmed = order.became(OrderStatus::Confirmed).is_some();
        let kitchen = self.kitchens.of(index);
        let said_yes = kitchen.is_some_and(|kitchen| kitchen.said_yes);
        let mut found = Vec::new();
        if confirmed && !said_yes && !self.is_confirmed_by_itself(index, order) {
            found.push(("R6", "it is confirmed, and its store never said yes"));
        }
        if !order.status().is_closed() && kitchen.is_some_and(|kitchen| kitchen.told_over) {
            found.push(("O6", "it goes on, and its store was told that it is over"));
        }
        let off = order.became(OrderStatus::Cancelled);
        let by = off.map_or(Timestamp::MAX, |entry| entry.timestamp);
        // What somebody wants of it later is not why it is off.
        let wishes = [
            life.called_off,
            kitchen.and_then(|kitchen| kitchen.called_off),
        ];
        let called_off = off.is_some() && wishes.into_iter().flatten().any(|at| at <= by);
        if !called_off {
            let cancelled = off.is_some();
            let said_no = kitchen.is_some_and(|kitchen| kitchen.decided_at.is_some()) && !said_yes;
            if confirmed && cancelled && !said_no {
                found.push((
                    "R6",
                    "it was confirmed and then cancelled, and nobody wanted that",
                ));
            }
            if let Store::Silent(meant @ (SilenceOutcome::Confirm | SilenceOutcome::AskPerson)) =
                store
                && cancelled
                && self.was_paid_for(index, order)
                // Who could not be reached was not silent.
                && !self.gave_up(index, &["HandToStore"], by)
            {
                found.push((
                    "R6",
                    match meant {
                        SilenceOutcome::Confirm => "it was cancelled, and silence means yes",
                        _ => "it was cancelled, and at silence a person is asked",
                    },
                ));
            }
            let taken = matches!(
                store,
                Store::Automatic | Store::Yes | Store::Silent(SilenceOutcome::Confirm)
            );
            let lost = taken && self.was_paid_for(index, order) && !confirmed;
            if lost && !self.gave_up(index, &TAKING, by) {
                found.push(("O7", "it was paid for and taken in time, and not confirmed"));
            }
            let undecided = matches!(store, Store::Silent(_) | Store::Automatic)
                || order.handed_over_at.is_none();
            if undecided
                && self.is_off_before_its_time(index, order)
                && !self.gave_up(index, &TAKING, by)
            {
                found.push(("O7", "it was given up before its time was over"));
            }
        }
        for (invariant, detail) in found {
            self.auditor.found(invariant, subject, detail);
        }
    }

    /// Whether it was cancelled while it could still be paid, with nothing amiss so far; or while its store could still answer.
    fn is_off_before_its_time(&self, index: usize, order: &Order) -> bool {
        let off = order.became(OrderStatus::Cancelled);
        let Some((off, life)) = off.zip(self.lives.get(index)) else {
            return false;
        };
        let until = match order.handed_over_at {
            Some(_) if self.was_paid_for(index, order) => {
                order.confirmation_timeout.or(order.refund_timeout)
            }
            // What the provider gave back is its own decision.
            None if life.undone_at.is_some_and(|at| at <= off.timestamp) => None,
            None if life.paid.is_empty() => order.payment_deadline,
            _ => None,
        };
        until.is_some_and(|until| until.duration_since(off.timestamp) > CALLS_TAKE)
    }

    /// Whether a person is to be asked what becomes of it: its store said nothing, or too late, and that is its rule.
    pub(super) fn is_a_persons(&self, index: usize, (order, by): (&Order, Timestamp)) -> bool {
        let shop = self.shop_of(index);
        let policy = shop.map(|shop| ConfirmationPolicy::of(&shop.orders));
        let Some(ConfirmationPolicy::ByStore { at_silence, .. }) = policy else {
            return false;
        };
        let kitchen = self.kitchens.of(index);
        let was_heard = order.handed_over_at.is_some() && kitchen.is_some_and(decided_in_time);
        at_silence.outcome(true) == SilenceOutcome::AskPerson
            && (!was_heard || self.gave_up(index, &["HandToStore", "SettleStore"], by))
    }

    /// Whether no yes of its store is needed: it is not asked, or its silence means yes.
    fn is_confirmed_by_itself(&self, index: usize, order: &Order) -> bool {
        let shop = self.shop_of(index);
        let policy = shop.map(|shop| ConfirmationPolicy::of(&shop.orders));
        match policy {
            Some(ConfirmationPolicy::ByStore { at_silence, .. }) => {
                at_silence.outcome(order.paid_amount > Money::ZERO) == SilenceOutcome::Confirm
            }
            _ => true,
        }
    }

    fn store_of(&self, index: usize, order: &Order) -> Option<Store> {
        let shop = self.shop_of(index)?;
        let ConfirmationPolicy::ByStore { at_silence, .. } = ConfirmationPolicy::of(&shop.orders)
        else {
            return Some(Store::Automatic);
        };
        let paid = order.paid_amount > Money::ZERO;
        let silent = Store::Silent(at_silence.outcome(paid));
        Some(match self.kitchens.of(index) {
            _ if order.handed_over_at.is_none() => Store::Otherwise,
            None => silent,
            Some(kitchen) if kitchen.decided_at.is_none() => silent,
            Some(kitchen) if said_yes_in_time(kitchen) => Store::Yes,
            Some(_) => Store::Otherwise,
        })
    }

    /// Whether it is paid at the door, or the one charge that was paid came in whole and well before its deadline.
    fn was_paid_for(&self, index: usize, order: &Order) -> bool {
        if !order.payment_method.is_online() {
            return true;
        }
        let minutes = self
            .shop_of(index)
            .map_or(0, |shop| u32::from(shop.store.payment_timeout));
        let deadline = order.created_at + SignedDuration::from_mins(i64::from(minutes));
        let Some([(at, of_deleted, amount)]) = self.lives.get(index).map(|life| &*life.paid) else {
            return false;
        };
        let charges = self.outside.provider.charges();
        let disputed = charges.iter().any(|truth| {
            super::order_of(truth).as_ref() == Some(&order.order_id)
                && super::standing(truth).disputed
        });
        let in_time = deadline.duration_since(*at) >= IN_TIME / 2;
        in_time && !of_deleted && *amount == order.total && !disputed
    }
}

fn said_yes_in_time(kitchen: &Kitchen) -> bool {
    kitchen.said_yes && decided_in_time(kitchen)
}

fn decided_in_time(kitchen: &Kitchen) -> bool {
    let decided = kitchen.decided_at.zip(kitchen.asked_until);
    decided.is_some_and(|(at, until)| until.duration_since(at) >= IN_TIME / 2)
}
