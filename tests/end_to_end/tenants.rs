//! A second tenant: taken in from its file, sells, survives restarts, and takes nothing of anybody else.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::running::Running;

const TENANT: &str = "pizzaria-bella";
const STORE: &str = "jardins";

pub fn file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/tenants/pizzaria-bella.json")
}

/// The example with a change, in a file of its own.
pub fn changed(folder: &Path, change: impl FnOnce(&mut Value)) -> String {
    let text = std::fs::read_to_string(file()).expect("the example");
    let mut tenant: Value = serde_json::from_str(&text).expect("JSON");
    change(&mut tenant);
    let path = folder.join("changed.json");
    std::fs::write(&path, tenant.to_string()).expect("written");
    path.to_str().expect("UTF-8").to_owned()
}

fn tenant(stack: &Running, arguments: &[&str]) -> Value {
    let data = stack.data.to_str().expect("UTF-8").to_owned();
    let all = [&["tenant", "--data", &data], arguments].concat();
    stack.result(&all)
}

fn add(stack: &Running) -> Value {
    tenant(stack, &["add", file().to_str().expect("UTF-8")])
}

/// Places an order at the second tenant; its id.
fn place(stack: &Running, checkout: &str) -> String {
    let order = json!({
        "checkoutId": checkout,
        "customer": {"name": "Ana Prado", "channelAddress": "whatsapp:+5511955554444", "cpf": "249.715.637-92"},
        "items": [{"itemId": "pizza_margherita", "quantity": 1}],
        "delivery": {"type": "PICKUP"},
        "paymentMethod": "PIX"
    });
    let path = stack.data.join("order.json");
    std::fs::write(&path, order.to_string()).expect("written");
    let path = path.to_str().expect("UTF-8");
    let placed = stack.result(&["order", "--tenant", TENANT, "--store", STORE, "place", path]);
    placed["order"]["orderId"]
        .as_str()
        .expect("an id")
        .to_owned()
}

