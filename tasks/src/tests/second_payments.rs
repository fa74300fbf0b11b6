//! Money beside an order's own payment: a second charge, one of an order that is paid at the door, one that stays payable. Each
//! goes back, is seen until it is back, and leaves the order alone.

use std::sync::Arc;

use comanda_domain::{
    exception::{Exception, ExceptionKind as Kind, ExceptionState as State},
    ids::{ChargeId, OrderKey},
    inbox::NewsKind,
    money::Money,
    order::{Order, OrderStatus, PaymentMethod, PaymentStatus, WaitingFor},
    payment::{RefundIntent, RefundState},
};
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::{
    fixture::{CUSTOMER, Step, call, key, last_charge, order, tenant, token, world},
    found::before,
    races::{
        accept, close as end, confirm, hand_over, paid, paid_order, refund_due, request_payment,
        run,
    },
    reconciliation::{exceptions, rows, start_order, sweep, sweep_through},
};
use crate::{
    casefile::refund_request,
    orders::before_person::{Cause, put_before_person},
    ports::{
        ChargeMethod, ChargeStatus, Clock as _,
        intercept::{Call, Fate, Interceptor, ProviderCall, intercepted},
    },
    raise::{Closed, close},
    registry::{OUTAGE, invoke},
    testing::{ChargeTruth, TokenState, World, block_on},
};

fn beside() -> ChargeId {
    ChargeId::new("pay_beside").unwrap()
}

/// Made in the provider's panel with the order's id as its reference, and paid.
fn paid_beside(world: &World) -> NewsKind {
    let (charge_id, amount) = (beside(), order(world).total);
    world
        .provider
        .receive_foreign(&charge_id, amount, Some("order_1"));
    NewsKind::Paid { charge_id, amount }
}

fn intent(world: &World) -> RefundIntent {
    rows::<RefundIntent>(world).remove(0)
}

fn request(world: &World) -> Value {
    json!(refund_request(&intent(world)))
}

fn minutes(world: &World, minutes: i64) {
    world.clock.advance(SignedDuration::from_mins(minutes));
}

/// Confirmed and paid, and paid once more: the second payment's refund is owed.
fn paid_twice() -> World {
    let world = world("PIX", &json!({ "requiresConfirmation": false }));
    start_order(&world);
    let steps = [
        accept(),
        request_payment(1, "PIX"),
        Step::Hear("evt_1", paid),
        confirm(),
        Step::Hear("evt_2", paid_beside),
    ];
    run(&world, &steps);
    assert_eq!(intent(&world).charge_id, beside());
    world
}

#[test]
fn a_blocked_refund_of_a_second_payment_is_alarmed_until_it_goes_on() {
    let world = paid_twice();
    let blocked = Step::Call("MarkRefundBlocked", request(&world));
    run(&world, &[blocked]);
    assert_eq!(order(&world).payment_status(), PaymentStatus::Paid);
    minutes(&world, 10);
    sweep(&world);
    assert_eq!(exceptions(&world), [(Kind::RefundBlocked, State::Open)]);
    run(&world, &[Step::Ask("RequestRefund", request(&world))]);
    assert_eq!(intent(&world).state, RefundState::Requested);
    sweep(&world);
    assert_eq!(exceptions(&world), [(Kind::RefundBlocked, State::Closed)]);
}

#[test]
fn a_denied_refund_is_alarmed_though_the_order_goes_on() {
    let world = paid_twice();
    let denied = json!({ "order": key(), "reason": "REFUND_DENIED", "refund": request(&world) });
    let prepared = json!({
        "order": key(), "status": "PREPARING", "by": "RESTAURANT", "reason": null, "eventId": "pos-1",
        "readyInMinutes": null,
    });
    run(
        &world,
        &[
            Step::Call("CallPerson", denied),
            Step::Call("ApplyStatus", prepared),
        ],
    );
    assert_eq!(order(&world).waiting_for, None);
    minutes(&world, 10);
    sweep(&world);
    assert_eq!(exceptions(&world), [(Kind::RefundDenied, State::Open)]);
}

