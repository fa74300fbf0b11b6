//! Each invariant holds of sound records, and sees the one thing that is wrong with unsound ones.

use super::*;
use crate::{
    ids::{ChargeId, RefundIntentId},
    ledger::LedgerEntry,
    money::Money,
    order::{
        Actor, Order, OrderEvent, Reason, WaitingFor,
        tests::{NOON, an_order},
    },
    payment::{Evidence, RefundIntent, RefundReason, RefundState, tests::a_charge},
};

fn reason() -> Reason {
    Reason::new(Actor::System, NOON.parse().expect("an instant"), "passo")
}

fn named(breaches: &[Breach]) -> Vec<&str> {
    breaches.iter().map(|breach| breach.invariant).collect()
}

fn paid(captured: i64, refunded: i64) -> Standing {
    Standing {
        charge_id: ChargeId::new("pay_1").expect("an id"),
        captured: Money::from_centavos(captured),
        refunded: Money::from_centavos(refunded),
        promised_back: Money::from_centavos(refunded),
        refunds: usize::from(refunded > 0),
        open: false,
        disputed: false,
    }
}

#[test]
fn a_legal_change_is_none() {
    let before = an_order();
    let after = before
        .apply(reason(), |order| order.move_to(OrderEvent::Confirm))
        .expect("legal");
    assert_eq!(order_change(None, &before), []);
    assert_eq!(order_change(Some(&before), &after), []);
}

#[test]
fn a_lost_write_and_a_wrong_price_are_seen() {
    let before = an_order();
    let one = before
        .apply(reason(), |order| order.move_to(OrderEvent::Cancel))
        .expect("legal");
    let mut other = before
        .apply(reason(), |order| order.move_to(OrderEvent::Confirm))
        .expect("legal");
    // Two versions 2: the second overwrote the first.
    assert!(named(&order_change(Some(&one), &other)).contains(&"O2"));
    other.total = Money::from_centavos(1);
    assert!(named(&order_change(Some(&before), &other)).contains(&"O3"));
}

#[test]
fn an_order_that_nobody_looks_at_is_seen() {
    let mut order = an_order();
    assert!(order_at_rest(&order).is_some());
    order.waiting_for = Some(WaitingFor::Person);
    assert_eq!(order_at_rest(&order), None);
}

#[test]
fn money_goes_back_once_and_no_more_than_came_in() {
    assert_eq!(money_now(&[paid(4_480, 4_480)]), []);
    assert_eq!(named(&money_now(&[paid(4_480, 4_481)])), ["R1"]);
    let twice = Standing {
        refunds: 2,
        ..paid(4_480, 4_480)
    };
    assert_eq!(named(&money_now(&[twice])), ["R3"]);
    let open = Standing {
        open: true,
        ..paid(0, 0)
    };
    assert_eq!(named(&money_now(&[open.clone(), open])), ["P5"]);
}

#[test]
fn money_that_is_kept_for_no_food_is_seen() {
    let order = an_order()
        .apply(reason(), |order| order.move_to(OrderEvent::Cancel))
        .expect("legal");
    let breaches = money_at_rest(&order, (&[paid(4_480, 0)], &[], &[]));
    assert_eq!(named(&breaches), ["P4", "P6", "P6"]);
    assert_eq!(money_at_rest(&order, (&[paid(0, 0)], &[], &[])), []);
}

/// What an order of R$ 44,80 whose payment came in owes when `by` called it off.
fn owed(by: Actor) -> RefundIntent {
    let charge = a_charge("pay_1", Evidence::paid(Money::from_centavos(4_480)));
    let at = NOON.parse().expect("an instant");
    RefundIntent::of_all_that_is_left(&charge, &[], RefundReason::Cancelled, by, at).expect("owed")
}

