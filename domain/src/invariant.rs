//! The invariants that rows can be held against, as predicates: the simulation's auditors and the reconciliation ask the
//! same ones (RELIABILITY §1, SPEC §4).
//!
//! A predicate looks at values and at an instant; who reads them, and what follows from a breach, is the caller's.

use jiff::{SignedDuration, Timestamp};

use crate::{
    exception::ExceptionKind,
    ledger::{Balance, LedgerEntry},
    money::Money,
    order::{Order, OrderStatus, WaitKind, WaitingFor},
    payment::{Charge, RefundIntent, RefundState},
};

/// How long after its deadline a wait is overdue: the deadline's own step must have had time to run, outages included.
pub const GRACE: SignedDuration = SignedDuration::from_mins(15);

/// O2: the history has one entry a version, in order, and its last one is the order as it stands.
#[must_use]
pub fn history_is_sound(order: &Order) -> bool {
    let numbered = order
        .status_history()
        .iter()
        .zip(1_u64..)
        .all(|(entry, version)| entry.version == version);
    let last = order.status_history().last().is_some_and(|entry| {
        (entry.version, entry.status, entry.payment_status)
            == (order.version(), order.status(), order.payment_status())
    });
    numbered && last
}

/// R1: no more went back than came in, and the obligations together want no more than that.
#[must_use]
pub fn refunds_are_bounded(charge: &Charge, intents: &[RefundIntent]) -> bool {
    let evidence = charge.evidence;
    let owed = intents
        .iter()
        .filter(|intent| intent.charge_id == charge.charge_id)
        .filter(|intent| intent.state != RefundState::Done)
        .map(|intent| intent.outstanding(evidence.refunded))
        .try_fold(evidence.refunded, Money::checked_add);
    evidence.refunded <= evidence.captured && owed.is_some_and(|owed| owed <= evidence.captured)
}

/// P4: an order that ended without food keeps no money that nobody gives back: what is held is owed, disputed, or before a
/// person.
#[must_use]
pub fn no_money_is_kept(order: &Order, charges: &[Charge], intents: &[RefundIntent]) -> bool {
    if !order.status().is_closed() || order.waiting_for == Some(WaitingFor::Person) {
        return true;
    }
    charges.iter().all(|charge| {
        let owed = intents.iter().any(|intent| {
            intent.charge_id == charge.charge_id
                && intent.state != RefundState::Done
                && intent.outstanding(charge.evidence.refunded) >= charge.held()
        });
        charge.held() == Money::ZERO || charge.evidence.chargeback || owed
    })
}

/// The order's own sums are its charges' (what it says of money is what its charges prove).
#[must_use]
pub fn sums_agree(order: &Order, charges: &[Charge]) -> bool {
    let sum = |part: fn(&Charge) -> Money| {
        let mut parts = charges.iter().map(part);
        parts.try_fold(Money::ZERO, Money::checked_add)
    };
    sum(|charge| charge.evidence.captured) == Some(order.paid_amount)
        && sum(|charge| charge.evidence.refunded) == Some(order.refunded_amount)
}

/// P6 for one charge: its entries say what it says. Fees are the statement's and are not in the charge.
#[must_use]
pub fn ledger_agrees(charge: &Charge, entries: &[LedgerEntry]) -> bool {
    let of_charge = entries
        .iter()
        .filter(|entry| entry.charge_id == charge.charge_id);
    Balance::of(of_charge).is_some_and(|balance| {
        balance.captured == charge.evidence.captured
            && balance.refunded == charge.evidence.refunded
            && (charge.evidence.chargeback || balance.charged_back == Money::ZERO)
    })
}

/// O7 for one order: what a person must be told of it at `now`, if anything. `deliveryTimeout` is the store's.
#[must_use]
pub fn overdue(
    order: &Order,
    delivery_timeout: SignedDuration,
    now: Timestamp,
) -> Option<ExceptionKind> {
    if order.waiting_for == Some(WaitingFor::Person) {
        return None;
    }
    let since = |at: Timestamp| now.duration_since(at);
    match order.status() {
        OrderStatus::Pending => match &order.wait {
            Some(wait) if since(wait.deadline) > GRACE => Some(ExceptionKind::WaitOverdue),
            Some(_) => None,
            // Between two steps: an execution goes on within seconds, or with the retries of an outage.
            None => {
                (since(order.updated_at()) > GRACE).then_some(ExceptionKind::OrderWithoutExecution)
            }
        },
        OrderStatus::Confirmed
        | OrderStatus::Preparing
        | OrderStatus::Ready
        | OrderStatus::Delivering => {
            (since(order.updated_at()) > delivery_timeout).then_some(ExceptionKind::NoDeliveryNews)
        }
        OrderStatus::Delivered
        | OrderStatus::Completed
        | OrderStatus::Cancelled
        | OrderStatus::Refunded => None,
    }
}

/// Whether an obligation is open for longer than its workflow can take (`longest`): nobody works on it any more.
#[must_use]
pub fn refund_is_overdue(intent: &RefundIntent, longest: SignedDuration, now: Timestamp) -> bool {
    intent.state != RefundState::Done
        && intent.state != RefundState::Denied
        && now.duration_since(intent.created_at) > longest
}