async fn until(stack: &Running, id: &str, fits: impl Fn(&Value) -> bool) -> Value {
    let path = format!("/api/orders/{id}?clientId={TENANT}&storeId={STORE}");
    let mut shown = Value::Null;
    for _ in 0..200 {
        shown = stack.get(&path).await.1["order"].take();
        if fits(&shown) {
            return shown;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("the order does not come to that: {shown:#}");
}

async fn pay_and_confirm(stack: &Running, id: &str) {
    let charged = until(stack, id, |order| order["paymentId"].is_string()).await;
    stack.result(&[
        "asaas",
        "pay",
        charged["paymentId"].as_str().expect("a charge"),
    ]);
    until(stack, id, |order| order["waitingFor"] == "STORE").await;
    let said = stack.run(&[
        "pos",
        "listen",
        "--tenant",
        TENANT,
        "--store",
        STORE,
        "--confirm",
        "30",
        "--stop-after",
        "1",
    ]);
    assert_eq!(said.code, Some(0), "{}", said.err);
    until(stack, id, |order| order["status"] == "CONFIRMED").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_tenant_sells_and_is_there_after_a_restart() {
    let folder = tempfile::tempdir().expect("a folder");
    let stack = Running::start(folder.path());
    let added = add(&stack);
    assert_eq!(added["rows"][0]["written"], "made", "{added:#}");
    let again = add(&stack);
    let rows = again["rows"].as_array().expect("rows");
    assert!(
        rows.iter().all(|row| row["written"] == "asItWas"),
        "{again:#}"
    );

    let id = place(&stack, "first").clone();
    pay_and_confirm(&stack, &id).await;
    stack.until_told("Seu pedido #0001 foi confirmado").await;
    assert!(
        stack.orders().is_empty(),
        "the sample tenant sees nothing of it"
    );
    let (status, _) = stack.get(&format!("/api/orders/{id}")).await;
    assert_eq!(status, 404);

    stack.kill();
    let stack = Running::start(folder.path());
    let shown = tenant(&stack, &["show", TENANT]);
    assert_eq!(shown["stores"][0]["storeId"], STORE, "{shown:#}");
    let id = place(&stack, "second");
    pay_and_confirm(&stack, &id).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_belongs_to_another_tenant_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let stack = Running::start(folder.path());
    let data = folder.path().to_str().expect("UTF-8");
    let refused = |path: &str, code: &str, words: &str| {
        let said = stack.run(&["tenant", "--data", data, "add", path]);
        assert_eq!(said.code, Some(1), "{}", said.out);
        let error: Value = serde_json::from_str(said.err.trim()).expect("JSON");
        assert_eq!(error["error"]["code"], code, "{error:#}");
        let message = error["error"]["message"].as_str().expect("words");
        assert!(message.contains(words), "{message}");
        assert!(error["error"]["help"].is_string());
    };
    let number = changed(folder.path(), |tenant| {
        tenant["stores"][0]["config"]["channelAddresses"] = json!(["whatsapp:+551140028922"]);
    });
    refused(
        &number,
        "NUMBER_TAKEN",
        "belongs to the store centro of sabor-brasileiro",
    );
    let route = changed(folder.path(), |tenant| {
        tenant["webhookRoute"] = json!("sabor-brasileiro");
    });
    refused(&route, "ROUTE_TAKEN", "belongs to sabor-brasileiro");
    // The sample's queue is comanda-sabor-brasileiro-centro.fifo.
    let queue = changed(folder.path(), |tenant| {
        tenant["clientId"] = json!("sabor");
        tenant["stores"][0]["storeId"] = json!("brasileiro-centro");
    });
    refused(&queue, "QUEUE_TAKEN", "belongs to sabor-brasileiro");
    let broken = changed(folder.path(), |tenant| {
        tenant["stores"][0]["menu"]["items"][0]["price"] = json!("49,90");
    });
    refused(&broken, "TENANT_FILE", "stores[0].menu.items[0].price");
    // Nothing of it was written: the same store with its own number is taken in as if nothing had been.
    let added = add(&stack);
    let rows = added["rows"].as_array().expect("rows");
    assert!(rows.iter().all(|row| row["written"] == "made"), "{added:#}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_webhook_token_made_anew_loses_no_payment() {
    let folder = tempfile::tempdir().expect("a folder");
    let stack = Running::start(folder.path());
    add(&stack);
    let reference = "comanda/pizzaria-bella/asaas-webhook-token";
    let token = || {
        let shown = tenant(&stack, &["show", TENANT, "--secrets"]);
        let own = shown["secrets"].as_object().expect("secrets");
        assert!(
            own.keys()
                .all(|name| name.starts_with("comanda/pizzaria-bella/"))
        );
        own[reference].as_str().expect("a token").to_owned()
    };
    let old = token();
    let id = place(&stack, "rotated");
    until(&stack, &id, |order| order["paymentId"].is_string()).await;
    tenant(&stack, &["rotate", TENANT, "webhook-token"]);
    let new = token();
    assert_ne!(old, new);
    let path = format!("/webhooks/asaas/{TENANT}");
    let shown = async |token: &str| {
        let headers = [("asaas-access-token", token)];
        stack
            .post(
                &path,
                r#"{"id": "evt_1", "event": "PAYMENT_CREATED"}"#,
                &headers,
            )
            .await
            .0
    };
    assert_eq!(shown(&old).await, 401);
    assert_eq!(shown(&new).await, 200);
    pay_and_confirm(&stack, &id).await;
    // With another key and another token for messages the next order is charged, paid and told as the first.
    tenant(&stack, &["rotate", TENANT, "payment-api-key"]);
    tenant(&stack, &["rotate", TENANT, "messaging-token"]);
    let id = place(&stack, "after");
    pay_and_confirm(&stack, &id).await;
    stack.until_told("Seu pedido #0002 foi confirmado").await;
}
