//! Money that moved in a way that nobody here asked for, and money that must not move twice.

use comanda_domain::{
    exception::ExceptionKind,
    ids::ChargeId,
    inbox::NewsKind,
    money::Money,
    order::{OrderStatus, PaymentStatus},
    payment::{RefundIntent, RefundState},
};
use serde_json::{Value, json};

use super::{
    fixture::{Step, call, key, last_charge, order, token, world},
    races::{accept, close, confirm, hand_over, paid, refund_due, request_payment, run},
    reconciliation::{awaiting_payment, exceptions, pass, rows, start_order, sweep},
};
use crate::{
    ports::ChargeStatus,
    registry::{InvocationError, invoke},
    testing::{TokenState, World, block_on},
};

fn ask_refund(world: &World, request: &Value) -> Result<Value, InvocationError> {
    world.workflows.open_token("refund");
    let ports = world.ports();
    block_on(invoke(
        &ports,
        call("RequestRefund", request, Some("refund".into())),
    ))
}

/// Paid, and rejected by the store: the refund is owed.
fn rejected() -> (World, Value) {
    let world = world("CREDIT", &json!({}));
    let request = refund_due(&world, "CREDIT");
    (world, request)
}

fn intent(world: &World) -> RefundIntent {
    rows::<RefundIntent>(world).remove(0)
}