#[test]
fn a_second_cause_is_raised_though_a_person_has_the_order_already() {
    let world = paid_twice();
    let call = |reason: &str, refund: &Value| {
        let call = json!({ "order": key(), "reason": reason, "refund": refund });
        Step::Call("CallPerson", call)
    };
    let request = request(&world);
    let steps = [
        call("UNEXPECTED", &Value::Null),
        call("REFUND_DENIED", &request),
        // As the order's own workflow calls, after that of the refund did.
        call("REFUND_FAILED", &Value::Null),
    ];
    run(&world, &steps);
    let both = [
        (Kind::UnexpectedFailure, State::Open),
        (Kind::RefundDenied, State::Open),
    ];
    assert_eq!(exceptions(&world), both);
    let calls = order(&world).status_history().len();
    // What a person has closed is not opened again by each sweep, which finds the refund as it is.
    world
        .workflows
        .end("refund", &intent(&world).execution_name());
    let ports = world.ports();
    let of = (&tenant(), "order_1", Kind::RefundDenied);
    let closed = block_on(close(&ports, of, "transferred", world.clock.now()));
    assert_eq!(closed.unwrap(), Closed::Now);
    minutes(&world, 10);
    sweep(&world);
    let after = [
        (Kind::UnexpectedFailure, State::Open),
        (Kind::RefundDenied, State::Closed),
    ];
    assert_eq!(exceptions(&world), after);
    assert_eq!(order(&world).status_history().len(), calls);
}

/// The order is as it was, and the money is owed: what was paid at the door is not told by a charge.
#[track_caller]
fn is_owed_and_nothing_else(world: &World, status: OrderStatus, waiting: Option<WaitingFor>) {
    let order: Order = order(world);
    assert_eq!((order.status(), order.waiting_for), (status, waiting));
    assert_eq!(
        (order.payment_id.clone(), order.payment_status()),
        (None, PaymentStatus::NotApplicable)
    );
    assert_eq!(intent(world).amount, order.total);
    let started = world.workflows.started();
    let refund = intent(world).execution_name();
    assert!(started.iter().any(|execution| execution.name == refund));
}

#[test]
fn online_money_for_an_order_that_is_paid_at_the_door_goes_back_at_once() {
    let world = world("CASH", &json!({ "refundUnconfirmedOrders": false }));
    let steps = [accept(), hand_over(), Step::Hear("evt_1", paid_beside)];
    run(&world, &steps);
    is_owed_and_nothing_else(&world, OrderStatus::Pending, Some(WaitingFor::Store));
    let close = json!({ "order": key(), "reason": "UNANSWERED", "by": null });
    let closed = run(&world, &[Step::Call("CloseOrder", close)]);
    assert_eq!(closed, [json!("cancelled")], "and nobody is asked about it");
}

/// Kept by a version that left it to the workflow: the confirmation owes it.
#[test]
fn online_money_that_lies_unheard_is_no_payment_at_the_door() {
    let world = world("CASH", &json!({ "requiresConfirmation": false }));
    let unheard = |world: &World| {
        let kind = paid_beside(world);
        let news = super::fixture::news(world, "evt_1", kind);
        let item = comanda_domain::tables::to_item(&news).unwrap();
        world.store.seed(&comanda_domain::tables::INBOX, item);
    };
    run(&world, &[accept(), Step::World(unheard), confirm()]);
    is_owed_and_nothing_else(&world, OrderStatus::Confirmed, None);
}

