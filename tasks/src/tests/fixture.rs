//! A store with two things to sell, in a world in memory, and the steps of an order's life as data.

use comanda_domain::{
    checkout::PlaceOrder,
    ids::{CheckoutId, ClientId, OrderId, StoreId},
    inbox::{News, NewsId, NewsKind},
    menu::Menu,
    order::Order,
    people::ChannelAddress,
    store::{OrderConfig, StoreConfig},
    tables::{Row, from_item, to_item},
};
use comanda_workflows::contracts::{OrderKey, OrderReference, Walk, WalkKind};
use serde_json::{Value, json};

use crate::{
    hear::hear,
    ports::Ports,
    registry::{Invocation, InvocationError, invoke},
    rows::{CheckoutRow, ConversationRow},
    testing::World,
};

pub(super) const CUSTOMER: &str = "whatsapp:+5511987654321";
/// The store's own.
pub(super) const STORE_ADDRESS: &str = "whatsapp:+551140028922";
pub(super) const NOON: &str = "2026-11-22T15:00:00Z";

pub(super) fn tenant() -> ClientId {
    ClientId::new("sabor").unwrap()
}

pub(super) fn reference() -> OrderReference {
    OrderReference {
        client_id: tenant(),
        store_id: StoreId::new("centro").unwrap(),
        order_id: OrderId::new("order_1").unwrap(),
        checkout_id: CheckoutId::new("checkout_1").unwrap(),
    }
}

pub(super) fn key() -> OrderKey {
    reference().order()
}

fn seed<R: Row>(world: &World, row: &R) {
    world.store.seed(R::TABLE, to_item(row).unwrap());
}

/// How the store takes orders; `changes` are laid over it.
fn order_config(changes: &Value) -> OrderConfig {
    let mut config = json!({
        "clientId": "sabor", "storeId": "centro",
        "requiresConfirmation": true, "autoConfirmationTimeout": 0,
        "refundUnconfirmedOrders": true, "refundTimeout": 60,
        "notifyCustomerOnStatusChange": true, "notificationTemplates": {},
        "acceptedPaymentMethods": ["PIX", "CREDIT", "CASH"],
        "minimumOrderValue": 2_000, "operatingHoursCheck": false,
        "updatedAt": NOON,
    });
    for (name, value) in changes.as_object().unwrap() {
        config[name] = value.clone();
    }
    serde_json::from_value(config).unwrap()
}

fn store_config() -> StoreConfig {
    serde_json::from_value(json!({
        "clientId": "sabor", "storeId": "centro", "name": "Sabor Brasileiro",
        "timeZone": "America/Sao_Paulo", "openingHours": { "week": {} },
        "offersPickup": true,
        "channelAddresses": [STORE_ADDRESS],
        "channelTemplates": { "STATUS": "HX1" },
        "providerEnvironment": "LOCAL",
        "secrets": {
            "paymentApiKey": "asaas", "messagingAccount": "account", "messagingToken": "token",
        },
        "queueUrl": "https://queue.invalid/centro.fifo",
    }))
    .unwrap()
}

fn menu() -> Menu {
    let item = |id: &str, name: &str, price: i64| json!({ "itemId": id, "name": name, "category": "Lanches", "price": price });
    serde_json::from_value(json!({
        "clientId": "sabor", "storeId": "centro", "version": 1, "updatedAt": NOON,
        "items": [item("burger", "Cheese Bacon", 3_290), item("cola", "Coca-Cola 350ml", 690)],
    }))
    .unwrap()
}

/// A world with the store, a customer who has just written, and their checkout.
pub(super) fn world(method: &str, config: &Value) -> World {
    let world = World::new(NOON.parse().unwrap(), 7);
    seed(&world, &order_config(config));
    seed(&world, &store_config());
    seed(&world, &menu());
    for (reference, value) in [("asaas", "key"), ("account", "AC1"), ("token", "auth")] {
        world.secrets.set(reference, value);
    }
    let request: PlaceOrder = serde_json::from_value(json!({
        "checkoutId": "checkout_1",
        "customer": { "name": "Ana Souza", "channelAddress": CUSTOMER, "cpf": "52998224725" },
        "items": [{ "itemId": "burger", "quantity": 1 }, { "itemId": "cola", "quantity": 1 }],
        "delivery": { "type": "PICKUP" },
        "paymentMethod": method,
    }))
    .unwrap();
    let now = NOON.parse().unwrap();
    let body = serde_json::to_value(&request).unwrap();
    let checkout = CheckoutRow::new(reference(), request.fingerprint(), body, now);
    seed(&world, &checkout);
    let address = ChannelAddress::new(CUSTOMER).unwrap();
    let ours = ChannelAddress::new(STORE_ADDRESS).unwrap();
    seed(
        &world,
        &ConversationRow::new(&tenant(), (&address, &ours), now, 1),
    );
    world
}

/// One thing that happens in an order's life.
#[derive(Clone)]
pub(super) enum Step {
    /// A task is called.
    Call(&'static str, Value),
    /// An ask is called; each call of it has a token of its own.
    Ask(&'static str, Value),
    /// News comes from outside.
    Hear(&'static str, fn(&World) -> NewsKind),
    /// The world moves: somebody pays, time passes.
    World(fn(&World)),
}

impl Step {
    /// Takes the step once. `round` tells calls of the same step apart, so that each ask has a new token.
    pub(super) async fn take(
        &self,
        world: &World,
        ports: &Ports,
        (position, round): (usize, usize),
    ) -> Result<Value, InvocationError> {
        match self {
            Self::Call(task, input) => invoke(ports, call(task, input, None)).await,
            Self::Ask(task, input) => {
                let token = token(position, round);
                world.workflows.open_token(token.clone());
                invoke(ports, call(task, input, Some(token))).await
            }
            Self::Hear(id, kind) => {
                let news = news(world, id, kind(world));
                let heard = hear(ports, &key(), news).await?;
                Ok(json!(format!("{heard:?}")))
            }
            Self::World(change) => {
                change(world);
                Ok(Value::Null)
            }
        }
    }
}

pub(super) fn token(position: usize, round: usize) -> String {
    format!("token-{position}-{round}")
}

pub(super) fn call(task: &str, input: &Value, token: Option<String>) -> Invocation {
    Invocation {
        task: task.into(),
        input: input.clone(),
        token,
        execution: "execution".into(),
        retries: None,
    }
}

/// The first of several tries, as a workflow makes it.
pub(super) fn first_try(call: Invocation) -> Invocation {
    let retries = Some(0);
    Invocation { retries, ..call }
}

pub(super) fn news(world: &World, id: &str, kind: NewsKind) -> News {
    let at = crate::ports::Clock::now(world.clock.as_ref());
    let id = NewsId::new(id).unwrap();
    News::heard(&tenant(), &key().order_id, id, kind, at)
}

/// The order as it is stored.
pub(super) fn order(world: &World) -> Order {
    let rows = world.store.rows(Order::TABLE);
    from_item(rows.first().expect("an order")).unwrap()
}

/// The charge that was made last.
pub(super) fn last_charge(world: &World) -> crate::testing::ChargeTruth {
    world.provider.charges().pop().expect("a charge")
}

/// A walk of the sweep at its beginning.
pub(super) fn walk(along: &str, store: Option<&str>) -> Value {
    let along: WalkKind = serde_json::from_value(json!(along)).unwrap();
    let store = store.map(|store| StoreId::new(store).unwrap());
    json!(Walk::begun(&tenant(), along, store.as_ref()))
}
