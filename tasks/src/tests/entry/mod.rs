//! The ways in, tried in an in-memory world: what they answer, what they leave behind, and that a crash at any call,
//! followed by the sender's repetition, leaves the same.

mod api;
mod asaas;
mod customers;
mod erasure;
mod missing;
mod pos;
mod routes;
mod stores_told;
mod twilio;
mod wishes;

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use comanda_domain::{
    ids::{ChargeId, CheckoutId, ClientId, CustomerId, OrderId, OrderKey, StoreId},
    menu::Menu,
    money::Money,
    order::{
        Actor, DeliveryType, NewOrder, Order, OrderEvent, PaymentMethod, PaymentStatus, Reason,
        Source, TaskToken, WaitKind,
    },
    payment::{Charge, Evidence},
    people::{ChannelAddress, PersonName},
    store::{OrderConfig, StoreConfig},
    tables::{self, Item, Row, Table, to_item},
};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{
    api::Shop,
    ports::{
        Ports,
        intercept::{Call, Fate, Interceptor, intercepted},
    },
    rows::{ChannelRouteRow, NotificationRow, NotificationState, WebhookRouteRow},
    testing::{World, block_on, poll_until_stuck},
};

/// A Sunday, half past twelve in São Paulo: the store is open.
const OPEN: &str = "2026-11-22T15:30:00Z";
const ORDER: &str = "order_0123456789abcdef0123456789abcdef";
const CHARGE: &str = "pay_0000000000000001";
const CUSTOMER: &str = "whatsapp:+5511987654321";
const STORE_ADDRESS: &str = "whatsapp:+551140028922";
const ROUTE: &str = "sabor-7f3a";
const WEBHOOK_TOKEN: &str = "whsec_0123456789abcdef0123456789abcdef";
const AUTH_TOKEN: &str = "12345";
const STEP: &str = "token-of-the-step";

fn at(text: &str) -> Timestamp {
    text.parse().expect("an instant")
}

fn shop() -> Shop {
    Shop::parse("sabor", "centro").expect("ids")
}

fn key() -> OrderKey {
    OrderKey {
        client_id: ClientId::new("sabor").expect("an id"),
        store_id: StoreId::new("centro").expect("an id"),
        order_id: OrderId::new(ORDER).expect("an id"),
    }
}

fn charge_id() -> ChargeId {
    ChargeId::new(CHARGE).expect("an id")
}

/// A tenant with one store, and nothing ordered.
fn world() -> World {
    let world = World::new(at(OPEN), 7);
    let orders: OrderConfig = serde_json::from_value(json!({
        "clientId": "sabor", "storeId": "centro", "requiresConfirmation": true, "autoConfirmationTimeout": 0,
        "refundUnconfirmedOrders": true, "refundTimeout": 60, "acceptedPaymentMethods": ["PIX", "CREDIT", "CASH"],
        "minimumOrderValue": 2_000, "updatedAt": OPEN,
    }))
    .expect("a configuration");
    let store: StoreConfig = serde_json::from_value(json!({
        "clientId": "sabor", "storeId": "centro", "name": "Restaurante Sabor Brasileiro",
        "timeZone": "America/Sao_Paulo",
        "openingHours": {"week": {"SUNDAY": [{"opens": "11:00", "closes": "23:00"}]}},
        "channelAddresses": [STORE_ADDRESS], "providerEnvironment": "LOCAL",
        "secrets": {"paymentApiKey": "sabor/asaas", "messagingAccount": "sabor/account", "messagingToken": "sabor/token"},
        "queueUrl": "http://127.0.0.1:4566/000000000000/comanda-sabor-centro.fifo",
    }))
    .expect("a configuration");
    let menu: Menu = serde_json::from_value(json!({
        "clientId": "sabor", "storeId": "centro", "version": 7, "updatedAt": OPEN,
        "items": [{"itemId": "feijoada", "name": "Feijoada", "category": "Pratos", "price": 4_480}],
    }))
    .expect("a menu");
    put(&world, &orders);
    put(&world, &store);
    put(&world, &menu);
    put(
        &world,
        &WebhookRouteRow {
            path: ROUTE.into(),
            client_id: key().client_id,
            token_secret: "sabor/webhook".into(),
        },
    );
    put(
        &world,
        &ChannelRouteRow {
            address: ChannelAddress::new(STORE_ADDRESS).expect("an address"),
            client_id: key().client_id,
            store_id: key().store_id,
        },
    );
    world.secrets.set("sabor/webhook", WEBHOOK_TOKEN);
    world.secrets.set("sabor/asaas", "key");
    world.secrets.set("sabor/token", AUTH_TOKEN);
    world.secrets.set("sabor/account", "AC1");
    world
}

