//! The whole stack, started, stopped and started again.

use comanda_domain::{
    ids::OrderId,
    order::Order,
    store::{OrderConfig, StoreConfig},
    tables::{Item, ORDERS, Row, from_item, to_item},
};
use comanda_simulation::restaurant;
use comanda_tasks::ports::{Change, Condition, Write};
use serde_json::{Value, json};

use super::*;
use crate::aws::Service;

pub(super) fn options(data: Data) -> Options {
    Options {
        port: Port::Exactly(0),
        aws_port: Port::Exactly(0),
        data,
        asaas_pace: asaas::Pace::default(),
        twilio_pace: twilio::Pace::default(),
        sweep_every: None,
        functions: None,
    }
}

async fn step_functions(stack: &Stack, operation: &str) -> Value {
    let service = &stack.aws().services().step_functions;
    let answer = service.handle(operation, json!({})).await;
    let body = axum::body::to_bytes(answer.into_body(), 1_000_000)
        .await
        .unwrap();
    serde_json::from_slice(&body).unwrap()
}

#[tokio::test]
async fn starts_with_the_sample_tenant_and_keeps_what_was_changed() {
    let folder = tempfile::tempdir().unwrap();
    let data = Data::Directory(folder.path().to_owned());
    let stack = Stack::start(options(data.clone())).await.unwrap();
    let machines = step_functions(&stack, "ListStateMachines").await;
    let names: Vec<_> = machines["stateMachines"]
        .as_array()
        .unwrap()
        .iter()
        .map(|machine| machine["name"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(
        names,
        [
            "conversation",
            "order-lifecycle",
            "order-status",
            "reconciliation",
            "refund"
        ]
    );
    assert_eq!(Facts::read(folder.path()).as_ref(), Some(stack.facts()));

    let sample = Sample::load().unwrap();
    let key = OrderConfig::key_of(&sample.tenant, &sample.stores[0].orders.store_id);
    let row = stack
        .ports()
        .store
        .get(OrderConfig::TABLE, &key)
        .await
        .unwrap()
        .unwrap();
    let mut config: OrderConfig = from_item(&row).unwrap();
    assert_eq!(config, sample.stores[0].orders);
    config.requires_confirmation = !config.requires_confirmation;
    let change = Write {
        table: OrderConfig::TABLE,
        key: key.clone(),
        condition: Condition::Present,
        change: Change::Put(to_item(&config).unwrap()),
    };
    stack.ports().store.write(vec![change]).await.unwrap();
    let secret = |stack: &Stack| {
        let reference = &sample.stores[0].store.secrets.payment_api_key;
        let secret = stack.tenancy().secret(reference).unwrap();
        secrecy::ExposeSecret::expose_secret(&secret).to_owned()
    };
    let first_secret = secret(&stack);
    stack.stop().await;
    assert_eq!(Facts::read(folder.path()), None);

    let stack = Stack::start(options(data)).await.unwrap();
    let row = stack
        .ports()
        .store
        .get(OrderConfig::TABLE, &key)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(from_item::<OrderConfig>(&row).unwrap(), config);
    assert_eq!(secret(&stack), first_secret);
    stack.stop().await;
}

#[tokio::test]
async fn a_second_stack_on_the_same_data_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let data = Data::Directory(folder.path().to_owned());
    let stack = Stack::start(options(data.clone())).await.unwrap();
    let second = Stack::start(options(data)).await.err().unwrap();
    assert!(
        second.to_string().starts_with("already up here"),
        "{second}"
    );
    stack.stop().await;
}

#[tokio::test]
async fn functions_find_their_secrets_and_the_providers_where_the_configuration_says() {
    let stack = Stack::start(options(Data::Ephemeral)).await.unwrap();
    let sample = Sample::load().unwrap();
    let ports = stack.ports();
    let row = ports
        .store
        .get(
            StoreConfig::TABLE,
            &StoreConfig::key_of(&sample.tenant, &sample.stores[0].store.store_id),
        )
        .await
        .unwrap()
        .unwrap();
    let store: StoreConfig = from_item(&row).unwrap();
    let api_key = ports
        .secrets
        .get(&store.secrets.payment_api_key)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        ports
            .secrets
            .get("comanda/nobody/x")
            .await
            .unwrap()
            .map(|_| ()),
        None
    );
    let account = comanda_tasks::ports::Account {
        environment: comanda_tasks::ports::Environment::Local,
        api_key,
    };
    let payer = ports.provider.find_payer(&account, "24971563792").await;
    assert_eq!(payer, Ok(None));
    stack.stop().await;
}

