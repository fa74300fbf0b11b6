//! News that was kept for a running workflow is followed when that gives the order to a person.

use std::sync::Arc;

use comanda_domain::{
    inbox::NewsKind,
    order::{OrderStatus, WaitingFor},
};
use serde_json::{Value, json};

use super::{
    fixture::{CUSTOMER, Step, key, order, token, world},
    races::{accept, cancel, close, hand_over, paid, request_payment, run},
    reconciliation::{pass, start_order, sweep},
};
use crate::{
    ports::intercept::{Call, Fate, Interceptor, intercepted},
    testing::{Polled, World, poll_until_stuck},
};

fn call_person(reason: &str) -> Step {
    Step::Call("CallPerson", json!({ "order": key(), "reason": reason }))
}

/// What `order-status` was started with, each time.
fn reports(world: &World) -> Vec<Value> {
    let started = world.workflows.started().into_iter();
    let reports = started.filter(|execution| execution.workflow == "order-status");
    reports.map(|execution| execution.input).collect()
}

/// Paid, and the store let its deadline pass; its rule is that a person decides.
pub(super) fn unanswered() -> World {
    let world = world("PIX", &json!({ "refundUnconfirmedOrders": false }));
    start_order(&world);
    let steps = [
        accept(),
        request_payment(1, "PIX"),
        Step::Hear("evt_1", paid),
        hand_over(),
        Step::World(|world| world.workflows.close_token(&token(3, 0))),
        Step::Call("SettleStore", json!({ "order": key(), "atDeadline": true })),
    ];
    run(&world, &steps);
    world
}

fn yes(_: &World) -> NewsKind {
    NewsKind::StoreConfirmed {
        ready_in_minutes: Some(20),
    }
}

/// The news comes after the last step that could have heard it, and before the person has the order.
#[track_caller]
fn check(id: &'static str, news: fn(&World) -> NewsKind, status: &str) {
    let world = unanswered();
    let steps = [
        Step::Hear(id, news),
        close("UNANSWERED"),
        call_person("UNCONFIRMED"),
    ];
    let answers = run(&world, &steps);
    assert_eq!(answers[0], json!("Kept"));
    assert_eq!(answers[1], json!("needsPerson"));
    assert_eq!(order(&world).waiting_for, Some(WaitingFor::Person));
    let reports = reports(&world);
    assert_eq!(reports.len(), 1, "{reports:?}");
    assert_eq!(
        (&reports[0]["status"], &reports[0]["eventId"]),
        (&json!(status), &json!(id))
    );
}

#[test]
fn a_cancel_that_came_before_the_person_is_carried_out() {
    check("cancel_1", cancel, "CANCELLED");
}

#[test]
fn a_store_s_yes_that_came_before_the_person_counts() {
    check("pos_1", yes, "CONFIRMED");
}

/// Its process is gone right behind its first write.
struct Gone;

impl Interceptor for Gone {
    fn fate(&self, call: &Call<'_>) -> Fate {
        match call {
            Call::Write(_) => Fate::CrashAfter,
            _ => Fate::Proceed,
        }
    }
}

/// The first try put the order before a person and was gone before it followed anything; the store's yes came before the next.
#[test]
fn what_a_try_left_is_followed_by_the_next_though_nobody_is_needed_any_more() {
    let world = unanswered();
    run(
        &world,
        &[Step::Hear("cancel_1", cancel), close("UNANSWERED")],
    );
    let gone = intercepted(&world.ports(), Arc::new(Gone));
    let called = call_person("UNCONFIRMED");
    let first = poll_until_stuck(called.take(&world, &gone, (6, 0)));
    assert_eq!(first, Polled::Stuck);
    assert_eq!(order(&world).waiting_for, Some(WaitingFor::Person));
    let said_yes = json!({
        "order": key(), "status": "CONFIRMED", "by": "RESTAURANT", "reason": null, "eventId": "pos_1",
        "readyInMinutes": 20,
    });
    run(&world, &[Step::Call("ApplyStatus", said_yes), called]);
    assert_eq!(order(&world).status(), OrderStatus::Confirmed);
    let reports = reports(&world);
    assert_eq!(reports.len(), 1, "{reports:?}");
    assert_eq!(reports[0]["eventId"], "cancel_1");
}

/// What followed may have ended the order: then there is no person to announce.
#[test]
fn a_customer_who_cancelled_is_not_told_to_wait_for_a_person() {
    let world = unanswered();
    run(&world, &[call_person("UNCONFIRMED")]);
    let told = world.channel.texts(CUSTOMER).len();
    let report = json!({
        "order": key(), "status": "CANCELLED", "by": "CUSTOMER", "reason": null, "eventId": "cancel_1",
        "readyInMinutes": null,
    });
    run(
        &world,
        &[
            Step::Call("ApplyStatus", report),
            call_person("UNCONFIRMED"),
        ],
    );
    assert_eq!(order(&world).status(), OrderStatus::Cancelled);
    assert_eq!(world.channel.texts(CUSTOMER).len(), told);
}

/// The same for an order whose execution died: the sweep gives it to a person, and follows what was kept for the execution.
#[test]
fn what_was_kept_for_a_dead_execution_is_followed_by_the_sweep() {
    let world = unanswered();
    run(&world, &[Step::Hear("cancel_1", cancel)]);
    world.workflows.end("order-lifecycle", "order_1");
    pass(&world, 3);
    sweep(&world);
    let reports = reports(&world);
    assert_eq!(reports.len(), 1, "{reports:?}");
    assert_eq!(reports[0]["status"], "CANCELLED");
}
