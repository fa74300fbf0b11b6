//! A party's "no" is a decision: it leads where the contract says, is not tried again, and loses nothing.

use comanda_domain::{
    exception::{Exception, ExceptionKind},
    money::Money,
    tables::from_item,
};
use serde_json::{Value, json};

use super::{
    fixture::{CUSTOMER, Step, call, key, last_charge, order, world},
    races::{accept, close, confirm, paid, refund_due, request_payment, run},
};
use crate::{
    ports::intercept::{Call, Fate, Interceptor, intercepted},
    registry::invoke,
    rows::{NotificationRow, NotificationState},
    testing::{World, block_on},
};

pub(super) fn ask(world: &World, task: &str, input: &Value) -> Result<Value, (String, String)> {
    world.workflows.open_token("a-token");
    let ports = world.ports();
    let called = invoke(&ports, call(task, input, Some("a-token".into())));
    block_on(called).map_err(|error| (error.error_type, error.error_message))
}

fn messages(world: &World) -> Vec<NotificationRow> {
    let rows = world
        .store
        .rows(&comanda_domain::tables::NOTIFICATIONS)
        .into_iter();
    rows.map(|row| comanda_domain::tables::from_item(&row).unwrap())
        .collect()
}

#[test]
fn a_charge_that_the_provider_refuses_is_a_refusal() {
    let world = world("PIX", &json!({}));
    run(&world, &[accept()]);
    world.provider.refuse_charges(Some("invalid_billingType"));
    let input = json!({ "order": key(), "method": "PIX", "attempt": 1 });
    let (name, payload) = ask(&world, "RequestPayment", &input).expect_err("refused");
    assert_eq!(name, "RequestPaymentError.Refused");
    assert_eq!(payload, r#"{"code":"invalid_billingType"}"#);
    assert!(
        world.channel.received(CUSTOMER).is_empty(),
        "nothing to pay was promised"
    );
    // The store's next order may meet the same: a person is called, once for all of them.
    ask(&world, "RequestPayment", &input).expect_err("refused");
    let called = world.store.rows(&comanda_domain::tables::EXCEPTIONS);
    let called: Vec<Exception> = called
        .into_iter()
        .map(|row| from_item(&row).unwrap())
        .collect();
    assert_eq!(called.len(), 1, "{called:?}");
    assert_eq!(
        (called[0].kind, called[0].subject_id.as_str()),
        (
            ExceptionKind::UnexpectedFailure,
            "centro:invalid_billingType"
        )
    );
}

#[test]
fn a_refund_without_balance_is_blocked_and_goes_through_when_there_is_some() {
    let world = world("PIX", &json!({}));
    let request = refund_due(&world, "PIX");
    world.provider.set_spare_balance(Money::from_centavos(-199));
    let (name, _) = ask(&world, "RequestRefund", &request).expect_err("blocked");
    assert_eq!(name, "RequestRefundError.Blocked");
    run(&world, &[Step::Call("MarkRefundBlocked", request.clone())]);
    assert_eq!(order(&world).payment_status().as_str(), "REFUND_BLOCKED");
    world.provider.set_spare_balance(Money::ZERO);
    for _ in 0..3 {
        ask(&world, "RequestRefund", &request).expect("asked");
    }
    assert_eq!(
        last_charge(&world).charge.refunds.len(),
        1,
        "R3: asked once"
    );
}

#[test]
fn a_refund_that_was_withdrawn_at_the_provider_is_denied() {
    let world = world("PIX", &json!({}));
    let request = refund_due(&world, "PIX");
    ask(&world, "RequestRefund", &request).expect("asked");
    world
        .provider
        .settle_refunds(&last_charge(&world).charge.id, false);
    let settled = run(&world, &[Step::Call("SettleRefund", request)]);
    assert_eq!(settled, [json!({ "denied": { "reason": "WITHDRAWN" } })]);
}

#[test]
fn a_message_that_the_channel_refuses_is_recorded_and_stops_nothing() {
    let world = world("CASH", &json!({ "requiresConfirmation": false }));
    world.channel.refuse(CUSTOMER, Some(63_024));
    run(&world, &[accept(), confirm()]);
    world.channel.refuse(CUSTOMER, None);
    run(&world, &[confirm()]);
    let told = messages(&world);
    assert_eq!(
        (told.len(), told[0].state, told[0].refusal_code),
        (1, NotificationState::Refused, Some(63_024))
    );
    assert!(
        world.channel.received(CUSTOMER).is_empty(),
        "a refusal is not tried again"
    );
    assert_eq!(order(&world).status().as_str(), "CONFIRMED");
}

#[test]
fn outside_the_window_only_approved_templates_are_sent() {
    let world = world("PIX", &json!({ "requiresConfirmation": false }));
    world.clock.advance(jiff::SignedDuration::from_hours(25));
    run(
        &world,
        &[
            accept(),
            request_payment(1, "PIX"),
            Step::Hear("evt_1", paid),
        ],
    );
    run(&world, &[confirm()]);
    let sent = world.channel.texts(CUSTOMER);
    assert_eq!(sent.len(), 1, "{sent:?}");
    assert!(
        sent[0].starts_with("HX1: Seu pedido #0001 foi confirmado"),
        "{sent:?}"
    );
    let kept = messages(&world)
        .into_iter()
        .filter(|row| row.state == NotificationState::Refused);
    assert!(
        kept.map(|row| row.refusal_code)
            .all(|code| code == Some(63_016))
    );
}

#[test]
fn a_person_s_yes_needs_the_money_and_a_report_may_not_move_it() {
    let world = world("PIX", &json!({}));
    run(
        &world,
        &[
            accept(),
            request_payment(1, "PIX"),
            Step::Call(
                "CallPerson",
                json!({ "order": key(), "reason": "UNEXPECTED" }),
            ),
        ],
    );
    for status in ["CONFIRMED", "REFUNDED", "PREPARING"] {
        let report = json!({
            "order": key(), "status": status, "by": "RESTAURANT", "reason": null,
            "eventId": format!("pos-{status}"), "readyInMinutes": null,
        });
        let answer = run(&world, &[Step::Call("ApplyStatus", report)]);
        assert_eq!(
            answer,
            [json!({ "refused": { "current": "PENDING" } })],
            "{status}"
        );
    }
    let audit = world.store.rows(&comanda_domain::tables::AUDIT_LOG);
    assert_eq!(audit.len(), 3, "each refused report is recorded");
}

/// The provider's day is Brasília's: where the clock is behind that, a charge of before midnight is due today all the same.
#[test]
fn a_charge_of_the_last_hour_of_the_day_is_made_west_of_brasilia() {
    let world = world("PIX", &json!({}));
    let mut store = world
        .store
        .rows(&comanda_domain::tables::STORE_CONFIG)
        .remove(0);
    store["timeZone"] = json!("America/Manaus");
    world
        .store
        .seed(&comanda_domain::tables::STORE_CONFIG, store);
    // 23:30 in Manaus, half past midnight in Brasília.
    world
        .clock
        .advance(jiff::SignedDuration::from_mins(12 * 60 + 30));
    run(&world, &[accept(), request_payment(1, "PIX")]);
    assert_eq!(world.provider.charges().len(), 1);
}

struct NobodyHears;

impl Interceptor for NobodyHears {
    fn fate(&self, call: &Call<'_>) -> Fate {
        match call {
            Call::Message(_) => Fate::LostBefore,
            _ => Fate::Proceed,
        }
    }
}

/// N2: how to pay could not be said in time; when the order is over it is not said any more.
#[test]
fn nobody_is_told_how_to_pay_an_order_that_is_over() {
    for method in ["PIX", "CREDIT"] {
        let world = world(method, &json!({}));
        run(&world, &[accept()]);
        let ports = intercepted(&world.ports(), std::sync::Arc::new(NobodyHears));
        block_on(request_payment(1, method).take(&world, &ports, (1, 0))).unwrap();
        assert!(world.channel.texts(CUSTOMER).is_empty(), "nobody was told");
        world.clock.advance(jiff::SignedDuration::from_mins(3));
        run(&world, &[close("PAYMENT_UNAVAILABLE")]);
        let told = world.channel.texts(CUSTOMER);
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].contains("cancelado"), "{told:?}");
    }
}

/// A discount that is PIX's is not to be had with a card, so a card is not offered.
#[test]
fn only_methods_that_keep_the_price_are_offered() {
    for (methods, offers_card) in [(json!([]), true), (json!(["PIX"]), false)] {
        let world = world("PIX", &json!({}));
        let mut store = world
            .store
            .rows(&comanda_domain::tables::STORE_CONFIG)
            .remove(0);
        let rule = json!({ "off": { "percent": 10 }, "minimumSubtotal": 1_000, "paymentMethods": methods });
        store.insert("discountRule".to_owned(), rule);
        world
            .store
            .seed(&comanda_domain::tables::STORE_CONFIG, store);
        let offer = json!({ "order": key(), "attempt": 1, "reason": "declined" });
        let steps = [
            accept(),
            request_payment(1, "PIX"),
            Step::Ask("OfferAnotherMethod", offer),
        ];
        run(&world, &steps);
        let told = world.channel.texts(CUSTOMER).pop().unwrap();
        assert_eq!(told.contains("cartão de crédito"), offers_card, "{told}");
    }
}
