//! Orders that are not taken: each with its code, and nothing of them saved.

use serde_json::{Value, json};

use crate::running::{Running, example};

const REFUSED: [(&str, &str); 8] = [
    ("refused-below-minimum.json", "BELOW_MINIMUM"),
    ("refused-closed-store.json", "STORE_CLOSED"),
    ("refused-cpf-required.json", "CPF_REQUIRED"),
    ("refused-method-not-accepted.json", "METHOD_NOT_ACCEPTED"),
    ("refused-outside-zone.json", "OUTSIDE_DELIVERY_ZONE"),
    ("refused-quantity.json", "INVALID_QUANTITY"),
    ("refused-unavailable-item.json", "ITEM_UNAVAILABLE"),
    ("refused-unknown-item.json", "UNKNOWN_ITEM"),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refused_orders_leave_nothing_behind() {
    let folder = tempfile::tempdir().expect("a folder");
    let stack = Running::start(folder.path());
    let id = stack.place("cash-delivery.json");
    stack
        .until(&id, |order| order["waitingFor"] == "STORE")
        .await;
    let before = (stack.orders(), executions(&stack));
    for (file, code) in REFUSED {
        let path = example(file);
        let said = stack.run(&["order", "place", path.to_str().expect("UTF-8")]);
        assert_eq!(said.code, Some(1), "{file}: {}", said.err);
        assert_eq!(said.out, "", "{file}");
        let error: Value = serde_json::from_str(&said.err).expect("JSON");
        assert_eq!(error["error"]["code"], code, "{file}");
    }
    for body in ["{", "[]", "{}", r#"{"clientId": 7}"#] {
        let (status, answer) = stack.post("/api/orders", body, &[]).await;
        assert_eq!(status, 400, "{body}: {answer}");
        assert_eq!(answer["error"]["code"], "MALFORMED_REQUEST", "{body}");
    }
    assert_eq!((stack.orders(), executions(&stack)), before);
    let madrugada = stack.result(&["order", "list", "--store", "madrugada"]);
    assert_eq!(madrugada["orders"], json!([]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_checkout_is_one_order() {
    let folder = tempfile::tempdir().expect("a folder");
    let stack = Running::start(folder.path());
    let text = std::fs::read_to_string(example("pix-delivery.json")).expect("the file");
    let (first, one) = stack.post("/api/orders", &text, &[]).await;
    let (second, same) = stack.post("/api/orders", &text, &[]).await;
    assert_eq!((first, second), (201, 200));
    assert_eq!(one["order"]["orderId"], same["order"]["orderId"]);
    let mut other: Value = serde_json::from_str(&text).expect("JSON");
    other["items"][0]["quantity"] = json!(2);
    let (status, answer) = stack.post("/api/orders", &other.to_string(), &[]).await;
    assert_eq!(status, 409);
    assert_eq!(answer["error"]["code"], "CHECKOUT_CONFLICT");
    let id = one["order"]["orderId"].as_str().expect("an id");
    let order = stack.until_charged(id).await;
    assert_eq!(order["total"], 4480);
    assert_eq!(stack.orders().len(), 1);
    assert_eq!(executions(&stack).len(), 1);
}

fn executions(stack: &Running) -> Vec<Value> {
    let listed = stack.result(&["exec", "list"]);
    listed.as_array().expect("executions").clone()
}
