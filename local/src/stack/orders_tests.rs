//! Orders through the running stack: placed over HTTP, paid at the simulator, decided by a POS on its queue.

use std::time::Duration;

use comanda_domain::{
    people::ChannelAddress,
    tables::{Row as _, to_item},
};
use comanda_tasks::{
    ports::{Change, Condition, Write},
    rows::ConversationRow,
};
use serde_json::{Value, json};

use super::{tests::options, *};
use crate::aws::Service;

const CUSTOMER: &str = "whatsapp:+5511987654321";

/// A stack and the world around it.
pub(super) struct World {
    pub(super) stack: Stack,
    pub(super) http: reqwest::Client,
}

impl World {
    pub(super) async fn start(data: Data) -> Self {
        let mut options = options(data);
        options.asaas_pace.refund = Duration::from_millis(50);
        options.twilio_pace = twilio::Pace(Duration::from_millis(10));
        Self {
            stack: Stack::start(options).await.unwrap(),
            http: reqwest::Client::builder()
                .no_proxy()
                .tls_certs_only([])
                .build()
                .unwrap(),
        }
    }

    async fn get(&self, path: &str) -> Value {
        let address = format!("{}{path}", self.stack.facts().url);
        self.http
            .get(address)
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap()
    }

    async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        let address = format!("{}{path}", self.stack.facts().url);
        let answer = self.http.post(address).json(body).send().await.unwrap();
        (
            answer.status().as_u16(),
            answer.json().await.unwrap_or_default(),
        )
    }

    /// The customer writes first, so that they may be answered in free text.
    pub(super) async fn write(&self) {
        let to = &self.stack.facts().stores[0].channel_addresses[0];
        let body = json!({"from": CUSTOMER, "to": to, "body": "oi"});
        let (status, _) = self.post("/simulators/twilio/control/inbound", &body).await;
        assert_eq!(status, 202);
        tokio::time::sleep(Duration::from_millis(200)).await;
    }

    pub(super) async fn place(&self, checkout: &str, method: &str) -> String {
        let (status, body) = self.post("/api/orders", &order(checkout, method)).await;
        assert_eq!(status, 201, "{body}");
        body["order"]["orderId"].as_str().unwrap().to_owned()
    }

    /// The order, once `fits` says so.
    pub(super) async fn order_when(&self, id: &str, fits: impl Fn(&Value) -> bool) -> Value {
        let mut shown = Value::Null;
        for _ in 0..400 {
            shown = self.get(&format!("/api/orders/{id}")).await;
            if fits(&shown["order"]) {
                return shown["order"].clone();
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("the order does not come to that: {shown:#}");
    }

    /// What the store's POS finds on its queue next.
    async fn pos_hears(&self) -> Value {
        let queue_url = self.stack.facts().stores[0].queue_url.clone();
        let receive = json!({"QueueUrl": queue_url, "WaitTimeSeconds": 10});
        let services = self.stack.aws().services();
        let answer = services
            .call(Service::Sqs, "ReceiveMessage", &receive)
            .await
            .unwrap();
        let message = &answer["Messages"][0];
        let delete = json!({"QueueUrl": queue_url, "ReceiptHandle": message["ReceiptHandle"]});
        services
            .call(Service::Sqs, "DeleteMessage", &delete)
            .await
            .unwrap();
        serde_json::from_str(message["Body"].as_str().unwrap()).unwrap()
    }

    async fn pos_answers(&self, message: &Value, decision: Value) {
        let request = json!({
            "taskToken": message["data"]["taskToken"], "output": decision.to_string(),
        });
        let services = self.stack.aws().services();
        services
            .call(Service::StepFunctions, "SendTaskSuccess", &request)
            .await
            .unwrap();
    }

    async fn pos_posts(&self, event: Value) {
        let request = json!({
            "QueueUrl": queues::url(&self.stack.facts().aws_url, queues::EVENTS),
            "MessageBody": event.to_string(), "MessageGroupId": "pos",
            "MessageDeduplicationId": event["eventId"],
        });
        let services = self.stack.aws().services();
        services
            .call(Service::Sqs, "SendMessage", &request)
            .await
            .unwrap();
    }

    /// Our record says that the customer wrote; the channel knows better.
    async fn believe_the_window_open(&self) {
        let sample = Sample::load().unwrap();
        let (address, now) = (
            ChannelAddress::new(CUSTOMER).unwrap(),
            jiff::Timestamp::now(),
        );
        let ours = &sample.stores[0].store.channel_addresses[0];
        let row = ConversationRow::new(&sample.tenant, (&address, ours), now, 1);
        let write = Write {
            table: ConversationRow::TABLE,
            key: row.key(),
            condition: Condition::Absent,
            change: Change::Put(to_item(&row).unwrap()),
        };
        let store = &self.stack.ports().store;
        store.write(vec![write]).await.unwrap();
    }

    /// Waits until the customer's phone shows this.
    async fn phone_shows(&self, text: &str) {
        let shows = |message: &Value| message["body"].as_str().unwrap().contains(text);
        self.phone_has(shows).await;
    }

    /// Waits until there is such a message on the customer's phone.
    async fn phone_has(&self, fits: impl Fn(&Value) -> bool) {
        let mut shown = Value::Null;
        for _ in 0..400 {
            shown = self.get("/simulators/twilio/control/messages").await;
            if shown["messages"].as_array().unwrap().iter().any(&fits) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("the phone does not show that: {shown:#}");
    }
}

fn order(checkout: &str, method: &str) -> Value {
    json!({
        "clientId": "sabor-brasileiro", "storeId": "centro", "checkoutId": checkout,
        "customer": {"name": "Maria da Silva", "channelAddress": CUSTOMER, "cpf": "52998224725"},
        "items": [{"itemId": "burger_cheese_bacon", "quantity": 1}],
        "delivery": {"type": "PICKUP"},
        "paymentMethod": method,
    })
}

pub(super) fn waits_for(what: &'static str) -> impl Fn(&Value) -> bool {
    move |order| order["waitingFor"] == what
}

pub(super) fn is(status: &'static str) -> impl Fn(&Value) -> bool {
    move |order| order["status"] == status
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pix_order_is_paid_confirmed_advanced_and_told() {
    let world = World::start(Data::Ephemeral).await;
    world.write().await;
    let id = world.place("carrinho-1", "PIX").await;
    world.order_when(&id, waits_for("PAYMENT")).await;
    world.phone_shows("00020101021226").await;
    let pay = format!("/simulators/asaas/control/payments/{id}/pay");
    let (status, body) = world.post(&pay, &json!({})).await;
    assert_eq!(status, 200, "{body}");
    let message = world.pos_hears().await;
    assert_eq!(message["type"], "REMOTE_ORDER_RECEIVED");
    world
        .pos_answers(&message, json!({"confirmed": {"readyInMinutes": 35}}))
        .await;
    world.order_when(&id, is("CONFIRMED")).await;
    world
        .pos_posts(json!({
            "type": "ORDER_STATUS", "clientId": "sabor-brasileiro", "storeId": "centro",
            "orderId": id, "eventId": "pos-1", "status": "PREPARING",
        }))
        .await;
    world.order_when(&id, is("PREPARING")).await;
    let again = world.post("/api/orders", &order("carrinho-1", "PIX")).await;
    assert_eq!((again.0, &again.1["order"]["orderId"]), (200, &json!(id)));
    world.phone_shows("está sendo preparado").await;
    let page = world
        .http
        .get(format!("{}/orders/{id}", world.stack.facts().url));
    let page = page.send().await.unwrap();
    assert_eq!(page.status(), 200);
    world.stack.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_paid_order_that_the_store_rejects_is_refunded() {
    let world = World::start(Data::Ephemeral).await;
    world.write().await;
    let id = world.place("carrinho-1", "CREDIT").await;
    world
        .order_when(&id, |order| order["paymentId"].is_string())
        .await;
    let (status, body) = world
        .post(
            &format!("/simulators/asaas/control/payments/{id}/pay"),
            &json!({}),
        )
        .await;
    assert_eq!(status, 200, "{body}");
    let message = world.pos_hears().await;
    world
        .pos_answers(&message, json!({"rejected": {"reason": "sem gás"}}))
        .await;
    world.order_when(&id, is("REFUNDED")).await;
    world.stack.stop().await;
}

/// Twilio takes a text outside the window and fails it afterwards: only the report that we asked for tells (providers
/// §2.5).
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_text_that_fails_afterwards_comes_again_as_the_template() {
    let world = World::start(Data::Ephemeral).await;
    world.believe_the_window_open().await;
    world.place("carrinho-1", "CASH").await;
    world
        .phone_has(|message| message["template"].is_null() && message["error"] == 63_016)
        .await;
    world
        .phone_has(|message| message["template"].is_string() && message["status"] == "delivered")
        .await;
    world.stack.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bad_requests_are_answered_and_change_nothing() {
    let world = World::start(Data::Ephemeral).await;
    let check = async |path: &str, body: Value, status: u16, code: &str| {
        let answer = world.post(path, &body).await;
        assert_eq!(
            (answer.0, &answer.1["error"]["code"]),
            (status, &json!(code)),
            "{path}"
        );
    };
    let mut closed = order("c-1", "CASH");
    closed["storeId"] = json!("madrugada");
    check("/api/orders", closed, 422, "STORE_CLOSED").await;
    check("/api/orders", json!([]), 400, "MALFORMED_REQUEST").await;
    check(
        "/api/orders",
        json!("x".repeat(300 * 1024)),
        413,
        "BODY_NOT_READ",
    )
    .await;
    check(
        "/api/orders/0009/cancel",
        json!({"by": "CUSTOMER"}),
        404,
        "ORDER_NOT_FOUND",
    )
    .await;
    let event = json!({"id": "evt_1&2", "event": "PAYMENT_RECEIVED"});
    let (status, _) = world.post("/webhooks/asaas/sabor-brasileiro", &event).await;
    assert_eq!(status, 401);
    let (status, _) = world.post("/webhooks/asaas/nobody", &event).await;
    assert_eq!(status, 401);
    let listed = world.get("/api/orders").await;
    assert_eq!(listed["orders"], json!([]));
    let query = world.get("/api/orders?colour=red").await;
    assert_eq!(query["error"]["code"], "MALFORMED_REQUEST");
    world.stack.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_goes_on_where_it_was_when_the_stack_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let data = Data::Directory(folder.path().to_owned());
    let world = World::start(data.clone()).await;
    world.write().await;
    let id = world.place("carrinho-1", "CASH").await;
    world.order_when(&id, waits_for("STORE")).await;
    world.stack.stop().await;

    let world = World::start(data).await;
    let message = world.pos_hears().await;
    world
        .pos_answers(&message, json!({"confirmed": {"readyInMinutes": 20}}))
        .await;
    world.order_when(&id, is("CONFIRMED")).await;
    world.stack.stop().await;
}
