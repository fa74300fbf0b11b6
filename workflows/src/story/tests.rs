//! Stories and sentences, from events and orders as they are in the stack.

use comanda_domain::{
    ids::{CheckoutId, ClientId, CustomerId, ItemId, OrderId, OrderKey, StoreId},
    money::Money,
    order::{
        Actor, DeliveryType, NewOrder, Order, OrderEvent, OrderItem, PaymentMethod, PaymentStatus,
        Reason, Source, TaskToken, WaitKind, WaitingFor,
    },
    people::{ChannelAddress, PersonName},
};
use jiff::{Timestamp, tz::TimeZone};
use serde_json::{Value, json};

use super::{Entry, Event, Told, sentence, story, with_quiet};

const ACCEPTED: &str = "2026-11-22T10:02:11Z";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn an_order() -> Order {
    let new = NewOrder {
        key: OrderKey {
            client_id: ClientId::new("sabor").unwrap(),
            store_id: StoreId::new("centro").unwrap(),
            order_id: OrderId::new("order_0123456789abcdef0123456789abcdef").unwrap(),
        },
        order_number: 1,
        checkout_id: CheckoutId::new("checkout-1").unwrap(),
        customer_id: CustomerId::new("cust_1").unwrap(),
        customer_name: PersonName::parse("João da Silva").unwrap(),
        channel_address: ChannelAddress::new("whatsapp:+5511987654321").unwrap(),
        items: vec![OrderItem {
            item_id: ItemId::new("burger_cheese_bacon").unwrap(),
            name: "Cheese Bacon".to_owned(),
            quantity: 2,
            unit_price: Money::from_centavos(1_990),
            total_price: Money::from_centavos(3_980),
            customizations: std::collections::BTreeMap::new(),
            options: Vec::new(),
            notes: String::new(),
        }],
        subtotal: Money::from_centavos(3_980),
        delivery_fee: Money::from_centavos(500),
        discount: Money::ZERO,
        discount_rule: None,
        total: Money::from_centavos(4_480),
        menu_version: 1,
        payment_method: PaymentMethod::Pix,
        payment_deadline: Some(at("2026-11-22T10:32:11Z")),
        delivery_type: DeliveryType::Delivery,
        delivery_address: None,
        customer_notes: String::new(),
        requires_confirmation: true,
        source: Source::WhatsappBot,
    };
    Order::new(new, at(ACCEPTED))
}

fn because(by: Actor, when: &str) -> Reason {
    Reason::new(by, at(when), "")
}

fn waiting_for_payment() -> Order {
    an_order()
        .apply(because(Actor::System, ACCEPTED), |order| {
            order.register_wait(
                WaitKind::Payment { attempt: 1 },
                TaskToken::new("t"),
                at("2026-11-22T10:32:11Z"),
            );
            Ok(())
        })
        .unwrap()
}

fn paid() -> Order {
    waiting_for_payment()
        .apply(because(Actor::Provider, "2026-11-22T10:09:40Z"), |order| {
            order.clear_wait();
            order.set_payment_status(PaymentStatus::Paid)
        })
        .unwrap()
}

fn confirmed() -> Order {
    paid()
        .apply(
            because(Actor::Restaurant, "2026-11-22T10:12:02Z"),
            |order| {
                order.delivery_time = Some(at("2026-11-22T10:45:00Z"));
                order.move_to(OrderEvent::Confirm)
            },
        )
        .unwrap()
}

/// Events one after another: `(time of day, type, details)`.
fn events(of: &[(&str, &str, Value)]) -> Vec<Event> {
    of.iter()
        .enumerate()
        .map(|(position, (time, kind, details))| {
            let id = i64::try_from(position).unwrap() + 1;
            Event::from_api(&json!({
                "id": id,
                "previousEventId": id - 1,
                "timestamp": format!("2026-11-22T{time}Z"),
                "type": kind,
                "someEventDetails": details,
            }))
            .unwrap()
        })
        .collect()
}

fn entered(name: &str) -> Value {
    json!({ "name": name })
}

fn scheduled(task: &str, seconds: Option<i64>) -> Value {
    let parameters = json!({"FunctionName": "f", "Payload": {"task": task, "input": {}}});
    json!({
        "resourceType": "lambda",
        "resource": "invoke",
        "parameters": parameters.to_string(),
        "timeoutInSeconds": seconds,
    })
}

fn output(value: &Value) -> Value {
    json!({ "output": value.to_string() })
}

