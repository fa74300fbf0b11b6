//! Each invariant holds of sound records, and sees the one thing that is wrong with unsound ones.

use super::*;
use crate::{
    ids::ChargeId,
    money::Money,
    order::{
        Actor, OrderEvent, Reason, WaitingFor,
        tests::{NOON, an_order},
    },
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