/// The dispute began after the obligation was made: the bank pays the customer, and we do not pay as well.
#[test]
fn nothing_is_given_back_of_a_charge_that_is_disputed_meanwhile() {
    let (world, request) = rejected();
    let charge = last_charge(&world).charge.id;
    world.provider.set_status(&charge, ChargeStatus::Chargeback);
    let refused = ask_refund(&world, &request).expect_err("disputed");
    assert_eq!(refused.error_type, "RequestRefundError.Refused");
    assert_eq!(refused.error_message, r#"{"code":"DISPUTED"}"#);
    assert!(last_charge(&world).charge.refunds.is_empty());
}

/// Somebody withdrew it in the provider's panel: that is a no, at once, and the intent says so.
#[test]
fn a_refund_that_was_withdrawn_is_denied() {
    let (world, request) = rejected();
    ask_refund(&world, &request).expect("asked");
    let charge = last_charge(&world).charge.id;
    world.provider.settle_refunds(&charge, false);
    let refused = ask_refund(&world, &request).expect_err("withdrawn");
    assert_eq!(refused.error_message, r#"{"code":"WITHDRAWN"}"#);
    let person = json!({ "order": key(), "reason": "REFUND_DENIED", "refund": request });
    run(&world, &[Step::Call("CallPerson", person)]);
    assert_eq!(intent(&world).state, RefundState::Denied);
    assert_eq!(order(&world).payment_status(), PaymentStatus::RefundBlocked);
    assert_eq!(
        exceptions(&world).first().map(|(kind, _)| *kind),
        Some(ExceptionKind::RefundDenied)
    );
}

/// Read at the deadline: it was paid, and it went back. The order is not taken for a paid one.
#[test]
fn a_charge_that_went_back_before_we_looked_does_not_reach_the_store() {
    let world = awaiting_payment();
    let charge = last_charge(&world).charge;
    world.provider.pay(&charge.id, charge.amount);
    world
        .provider
        .set_status(&charge.id, ChargeStatus::Refunded);
    world.workflows.close_token(&token(1, 0));
    let steps = [
        Step::World(|_| ()),
        Step::World(|_| ()),
        Step::Call("SettlePayment", json!(key())),
        hand_over(),
    ];
    let answers = run(&world, &steps);
    assert!(answers[2].get("paid").is_some(), "{answers:?}");
    assert_eq!(
        world.workflows.token(&token(3, 0)),
        Some(TokenState::Succeeded(json!("news")))
    );
    assert!(world.queue.messages().is_empty(), "the store has nothing");
    run(&world, &[close("CANCELLED")]);
    assert_eq!(order(&world).money_held(), Money::ZERO);
    assert!(rows::<RefundIntent>(&world).is_empty(), "nothing is owed");
}

/// The same where nobody asks the store: what was read is heard before the order is confirmed.
#[test]
fn a_charge_that_went_back_before_we_looked_is_not_confirmed() {
    let world = world("PIX", &json!({ "requiresConfirmation": false }));
    run(&world, &[accept(), request_payment(1, "PIX")]);
    let charge = last_charge(&world).charge;
    world.provider.pay(&charge.id, charge.amount);
    world
        .provider
        .set_status(&charge.id, ChargeStatus::Refunded);
    run(&world, &[Step::Call("SettlePayment", json!(key()))]);
    let confirm = json!({ "order": key(), "by": "SYSTEM", "readyInMinutes": null });
    let ports = world.ports();
    let refused = block_on(invoke(&ports, call("ConfirmOrder", &confirm, None)));
    let refused = refused.expect_err("called off");
    assert_eq!(refused.error_type, "ConfirmOrderError.CalledOff");
}

/// Late money that went back before the sweep read it: nothing is owed, and nobody is promised anything.
#[test]
fn late_money_that_went_back_already_is_not_given_back_again() {
    let world = awaiting_payment();
    run(&world, &[close("PAYMENT_EXPIRED")]);
    let charge = last_charge(&world).charge;
    world.provider.pay(&charge.id, charge.amount);
    world
        .provider
        .set_status(&charge.id, ChargeStatus::Refunded);
    sweep(&world);
    assert!(rows::<RefundIntent>(&world).is_empty());
    let order = order(&world);
    assert_eq!(
        (order.paid_amount, order.money_held()),
        (charge.amount, Money::ZERO)
    );
}

/// The whole payment goes back in the provider's panel while the food is being made: somebody must know.
#[test]
fn a_full_refund_from_outside_is_seen_while_the_order_goes_on() {
    let world = world("PIX", &json!({ "requiresConfirmation": false }));
    start_order(&world);
    let steps = [
        accept(),
        request_payment(1, "PIX"),
        Step::Hear("evt_1", paid),
        confirm(),
        Step::Hear("evt_2", |world| {
            let charge = last_charge(world).charge;
            NewsKind::Refunded {
                charge_id: charge.id,
                refunded: charge.amount,
                charged: Some(charge.amount),
            }
        }),
    ];
    run(&world, &steps);
    assert_eq!(order(&world).status(), OrderStatus::Confirmed);
    let kinds: Vec<_> = exceptions(&world).iter().map(|(kind, _)| *kind).collect();
    assert_eq!(kinds, [ExceptionKind::PartialRefund]);
}

/// A word of the provider's that we do not know says nothing of money.
#[test]
fn a_status_that_nobody_knows_is_no_difference() {
    let world = awaiting_payment();
    run(&world, &[Step::Hear("evt_1", paid), hand_over()]);
    let charge = last_charge(&world).charge.id;
    world.provider.set_status(&charge, ChargeStatus::Unknown);
    let walk = super::fixture::walk("CHARGES", Some("centro"));
    let mut walk = json!(walk);
    let ports = world.ports();
    while walk["ended"] != true {
        walk = block_on(invoke(&ports, call("SweepPage", &walk, None))).unwrap();
    }
    assert!(exceptions(&world).is_empty());
}

/// A failed charge that is deleted is heard of once, and then it is known.
#[test]
fn a_failed_charge_that_was_deleted_is_no_open_one_for_ever() {
    let world = awaiting_payment();
    let steps = [
        Step::Hear("evt_1", |world| NewsKind::PaymentFailed {
            charge_id: last_charge(world).charge.id,
            reason: "CAPTURE_REFUSED".into(),
        }),
        close("PAYMENT_FAILED"),
    ];
    run(&world, &steps);
    assert!(last_charge(&world).charge.deleted);
    pass(&world, 1);
    assert_eq!(sweep(&world).healed, 1);
    assert_eq!(sweep(&world).healed, 0);
}

/// Staff give a part back while the store is waited for: the order is still paid, and it is not cancelled for it.
#[test]
fn a_part_that_went_back_does_not_call_the_order_off() {
    let world = awaiting_payment();
    let part: fn(&World) -> NewsKind = |world| {
        let charge = last_charge(world).charge;
        NewsKind::Refunded {
            charge_id: charge.id,
            refunded: Money::from_centavos(500),
            charged: Some(charge.amount),
        }
    };
    let confirm = json!({ "order": key(), "by": null, "readyInMinutes": null });
    let steps = [
        Step::Hear("evt_1", paid),
        hand_over(),
        Step::Hear("evt_2", part),
        Step::Call("ConfirmOrder", confirm),
    ];
    run(&world, &steps);
    assert_eq!(
        world.workflows.token(&token(1, 0)),
        Some(TokenState::Open),
        "the store is waited for"
    );
    let order = order(&world);
    assert_eq!(
        (order.status(), order.payment_status()),
        (OrderStatus::Confirmed, PaymentStatus::PartiallyRefunded)
    );
    assert!(rows::<RefundIntent>(&world).is_empty());
    let kinds: Vec<_> = exceptions(&world).iter().map(|(kind, _)| *kind).collect();
    assert_eq!(kinds, [ExceptionKind::PartialRefund]);
}

/// A second payment in the order's sum does not hide that its own is gone.
#[test]
fn the_whole_payment_is_missed_though_another_came_beside_it() {
    let world = awaiting_payment();
    let beside: fn(&World) -> NewsKind = |world| {
        let (charge_id, amount) = (ChargeId::new("pay_beside").unwrap(), order(world).total);
        world
            .provider
            .receive_foreign(&charge_id, amount, Some("order_1"));
        NewsKind::Paid { charge_id, amount }
    };
    let gone: fn(&World) -> NewsKind = |world| {
        let charge = world.provider.charges().remove(0).charge;
        NewsKind::Refunded {
            charge_id: charge.id,
            refunded: charge.amount,
            charged: Some(charge.amount),
        }
    };
    let steps = [
        Step::Hear("evt_1", paid),
        hand_over(),
        Step::Hear("evt_2", beside),
        Step::Hear("evt_3", gone),
    ];
    run(&world, &steps);
    assert_eq!(
        world.workflows.token(&token(1, 0)),
        Some(TokenState::Succeeded(json!("news")))
    );
}

/// At the deadline the charge is deleted by us; a call that is made again hears of that, and it is no failure to pay.
#[test]
fn our_own_deletion_at_the_deadline_is_no_failure() {
    let world = awaiting_payment();
    world.workflows.close_token(&token(1, 0));
    let deleted: fn(&World) -> NewsKind = |world| NewsKind::ChargeDeleted {
        charge_id: last_charge(world).charge.id,
    };
    let steps = [
        Step::Hear("evt_1", deleted),
        Step::Call("SettlePayment", json!(key())),
    ];
    assert_eq!(run(&world, &steps)[1], json!("expired"));
}