/// `time  what  detail`, one line each.
fn told(events: &[Event], order: Option<&Order>) -> Vec<String> {
    let zone = TimeZone::UTC;
    story(Told {
        histories: &[events],
        order,
        zone: &zone,
    })
    .into_iter()
    .map(|line| {
        format!(
            "{} {}  {}",
            super::clock(line.at, &zone),
            line.says,
            line.detail
        )
        .trim_end()
        .to_owned()
    })
    .collect()
}

fn a_paid_and_confirmed_life() -> Vec<Event> {
    events(&[
        ("10:02:11", "ExecutionStarted", json!({"input": "{}"})),
        ("10:02:11", "TaskStateEntered", entered("Accept order")),
        (
            "10:02:11",
            "TaskScheduled",
            scheduled("AcceptOrder", Some(30)),
        ),
        ("10:02:11", "TaskSucceeded", output(&json!({"Payload": {}}))),
        ("10:02:11", "TaskStateExited", entered("Accept order")),
        ("10:02:11", "TaskStateEntered", entered("Await payment")),
        (
            "10:02:11",
            "TaskScheduled",
            scheduled("RequestPayment", Some(1_800)),
        ),
        (
            "10:02:11",
            "TaskSubmitted",
            output(&json!({"Payload": null})),
        ),
        (
            "10:09:40",
            "TaskSucceeded",
            output(&json!({"paid": {"newsId": "evt_1"}})),
        ),
        ("10:09:40", "TaskStateEntered", entered("Await the store")),
        (
            "10:09:40",
            "TaskScheduled",
            scheduled("HandToStore", Some(3_600)),
        ),
        (
            "10:09:40",
            "TaskSubmitted",
            output(&json!({"Payload": null})),
        ),
        (
            "10:12:02",
            "TaskSucceeded",
            output(&json!({"confirmed": {"readyInMinutes": 33}})),
        ),
        ("10:12:02", "TaskStateEntered", entered("Confirm order")),
        ("10:12:02", "TaskScheduled", scheduled("ConfirmOrder", None)),
        (
            "10:12:02",
            "TaskSucceeded",
            output(&json!({"Payload": "confirmed"})),
        ),
        (
            "10:12:03",
            "ExecutionSucceeded",
            output(&json!("confirmed")),
        ),
    ])
}

#[test]
fn an_orders_life_reads_as_the_business() {
    assert_eq!(
        told(&a_paid_and_confirmed_life(), Some(&confirmed())),
        [
            "10:02:11 order accepted  2 items, R$ 44,80, PIX",
            "10:02:11 waiting for the payment  until 10:32:11, then the order is cancelled",
            "10:09:40 paid  R$ 44,80",
            "10:09:40 handed to the store, waiting for its answer  until 11:09:40, then the money goes back or a person decides, by the store's rule",
            "10:12:02 confirmed by the store  ready at about 10:45",
        ]
    );
}

#[test]
fn a_refund_that_nobody_tries_again_is_not_said_to_be_tried() {
    let because = |by| because(by, "2026-11-22T10:20:00Z");
    let blocked = paid().apply(because(Actor::System), |order| {
        order.set_payment_status(PaymentStatus::Refunding)?;
        order.set_payment_status(PaymentStatus::RefundBlocked)
    });
    let blocked = blocked.unwrap();
    let denied = blocked.apply(because(Actor::System), |order| {
        order.waiting_for = Some(WaitingFor::Person);
        Ok(())
    });
    for (order, says) in [
        (blocked.clone(), "it is tried again"),
        (denied.unwrap(), "a person must look at it"),
    ] {
        let told = told(&[], Some(&order));
        let line = told.iter().find(|line| line.contains("the refund is"));
        assert!(line.is_some_and(|line| line.contains(says)), "{told:?}");
    }
}

#[test]
fn an_execution_without_an_order_tells_its_own_story() {
    assert_eq!(
        told(&a_paid_and_confirmed_life(), None),
        [
            "10:02:11 started",
            "10:02:11 order accepted",
            "10:02:11 waiting for the payment  until 10:32:11, then the order is cancelled",
            "10:09:40 paid",
            "10:09:40 handed to the store, waiting for its answer  until 11:09:40, then its rules decide",
            "10:12:02 the store said yes  ready at about 10:45",
            "10:12:02 order confirmed",
            "10:12:03 ended  the store has the order",
        ]
    );
}

