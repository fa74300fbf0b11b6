//! The rows of one order against each other: the order, its charges, what is owed of them, and the ledger.
//!
//! These hold at every moment, because what they compare is written in one transaction. The provider's side of it is
//! [`super::money_at_rest`]'s.

use jiff::{SignedDuration, tz::TimeZone};

use super::{
    Breach, Standing, money::kept_after_the_end, order::history, refund::is_owed_rightly, unless,
};
use crate::{
    ledger::{Balance, LedgerEntry, Movement},
    money::Money,
    order::{Order, WaitKind},
    payment::{Charge, RefundIntent, RefundState},
};

/// O2, O5, O7, R1 to R3, P4 and P6 of an order's own rows. `entries` are the ledger's of these charges, fees or not.
#[must_use]
pub fn books_agree(
    order: &Order,
    (charges, intents, entries): (&[Charge], &[RefundIntent], &[LedgerEntry]),
) -> Vec<Breach> {
    let whole = [
        history(order),
        sums_agree(order, charges),
        waits_for_the_right_attempt(order),
    ];
    let each = charges.iter().flat_map(|charge| {
        [
            refunds_are_bounded(charge, intents),
            kept_after_the_end(order, &Standing::believed(charge), intents),
            ledger_agrees(charge, entries),
        ]
    });
    let obligations = intents.iter().flat_map(|intent| {
        let of_charge = |charge: &&Charge| charge.charge_id == intent.charge_id;
        let is_other = |other: &&RefundIntent| {
            other.charge_id == intent.charge_id && other.intent_id != intent.intent_id
        };
        let others: Vec<&RefundIntent> = intents.iter().filter(is_other).collect();
        is_owed_rightly(
            intent,
            (Some(order), charges.iter().find(of_charge)),
            &others,
        )
    });
    let breaches = whole.into_iter().chain(each).flatten();
    breaches.chain(obligations).collect()
}

/// R1: no more went back than came in, and the obligations together want no more than that.
fn refunds_are_bounded(charge: &Charge, intents: &[RefundIntent]) -> Option<Breach> {
    let evidence = charge.evidence;
    let owed = intents
        .iter()
        .filter(|intent| intent.charge_id == charge.charge_id)
        .filter(|intent| intent.state != RefundState::Done)
        .map(|intent| intent.outstanding(evidence.refunded))
        .try_fold(evidence.refunded, Money::checked_add);
    let bounded = evidence.refunded <= evidence.captured
        && owed.is_some_and(|owed| owed <= evidence.captured);
    unless(bounded, "R1", || {
        format!(
            "{} went back of {} of {}, and {} is owed with it",
            evidence.refunded,
            evidence.captured,
            charge.charge_id,
            owed.unwrap_or_default()
        )
    })
}

/// P6: what moved is booked on the day that it was at the provider, who is three hours behind UTC. The day of a fee is the statement's.
#[must_use]
pub fn booked_on_its_day(entry: &LedgerEntry) -> Option<Breach> {
    let there = entry.at.checked_sub(SignedDuration::from_hours(3));
    let day = there.map(|there| there.to_zoned(TimeZone::UTC).date());
    let is_on_it = matches!(entry.movement, Movement::Fee | Movement::FeeReturned)
        || day.is_ok_and(|day| day == entry.day);
    unless(is_on_it, "P6", || {
        format!("{} is booked on {}", entry.entry_id, entry.day)
    })
}

/// P6: what the order says of its money is what its charges prove.
fn sums_agree(order: &Order, charges: &[Charge]) -> Option<Breach> {
    let sum = |part: fn(&Charge) -> Money| {
        let mut parts = charges.iter().map(part);
        parts.try_fold(Money::ZERO, Money::checked_add)
    };
    let captured = sum(|charge| charge.evidence.captured);
    let refunded = sum(|charge| charge.evidence.refunded);
    let agree = captured == Some(order.paid_amount) && refunded == Some(order.refunded_amount);
    unless(agree, "P6", || {
        format!(
            "the order says {} in and {} back, its charges {} and {}",
            order.paid_amount,
            order.refunded_amount,
            captured.unwrap_or_default(),
            refunded.unwrap_or_default()
        )
    })
}

/// P6 for one charge: its entries say what it says. Fees are the statement's and are not in the charge.
fn ledger_agrees(charge: &Charge, entries: &[LedgerEntry]) -> Option<Breach> {
    let of_charge = entries
        .iter()
        .filter(|entry| entry.charge_id == charge.charge_id);
    let agrees = Balance::of(of_charge).is_some_and(|balance| {
        balance.captured == charge.evidence.captured
            && balance.refunded == charge.evidence.refunded
            && (charge.evidence.is_disputed() || balance.charged_back == Money::ZERO)
    });
    unless(agrees, "P6", || {
        format!("the ledger does not say what {} says", charge.charge_id)
    })
}