/// Whether the order's token waits for a payment of an attempt that is not the order's last: news of it would be lost.
#[must_use]
pub fn waits_for_the_right_attempt(order: &Order) -> bool {
    match order.wait.as_ref().map(|wait| &wait.kind) {
        Some(WaitKind::Payment { attempt } | WaitKind::Method { attempt }) => {
            *attempt == order.payment_attempt
        }
        Some(WaitKind::Store | WaitKind::Refund { .. }) | None => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        ids::RefundIntentId,
        order::{
            Actor, OrderEvent as E, Reason, TaskToken,
            tests::{NOON, an_order},
        },
        payment::{Evidence, RefundReason, tests::a_charge},
    };

    fn noon() -> Timestamp {
        NOON.parse().expect("an instant")
    }

    fn after(order: &Order, events: &[E]) -> Order {
        events.iter().fold(order.clone(), |order, event| {
            let reason = Reason::new(Actor::System, noon(), "segue");
            order
                .apply(reason, |order| order.move_to(*event))
                .expect("legal")
        })
    }

    fn hours(hours: i64) -> SignedDuration {
        SignedDuration::from_hours(hours)
    }

    #[track_caller]
    fn check_overdue(order: &Order, passed: SignedDuration, expected: Option<ExceptionKind>) {
        let now = noon().checked_add(passed).expect("an instant");
        assert_eq!(overdue(order, hours(24), now), expected, "{passed:?}");
    }

    #[test]
    fn what_is_overdue_is_told_by_kind() {
        let created = an_order();
        check_overdue(&created, SignedDuration::from_mins(10), None);
        check_overdue(
            &created,
            hours(1),
            Some(ExceptionKind::OrderWithoutExecution),
        );
        let waits = created
            .apply(Reason::new(Actor::System, noon(), "espera"), |order| {
                let deadline = noon().checked_add(hours(1)).expect("an instant");
                order.register_wait(WaitKind::Store, TaskToken::new("token"), deadline);
                Ok(())
            })
            .expect("legal");
        check_overdue(&waits, hours(1), None);
        check_overdue(&waits, hours(2), Some(ExceptionKind::WaitOverdue));
        let confirmed = after(&created, &[E::Confirm]);
        check_overdue(&confirmed, hours(24), None);
        check_overdue(&confirmed, hours(25), Some(ExceptionKind::NoDeliveryNews));
        let delivered = after(
            &confirmed,
            &[E::Prepare, E::MakeReady, E::Dispatch, E::Deliver],
        );
        check_overdue(&delivered, hours(1_000), None);
    }

    fn intent(charge: &Charge, amount: i64) -> RefundIntent {
        let mut intent = RefundIntent::of_all_that_is_left(
            charge,
            &[],
            RefundReason::Cancelled,
            Actor::Customer,
            noon(),
        )
        .expect("something is left");
        intent.amount = Money::from_centavos(amount);
        intent
    }

    #[test]
    fn money_of_an_ended_order_is_owed_disputed_or_before_a_person() {
        let total = Money::from_centavos(4_480);
        let cancelled = after(&an_order(), &[E::Cancel]);
        let paid = [a_charge("pay_1", Evidence::paid(total))];
        assert!(!no_money_is_kept(&cancelled, &paid, &[]));
        assert!(no_money_is_kept(&an_order(), &paid, &[]));
        let owed = [intent(&paid[0], 4_480)];
        assert!(no_money_is_kept(&cancelled, &paid, &owed));
        let little = [intent(&paid[0], 80)];
        assert!(!no_money_is_kept(&cancelled, &paid, &little));
        let back = [a_charge("pay_1", Evidence::given_back(total, total))];
        assert!(no_money_is_kept(&cancelled, &back, &[]));
    }

    #[test]
    fn obligations_stay_within_what_came_in() {
        let total = Money::from_centavos(4_480);
        let paid = a_charge("pay_1", Evidence::paid(total));
        let one = intent(&paid, 4_480);
        let mut other = one.clone();
        other.intent_id = RefundIntentId::new("other").expect("an id");
        assert!(refunds_are_bounded(&paid, std::slice::from_ref(&one)));
        assert!(!refunds_are_bounded(&paid, &[one, other]));
    }

    #[test]
    fn the_ledger_of_a_charge_is_held_against_it() {
        let total = Money::from_centavos(4_480);
        let paid = a_charge("pay_1", Evidence::paid(total));
        let entries = LedgerEntry::between(Evidence::default(), &paid, noon());
        assert!(ledger_agrees(&paid, &entries));
        assert!(!ledger_agrees(&paid, &[]));
        let back = a_charge("pay_1", Evidence::given_back(total, total));
        assert!(!ledger_agrees(&back, &entries));
    }

    #[test]
    fn an_order_s_history_and_sums_are_sound() {
        let order = after(&an_order(), &[E::Confirm, E::Prepare]);
        assert!(history_is_sound(&order));
        assert!(sums_agree(&order, &[]));
        let paid = a_charge("pay_1", Evidence::paid(Money::from_centavos(1)));
        assert!(!sums_agree(&order, &[paid]));
        assert!(waits_for_the_right_attempt(&order));
    }
}
