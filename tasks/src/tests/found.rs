//! Faults that orders in bad weather (`comanda simulate`) found in these handlers, each told again by itself and by name.

use std::sync::{Arc, Mutex};

use comanda_domain::{
    inbox::NewsKind,
    money::Money,
    order::{Actor, Order, OrderEvent, OrderStatus, PaymentStatus, Reason},
    payment::{Charge, RefundIntent, RefundState},
    tables::{REFUNDS, Row, from_item, to_item},
};
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::{
    fixture::{CUSTOMER, Step, call, key, last_charge, order, world},
    races::{accept, close, hand_over, paid, request_payment, run},
};
use crate::{
    ports::{
        Change, Ports,
        intercept::{Call, Fate, Interceptor, intercepted},
    },
    registry::{InvocationError, OUTAGE, invoke},
    rows::NotificationRow,
    testing::{World, block_on},
};

/// Somebody else's doing, just before the first call of a kind.
struct Before {
    call: fn(&Call<'_>) -> bool,
    does: Mutex<Option<Box<dyn FnOnce() + Send>>>,
}

impl Interceptor for Before {
    fn fate(&self, call: &Call<'_>) -> Fate {
        if (self.call)(call) {
            let does = self.does.lock().unwrap().take();
            if let Some(does) = does {
                does();
            }
        }
        Fate::Proceed
    }
}

fn before(
    world: &World,
    call: fn(&Call<'_>) -> bool,
    does: impl FnOnce() + Send + 'static,
) -> Ports {
    let does = Mutex::new(Some(Box::new(does) as Box<dyn FnOnce() + Send>));
    intercepted(&world.ports(), Arc::new(Before { call, does }))
}

fn invoked(ports: &Ports, task: &str, input: &Value) -> Result<Value, InvocationError> {
    block_on(invoke(ports, call(task, input, None)))
}

fn confirm(ports: &Ports) -> Result<Value, InvocationError> {
    let input = json!({ "order": key(), "by": "SYSTEM", "readyInMinutes": null });
    invoked(ports, "ConfirmOrder", &input)
}

fn rows<R: Row>(world: &World) -> Vec<R> {
    let rows = world.store.rows(R::TABLE).into_iter();
    rows.map(|row| from_item(row).unwrap()).collect()
}

/// A cash order that is taken and not confirmed yet.
fn taken() -> World {
    let world = world("CASH", &json!({ "requiresConfirmation": false }));
    run(&world, &[accept()]);
    world
}

#[test]
fn two_who_say_one_message_at_the_same_time_say_it_once() {
    let world = taken();
    let (other, came_of_it) = (world.ports(), Arc::new(Mutex::new(None)));
    let noted = came_of_it.clone();
    let ports = before(
        &world,
        |call| matches!(call, Call::Message(_)),
        move || *noted.lock().unwrap() = Some(confirm(&other)),
    );
    confirm(&ports).unwrap();
    let second = came_of_it.lock().unwrap().take().expect("it came between");
    assert_eq!(
        second.unwrap_err().error_type,
        OUTAGE,
        "it comes again later"
    );
    assert_eq!(world.channel.received(CUSTOMER).len(), 1);
}

/// Whether a call claims a message.
fn is_claim(call: &Call<'_>) -> bool {
    let Call::Write(writes) = call else {
        return false;
    };
    let claim =
        |change: &Change| matches!(change, Change::Put(row) if row.contains_key("claimedUntil"));
    writes.iter().any(|write| claim(&write.change))
}

/// It claimed the message and was frozen until the claim was over.
#[test]
fn who_was_held_up_past_its_claim_does_not_speak() {
    let world = taken();
    let clock = world.clock.clone();
    let ports = before(&world, is_claim, move || {
        clock.advance(SignedDuration::from_secs(60));
    });
    assert_eq!(confirm(&ports).unwrap_err().error_type, OUTAGE);
    assert!(world.channel.received(CUSTOMER).is_empty());
    confirm(&world.ports()).unwrap();
    assert_eq!(world.channel.received(CUSTOMER).len(), 1);
}

#[test]
fn a_status_that_the_order_has_left_meanwhile_is_not_told() {
    let world = taken();
    let elsewhere = world.clone();
    let ports = before(&world, is_claim, move || {
        let confirmed = order(&elsewhere);
        let reason = Reason::new(Actor::Restaurant, confirmed.updated_at(), "na cozinha");
        let prepared = confirmed
            .apply(reason, |order| order.move_to(OrderEvent::Prepare))
            .unwrap();
        elsewhere
            .store
            .seed(Order::TABLE, to_item(&prepared).unwrap());
    });
    confirm(&ports).unwrap();
    assert!(world.channel.received(CUSTOMER).is_empty());
}

/// A paid order that the store turned down, and the refund that is due.
fn refund_due() -> (World, Value) {
    let world = world("PIX", &json!({}));
    let steps = [
        accept(),
        request_payment(1, "PIX"),
        Step::Hear("evt_1", paid),
        hand_over(),
        close("REJECTED"),
    ];
    let request = run(&world, &steps)[4]["refundDue"].clone();
    (world, request)
}

fn refunded(world: &World) -> NewsKind {
    let truth = last_charge(world);
    NewsKind::Refunded {
        charge_id: truth.charge.id,
        refunded: truth.refunded,
        charged: Some(truth.charge.amount),
    }
}

fn money_goes_back(world: &World, request: &Value) {
    run(world, &[Step::Ask("RequestRefund", request.clone())]);
    let charge = last_charge(world).charge.id;
    world.provider.settle_refunds(&charge, true);
}

#[test]
fn a_refund_that_ends_after_its_workflow_gave_it_up_is_recorded_and_told() {
    let (world, request) = refund_due();
    run(&world, &[Step::Call("MarkRefundBlocked", request.clone())]);
    money_goes_back(&world, &request);
    run(&world, &[Step::Hear("evt_2", refunded)]);
    assert_eq!(rows::<RefundIntent>(&world)[0].state, RefundState::Done);
    let order = order(&world);
    assert_eq!(
        (order.status(), order.payment_status()),
        (OrderStatus::Refunded, PaymentStatus::Refunded)
    );
    let told = rows::<NotificationRow>(&world);
    assert!(told.iter().any(|row| row.kind == "STATUS#REFUNDED"));
}

/// Another recorded it between the reading of the order and that of the refund.
#[test]
fn who_finds_a_refund_recorded_tells_of_the_order_as_it_is_by_then() {
    let (world, request) = refund_due();
    money_goes_back(&world, &request);
    let (other, the_same) = (world.ports(), request.clone());
    let ports = before(
        &world,
        |call| match call {
            Call::Get(table, _) => table.name == REFUNDS.name,
            Call::Query(query) => query.table.name == REFUNDS.name,
            _ => false,
        },
        move || {
            invoked(&other, "RecordRefund", &the_same).unwrap();
        },
    );
    invoked(&ports, "RecordRefund", &request).unwrap();
    let kinds: Vec<String> = rows::<NotificationRow>(&world)
        .into_iter()
        .map(|row| row.kind)
        .filter(|kind| kind.contains("REFUND"))
        .collect();
    assert_eq!(kinds, ["STATUS#REFUNDED"]);
}

/// The customer paid another amount, and what is heard first is that it went back.
#[test]
fn a_refund_proves_what_came_in_and_not_what_was_asked() {
    let world = world("PIX", &json!({}));
    run(
        &world,
        &[
            accept(),
            request_payment(1, "PIX"),
            close("PAYMENT_EXPIRED"),
        ],
    );
    let asked = last_charge(&world).charge;
    let came = asked.amount.checked_sub(Money::from_centavos(100)).unwrap();
    world.provider.pay(&asked.id, came);
    run(
        &world,
        &[Step::Hear("evt_1", |world: &World| NewsKind::Refunded {
            charge_id: last_charge(world).charge.id,
            refunded: last_charge(world).captured,
            charged: Some(last_charge(world).captured),
        })],
    );
    let evidence = rows::<Charge>(&world)[0].evidence;
    assert_eq!((evidence.captured, evidence.refunded), (came, came));
    assert_eq!(order(&world).money_held(), Money::ZERO);
}