/// An order's token waits for the last attempt to pay: news of another one would be lost.
fn waits_for_the_right_attempt(order: &Order) -> Option<Breach> {
    let right = match order.wait.as_ref().map(|wait| &wait.kind) {
        Some(WaitKind::Payment { attempt } | WaitKind::Method { attempt }) => {
            *attempt == order.payment_attempt
        }
        Some(WaitKind::Store | WaitKind::Refund { .. }) | None => true,
    };
    unless(right, "O7", || {
        "it waits for an attempt to pay that is not its last".to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        ids::RefundIntentId,
        order::{
            Actor, OrderEvent as E, Reason,
            tests::{NOON, an_order},
        },
        payment::{Evidence, RefundReason, tests::a_charge},
    };

    const TOTAL: Money = Money::from_centavos(4_480);

    fn noon() -> jiff::Timestamp {
        NOON.parse().expect("an instant")
    }

    fn intent(charge: &Charge, amount: i64) -> RefundIntent {
        let reason = RefundReason::Cancelled;
        let owed = RefundIntent::of_all_that_is_left(charge, &[], reason, Actor::Customer, noon());
        let mut intent = owed.expect("something is left");
        intent.amount = Money::from_centavos(amount);
        intent
    }

    /// An order after one event, that believes the charge.
    fn an_order_with(event: E, charge: &Charge) -> Order {
        let reason = Reason::new(Actor::System, noon(), "segue");
        let changed = an_order().apply(reason, |order| {
            order.paid_amount = charge.evidence.captured;
            order.refunded_amount = charge.evidence.refunded;
            order.move_to(event)
        });
        changed.expect("legal")
    }

    #[track_caller]
    fn check(order: &Order, rows: (&[Charge], &[RefundIntent], &[LedgerEntry]), expected: &[&str]) {
        let breaches = books_agree(order, rows);
        let found: Vec<&str> = breaches.iter().map(|breach| breach.invariant).collect();
        assert_eq!(found, expected, "{breaches:?}");
    }

    #[test]
    fn money_of_an_ended_order_is_owed_disputed_or_before_a_person() {
        let paid = a_charge("pay_1", Evidence::paid(TOTAL));
        let entries = LedgerEntry::between(Evidence::default(), &paid, noon());
        let charges = std::slice::from_ref(&paid);
        let mut cancelled = an_order_with(E::Cancel, &paid);
        check(&cancelled, (charges, &[], &entries), &["P4"]);
        check(
            &an_order_with(E::Confirm, &paid),
            (charges, &[], &entries),
            &[],
        );
        check(
            &cancelled,
            (charges, &[intent(&paid, 4_480)], &entries),
            &[],
        );
        check(
            &cancelled,
            (charges, &[intent(&paid, 80)], &entries),
            &["P4"],
        );
        // A person who looks at other money than this does not explain it.
        cancelled.waiting_for = Some(crate::order::WaitingFor::Person);
        check(&cancelled, (charges, &[], &entries), &["P4"]);
        cancelled.payment_id = Some(paid.charge_id.clone());
        check(&cancelled, (charges, &[], &entries), &[]);
        let back = a_charge("pay_1", Evidence::given_back(TOTAL, TOTAL));
        let entries = LedgerEntry::between(Evidence::default(), &back, noon());
        let order = an_order_with(E::Cancel, &back);
        check(&order, (&[back], &[], &entries), &[]);
    }

    #[test]
    fn obligations_stay_within_what_came_in() {
        let paid = a_charge("pay_1", Evidence::paid(TOTAL));
        let entries = LedgerEntry::between(Evidence::default(), &paid, noon());
        let order = an_order_with(E::Cancel, &paid);
        let one = intent(&paid, 4_480);
        let mut other = one.clone();
        other.intent_id = RefundIntentId::new("other").expect("an id");
        let both = [one, other];
        check(&order, (&[paid], &both, &entries), &["R1", "R3", "R3"]);
    }

    #[test]
    fn nothing_is_owed_of_what_never_came_in_or_of_food_that_is_cooked() {
        let paid = a_charge("pay_1", Evidence::paid(TOTAL));
        let entries = LedgerEntry::between(Evidence::default(), &paid, noon());
        let owed = [intent(&paid, 4_480)];
        let mut cooked = an_order_with(E::Confirm, &paid);
        cooked.payment_id = Some(paid.charge_id.clone());
        let charges = std::slice::from_ref(&paid);
        check(&cooked, (charges, &owed, &entries), &["O5"]);
        let unpaid = a_charge("pay_1", Evidence::default());
        check(&an_order(), (&[unpaid], &owed, &[]), &["R1", "R2"]);
    }

    #[test]
    fn an_order_its_charges_and_the_ledger_say_the_same() {
        let paid = a_charge("pay_1", Evidence::paid(TOTAL));
        let order = an_order_with(E::Confirm, &paid);
        let charges = std::slice::from_ref(&paid);
        let entries = LedgerEntry::between(Evidence::default(), &paid, noon());
        check(&order, (charges, &[], &[]), &["P6"]);
        check(&order, (&[], &[], &[]), &["P6"]);
        let twice = [entries.clone(), entries].concat();
        check(&order, (charges, &[], &twice), &["P6"]);
        check(&an_order(), (charges, &[], &twice), &["P6", "P6"]);
    }
}
