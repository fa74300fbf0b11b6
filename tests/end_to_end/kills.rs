//! `kill -9` while an order lives: what was there is there, and it goes on.

use serde_json::Value;

use crate::running::Running;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_that_waits_for_its_payment_survives() {
    let folder = tempfile::tempdir().expect("a folder");
    let stack = Running::start(folder.path());
    let id = stack.place("pix-delivery.json");
    stack.until_charged(&id).await;
    stack.until_told("QR Code do PIX").await;
    let before = (
        stack.order(&id),
        stack.messages(),
        stack.result(&["exec", "list"]),
    );
    stack.kill();
    let stack = Running::start(folder.path());
    let after = (
        stack.order(&id),
        stack.messages(),
        stack.result(&["exec", "list"]),
    );
    assert_eq!(after, before);
    assert_eq!(before.2[0]["status"], "RUNNING");
    stack.result(&["asaas", "pay", &id]);
    confirm(&stack, &id).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_payment_just_made_is_not_lost() {
    let folder = tempfile::tempdir().expect("a folder");
    let stack = Running::start(folder.path());
    let id = stack.place("pix-delivery.json");
    stack.until_charged(&id).await;
    stack.result(&["asaas", "pay", &id]);
    stack.kill();
    let stack = Running::start(folder.path());
    confirm(&stack, &id).await;
    assert_eq!(
        stack.told("Seu pagamento para o pedido #0001 foi confirmado"),
        1
    );
}

/// The store says yes, and the order is confirmed and paid once.
async fn confirm(stack: &Running, id: &str) {
    let listened = stack.run(&["pos", "listen", "--confirm", "35", "--stop-after", "1"]);
    assert_eq!(listened.code, Some(0), "{}", listened.err);
    let order = stack
        .until(id, |order| order["status"] == "CONFIRMED")
        .await;
    assert_eq!(order["paidAmount"], 4480);
    let history = order["statusHistory"].as_array().expect("a history");
    let is_confirmed = |entry: &&Value| entry["status"] == "CONFIRMED";
    assert_eq!(history.iter().filter(is_confirmed).count(), 1);
    assert_eq!(stack.orders().len(), 1);
    stack.until_told("Seu pedido #0001 foi confirmado").await;
    assert_eq!(stack.told("Seu pedido #0001 foi confirmado"), 1);
}
