//! Money that is stuck or disputed is a state that everybody sees: the order says it, an alarm is raised with a person's next
//! step, and the alarm has its page in the runbook.

use comanda_domain::{
    exception::{Exception, ExceptionKind, ExceptionState},
    ids::ChargeId,
    inbox::NewsKind,
    money::Money,
    order::{Actor, OrderStatus, PaymentStatus, WaitingFor},
    payment::{Charge, RefundIntent, RefundState},
    tables::{Row, from_item},
};
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::{
    fixture::{Step, call, key, last_charge, order, tenant, token, world},
    races::{
        accept, close, confirm, hand_over, paid, paid_order, refund_due, request_payment, run,
    },
    reconciliation::sweep,
};
use crate::{
    api::{self, CancelRequest, CloseRequest, Shop, Which},
    ports::{Account, ChargeStatus, Environment},
    registry::{InvocationError, invoke},
    testing::{World, block_on},
};

fn rows<R: Row>(world: &World) -> Vec<R> {
    let rows = world.store.rows(R::TABLE).into_iter();
    rows.map(|row| from_item(&row).unwrap()).collect()
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
    let told = block_on(api::exceptions(
        &world.ports(),
        &tenant(),
        &Which::default(),
    ))
    .body;
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

/// Whoever asks and whoever awaits it reads at the charge that a person must authorise it first: that is seen at once.
#[test]
fn a_refund_that_waits_to_be_authorised() {
    for task in ["RequestRefund", "SettleRefund"] {
        let (world, request) = owed("PIX");
        ask(&world, "RequestRefund", &request).expect("asked");
        let charge = last_charge(&world).charge.id;
        world.provider.hold_refunds(&charge, true);
        if task == "RequestRefund" {
            ask(&world, task, &request).expect("asked once more");
        } else {
            let settled = run(&world, &[Step::Call(task, request.clone())]);
            assert_eq!(settled, [json!("pending")]);
        }
        let kind = ExceptionKind::RefundToAuthorise;
        is_alarmed(&world, kind, Some(order(&world).total));
        assert_eq!(last_charge(&world).charge.refunds.len(), 1);
        swept(&world);
        assert_eq!(told(&world, kind)[0].0, "open");
        world.provider.hold_refunds(&charge, false);
        world.provider.settle_refunds(&charge, true);
        run(&world, &[Step::Call("RecordRefund", request)]);
        is_over(&world, kind);
    }
}

/// Its execution was stopped while the provider held it: it may be authorised yet, but nobody awaits it for ever.
#[test]
fn a_refund_that_is_held_and_that_nobody_awaits_is_a_persons_in_the_end() {
    let (world, request) = owed("PIX");
    ask(&world, "RequestRefund", &request).expect("asked");
    swept(&world);
    let charge = last_charge(&world).charge.id;
    world.provider.hold_refunds(&charge, true);
    let intent = rows::<RefundIntent>(&world).remove(0);
    world.workflows.end("refund", &intent.execution_name());
    swept(&world);
    let held = told(&world, ExceptionKind::RefundToAuthorise);
    assert_eq!(held[0].0, "open");
    assert_eq!(told(&world, ExceptionKind::RefundFailed), []);
    let longest = i64::from(comanda_workflows::refund::LONGEST_SECONDS);
    world.clock.advance(SignedDuration::from_secs(longest));
    swept(&world);
    is_alarmed(
        &world,
        ExceptionKind::RefundFailed,
        Some(order(&world).total),
    );
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
pub(super) fn paid_card() -> (World, Charge) {
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

/// What a person is told of an alarm by our own API: in which of its lists it is, and the detail.
fn told(world: &World, kind: ExceptionKind) -> Vec<(&'static str, String)> {
    let told = block_on(api::exceptions(
        &world.ports(),
        &tenant(),
        &Which::default(),
    ))
    .body;
    let in_list = |list: &'static str| {
        let shown = told[list].as_array().unwrap().iter();
        let shown = shown.filter(|shown| shown["kind"] == kind.as_str());
        shown
            .map(|shown| (list, shown["detail"].as_str().unwrap().to_owned()))
            .collect::<Vec<_>>()
    };
    ["open", "healed", "closed"].map(in_list).concat()
}

/// Closes an alarm as `comanda reconcile --close` does.
fn closes(world: &World, kind: ExceptionKind, subject: &str) -> (u16, Value) {
    let request = CloseRequest {
        kind,
        subject_id: subject.to_owned(),
        notes: "feito no painel".to_owned(),
    };
    let answer = block_on(api::close_exception(&world.ports(), &tenant(), &request));
    (answer.status, answer.body["closed"].clone())
}

/// Later than whatever an index may not have yet.
fn swept(world: &World) {
    world.clock.advance(SignedDuration::from_mins(10));
    sweep(world);
}

#[track_caller]
fn is_over(world: &World, kind: ExceptionKind) {
    swept(world);
    let over = ("closed", "what raised it is over".to_owned());
    assert_eq!(told(world, kind), [over]);
}

/// Gives money back in the provider's panel, where nobody writes our id beside it.
fn in_the_panel(world: &World, charge: &ChargeId, amount: Money) {
    let account = Account {
        environment: Environment::Local,
        api_key: "key".into(),
    };
    let provider = world.ports().provider;
    block_on(provider.refund(&account, charge, amount, "pelo painel")).unwrap();
    world.provider.settle_refunds(charge, true);
}

fn refunded(world: &World) -> NewsKind {
    let truth = last_charge(world);
    NewsKind::Refunded {
        charge_id: truth.charge.id,
        refunded: truth.refunded,
        charged: Some(truth.captured),
    }
}

/// The runbook: the account is topped up, and the next try goes through.
#[test]
fn a_blocked_refund_goes_through_when_the_account_is_topped_up() {
    let (world, request) = owed("PIX");
    world.provider.set_spare_balance(Money::from_centavos(-199));
    ask(&world, "RequestRefund", &request).expect_err("blocked");
    run(&world, &[Step::Call("MarkRefundBlocked", request.clone())]);
    swept(&world);
    assert_eq!(told(&world, ExceptionKind::RefundBlocked)[0].0, "open");
    world.provider.top_up("key", Money::from_centavos(199));
    world.clock.advance(SignedDuration::from_mins(5));
    ask(&world, "RequestRefund", &request).expect("asked");
    let charge = last_charge(&world).charge.id;
    world.provider.settle_refunds(&charge, true);
    run(&world, &[Step::Call("RecordRefund", request)]);
    says(&world, OrderStatus::Refunded, PaymentStatus::Refunded);
    is_over(&world, ExceptionKind::RefundBlocked);
}

/// The runbook: refunded in the provider's panel, and recorded by its webhook or by the next sweep.
#[test]
fn a_refund_that_a_person_made_in_the_panel_is_recorded() {
    for by_webhook in [true, false] {
        let (world, _) = owed("PIX");
        swept(&world);
        gives_up(&world, "REFUND_FAILED");
        is_alarmed(&world, ExceptionKind::RefundFailed, None);
        let charge = last_charge(&world).charge;
        let intent = rows::<RefundIntent>(&world).remove(0);
        world.workflows.end("refund", &intent.execution_name());
        in_the_panel(&world, &charge.id, charge.amount);
        if by_webhook {
            run(&world, &[Step::Hear("evt_9", refunded)]);
        } else {
            swept(&world);
        }
        says(&world, OrderStatus::Refunded, PaymentStatus::Refunded);
        assert_eq!(order(&world).waiting_for, None);
        is_over(&world, ExceptionKind::RefundFailed);
    }
}

/// It went back in another way, which nothing of ours can see: the person says so, once, and no sweep asks again.
#[test]
fn a_refund_that_a_person_is_done_with_is_closed_by_them() {
    let (world, _) = owed("PIX");
    swept(&world);
    gives_up(&world, "REFUND_FAILED");
    let intent = rows::<RefundIntent>(&world).remove(0);
    world.workflows.end("refund", &intent.execution_name());
    let kind = ExceptionKind::RefundFailed;
    assert_eq!(closes(&world, kind, "order_2").0, 404);
    assert_eq!(closes(&world, kind, "order_1"), (200, json!(true)));
    assert_eq!(closes(&world, kind, "order_1"), (200, json!(false)));
    for _ in 0..2 {
        swept(&world);
        let closed = ("closed", "feito no painel".to_owned());
        assert_eq!(told(&world, kind), [closed]);
    }
}

/// AWS frees an execution's name after 90 days, so starting it again says nothing any more of what a person did meanwhile.
#[test]
fn a_refund_that_was_given_up_is_not_asked_for_when_its_name_is_free_again() {
    let (world, _) = owed("CREDIT");
    swept(&world);
    gives_up(&world, "REFUND_DENIED");
    let intent = rows::<RefundIntent>(&world).remove(0);
    let name = intent.execution_name();
    world.workflows.end("refund", &name);
    closes(&world, ExceptionKind::RefundDenied, "order_1");
    world.clock.advance(SignedDuration::from_hours(91 * 24));
    world.workflows.forget("refund", &name);
    swept(&world);
    let started = world.workflows.started();
    assert!(started.iter().all(|execution| execution.name != name));
    let closed = ("closed", "feito no painel".to_owned());
    assert_eq!(told(&world, ExceptionKind::RefundDenied), [closed]);
}

/// The runbook: nothing is to be done, because what came in goes back by itself.
#[test]
fn another_amount_needs_nobody_when_it_is_back() {
    let world = world("PIX", &json!({}));
    let one_real = |world: &World| {
        let (charge_id, amount) = (last_charge(world).charge.id, Money::from_centavos(100));
        world.provider.pay(&charge_id, amount);
        NewsKind::Paid { charge_id, amount }
    };
    let steps = [
        accept(),
        request_payment(1, "PIX"),
        Step::Hear("evt_1", one_real),
        close("AMOUNT_MISMATCH"),
    ];
    let request = run(&world, &steps)[3]["refundDue"].clone();
    let amount = Some(Money::from_centavos(100));
    is_alarmed(&world, ExceptionKind::AmountMismatch, amount);
    swept(&world);
    let kind = ExceptionKind::AmountMismatch;
    assert_eq!(told(&world, kind)[0].0, "open", "it is still here");
    ask(&world, "RequestRefund", &request).expect("asked");
    let charge = last_charge(&world).charge.id;
    world.provider.settle_refunds(&charge, true);
    run(&world, &[Step::Call("RecordRefund", request)]);
    is_over(&world, kind);
}

/// The runbook: whoever gave a part back in the panel meant it, or the order is cancelled and the rest goes back too.
#[test]
fn a_part_that_went_back_in_the_panel_is_closed_or_followed_by_the_rest() {
    let kind = ExceptionKind::PartialRefund;
    let part = Money::from_centavos(500);
    for cancels in [false, true] {
        let world = paid_order(&json!({ "requiresConfirmation": false }));
        run(&world, &[confirm()]);
        let charge = last_charge(&world).charge;
        in_the_panel(&world, &charge.id, part);
        run(&world, &[Step::Hear("evt_2", refunded)]);
        is_alarmed(&world, kind, Some(part));
        let paid_in_part = PaymentStatus::PartiallyRefunded;
        says(&world, OrderStatus::Confirmed, paid_in_part);
        if cancels {
            let shop = Shop::parse("sabor", "centro").unwrap();
            let wish = CancelRequest {
                by: Actor::Operator,
                reason: Some("o cliente desistiu".to_owned()),
            };
            let answer = block_on(api::cancel_order(&world.ports(), &shop, "order_1", wish));
            assert_eq!(answer.status, 202, "{:#}", answer.body);
            let report = world.workflows.started().pop().unwrap();
            assert_eq!(report.workflow, "order-status");
            let due = run(&world, &[Step::Call("ApplyStatus", report.input)]).remove(0);
            let request = due["refundDue"]["refund"].clone();
            let rest = charge.amount.checked_sub(part).unwrap();
            assert_eq!(request["amount"], json!(rest));
            ask(&world, "RequestRefund", &request).expect("asked");
            world.provider.settle_refunds(&charge.id, true);
            run(&world, &[Step::Call("RecordRefund", request)]);
            says(&world, OrderStatus::Refunded, PaymentStatus::Refunded);
        }
        swept(&world);
        assert_eq!(told(&world, kind)[0].0, "open", "nobody said why");
        assert_eq!(closes(&world, kind, charge.id.as_str()), (200, json!(true)));
        swept(&world);
        let closed = ("closed", "feito no painel".to_owned());
        assert_eq!(told(&world, kind), [closed]);
        let ended = order(&world).status() == OrderStatus::Refunded;
        assert_eq!(ended, cancels, "the order goes on");
    }
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