#[tokio::test]
async fn pages_of_other_sites_get_nothing() {
    let stack = Stack::start(options(Data::Ephemeral)).await.unwrap();
    let client = reqwest::Client::builder()
        .no_proxy()
        .tls_certs_only([])
        .build()
        .unwrap();
    let address = format!("{}/simulators/asaas/control/balance", stack.facts().url);
    let check = async |header: &str, value: &str, expected: u16| {
        let answer = client
            .get(&address)
            .header(header, value)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status().as_u16(), expected, "{header}: {value}");
        answer.json::<Value>().await.unwrap()
    };
    let balances = check("accept", "*/*", 200).await;
    assert_eq!(balances, json!({restaurant::TENANT: 50_000}));
    let refused = check("host", "evil.example", 403).await;
    assert_eq!(refused["error"]["code"], "NOT_THIS_MACHINE");
    check("origin", "https://evil.example", 403).await;
    stack.stop().await;
}

/// A poller that goes on asking a closed queue never yields, and takes its thread with it; so it gets a thread of its
/// own here, and the test ends either way.
#[tokio::test]
async fn polling_for_events_ends_with_the_queues() {
    let stack = Stack::start(options(Data::Ephemeral)).await.unwrap();
    let (services, ports) = (Arc::clone(stack.aws().services()), stack.ports().clone());
    let closing = stack.aws().closing();
    stack.stop().await;
    let (ended, end) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(edge::poll_events(services, Behind::Here(ports), closing));
        ended.send(()).unwrap();
    });
    assert_eq!(end.recv_timeout(std::time::Duration::from_secs(10)), Ok(()));
}

/// A message that comes again holds up its own order, and nobody else's.
#[tokio::test]
async fn a_message_that_cannot_be_handled_does_not_hold_up_other_orders() {
    let stack = Stack::start(options(Data::Ephemeral)).await.unwrap();
    let sample = Sample::load().unwrap();
    let (tenant, store) = (&sample.tenant, &sample.stores[0].orders.store_id);
    let (broken, unknown) = (
        OrderId::new("order_unreadable").unwrap(),
        OrderId::new("order_unknown").unwrap(),
    );
    let key = Order::key_of(tenant, &broken);
    let mut item = Item::new();
    item.insert(
        ORDERS.partition_key.to_owned(),
        key.partition.as_str().into(),
    );
    item.insert("status".to_owned(), "no status at all".into());
    let write = Write {
        table: &ORDERS,
        key,
        condition: Condition::Absent,
        change: Change::Put(item),
    };
    stack.ports().store.write(vec![write]).await.unwrap();
    for order in [&broken, &unknown] {
        let event = json!({
            "type": "ORDER_STATUS", "clientId": tenant, "storeId": store, "orderId": order,
            "eventId": format!("event-{order}"), "status": "READY",
        });
        let request = json!({
            "QueueUrl": queues::url(&stack.facts().aws_url, queues::EVENTS),
            "MessageBody": event.to_string(), "MessageGroupId": order,
            "MessageDeduplicationId": event["eventId"],
        });
        let services = stack.aws().services();
        services
            .call(Service::Sqs, "SendMessage", &request)
            .await
            .unwrap();
    }
    let mut parked = 0;
    for _ in 0..100 {
        let answer = comanda_tasks::api::parked_events(stack.ports(), tenant).await;
        parked = answer.body["count"].as_u64().unwrap();
        if parked > 0 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!(parked, 1, "the event of the unknown order is dealt with");
    stack.stop().await;
}