/// The charge that the customer was last told of was paid with more, and the one before it, which was deleted, with what it says.
#[test]
fn of_two_payments_the_one_of_the_right_amount_pays() {
    let world = world("PIX", &json!({ "requiresConfirmation": false }));
    let both = |world: &World| {
        let charges = world.provider.charges().into_iter();
        for (truth, (id, more)) in charges.zip([("evt_1", 0), ("evt_2", 500)]) {
            let charge = truth.charge;
            let amount = Money::from_centavos(charge.amount.centavos() + more);
            world.provider.pay(&charge.id, amount);
            let charge_id = charge.id;
            let news = super::fixture::news(world, id, NewsKind::Paid { charge_id, amount });
            let item = comanda_domain::tables::to_item(&news).unwrap();
            world.store.seed(&comanda_domain::tables::INBOX, item);
        }
    };
    let steps = [
        accept(),
        request_payment(1, "PIX"),
        Step::Hear("choice_1", |_| NewsKind::MethodChosen {
            method: PaymentMethod::Credit,
            attempt: 1,
        }),
        request_payment(2, "CREDIT"),
        Step::World(both),
        confirm(),
    ];
    run(&world, &steps);
    let first = world.provider.charges().remove(0).charge.id;
    let order: Order = order(&world);
    assert_eq!(order.status(), OrderStatus::Confirmed);
    assert_eq!(order.payment_id, Some(first.clone()));
    let owed = intent(&world);
    assert_ne!(owed.charge_id, first);
    assert_eq!(owed.amount.centavos(), order.total.centavos() + 500);
}

#[test]
fn an_order_that_is_cooked_is_not_over_because_other_money_went_back() {
    let world = world("CASH", &json!({ "requiresConfirmation": false }));
    run(
        &world,
        &[accept(), confirm(), Step::Hear("evt_1", paid_beside)],
    );
    let refunded = Step::Call("RecordRefund", request(&world));
    run(&world, &[refunded]);
    assert_eq!(intent(&world).state, RefundState::Done);
    assert_eq!(order(&world).status(), OrderStatus::Confirmed);
}

/// The order was to be paid at the door, and what came in online is another amount: what is told is what went back.
#[test]
fn a_cancelled_order_is_told_what_went_back_of_it() {
    let world = world("CASH", &json!({ "requiresConfirmation": false }));
    let twenty_beside = |world: &World| {
        let (charge_id, amount) = (beside(), Money::from_centavos(2_000));
        world
            .provider
            .receive_foreign(&charge_id, amount, Some("order_1"));
        NewsKind::Paid { charge_id, amount }
    };
    let cancelled = json!({
        "order": key(), "status": "CANCELLED", "by": "RESTAURANT", "eventId": "pos-1", "readyInMinutes": null,
    });
    let steps = [
        accept(),
        confirm(),
        Step::Hear("evt_1", twenty_beside),
        Step::Call("ApplyStatus", cancelled),
    ];
    run(&world, &steps);
    run(&world, &[Step::Call("RecordRefund", request(&world))]);
    assert_eq!(order(&world).status(), OrderStatus::Refunded);
    let told = world.channel.texts(CUSTOMER).pop().unwrap();
    assert!(told.contains("R$ 20,00 foi reembolsado"), "{told}");
}

/// Attempt 1 is held by the bank and cannot be deleted; its money comes after attempt 2 was made.
#[test]
fn what_is_payable_beside_a_paid_charge_is_taken_back() {
    let world = world("PIX", &json!({ "requiresConfirmation": false }));
    start_order(&world);
    let held = |world: &World| {
        let charge = last_charge(world).charge.id;
        world.provider.set_status(&charge, ChargeStatus::Held);
    };
    let chosen = |_: &World| NewsKind::MethodChosen {
        method: PaymentMethod::Credit,
        attempt: 1,
    };
    let first_is_paid = |world: &World| {
        let first = world.provider.charges().remove(0).charge;
        world.provider.pay(&first.id, first.amount);
        NewsKind::Paid {
            charge_id: first.id,
            amount: first.amount,
        }
    };
    let steps = [
        accept(),
        request_payment(1, "PIX"),
        Step::World(held),
        Step::Hear("choice_1", chosen),
        request_payment(2, "CREDIT"),
        Step::Hear("evt_1", first_is_paid),
        confirm(),
    ];
    run(&world, &steps);
    assert_eq!(
        world.workflows.token(&token(4, 0)),
        Some(TokenState::Succeeded(
            json!({ "paid": { "newsId": "evt_1" } })
        ))
    );
    assert!(!last_charge(&world).charge.deleted);
    minutes(&world, 60);
    sweep(&world);
    assert!(last_charge(&world).charge.deleted);
    assert_eq!(
        rows::<Exception>(&world)[0].detail,
        "a charge that nobody waits for could still be paid; it was taken back"
    );
}

