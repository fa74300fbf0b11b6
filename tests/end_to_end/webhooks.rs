//! What the provider sends: who may, what nobody knows, and what comes twice.

use serde_json::{Value, json};

use crate::running::Running;

const PATH: &str = "/webhooks/asaas/sabor-brasileiro";
const PARKED: &str = "/api/parked-events?clientId=sabor-brasileiro&storeId=centro";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn strangers_are_refused_strays_parked_and_repetitions_change_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let stack = Running::start(folder.path());
    let token = token(&stack);
    let stray = json!({
        "id": "evt_stray&1", "event": "PAYMENT_RECEIVED", "dateCreated": "2026-01-01 12:00:00",
        "payment": {"object": "payment", "id": "pay_nobody", "value": 10.0, "billingType": "PIX", "status": "RECEIVED"},
    });
    let (status, _) = send(&stack, &stray, "wrong").await;
    assert_eq!(status, 401);
    assert_eq!(stack.get(PARKED).await.1["count"], 0);
    for _ in 0..2 {
        assert_eq!(send(&stack, &stray, &token).await.0, 200);
    }
    let parked = stack.get(PARKED).await.1;
    assert_eq!(parked["count"], 1, "{parked}");
    assert_eq!(parked["events"][0]["subject"], "pay_nobody");

    let id = stack.place("pix-delivery.json");
    stack.until_charged(&id).await;
    let paid = stack.result(&["asaas", "pay", &id]);
    stack
        .until(&id, |order| order["waitingFor"] == "STORE")
        .await;
    stack.until_told("aguardando confirmação").await;
    let before = shown(&stack, &id);
    let event = &before["inbox"][0]["newsId"];
    assert!(event.is_string(), "{before:#}");
    let again = json!({
        "id": event, "event": paid["event"], "dateCreated": "2026-01-01 12:00:00", "payment": paid["payment"],
    });
    for _ in 0..2 {
        assert_eq!(send(&stack, &again, &token).await.0, 200);
    }
    let told = stack.messages();
    // A step that the repetition had set off would have come by then.
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    assert_eq!(shown(&stack, &id), before);
    assert_eq!(stack.messages(), told);
    assert_eq!(stack.get(PARKED).await.1["count"], 1);
}

/// The order as it is shown, without how far the channel got meanwhile with what was said.
fn shown(stack: &Running, id: &str) -> Value {
    let mut shown = stack.result(&["order", "show", id]);
    for message in shown["notifications"].as_array_mut().into_iter().flatten() {
        message["delivery"] = Value::Null;
    }
    shown
}

async fn send(stack: &Running, event: &Value, token: &str) -> (u16, Value) {
    let headers = [("asaas-access-token", token)];
    stack.post(PATH, &event.to_string(), &headers).await
}

fn token(stack: &Running) -> String {
    let data = stack.data.to_str().expect("UTF-8");
    let shown = stack.result(&["tenant", "show", "--secrets", "--data", data]);
    let token = &shown["secrets"]["comanda/sabor-brasileiro/asaas-webhook-token"];
    token.as_str().expect("a token").to_owned()
}
