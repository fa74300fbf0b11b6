//! The store says no, says yes twice, or says yes to an order that is no more.

use serde_json::{Value, json};

use crate::running::Running;

const YES: &str = r#"{"confirmed": {"readyInMinutes": 35}}"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rejected_order_is_refunded_and_its_customer_told_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let stack = Running::start(folder.path());
    let id = stack.placed_and_paid().await;
    let said = stack.run(&[
        "pos",
        "listen",
        "--reject",
        "Acabou o bacon",
        "--stop-after",
        "1",
    ]);
    assert_eq!(said.code, Some(0), "{}", said.err);
    let order = stack
        .until(&id, |order| order["status"] == "REFUNDED")
        .await;
    assert_eq!(order["refundedAmount"], 4480);
    stack.until_told("R$ 44,80 foi reembolsado").await;
    assert_eq!(stack.told("R$ 44,80 foi reembolsado"), 1);
    assert_eq!(stack.told("foi confirmado! Estamos"), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_at_the_counter_types_the_answer() {
    let folder = tempfile::tempdir().expect("a folder");
    let stack = Running::start(folder.path());
    let id = stack.placed_and_paid().await;
    let said = stack.typed(&["pos", "listen", "--stop-after", "1"], "confirm 1 35");
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(
        said.out.contains("0001  delivery, R$ 44,80, PIX"),
        "{said:?}"
    );
    assert!(said.err.contains("answer with: confirm 1 35"), "{said:?}");
    stack
        .until(&id, |order| order["status"] == "CONFIRMED")
        .await;
    stack.until_up_tells("0001", "confirmed by the store").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_answers_count_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let stack = Running::start(folder.path());
    let id = stack.placed_and_paid().await;
    let received = stack.store_message().await;
    assert_eq!(received["type"], "REMOTE_ORDER_RECEIVED");
    let token = received["data"]["taskToken"].as_str().expect("a token");
    let client = stack.step_functions().await;
    let first = client.send_task_success().task_token(token).output(YES);
    first.send().await.expect("taken");
    stack
        .until(&id, |order| order["status"] == "CONFIRMED")
        .await;
    stack.until_told("Seu pedido #0001 foi confirmado").await;
    let before = stack.order(&id);
    let second = client.send_task_success().task_token(token).output(YES);
    let error = second
        .send()
        .await
        .expect_err("used up")
        .into_service_error();
    assert!(error.is_task_timed_out(), "{error}");
    let yes: Value = serde_json::from_str(YES).expect("JSON");
    let event = json!({"type": "ORDER_DECISION", "decision": yes});
    stack.report(&id, "second-answer", event).await;
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    assert_eq!(stack.order(&id), before);
    assert_eq!(stack.told("Seu pedido #0001 foi confirmado"), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_yes_after_the_cancel_is_late() {
    let folder = tempfile::tempdir().expect("a folder");
    let stack = Running::start(folder.path());
    let id = stack.placed_and_paid().await;
    assert_eq!(stack.store_message().await["type"], "REMOTE_ORDER_RECEIVED");
    stack.result(&["order", "cancel", &id]);
    stack
        .until(&id, |order| order["status"] == "REFUNDED")
        .await;
    assert_eq!(stack.store_message().await["type"], "ORDER_CANCELLED");
    let yes: Value = serde_json::from_str(YES).expect("JSON");
    let event = json!({"type": "ORDER_DECISION", "decision": yes});
    stack.report(&id, "late-yes", event).await;
    assert_eq!(stack.store_message().await["type"], "ORDER_DECISION_LATE");
    let order = stack.order(&id);
    assert_eq!(order["status"], "REFUNDED");
    assert_eq!(order["refundedAmount"], 4480);
    assert_eq!(stack.told("foi confirmado! Estamos"), 0);
}