/// The provider lets no charge go.
struct KeepsCharges;

impl Interceptor for KeepsCharges {
    fn fate(&self, call: &Call<'_>) -> Fate {
        match call {
            Call::Provider(ProviderCall::DeleteCharge) => Fate::Refused,
            _ => Fate::Proceed,
        }
    }
}

fn payable(world: &World) -> usize {
    let charges = world.provider.charges();
    let pending = |truth: &&ChargeTruth| !truth.charge.deleted;
    charges.iter().filter(pending).count()
}

/// P5: at most one charge of an order can be paid.
#[test]
fn no_charge_is_made_beside_one_that_the_provider_does_not_let_go() {
    let world = world("CREDIT", &json!({}));
    let chosen = |_: &World| NewsKind::MethodChosen {
        method: PaymentMethod::Pix,
        attempt: 1,
    };
    let steps = [
        accept(),
        request_payment(1, "CREDIT"),
        Step::Hear("choice_1", chosen),
    ];
    run(&world, &steps);
    let keeping = intercepted(&world.ports(), Arc::new(KeepsCharges));
    let again = request_payment(2, "PIX");
    let refused = block_on(again.take(&world, &keeping, (3, 0))).unwrap_err();
    assert_eq!(refused.error_type, OUTAGE, "it is tried again");
    assert_eq!(payable(&world), 1);
    block_on(again.take(&world, &world.ports(), (3, 1))).unwrap();
    assert_eq!(payable(&world), 1);
    assert_eq!(last_charge(&world).charge.method, ChargeMethod::Pix);
}

/// What the sweep could not take back it does not call taken back.
#[test]
fn a_charge_that_the_provider_does_not_let_go_is_taken_back_by_a_later_sweep() {
    let world = world("PIX", &json!({}));
    start_order(&world);
    let keeping = intercepted(&world.ports(), Arc::new(KeepsCharges));
    run(&world, &[accept(), request_payment(1, "PIX")]);
    block_on(end("PAYMENT_EXPIRED").take(&world, &keeping, (2, 0))).unwrap();
    assert_eq!(order(&world).status(), OrderStatus::Cancelled);
    minutes(&world, 60);
    sweep_through(&keeping);
    assert_eq!((payable(&world), rows::<Exception>(&world).len()), (1, 0));
    sweep(&world);
    assert_eq!((payable(&world), rows::<Exception>(&world).len()), (0, 1));
}

/// Another amount than the order's came in beside its payment. It is back, and the order goes on with its own.
#[test]
fn another_amount_beside_the_payment_needs_nobody_when_it_is_back() {
    let world = paid_order(&json!({}));
    let twenty = |world: &World| {
        let (charge_id, amount) = (beside(), Money::from_centavos(2_000));
        let provider = &world.provider;
        provider.receive_foreign(&charge_id, amount, Some("order_1"));
        NewsKind::Paid { charge_id, amount }
    };
    run(&world, &[hand_over(), Step::Hear("evt_2", twenty)]);
    minutes(&world, 1);
    sweep(&world);
    assert_eq!(exceptions(&world), [(Kind::AmountMismatch, State::Open)]);
    let refunded = Step::Call("RecordRefund", request(&world));
    run(
        &world,
        &[Step::Ask("RequestRefund", request(&world)), refunded],
    );
    world.provider.settle_refunds(&beside(), true);
    sweep(&world);
    assert_eq!(order(&world).payment_status(), PaymentStatus::Paid);
    assert_eq!(exceptions(&world), [(Kind::AmountMismatch, State::Closed)]);
}

fn of_own(world: &World) -> ChargeId {
    order(world).payment_id.unwrap()
}

