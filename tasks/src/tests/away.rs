//! A channel that is away stops nothing: no payment, no refund, no report of a store. What is unsaid is noted, and said when it
//! is back.

use comanda_domain::{
    exception::{ExceptionKind as Kind, ExceptionState as State},
    ids::ChargeId,
    inbox::NewsKind,
    order::{OrderStatus, WaitingFor},
    payment::{RefundIntent, RefundReason, RefundState},
};
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::{
    fixture::{CUSTOMER, Step, call, first_try, key, last_charge, order, token, world},
    races::{accept, close, confirm, hand_over, paid, paid_order, request_payment, run},
    reconciliation::{exceptions, rows},
    telling::{away, swept},
};
use crate::{
    casefile::refund_request,
    registry::{Invocation, invoke},
    testing::{TokenState, World, block_on},
};

/// A step that is taken while the channel is away, at a position of its own.
#[track_caller]
fn taken(world: &World, step: &Step, position: usize) -> Value {
    let before = world.channel.texts(CUSTOMER).len();
    let taken = block_on(step.take(world, &away(world), (position, 0)));
    let taken = taken.unwrap_or_else(|error| panic!("{error:?}"));
    assert_eq!(world.channel.texts(CUSTOMER).len(), before, "it is away");
    taken
}

/// What the sweep says when the channel is back.
#[track_caller]
fn said_then(world: &World, parts: &[&str]) {
    let before = world.channel.texts(CUSTOMER).len();
    swept(world, &world.ports());
    let told = world.channel.texts(CUSTOMER);
    let said = &told[before..];
    assert_eq!(said.len(), parts.len(), "{said:?}");
    for (text, part) in said.iter().zip(parts) {
        assert!(text.contains(part), "{part}: {said:?}");
    }
}

/// The last tries are for the asking: whatever cannot be said, and one accident more, is not the end of an order.
#[test]
fn the_last_tries_are_not_spent_on_words() {
    let world = world("PIX", &json!({}));
    run(&world, &[accept()]);
    let input = json!({ "order": key(), "method": "PIX", "attempt": 1 });
    let attempts = comanda_dsl::Retry::WAITED_FOR.attempts();
    for (tried, fails) in [
        (attempts - 4, true),
        (attempts - 3, false),
        (attempts - 2, false),
    ] {
        let token = token(1, usize::try_from(tried).unwrap());
        world.workflows.open_token(token.clone());
        let call = call("RequestPayment", &input, Some(token));
        let retries = Some(tried);
        let asked = block_on(invoke(&away(&world), Invocation { retries, ..call }));
        assert_eq!(asked.is_err(), fails, "after {tried} retries: {asked:?}");
    }
}

#[test]
fn a_payment_is_asked_for() {
    let world = world("PIX", &json!({}));
    run(&world, &[accept()]);
    taken(&world, &request_payment(1, "PIX"), 1);
    assert_eq!(order(&world).waiting_for, Some(WaitingFor::Payment));
    let code = order(&world).payment_details.pix_code.unwrap();
    said_then(&world, &["Pague com PIX", code.as_str(), "QR Code"]);
    run(&world, &[Step::Hear("evt_1", paid)]);
    let waits = world.workflows.token(&token(1, 0));
    assert!(matches!(waits, Some(TokenState::Succeeded(_))), "{waits:?}");
}

#[test]
fn another_method_is_offered() {
    let world = world("CREDIT", &json!({}));
    let failed = |world: &World| NewsKind::PaymentFailed {
        charge_id: last_charge(world).charge.id,
        reason: "declined".into(),
    };
    let steps = [
        accept(),
        request_payment(1, "CREDIT"),
        Step::Hear("evt_1", failed),
    ];
    run(&world, &steps);
    let offer = json!({ "order": key(), "attempt": 1, "reason": "declined" });
    taken(&world, &Step::Ask("OfferAnotherMethod", offer), 3);
    said_then(&world, &["Houve um problema com seu pagamento"]);
}

/// The status is applied; a report is not to come five times for the sake of its message.
#[test]
fn a_stores_report_is_done_with() {
    let world = world("CASH", &json!({ "requiresConfirmation": false }));
    let report = json!({
        "order": key(), "status": "PREPARING", "by": "RESTAURANT", "eventId": "pos-1", "readyInMinutes": null,
    });
    let steps = [accept(), confirm(), Step::Call("ApplyStatus", report)];
    let notice = run(&world, &steps)[2]["applied"]["notice"].clone();
    // Also in a try that is followed by another: nobody knows whether it was said, and the report's sender waits.
    let first = first_try(call("NotifyStatus", &notice, None));
    block_on(invoke(&away(&world), first)).unwrap();
    said_then(&world, &["sendo preparado"]);
}

/// A paid order that its store is asked about.
fn asked_about() -> World {
    let world = paid_order(&json!({}));
    run(&world, &[hand_over()]);
    world
}

#[test]
fn the_refund_of_a_rejected_order_is_due_at_once() {
    let world = asked_about();
    let closing = taken(&world, &close("REJECTED"), 4);
    assert!(closing.get("refundDue").is_some(), "{closing}");
    world.clock.advance(SignedDuration::from_secs(1));
    let refund = Step::Call("MarkRefundBlocked", closing["refundDue"].clone());
    taken(&world, &refund, 5);
    said_then(&world, &["foi cancelado", "está em processamento"]);
}

/// The surplus of an order that is cooked is back: that nobody could say so is no reason to put the order before a person.
#[test]
fn a_refund_that_is_over_is_recorded() {
    let world = asked_about();
    let again = |world: &World| {
        let charge_id = ChargeId::new("pay_again").unwrap();
        let amount = order(world).total;
        let reference = Some("order_1");
        world
            .provider
            .receive_foreign(&charge_id, amount, reference);
        NewsKind::Paid { charge_id, amount }
    };
    run(&world, &[Step::Hear("evt_2", again)]);
    let intent = || rows::<RefundIntent>(&world).remove(0);
    assert_eq!(intent().reason, RefundReason::PaidTwice);
    let request = json!(refund_request(&intent()));
    taken(&world, &Step::Call("RecordRefund", request), 5);
    assert_eq!(intent().state, RefundState::Done);
    said_then(&world, &["Devolvemos R$ 39,80"]);
}

#[test]
fn a_person_is_called() {
    let world = asked_about();
    let call = json!({ "order": key(), "reason": "UNEXPECTED", "refund": null });
    taken(&world, &Step::Call("CallPerson", call), 4);
    assert_eq!(order(&world).waiting_for, Some(WaitingFor::Person));
    assert_eq!(exceptions(&world), [(Kind::UnexpectedFailure, State::Open)]);
    said_then(&world, &["está com a nossa equipe"]);
}

/// The text that is lost first does not take the next with it.
#[test]
fn an_order_that_waits_for_its_store_is_told_so() {
    let world = paid_order(&json!({}));
    taken(&world, &hand_over(), 3);
    assert_eq!(order(&world).status(), OrderStatus::Pending);
    said_then(&world, &["Seu pagamento", "aguardando confirmação"]);
}
