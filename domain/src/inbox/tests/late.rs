//! What news leads to that no step waits for.

use super::*;
use crate::{
    inbox::{Consequence, consequence},
    order::{OrderEvent, OrderStatus, PaymentStatus, WaitingFor},
    payment::RefundReason,
};

/// An order at a status, paid or not, with no step waiting.
fn ended(status: OrderStatus, payment: PaymentStatus) -> Order {
    use OrderEvent as E;
    let path: &[E] = match status {
        OrderStatus::Pending => &[],
        OrderStatus::Cancelled => &[E::Cancel],
        OrderStatus::Refunded => &[E::Cancel, E::Refund],
        OrderStatus::Confirmed => &[E::Confirm],
        OrderStatus::Delivering => &[E::Confirm, E::Prepare, E::MakeReady, E::Dispatch],
        _ => &[
            E::Confirm,
            E::Prepare,
            E::MakeReady,
            E::Dispatch,
            E::Deliver,
        ],
    };
    changed(&an_order(), |order| {
        order.payment_id = Some(charge("pay_2"));
        for event in path {
            order.move_to(*event).expect("legal");
        }
        order.set_payment_status(payment).expect("legal");
    })
}

#[track_caller]
fn check_late(order: &Order, news: &NewsKind, expected: &Consequence) {
    let status = order.status();
    assert_eq!(consequence(order, news), *expected, "{status}, {news:?}");
}

#[test]
fn money_that_nobody_waits_for_goes_back() {
    use OrderStatus as S;
    use PaymentStatus as P;
    let refund = |id, reason| Consequence::Refund {
        charge_id: charge(id),
        amount: Money::from_centavos(4_480),
        reason,
    };
    let (first, second) = (paid("pay_1", 4_480), paid("pay_2", 4_480));
    check_late(
        &ended(S::Cancelled, P::Pending),
        &second,
        &refund("pay_2", RefundReason::PaidLate),
    );
    check_late(
        &ended(S::Cancelled, P::Cancelled),
        &first,
        &refund("pay_1", RefundReason::PaidLate),
    );
    check_late(
        &ended(S::Confirmed, P::Paid),
        &first,
        &refund("pay_1", RefundReason::PaidTwice),
    );
    // The same payment reported again (F027, F028).
    check_late(
        &ended(S::Confirmed, P::Paid),
        &second,
        &Consequence::Nothing,
    );
    check_late(
        &ended(S::Refunded, P::Refunded),
        &second,
        &Consequence::Nothing,
    );
    check_late(&ended(S::Pending, P::Pending), &second, &Consequence::Keep);
    let before_a_person = changed(&ended(S::Pending, P::Pending), |order| {
        order.waiting_for = Some(WaitingFor::Person);
    });
    check_late(&before_a_person, &second, &Consequence::CallPerson);
}

#[test]
fn cancels_and_decisions_that_come_late() {
    use OrderStatus as S;
    use PaymentStatus as P;
    let report = |status, by, ready_in_minutes| Consequence::Report {
        status,
        by,
        ready_in_minutes,
    };
    let by_customer = cancel(Actor::Customer);
    check_late(
        &ended(S::Pending, P::Pending),
        &by_customer,
        &Consequence::Keep,
    );
    let cancelled = report(S::Cancelled, Actor::Customer, None);
    check_late(&ended(S::Confirmed, P::Paid), &by_customer, &cancelled);
    check_late(&ended(S::Delivering, P::Paid), &by_customer, &cancelled);
    check_late(
        &ended(S::Delivered, P::Paid),
        &by_customer,
        &Consequence::Nothing,
    );
    // Said again, because what followed from it did not get done.
    check_late(&ended(S::Cancelled, P::Pending), &by_customer, &cancelled);
    let refund = |order: &mut Order| order.move_to(OrderEvent::Refund).expect("legal");
    let given_back = changed(&ended(S::Cancelled, P::Refunding), refund);
    check_late(&given_back, &by_customer, &cancelled);
    check_late(&given_back, &NO, &Consequence::Nothing);
    // Given back after it was brought: nobody can call it off, and nobody did.
    let brought = changed(&ended(S::Delivered, P::Paid), refund);
    check_late(&brought, &by_customer, &Consequence::Nothing);
    // O6: the store's yes after the end.
    check_late(
        &ended(S::Cancelled, P::Pending),
        &YES,
        &Consequence::TellStoreLate,
    );
    check_late(
        &ended(S::Refunded, P::Refunded),
        &YES,
        &Consequence::TellStoreLate,
    );
    let handed_over = changed(&ended(S::Pending, P::Paid), |order| {
        order.handed_over_at = Some(at());
        order.move_to(OrderEvent::Confirm).expect("legal");
    });
    check_late(&handed_over, &YES, &Consequence::Nothing);
    // Its store said yes to what it may not have got yet.
    let by_store = Reason::new(Actor::Restaurant, at(), "teste");
    let unseen = ended(S::Pending, P::Paid)
        .apply(by_store, |order| order.move_to(OrderEvent::Confirm))
        .expect("legal");
    check_late(
        &unseen,
        &YES,
        &report(S::Confirmed, Actor::Restaurant, Some(35)),
    );
    let before_a_person = changed(&ended(S::Pending, P::Paid), |order| {
        order.waiting_for = Some(WaitingFor::Person);
    });
    let confirmed = report(S::Confirmed, Actor::Restaurant, Some(35));
    check_late(&before_a_person, &YES, &confirmed);
    check_late(
        &before_a_person,
        &NO,
        &report(S::Cancelled, Actor::Restaurant, None),
    );
}

#[test]
fn the_rest_is_noted_or_nothing() {
    use OrderStatus as S;
    use PaymentStatus as P;
    let confirmed = ended(S::Confirmed, P::Paid);
    check_late(&confirmed, &failed("pay_2"), &Consequence::Nothing);
    check_late(
        &confirmed,
        &chosen(PaymentMethod::Pix, 2),
        &Consequence::Nothing,
    );
    let charge_id = charge("pay_2");
    let refunded = Money::from_centavos(4_480);
    let back = NewsKind::Refunded {
        charge_id: charge_id.clone(),
        refunded,
        charged: None,
    };
    check_late(&confirmed, &back, &Consequence::Record);
    let disputed = NewsKind::ChargedBack {
        charge_id,
        amount: refunded,
    };
    check_late(
        &ended(S::Delivered, P::Paid),
        &disputed,
        &Consequence::CallPerson,
    );
}
