//! The races of signals: news before the wait, twice, at the same moment, and after the end.

use comanda_domain::{
    inbox::NewsKind,
    order::{Actor, OrderStatus, PaymentStatus},
};
use serde_json::{Value, json};

use super::fixture::{Step, key, last_charge, order, reference, token, world};
use crate::testing::{TokenState, World, block_on};

pub(super) fn run(world: &World, steps: &[Step]) -> Vec<Value> {
    let ports = world.ports();
    let taken = steps.iter().enumerate().map(|(position, step)| {
        let taken = block_on(step.take(world, &ports, (position, 0)));
        taken.unwrap_or_else(|error| panic!("step {position}: {error:?}"))
    });
    taken.collect()
}

pub(super) fn paid(world: &World) -> NewsKind {
    let charge = last_charge(world).charge;
    world.provider.pay(&charge.id, charge.amount);
    NewsKind::Paid {
        charge_id: charge.id,
        amount: charge.amount,
    }
}

pub(super) fn accept() -> Step {
    Step::Call("AcceptOrder", json!(reference()))
}

pub(super) fn request_payment(attempt: u32, method: &str) -> Step {
    let input = json!({ "order": key(), "method": method, "attempt": attempt });
    Step::Ask("RequestPayment", input)
}

pub(super) fn hand_over() -> Step {
    Step::Ask(
        "HandToStore",
        json!({ "order": key(), "answerWithinSeconds": 3_600 }),
    )
}

/// The store's yes, or what takes its place.
pub(super) fn confirm() -> Step {
    Step::Call(
        "ConfirmOrder",
        json!({ "order": key(), "by": "SYSTEM", "readyInMinutes": null }),
    )
}

/// A PIX order that is paid, and that nobody was asked about yet.
pub(super) fn paid_order(config: &Value) -> World {
    let world = world("PIX", config);
    let steps = [
        accept(),
        request_payment(1, "PIX"),
        Step::Hear("evt_1", paid),
    ];
    run(&world, &steps);
    world
}

pub(super) fn close(reason: &str) -> Step {
    Step::Call(
        "CloseOrder",
        json!({ "order": key(), "reason": reason, "by": null }),
    )
}

/// An order that is paid in this way and turned down by its store: the refund that is due.
pub(super) fn refund_due(world: &World, method: &str) -> Value {
    let steps = [
        accept(),
        request_payment(1, method),
        Step::Hear("evt_1", paid),
        hand_over(),
        close("REJECTED"),
    ];
    let refund = run(world, &steps)[4]["refundDue"].clone();
    assert!(refund.is_object(), "{refund}");
    refund
}

fn yes(_: &World) -> NewsKind {
    NewsKind::StoreConfirmed {
        ready_in_minutes: Some(20),
    }
}

pub(super) fn cancel(_: &World) -> NewsKind {
    NewsKind::CancelRequested {
        by: Actor::Customer,
        reason: None,
    }
}

#[track_caller]
fn check_token(world: &World, position: usize, expected: &Value) {
    let state = world.workflows.token(&token(position, 0));
    assert_eq!(state, Some(TokenState::Succeeded(expected.clone())));
}