/// The provider has the money of [`CHARGE`].
fn comes_in(world: &World) {
    let charge = ChargeId::new(CHARGE).expect("an id");
    let amount = Money::from_centavos(4_480);
    let provider = &world.provider;
    provider.receive_at("key", &charge, (amount, Some(ORDER)));
}

fn put<R: Row>(world: &World, row: &R) {
    world.store.seed(R::TABLE, to_item(row).expect("a row"));
}

/// A PIX order of R$ 44,80 that was just accepted.
fn an_order() -> Order {
    let amount = Money::from_centavos(4_480);
    let new = NewOrder {
        key: key(),
        order_number: 1,
        checkout_id: CheckoutId::new("checkout-of-the-order").expect("an id"),
        customer_id: CustomerId::new("customer_1").expect("an id"),
        customer_name: PersonName::parse("João da Silva").expect("a name"),
        channel_address: ChannelAddress::new(CUSTOMER).expect("an address"),
        items: Vec::new(),
        subtotal: amount,
        delivery_fee: Money::ZERO,
        discount: Money::ZERO,
        discount_rule: None,
        total: amount,
        menu_version: 7,
        payment_method: PaymentMethod::Pix,
        payment_deadline: Some(at("2026-11-22T16:00:00Z")),
        delivery_type: DeliveryType::Pickup,
        delivery_address: None,
        customer_notes: String::new(),
        requires_confirmation: true,
        source: Source::Api,
    };
    Order::new(new, at(OPEN))
}

fn changed(order: &Order, change: impl FnOnce(&mut Order)) -> Order {
    let reason = Reason::new(Actor::System, at(OPEN), "teste");
    let next = order.apply(reason, |order| {
        change(order);
        Ok(())
    });
    next.expect("legal")
}

/// It waits for its first charge to be paid.
fn charged() -> Order {
    changed(&an_order(), |order| {
        order.payment_id = Some(charge_id());
        order.payment_attempt = 1;
        let deadline = at("2026-11-22T16:00:00Z");
        order.register_wait(
            WaitKind::Payment { attempt: 1 },
            TaskToken::new(STEP),
            deadline,
        );
    })
}

/// It is paid and waits for the store.
fn handed_over() -> Order {
    changed(&charged(), |order| {
        order
            .set_payment_status(PaymentStatus::Paid)
            .expect("legal");
        order.paid_amount = order.total;
        order.handed_over_at = Some(at(OPEN));
        let deadline = at("2026-11-22T16:30:00Z");
        order.register_wait(WaitKind::Store, TaskToken::new(STEP), deadline);
    })
}

fn moved(order: &Order, event: OrderEvent) -> Order {
    changed(order, |order| {
        order.clear_wait();
        order.move_to(event).expect("legal");
    })
}

/// Our record of the order's charge.
fn charge(evidence: Evidence) -> Charge {
    Charge {
        charge_id: charge_id(),
        client_id: key().client_id,
        store_id: key().store_id,
        order_id: key().order_id,
        attempt: 1,
        method: PaymentMethod::Pix,
        amount: Money::from_centavos(4_480),
        evidence,
        version: 1,
        created_at: at(OPEN),
        updated_at: at(OPEN),
    }
}

/// A message that the channel took.
fn told(sid: &str) -> NotificationRow {
    NotificationRow {
        client_id: key().client_id,
        store_id: key().store_id,
        subject_id: ORDER.into(),
        kind: "STATUS#CONFIRMED".into(),
        channel_address: ChannelAddress::new(CUSTOMER).expect("an address"),
        text: "Pedido confirmado".into(),
        offered: Vec::new(),
        state: NotificationState::Sent,
        message_id: Some(sid.into()),
        as_template: false,
        failed_message_id: None,
        refusal_code: None,
        claimed_until: None,
        delivery: None,
        version: 2,
        created_at: at(OPEN),
    }
}

