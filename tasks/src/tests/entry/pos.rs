//! The events queue: decisions, status reports, and what is neither.

use std::collections::BTreeSet;

use comanda_domain::{
    inbox::News,
    order::{Order, OrderEvent, WaitingFor},
};
use comanda_workflows::contracts::StoreOrder;
use serde_json::json;

use super::*;
use crate::{
    ports::SyncEnd,
    pos::events::{self, Taken},
    testing::TokenState,
};

fn decision(decision: Value) -> Value {
    json!({
        "type": "ORDER_DECISION", "clientId": "sabor", "storeId": "centro", "orderId": ORDER, "eventId": "e1",
        "decision": decision, "posVersion": "new field",
    })
}

fn yes() -> Value {
    decision(json!({"confirmed": {"readyInMinutes": 35, "printer": "kitchen"}}))
}

fn status(word: &str) -> Value {
    json!({
        "type": "ORDER_STATUS", "clientId": "sabor", "storeId": "centro", "orderId": ORDER, "eventId": "e2",
        "status": word,
    })
}

fn take(world: &World, body: &Value) -> Taken {
    block_on(events::receive(&world.ports(), &body.to_string()))
}

#[test]
fn a_decision_completes_the_waiting_step_in_the_stores_own_words() {
    for (body, signal) in [
        (yes(), json!({"confirmed": {"readyInMinutes": 35}})),
        (
            decision(json!({"rejected": {"reason": "Sem feijão"}})),
            json!({"rejected": {"reason": "Sem feijão"}}),
        ),
        (status("CONFIRMED"), json!({"confirmed": {}})),
        (status("CANCELLED"), json!("news")),
    ] {
        let world = world_with(&handed_over());
        assert_eq!(take(&world, &body), Taken::Done);
        assert_eq!(
            world.workflows.token(STEP),
            Some(TokenState::Succeeded(signal))
        );
        let after = state(&world);
        assert_eq!(take(&world, &body), Taken::Done);
        assert_eq!(state(&world), after, "answering twice is answering once");
    }
}

/// What a store is told of an order is decided field by field: whatever an order has one day is named here, or withheld.
#[test]
fn a_store_gets_these_fields_of_an_order_and_no_others() {
    let rule =
        json!({ "off": { "percent": 10 }, "minimumSubtotal": 1_000, "paymentMethods": ["PIX"] });
    let mut order = moved(&handed_over(), OrderEvent::Confirm);
    order.discount_rule = serde_json::from_value(rule).expect("a rule");
    order.customer_notes = "Sem cebola".to_owned();
    order.waiting_for = Some(WaitingFor::Person);
    let expected = [
        "channelAddress",
        "createdAt",
        "customerId",
        "customerName",
        "customerNotes",
        "deliveryFee",
        "deliveryType",
        "discount",
        "handedOverAt",
        "items",
        "menuVersion",
        "paidAmount",
        "paymentDeadline",
        "paymentMethod",
        "paymentStatus",
        "phoneNumber",
        "refundedAmount",
        "requiresConfirmation",
        "status",
        "subtotal",
        "total",
        "updatedAt",
        "waitingFor",
    ];
    let told = StoreOrder::of(&order).expect("a store's part");
    let told: BTreeSet<&str> = told.details.keys().map(String::as_str).collect();
    assert_eq!(told, BTreeSet::from(expected));
    let schema = schemars::schema_for!(Order);
    let all = schema.get("properties").and_then(Value::as_object);
    let all: BTreeSet<&str> = all.expect("fields").keys().map(String::as_str).collect();
    let withheld = [
        // In the message beside these.
        "clientId",
        "storeId",
        "orderId",
        "orderNumber",
        // Ours alone.
        "wait",
        "paymentId",
        "paymentDetails",
        "paymentAttempt",
        "checkoutId",
        "statusHistory",
        "version",
        "source",
        "discountRule",
    ];
    let of_some = [
        "deliveryAddress",
        "deliveryTime",
        "confirmationTimeout",
        "refundTimeout",
    ];
    let withheld: BTreeSet<&str> = withheld.into_iter().collect();
    assert!(withheld.is_subset(&all) && withheld.is_disjoint(&told));
    let undecided: BTreeSet<&str> = &(&all - &withheld) - &told;
    assert_eq!(undecided, BTreeSet::from(of_some));
}

#[test]
fn a_decision_after_the_step_timed_out_is_kept() {
    let world = world_with(&handed_over());
    world.workflows.close_token(STEP);
    assert_eq!(take(&world, &yes()), Taken::Done);
    assert_eq!(rows::<News>(&world).len(), 1);
    assert_eq!(world.workflows.token(STEP), Some(TokenState::Closed));
}

#[test]
fn a_yes_to_an_order_that_is_off_is_told_so() {
    let world = world_with(&moved(&handed_over(), OrderEvent::Cancel));
    for _twice in 0..2 {
        assert_eq!(take(&world, &yes()), Taken::Done);
    }
    let messages = world.queue.messages();
    assert_eq!(messages.len(), 1);
    let message: Value = serde_json::from_str(&messages[0].body).expect("JSON");
    assert_eq!(message["type"], "ORDER_DECISION_LATE");
    assert_eq!(message["data"]["status"], "CANCELLED");
}

#[test]
fn a_yes_while_a_person_decides_is_carried_out() {
    let order = changed(&handed_over(), |order| {
        order.clear_wait();
        order.waiting_for = Some(WaitingFor::Person);
    });
    let world = world_with(&order);
    assert_eq!(take(&world, &yes()), Taken::Done);
    let started = world.workflows.started();
    assert_eq!(started[0].workflow, "order-status");
    assert_eq!(started[0].input["status"], "CONFIRMED");
    assert_eq!(started[0].input["readyInMinutes"], 35);
}

