//! Money that is stuck or disputed is a state that everybody sees: the order says it, an alarm is raised with a person's next
//! step, and the alarm has its page in the runbook.

use comanda_domain::{
    exception::{Exception, ExceptionKind, ExceptionState},
    inbox::NewsKind,
    money::Money,
    order::{OrderStatus, PaymentStatus, WaitingFor},
    payment::{Charge, RefundIntent, RefundState},
    tables::{Row, from_item},
};
use serde_json::{Value, json};

use super::{
    fixture::{Step, call, key, last_charge, order, tenant, token, world},
    races::{accept, hand_over, paid, refund_due, request_payment, run},
};
use crate::{
    api,
    ports::ChargeStatus,
    registry::{InvocationError, invoke},
    testing::{World, block_on},
};

fn rows<R: Row>(world: &World) -> Vec<R> {
    let rows = world.store.rows(R::TABLE).into_iter();
    rows.map(|row| from_item(row).unwrap()).collect()
}

/// The alarm is open, and whoever asks is told the next step and the page, which is there.
#[track_caller]
fn is_alarmed(world: &World, kind: ExceptionKind, amount: Option<Money>) {
    let open: Vec<Exception> = rows::<Exception>(world)
        .into_iter()
        .filter(|exception| exception.state == ExceptionState::Open)
        .collect();
    let raised = open.iter().find(|exception| exception.kind == kind);
    let raised = raised.unwrap_or_else(|| panic!("{kind} is not raised: {open:?}"));
    assert_eq!(raised.order_id, Some(key().order_id));
    assert_eq!(raised.amount, amount);
    let told = block_on(api::exceptions(&world.ports(), &tenant())).body;
    let shown = told["open"].as_array().unwrap();
    let shown = shown.iter().find(|shown| shown["kind"] == kind.as_str());
    let shown = shown.unwrap_or_else(|| panic!("{kind} is not shown: {told:#}"));
    assert_eq!(shown["nextStep"], kind.next_step());
    let page = shown["runbook"].as_str().unwrap();
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../");
    let page = std::fs::read_to_string(format!("{root}{page}")).unwrap();
    assert!(page.contains(kind.as_str()) && page.contains("## What to do"));
}

/// What the order says to everybody.
#[track_caller]
fn says(world: &World, status: OrderStatus, payment: PaymentStatus) {
    let order = order(world);
    assert_eq!((order.status(), order.payment_status()), (status, payment));
}

fn ask(world: &World, task: &str, input: &Value) -> Result<Value, InvocationError> {
    let token = token(90, world.workflows.started().len());
    world.workflows.open_token(token.clone());
    block_on(invoke(&world.ports(), call(task, input, Some(token))))
}

/// A paid order that the store rejects: its money is owed. Answers the refund's input.
fn owed(method: &str) -> (World, Value) {
    let world = world(method, &json!({}));
    let request = refund_due(&world, method);
    (world, request)
}

fn gives_up(world: &World, reason: &str) {
    let call = json!({ "order": key(), "reason": reason });
    run(world, &[Step::Call("CallPerson", call)]);
}

#[test]
fn a_refund_that_the_balance_does_not_cover() {
    let (world, request) = owed("PIX");
    world.provider.set_spare_balance(Money::from_centavos(-199));
    let (error, _) = named(ask(&world, "RequestRefund", &request));
    assert_eq!(error, "RequestRefundError.Blocked");
    run(&world, &[Step::Call("MarkRefundBlocked", request.clone())]);
    let blocked = PaymentStatus::RefundBlocked;
    says(&world, OrderStatus::Cancelled, blocked);
    assert_eq!(rows::<RefundIntent>(&world)[0].state, RefundState::Blocked);
    is_alarmed(
        &world,
        ExceptionKind::RefundBlocked,
        Some(order(&world).total),
    );
    // Shown again with each try, raised once.
    run(&world, &[Step::Call("MarkRefundBlocked", request)]);
    assert_eq!(rows::<Exception>(&world).len(), 1);
}