/// The world with this order in it, its charge on record, and a step that waits.
fn world_with(order: &Order) -> World {
    let world = world();
    put(&world, order);
    let paid = Evidence::paid(order.paid_amount);
    put(&world, &charge(paid));
    world.workflows.open_token(STEP);
    world
}

fn order_in(world: &World) -> Order {
    let mut rows = rows::<Order>(world);
    assert_eq!(rows.len(), 1, "one order");
    rows.remove(0)
}

fn rows<R: Row>(world: &World) -> Vec<R> {
    let items = world.store.rows(R::TABLE).into_iter();
    items
        .map(|item| tables::from_item(&item).expect("a row"))
        .collect()
}

fn parked(world: &World) -> Vec<Item> {
    world.store.rows(&tables::PARKED_EVENTS)
}

/// Everything that a world holds, without the names that chance gives.
fn state(world: &World) -> String {
    let mut lines: BTreeSet<String> = BTreeSet::new();
    for table in tables::ALL {
        let table: &Table = table;
        for row in world.store.rows(table) {
            lines.insert(format!("{}: {}", table.name, Value::Object(row)));
        }
    }
    for execution in world.workflows.started() {
        let (workflow, name) = (&execution.workflow, &execution.name);
        lines.insert(format!("started {workflow} {name}: {}", execution.input));
    }
    for message in world.queue.messages() {
        let mut body: Value = serde_json::from_str(&message.body).expect("JSON");
        // A store is told of a customer as they are by then, which may be two changes in one.
        if body["type"]
            .as_str()
            .is_some_and(|kind| kind.starts_with("CUSTOMER_"))
        {
            body["version"] = Value::Null;
        }
        lines.insert(format!("queued {body}"));
    }
    lines.insert(format!("{STEP}: {:?}", world.workflows.token(STEP)));
    let all: Vec<String> = lines.into_iter().collect();
    let mut all = all.join("\n");
    for checkout in world.store.rows(&tables::CHECKOUTS) {
        let id = checkout["orderId"].as_str().unwrap_or_default();
        let id = id.rsplit('#').next().unwrap_or_default();
        all = all.replace(id, "ORDER");
    }
    for (position, customer) in world.store.rows(&tables::CUSTOMERS).into_iter().enumerate() {
        let id = customer["customerId"].as_str().unwrap_or_default();
        let id = id.rsplit('#').next().unwrap_or_default();
        all = all.replace(id, &format!("CUSTOMER{position}"));
    }
    all
}

/// Gives the call at one position its fate, and lets all others through.
struct FateOf {
    position: usize,
    fate: Fate,
    made: AtomicUsize,
}

impl Interceptor for FateOf {
    fn fate(&self, _call: &Call<'_>) -> Fate {
        if self.made.fetch_add(1, Ordering::Relaxed) == self.position {
            self.fate.clone()
        } else {
            Fate::Proceed
        }
    }
}

/// A crash or a lost answer at every call in turn, then the same again: the end is that of the undisturbed call.
#[track_caller]
fn check_crashes<T>(world: impl Fn() -> World, call: impl AsyncFn(&Ports) -> T) {
    let undisturbed = world();
    block_on(call(&undisturbed.ports()));
    let expected = state(&undisturbed);
    assert_ne!(state(&world()), expected, "the call does nothing");
    let fates = [
        Fate::CrashBefore,
        Fate::CrashAfter,
        Fate::LostBefore,
        Fate::LostAfter,
    ];
    for fate in fates {
        for position in 0.. {
            let world = world();
            let disturber = Arc::new(FateOf {
                position,
                fate: fate.clone(),
                made: AtomicUsize::new(0),
            });
            let disturbed = intercepted(&world.ports(), disturber.clone());
            let _gone = poll_until_stuck(call(&disturbed));
            block_on(call(&world.ports()));
            assert_eq!(state(&world), expected, "{fate:?} at call {position}");
            if disturber.made.load(Ordering::Relaxed) <= position {
                assert!(position > 1, "there was nothing to disturb");
                break;
            }
        }
    }
}

#[test]
fn every_way_in_is_listed_once() {
    let entries = crate::entry_points::ENTRY_POINTS;
    let names: BTreeSet<_> = entries.iter().map(|entry| entry.name).collect();
    assert_eq!(names.len(), entries.len());
    assert!(entries.iter().all(|entry| !entry.uses.is_empty()));
}