fn disputed(world: &World, charge_id: ChargeId) -> NewsKind {
    let amount = order(world).total;
    NewsKind::ChargedBack { charge_id, amount }
}

/// What the bank takes back is not what the order was paid with: its own payment is as it was.
#[test]
fn a_dispute_about_a_second_payment_is_none_about_the_order() {
    let world = paid_twice();
    let steps = [Step::Hear("evt_3", |world| disputed(world, beside()))];
    run(&world, &steps);
    assert_eq!(order(&world).payment_status(), PaymentStatus::Paid);
    assert_eq!(order(&world).waiting_for, None);
    assert_eq!(exceptions(&world), [(Kind::Chargeback, State::Open)]);
    let steps = [Step::Hear("evt_4", |world| disputed(world, of_own(world)))];
    run(&world, &steps);
    assert_eq!(order(&world).payment_status(), PaymentStatus::Chargeback);
    assert_eq!(order(&world).waiting_for, Some(WaitingFor::Person));
}

/// Whatever the order's status says: that a refund is stuck is seen, and told.
#[test]
fn a_refund_that_is_blocked_is_alarmed_though_its_charge_is_disputed() {
    let world = world("PIX", &json!({}));
    let refund = refund_due(&world, "PIX");
    let steps = [Step::Hear("evt_2", |world| disputed(world, of_own(world)))];
    run(&world, &steps);
    assert_eq!(order(&world).payment_status(), PaymentStatus::Chargeback);
    run(&world, &[Step::Call("MarkRefundBlocked", refund)]);
    assert_eq!(intent(&world).state, RefundState::Blocked);
    assert!(exceptions(&world).contains(&(Kind::RefundBlocked, State::Open)));
}

/// It is over, and the customer's money is still here: that is what it waits for, whichever payment it was.
#[test]
fn an_order_that_ends_waits_for_the_refund_of_other_money() {
    let cancelled = || {
        Step::Call(
            "ApplyStatus",
            json!({
                "order": key(), "status": "CANCELLED", "by": "RESTAURANT", "eventId": "pos-1", "readyInMinutes": null,
            }),
        )
    };
    let by_workflow = world("CASH", &json!({}));
    let by_report = world("CASH", &json!({ "requiresConfirmation": false }));
    let steps = |before: Step, end: Step| [accept(), before, Step::Hear("evt_1", paid_beside), end];
    run(&by_workflow, &steps(hand_over(), end("REJECTED")));
    run(&by_report, &steps(confirm(), cancelled()));
    for world in [by_workflow, by_report] {
        is_owed_and_nothing_else(&world, OrderStatus::Cancelled, Some(WaitingFor::Refund));
        let refunded = Step::Call("RecordRefund", request(&world));
        run(&world, &[refunded]);
        let order = order(&world);
        assert_eq!(
            (order.status(), order.waiting_for),
            (OrderStatus::Refunded, None)
        );
    }
}

/// Paid, and paid once more while its store is asked.
fn asked_and_paid_twice() -> World {
    let world = paid_order(&json!({}));
    run(&world, &[hand_over(), Step::Hear("evt_2", paid_beside)]);
    world
}

/// The order waits for its store, and goes on doing so: only the other money is stuck, whatever it is that stops it.
#[test]
fn a_second_payment_s_refund_that_stops_leaves_the_order_to_its_store() {
    for (reason, kind, state) in [
        ("REFUND_DENIED", Kind::RefundDenied, RefundState::Denied),
        ("REFUND_FAILED", Kind::RefundFailed, RefundState::Intended),
        ("UNEXPECTED", Kind::UnexpectedFailure, RefundState::Intended),
    ] {
        let world = asked_and_paid_twice();
        let (before, told) = (order(&world), world.channel.texts(CUSTOMER).len());
        let stopped = json!({ "order": key(), "reason": reason, "refund": request(&world) });
        run(&world, &[Step::Call("CallPerson", stopped)]);
        let after = order(&world);
        assert_eq!(intent(&world).state, state);
        assert_eq!(after.waiting_for, Some(WaitingFor::Store), "{reason}");
        assert_eq!(after.wait, before.wait);
        assert_eq!(after.payment_status(), PaymentStatus::Paid);
        assert_eq!(world.channel.texts(CUSTOMER).len(), told);
        assert_eq!(exceptions(&world), [(kind, State::Open)]);
    }
}