#[track_caller]
fn store_heard(world: &World) -> Vec<String> {
    let messages = world.queue.messages().into_iter();
    let bodies = messages.map(|message| serde_json::from_str::<Value>(&message.body).unwrap());
    bodies
        .map(|body| body["type"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn money_that_comes_before_the_token_completes_it_at_once() {
    let world = world("PIX", &json!({}));
    // The second asking is a retry of the first: its token is new, and the money came in between.
    let steps = [accept(), request_payment(1, "PIX")];
    run(&world, &steps);
    world.workflows.close_token(&token(1, 0));
    let steps = [
        Step::World(|_| ()),
        Step::World(|_| ()),
        Step::Hear("evt_1", paid),
        request_payment(1, "PIX"),
    ];
    run(&world, &steps);
    check_token(&world, 3, &json!({ "paid": { "newsId": "evt_1" } }));
    assert_eq!(world.provider.charges().len(), 1, "P5");
}

#[test]
fn money_told_twice_is_one_payment() {
    let world = world("PIX", &json!({}));
    let steps = [
        accept(),
        request_payment(1, "PIX"),
        Step::Hear("evt_1", paid),
        Step::Hear("evt_1", paid),
        Step::Hear("evt_2", paid),
        hand_over(),
        Step::Hear("evt_1", paid),
        Step::Hear("evt_3", paid),
    ];
    run(&world, &steps);
    check_token(&world, 1, &json!({ "paid": { "newsId": "evt_1" } }));
    let order = order(&world);
    assert_eq!(
        (order.paid_amount, order.payment_status()),
        (order.total, PaymentStatus::Paid)
    );
    assert!(world.workflows.started().is_empty(), "nothing goes back");
}

#[test]
fn a_store_that_answers_twice_is_heard_once() {
    let world = world("CASH", &json!({}));
    let steps = [
        accept(),
        hand_over(),
        Step::Hear("pos_1", yes),
        Step::Hear("pos_2", |_| NewsKind::StoreRejected { reason: None }),
        confirm(),
        Step::Hear("pos_1", yes),
    ];
    run(&world, &steps);
    check_token(&world, 1, &json!({ "confirmed": { "readyInMinutes": 20 } }));
    assert_eq!(order(&world).status(), OrderStatus::Confirmed);
}

#[test]
fn a_yes_after_the_end_is_told_the_end() {
    let world = world("CASH", &json!({}));
    let steps = [
        accept(),
        hand_over(),
        Step::World(|world| world.workflows.close_token(&token(1, 0))),
        close("UNANSWERED"),
        Step::Hear("pos_1", yes),
    ];
    let answers = run(&world, &steps);
    assert_eq!(answers.last(), Some(&json!("CarriedOut")));
    assert_eq!(order(&world).status(), OrderStatus::Cancelled);
    let expected = [
        "REMOTE_ORDER_RECEIVED",
        "ORDER_CANCELLED",
        "ORDER_DECISION_LATE",
    ];
    assert_eq!(store_heard(&world), expected);
}

#[test]
fn a_yes_at_the_very_moment_of_the_deadline_counts() {
    let world = world("CASH", &json!({}));
    let steps = [
        accept(),
        hand_over(),
        Step::World(|world| world.workflows.close_token(&token(1, 0))),
        Step::Hear("pos_1", yes),
        Step::Call("SettleStore", json!({ "order": key(), "atDeadline": true })),
    ];
    let answers = run(&world, &steps);
    let expected = json!({ "confirmed": { "readyInMinutes": 20, "by": null } });
    assert_eq!(answers.last(), Some(&expected));
}

/// Our word in somebody else's mouth: the step that is to read the news finds none, and decides nothing.
#[test]
fn news_that_is_not_there_ends_no_wait() {
    let world = world("CASH", &json!({ "autoConfirmationTimeout": 30 }));
    run(&world, &[accept(), hand_over()]);
    let settle = json!({ "order": key(), "atDeadline": false });
    let step = Step::Call("SettleStore", settle);
    let ports = world.ports();
    let error = block_on(step.take(&world, &ports, (2, 0))).expect_err("no news");
    assert_eq!(error.error_type, crate::registry::UNEXPECTED);
}

#[test]
fn a_cancel_before_the_hand_over_keeps_the_order_from_the_store() {
    let world = world("CASH", &json!({}));
    run(
        &world,
        &[accept(), Step::Hear("cancel_1", cancel), hand_over()],
    );
    check_token(&world, 2, &json!("news"));
    let settle = json!({ "order": key(), "atDeadline": false });
    let read = run(&world, &[Step::Call("SettleStore", settle)]);
    assert_eq!(read, [json!({ "cancelled": { "by": "CUSTOMER" } })]);
    assert!(store_heard(&world).is_empty());
}

#[test]
fn a_cancel_that_the_store_s_yes_overtook_still_comes_first() {
    let world = world("CASH", &json!({}));
    let steps = [
        accept(),
        hand_over(),
        Step::Hear("pos_1", yes),
        Step::Hear("cancel_1", cancel),
    ];
    run(&world, &steps);
    let ports = world.ports();
    let error = block_on(confirm().take(&world, &ports, (4, 0))).expect_err("called off");
    assert_eq!(error.error_type, "ConfirmOrderError.CalledOff");
    assert_eq!(order(&world).status(), OrderStatus::Pending);
}

#[test]
fn another_amount_is_no_payment_and_goes_back() {
    let world = world("PIX", &json!({}));
    let steps = [
        accept(),
        request_payment(1, "PIX"),
        Step::Hear("evt_1", |world| {
            let id = last_charge(world).charge.id;
            let amount = comanda_domain::money::Money::from_centavos(100);
            world.provider.pay(&id, amount);
            NewsKind::Paid {
                charge_id: id,
                amount,
            }
        }),
        close("AMOUNT_MISMATCH"),
    ];
    let answers = run(&world, &steps);
    check_token(
        &world,
        1,
        &json!({ "amountMismatch": { "newsId": "evt_1" } }),
    );
    let refund = &answers[3]["refundDue"];
    assert_eq!(
        (&refund["amount"], &refund["reason"]),
        (&json!(100), &json!("AMOUNT_MISMATCH"))
    );
}

#[test]
fn a_charge_that_another_replaced_and_is_paid_all_the_same_goes_back() {
    let world = world("CREDIT", &json!({}));
    let steps = [
        accept(),
        request_payment(1, "CREDIT"),
        Step::Hear("evt_1", |world| NewsKind::PaymentFailed {
            charge_id: last_charge(world).charge.id,
            reason: "CAPTURE_REFUSED".into(),
        }),
        Step::Ask(
            "OfferAnotherMethod",
            json!({ "order": key(), "attempt": 1, "reason": "CAPTURE_REFUSED" }),
        ),
        Step::Hear("choice_1", |_| NewsKind::MethodChosen {
            method: comanda_domain::order::PaymentMethod::Pix,
            attempt: 1,
        }),
        request_payment(2, "PIX"),
        Step::Hear("evt_2", paid),
        hand_over(),
        Step::Hear("evt_3", |world| {
            let first = world.provider.charges().remove(0).charge;
            world.provider.pay(&first.id, first.amount);
            NewsKind::Paid {
                charge_id: first.id,
                amount: first.amount,
            }
        }),
    ];
    run(&world, &steps);
    check_token(
        &world,
        1,
        &json!({ "failed": { "newsId": "evt_1", "reason": "CAPTURE_REFUSED" } }),
    );
    check_token(
        &world,
        3,
        &json!({ "methodChosen": { "newsId": "choice_1", "method": "PIX" } }),
    );
    check_token(&world, 5, &json!({ "paid": { "newsId": "evt_2" } }));
    let charges = world.provider.charges();
    assert_eq!((charges.len(), charges[0].charge.deleted), (2, true));
    let started = world.workflows.started();
    assert_eq!(started.len(), 1);
    assert_eq!(started[0].name, "pay_0000000000000001-whole");
    let order = order(&world);
    assert_eq!(
        (order.status(), order.payment_status()),
        (OrderStatus::Pending, PaymentStatus::Paid)
    );
}