#[test]
fn a_status_report_runs_its_workflow_under_its_own_name() {
    let world = world_with(&moved(&handed_over(), OrderEvent::Confirm));
    assert_eq!(take(&world, &status("PREPARING")), Taken::Done);
    assert_eq!(take(&world, &status("PREPARING")), Taken::Done);
    let started = world.workflows.started();
    assert_eq!(started[0].workflow, "order-status");
    assert_eq!(started[0].input["eventId"], "pos-e2");
    assert_eq!(started[0].input["by"], "RESTAURANT");
    assert!(
        started
            .iter()
            .all(|execution| execution.name == started[0].name)
    );
    assert!(started[0].name.len() <= 80);
}

#[test]
fn a_refused_report_is_done_and_a_failed_one_comes_again() {
    let world = world_with(&moved(&handed_over(), OrderEvent::Confirm));
    let refused = SyncEnd::Succeeded(json!({"refused": {"current": "CONFIRMED"}}));
    world.workflows.next_sync_end(refused);
    assert_eq!(take(&world, &status("DELIVERED")), Taken::Done);
    assert_eq!(take(&world, &status("PENDING")), Taken::Done);
    assert_eq!(parked(&world).len(), 1, "nothing becomes PENDING");
    world.workflows.next_sync_end(SyncEnd::Failed {
        error: "Outage".into(),
        cause: String::new(),
    });
    let again = take(&world, &status("PREPARING"));
    assert!(
        matches!(&again, Taken::Retry(fault) if fault.is_retryable()),
        "{again:?}"
    );
}

#[test]
fn what_cannot_be_placed_is_parked_and_done() {
    let world = world_with(&handed_over());
    let with = |field: &str, value: Value| {
        let mut body = yes();
        body[field] = value;
        body
    };
    let strange = [
        json!("not an event"),
        json!({"type": "ORDER_PIZZA", "clientId": "sabor"}),
        with("decision", json!({"maybe": {}})),
        with("orderId", json!("a#b")),
        with("orderId", json!("order_unknown")),
        with("storeId", json!("norte")),
        with("clientId", json!("outro")),
    ];
    for _twice in 0..2 {
        for body in &strange {
            assert_eq!(take(&world, body), Taken::Done, "{body}");
        }
    }
    // The two wrong addresses within the tenant carry the same event id.
    assert_eq!(parked(&world).len(), strange.len() - 1);
    assert_eq!(order_in(&world), handed_over());
    assert_eq!(world.workflows.token(STEP), Some(TokenState::Open));
}

#[test]
fn a_pos_cannot_speak_under_anothers_name() {
    let world = world_with(&handed_over());
    let mut body = decision(json!({"rejected": {}}));
    body["eventId"] = json!("cancel-customer");
    take(&world, &body);
    body["eventId"] = json!("é".repeat(300));
    take(&world, &body);
    let ids: Vec<String> = rows::<News>(&world)
        .iter()
        .map(|news| news.news_id.to_string())
        .collect();
    assert_eq!(ids.len(), 2);
    assert!(ids.iter().all(|id| id.starts_with("pos-")), "{ids:?}");
}

/// A report is in the namespace of POS as well: under the provider's id it takes note of nothing of the provider's.
#[test]
fn a_pos_cannot_take_note_of_anothers_news() {
    let world = world_with(&moved(&handed_over(), OrderEvent::Confirm));
    let mut body = status("PREPARING");
    body["eventId"] = json!("evt_of_the_provider");
    take(&world, &body);
    let started = world.workflows.started();
    assert_eq!(started[0].input["eventId"], "pos-evt_of_the_provider");
}

#[test]
fn an_event_survives_a_crash_at_any_call() {
    let orders = [
        handed_over(),
        moved(&handed_over(), OrderEvent::Cancel),
        moved(&handed_over(), OrderEvent::Confirm),
    ];
    for order in orders {
        for body in [yes(), status("PREPARING")].map(|body| body.to_string()) {
            let quiet = world_with(&order);
            let before = state(&quiet);
            block_on(events::receive(&quiet.ports(), &body));
            // A yes that was said before leaves its row in the inbox at least.
            assert_ne!(state(&quiet), before);
            check_crashes(
                || world_with(&order),
                async |ports: &Ports| events::receive(ports, &body).await,
            );
        }
    }
}

/// The order of the first message cannot be read, so it comes again; that of the last can be.
#[test]
fn what_follows_a_message_that_comes_again_waits_in_its_own_group_only() {
    let world = world_with(&handed_over());
    let mut broken = Item::new();
    let partition = Order::key_of(
        &key().client_id,
        &OrderId::new("order_unreadable").expect("an id"),
    );
    let table = &tables::ORDERS;
    broken.insert(
        table.partition_key.into(),
        partition.partition.as_str().into(),
    );
    broken.insert("status".into(), "no status at all".into());
    world.store.seed(table, broken);
    let mut unreadable = status("READY");
    unreadable["orderId"] = json!("order_unreadable");
    let mut batch = events::Batch::default();
    let mut taken =
        |group: &str, body: &Value| block_on(batch.take(&world.ports(), group, &body.to_string()));
    let again = taken("a", &unreadable);
    assert!(
        matches!(&again, Taken::Retry(fault) if !fault.is_retryable()),
        "{again:?}"
    );
    assert_eq!(taken("a", &yes()), Taken::HeldUp, "it would overtake");
    assert_eq!(world.workflows.token(STEP), Some(TokenState::Open));
    assert_eq!(taken("b", &yes()), Taken::Done);
}