/// What its own workflow could not say is found by the sweep.
#[test]
fn a_second_payment_s_refund_whose_workflow_has_ended_leaves_the_order_to_its_store() {
    let world = asked_and_paid_twice();
    let before = order(&world);
    world
        .workflows
        .end("refund", &intent(&world).execution_name());
    minutes(&world, 10);
    sweep(&world);
    let after = order(&world);
    assert_eq!(
        (after.waiting_for, after.wait),
        (Some(WaitingFor::Store), before.wait)
    );
    assert_eq!(exceptions(&world), [(Kind::RefundFailed, State::Open)]);
}

/// Another charge that names the order.
fn paid_once_more(world: &World) -> ChargeId {
    let paid = |world: &World| {
        let (charge_id, amount) = (ChargeId::new("pay_third").unwrap(), order(world).total);
        let provider = &world.provider;
        provider.receive_foreign(&charge_id, amount, Some("order_1"));
        NewsKind::Paid { charge_id, amount }
    };
    run(world, &[Step::Hear("evt_3", paid)]);
    ChargeId::new("pay_third").unwrap()
}

/// A person who closed the alarm of one refund has seen that one. Another's, which was owed already and stops without a word later,
/// is raised; once, and until a person is done with that too.
#[test]
fn a_refund_that_stops_after_a_person_was_done_with_another_is_seen() {
    let world = paid_twice();
    let third = paid_once_more(&world);
    let of = |charge: &ChargeId| {
        let mut all = rows::<RefundIntent>(&world).into_iter();
        all.find(|intent| intent.charge_id == *charge).unwrap()
    };
    let stops = |charge: &ChargeId| {
        let name = of(charge).execution_name();
        world.workflows.end("refund", &name);
    };
    let closes = || {
        let (tenant, now) = (tenant(), world.clock.now());
        let alarm = (&tenant, "order_1", Kind::RefundFailed);
        let closed = block_on(close(&world.ports(), alarm, "transferred", now));
        assert_eq!(closed, Ok(Closed::Now));
    };
    let first = json!(refund_request(&of(&beside())));
    let failed = json!({ "order": key(), "reason": "REFUND_FAILED", "refund": first });
    run(&world, &[Step::Call("CallPerson", failed)]);
    stops(&beside());
    closes();
    minutes(&world, 10);
    sweep(&world);
    assert_eq!(exceptions(&world), [(Kind::RefundFailed, State::Closed)]);
    let second = json!(refund_request(&of(&third)));
    run(&world, &[Step::Ask("RequestRefund", second)]);
    world.provider.settle_refunds(&third, false);
    stops(&third);
    minutes(&world, 10);
    assert_eq!([sweep(&world).raised, sweep(&world).raised], [1, 0]);
    assert_eq!(exceptions(&world), [(Kind::RefundFailed, State::Open)]);
    closes();
    minutes(&world, 10);
    assert_eq!(sweep(&world).raised, 0);
    assert_eq!(exceptions(&world), [(Kind::RefundFailed, State::Closed)]);
}