fn named(answer: Result<Value, InvocationError>) -> (String, String) {
    let error = answer.expect_err("an error");
    (error.error_type, error.error_message)
}

/// F003 of the seeds: a card is CONFIRMED for a month before it is RECEIVED, and goes back all the same.
#[test]
fn a_card_that_goes_back_while_it_is_confirmed() {
    let (world, request) = owed("CREDIT");
    assert_eq!(last_charge(&world).charge.status, ChargeStatus::Paid);
    ask(&world, "RequestRefund", &request).expect("asked");
    let under_way = PaymentStatus::Refunding;
    says(&world, OrderStatus::Cancelled, under_way);
    assert_eq!(last_charge(&world).charge.status, ChargeStatus::Refunding);
    assert!(rows::<Exception>(&world).is_empty(), "nothing is wrong yet");
    // Its own alarm is that it takes too long.
    gives_up(&world, "REFUND_FAILED");
    let stuck = PaymentStatus::RefundBlocked;
    says(&world, OrderStatus::Cancelled, stuck);
    assert_eq!(order(&world).waiting_for, Some(WaitingFor::Person));
    is_alarmed(&world, ExceptionKind::RefundFailed, None);
}

#[test]
fn a_chargeback() {
    let (world, charge) = paid_card();
    let disputed: fn(&World) -> NewsKind = |world| {
        let charge = last_charge(world).charge;
        world
            .provider
            .set_status(&charge.id, ChargeStatus::Chargeback);
        NewsKind::ChargedBack {
            charge_id: charge.id,
            amount: charge.amount,
        }
    };
    run(&world, &[Step::Hear("evt_2", disputed)]);
    let order = order(&world);
    assert_eq!(order.payment_status(), PaymentStatus::Chargeback);
    is_alarmed(&world, ExceptionKind::Chargeback, Some(charge.amount));
}

/// An order on its way, paid by card.
fn paid_card() -> (World, Charge) {
    let world = world("CREDIT", &json!({}));
    let confirm = json!({ "order": key(), "by": null, "readyInMinutes": null });
    let steps = [
        accept(),
        request_payment(1, "CREDIT"),
        Step::Hear("evt_1", paid),
        hand_over(),
        Step::Call("ConfirmOrder", confirm),
    ];
    run(&world, &steps);
    let charge = rows::<Charge>(&world).remove(0);
    (world, charge)
}

#[test]
fn a_refund_that_the_provider_refuses() {
    let (world, request) = owed("PIX");
    ask(&world, "RequestRefund", &request).expect("asked");
    let charge = last_charge(&world).charge.id;
    world.provider.settle_refunds(&charge, false);
    let settled = run(&world, &[Step::Call("SettleRefund", request)]);
    assert_eq!(settled, [json!({ "denied": { "reason": "WITHDRAWN" } })]);
    gives_up(&world, "REFUND_DENIED");
    assert_eq!(order(&world).waiting_for, Some(WaitingFor::Person));
    is_alarmed(&world, ExceptionKind::RefundDenied, None);
}

/// SPEC §3.1: `waitingFor` says what an order that is over still waits for, until the money is back.
#[test]
fn an_order_that_ended_with_money_here_waits_for_the_refund() {
    let (rejected, request) = owed("PIX");
    let (cancelled, _) = paid_card();
    let report = json!({
        "order": key(), "status": "CANCELLED", "by": "CUSTOMER", "eventId": "cancel_1", "readyInMinutes": null,
    });
    let due = run(&cancelled, &[Step::Call("ApplyStatus", report)]);
    let due = due[0]["refundDue"]["refund"].clone();
    for (world, request) in [(rejected, request), (cancelled, due)] {
        assert_eq!(order(&world).waiting_for, Some(WaitingFor::Refund));
        run(&world, &[Step::Call("RecordRefund", request)]);
        says(&world, OrderStatus::Refunded, PaymentStatus::Refunded);
        assert_eq!(order(&world).waiting_for, None);
    }
}