fn after(by: Actor, events: &[OrderEvent]) -> Order {
    let mut paid = an_order();
    paid.payment_id = Some(ChargeId::new("pay_1").expect("an id"));
    events.iter().fold(paid, |order, event| {
        let reason = Reason::new(by, NOON.parse().expect("an instant"), "passo");
        order
            .apply(reason, |order| order.move_to(*event))
            .expect("legal")
    })
}

#[test]
fn what_is_owed_came_in_is_owed_once_and_stays_what_it_is() {
    let intent = owed(Actor::Customer);
    let off = after(Actor::Customer, &[OrderEvent::Confirm, OrderEvent::Cancel]);
    let paid = a_charge("pay_1", Evidence::paid(Money::from_centavos(4_480)));
    let of = (Some(&off), Some(&paid));
    assert_eq!(refund_change((None, &intent), of, &[]), []);
    let unpaid = a_charge("pay_1", Evidence::default());
    let nothing = refund_change((None, &intent), (Some(&off), Some(&unpaid)), &[]);
    assert_eq!(named(&nothing), ["R2"]);
    let less = a_charge("pay_1", Evidence::paid(Money::from_centavos(4_380)));
    let more = refund_change((None, &intent), (Some(&off), Some(&less)), &[]);
    assert_eq!(named(&more), ["R1"]);
    let other = RefundIntent {
        intent_id: RefundIntentId::new("again").expect("an id"),
        ..intent.clone()
    };
    assert_eq!(
        named(&refund_change((None, &other), of, &[&intent])),
        ["R3"]
    );
    let done = RefundIntent {
        state: RefundState::Done,
        ..intent.clone()
    };
    assert_eq!(refund_change((Some(&intent), &done), of, &[]), []);
    assert_eq!(
        named(&refund_change((Some(&done), &intent), of, &[])),
        ["R3"]
    );
}

#[test]
fn a_cooked_order_s_payment_goes_back_only_when_somebody_called_it_off() {
    use OrderEvent::{Cancel, Confirm};
    let paid = a_charge("pay_1", Evidence::paid(Money::from_centavos(4_480)));
    let intent = owed(Actor::Restaurant);
    let breaches = |by, events: &[OrderEvent]| {
        let order = after(by, events);
        refund_change((None, &intent), (Some(&order), Some(&paid)), &[])
    };
    assert_eq!(breaches(Actor::System, &[Cancel]), []);
    assert_eq!(breaches(Actor::Restaurant, &[Confirm, Cancel]), []);
    assert_eq!(named(&breaches(Actor::Restaurant, &[Confirm])), ["O5"]);
    assert_eq!(named(&breaches(Actor::System, &[Confirm, Cancel])), ["O5"]);
}

#[test]
fn money_that_moves_late_in_the_evening_is_of_that_day() {
    let charge = a_charge("pay_1", Evidence::paid(Money::from_centavos(4_480)));
    let late = "2026-03-08T02:59:59Z".parse().expect("an instant");
    let entries = LedgerEntry::between(Evidence::default(), &charge, late);
    let entry = entries.first().expect("it came in");
    assert_eq!(booked_on_its_day(entry), None);
    let wrong = LedgerEntry {
        day: entry.day.tomorrow().expect("a day"),
        ..entry.clone()
    };
    assert!(booked_on_its_day(&wrong).is_some_and(|breach| breach.invariant == "P6"));
}

/// A person whom an order waits for decides about its own payment, and about no other charge.
#[test]
fn a_person_explains_the_money_that_is_before_them_and_no_other() {
    let mut order = an_order();
    order.waiting_for = Some(WaitingFor::Person);
    order.payment_id = Some(ChargeId::new("pay_1").expect("an id"));
    let own = paid(4_480, 0);
    let other = Standing {
        charge_id: ChargeId::new("pay_2").expect("an id"),
        ..paid(4_480, 0)
    };
    let of = |charge: &Standing| money_at_rest(&order, (std::slice::from_ref(charge), &[], &[]));
    assert!(!named(&of(&own)).contains(&"P4"));
    assert!(named(&of(&other)).contains(&"P4"));
}