/// A person gave it back in another way and closed the alarm: neither the order's end nor a later sweep opens it again.
#[test]
fn a_denied_refund_that_a_person_is_done_with_stays_done() {
    let world = asked_and_paid_twice();
    let denied = json!({ "order": key(), "reason": "REFUND_DENIED", "refund": request(&world) });
    run(&world, &[Step::Call("CallPerson", denied)]);
    let (tenant, now) = (tenant(), world.clock.now());
    let of = (&tenant, "order_1", Kind::RefundDenied);
    assert_eq!(
        block_on(close(&world.ports(), of, "transferred", now)),
        Ok(Closed::Now)
    );
    run(&world, &[end("REJECTED")]);
    let denied = rows::<RefundIntent>(&world)
        .into_iter()
        .find(|intent| intent.state == RefundState::Denied);
    let cause = Cause {
        kind: Kind::RefundDenied,
        detail: "its workflow has ended, and the money is not back",
        notes: "O reembolso parou: uma pessoa verifica",
        refund: denied.as_ref().map(refund_request),
        is_told_once: false,
    };
    let asked = order(&world);
    let asked = OrderKey {
        client_id: asked.client_id,
        store_id: asked.store_id,
        order_id: asked.order_id,
    };
    block_on(put_before_person(&world.ports(), &asked, &cause, |_| true)).unwrap();
    assert_eq!(exceptions(&world), [(Kind::RefundDenied, State::Closed)]);
    assert_eq!(order(&world).waiting_for, Some(WaitingFor::Refund));
}

/// Its refund was recorded by another after whoever calls a person had looked: before the call, or in the middle of it.
#[test]
fn a_refund_that_is_done_calls_nobody() {
    for reason in ["REFUND_DENIED", "REFUND_FAILED", "UNEXPECTED"] {
        for is_in_the_middle in [false, true] {
            let world = asked_and_paid_twice();
            let request = request(&world);
            let recorded = Step::Call("RecordRefund", request.clone());
            let late = json!({ "order": key(), "reason": reason, "refund": request });
            let late = Step::Call("CallPerson", late);
            if is_in_the_middle {
                let other = world.ports();
                let record = before(
                    &world,
                    |call| matches!(call, Call::Write(_)),
                    move || {
                        block_on(invoke(&other, call("RecordRefund", &request, None))).unwrap();
                    },
                );
                block_on(late.take(&world, &record, (7, 0))).unwrap();
            } else {
                run(&world, &[recorded, late]);
            }
            assert_eq!(exceptions(&world), [], "{reason}, {is_in_the_middle}");
            assert_eq!(order(&world).waiting_for, Some(WaitingFor::Store));
        }
    }
}

/// The workflow of the order says that its money is stuck, when that is back and another payment is on its way.
#[test]
fn other_money_on_its_way_is_no_refund_that_failed() {
    let world = asked_and_paid_twice();
    run(&world, &[end("REJECTED")]);
    let own = rows::<RefundIntent>(&world).into_iter();
    let mut own = own.filter(|intent| Some(&intent.charge_id) == order(&world).payment_id.as_ref());
    let own = json!(refund_request(&own.next().expect("it is owed")));
    let failed = json!({ "order": key(), "reason": "REFUND_FAILED", "refund": null });
    let steps = [
        Step::Call("RecordRefund", own),
        Step::Call("CallPerson", failed),
    ];
    run(&world, &steps);
    assert_eq!(exceptions(&world), []);
    assert_eq!(order(&world).waiting_for, Some(WaitingFor::Refund));
}

/// Whoever closes the alarm of the first would close it for the second, too. Said again it is the same.
#[test]
fn a_refund_that_is_denied_while_the_alarm_of_another_stands_renews_it() {
    let world = asked_and_paid_twice();
    let third = paid_once_more(&world);
    let intents = rows::<RefundIntent>(&world).into_iter();
    let second = intents.filter(|intent| intent.charge_id == third);
    let second = json!(second.map(|intent| refund_request(&intent)).next());
    let denied = |refund: &Value| {
        let call = json!({ "order": key(), "reason": "REFUND_DENIED", "refund": refund });
        run(&world, &[Step::Call("CallPerson", call)]);
        let alarm = rows::<Exception>(&world).remove(0);
        (alarm.raised_at, alarm.version)
    };
    let (raised_at, version) = denied(&request(&world));
    minutes(&world, 10);
    let renewed = denied(&second);
    assert!(renewed.0 > raised_at && renewed.1 > version);
    minutes(&world, 10);
    assert_eq!(denied(&second), renewed);
}