#[test]
fn refusals_outages_and_time_outs_say_what_follows() {
    let cause =
        |message: Value| json!({"errorMessage": message.to_string(), "trace": []}).to_string();
    let events = events(&[
        ("10:00:00", "TaskStateEntered", entered("Accept order")),
        ("10:00:00", "TaskScheduled", scheduled("AcceptOrder", None)),
        (
            "10:00:01",
            "TaskFailed",
            json!({"error": "Outage", "cause": "dynamodb was away"}),
        ),
        ("10:00:03", "TaskScheduled", scheduled("AcceptOrder", None)),
        (
            "10:00:04",
            "TaskFailed",
            json!({
                "error": "AcceptOrderError.BelowMinimum",
                "cause": cause(json!({"minimum": 2_000, "total": 1_500})),
            }),
        ),
        ("10:00:05", "TaskScheduled", scheduled("AcceptOrder", None)),
        (
            "10:00:06",
            "TaskFailed",
            json!({"error": "AcceptOrderError.CpfRequired", "cause": cause(Value::Null)}),
        ),
        ("10:00:07", "TaskStateEntered", entered("Await the store")),
        (
            "10:00:07",
            "TaskScheduled",
            scheduled("HandToStore", Some(60)),
        ),
        (
            "10:01:07",
            "TaskTimedOut",
            json!({"error": "States.Timeout"}),
        ),
        (
            "10:01:08",
            "ExecutionFailed",
            json!({"error": "Unexpected", "cause": "no such row"}),
        ),
    ]);
    assert_eq!(
        told(&events, None),
        [
            "10:00:01 accept order failed  dynamodb was away; trying again",
            "10:00:04 order refused  the goods are worth R$ 15,00, less than the minimum of R$ 20,00",
            "10:00:06 order refused  online payment needs the payer's CPF",
            "10:01:07 the store did not answer in time",
            "10:01:08 the execution failed  unexpected: no such row",
        ]
    );
}

#[test]
fn quiet_times_are_folded() {
    let zone = TimeZone::UTC;
    let lines = story(Told {
        histories: &[&a_paid_and_confirmed_life()],
        order: None,
        zone: &zone,
    });
    let quiet: Vec<String> = with_quiet(lines)
        .into_iter()
        .filter_map(|entry| match entry {
            Entry::Quiet(duration) => Some(super::plain_duration(duration)),
            Entry::Line(_) => None,
        })
        .collect();
    assert_eq!(quiet, ["7 min", "2 min"]);
}

#[track_caller]
fn check_sentence(order: &Order, now: &str, expected: &str) {
    assert_eq!(sentence(order, &TimeZone::UTC).text(at(now)), expected);
}

#[test]
fn the_sentence_says_what_is_waited_for_until_when_and_what_then() {
    let now = "2026-11-22T10:20:04Z";
    check_sentence(
        &an_order(),
        now,
        "Order 0001 was accepted and is being worked on.",
    );
    check_sentence(
        &waiting_for_payment(),
        now,
        "Order 0001 is waiting for the payment. 12:07 left; then it is cancelled.",
    );
    check_sentence(
        &waiting_for_payment(),
        "2026-11-22T10:33:00Z",
        "Order 0001 is waiting for the payment. The time was over 49 s ago; it is being settled.",
    );
    check_sentence(
        &confirmed(),
        now,
        "Order 0001 is confirmed; ready at about 10:45.",
    );
    let cancelled = waiting_for_payment()
        .apply(because(Actor::Customer, now), |order| {
            order.clear_wait();
            order.move_to(OrderEvent::Cancel)
        })
        .unwrap();
    check_sentence(
        &cancelled,
        now,
        "Order 0001 was cancelled at 10:20:04 by the customer.",
    );
    let person = paid()
        .apply(because(Actor::System, now), |order| {
            order.waiting_for = Some(WaitingFor::Person);
            Ok(())
        })
        .unwrap();
    check_sentence(
        &person,
        now,
        "Order 0001 is waiting for a person to decide.",
    );
    assert_eq!(
        sentence(&waiting_for_payment(), &TimeZone::UTC).still(&TimeZone::UTC),
        "Order 0001 is waiting for the payment. Until 10:32:11; then it is cancelled."
    );
}

#[test]
fn events_are_read_as_the_api_prints_them() {
    let event = Event::from_api(&json!({
        "id": 2, "previousEventId": 1, "timestamp": 1_795_341_731.25, "type": "TaskStateEntered",
        "stateEnteredEventDetails": {"name": "Accept order", "input": "{\"a\":1}"},
    }))
    .unwrap();
    assert_eq!(event.at.as_millisecond(), 1_795_341_731_250);
    assert_eq!(event.text("name"), Some("Accept order"));
    assert_eq!(event.json("input"), Some(json!({"a": 1})));
    let error = Event::from_api(&json!({"id": 1, "timestamp": 0})).unwrap_err();
    assert_eq!(
        error.to_string(),
        "a history event without a readable `type`"
    );
}
