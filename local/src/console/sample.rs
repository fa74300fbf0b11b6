//! Orders and executions in memory, for the console's own tests: one waits for its payment, one is confirmed, one was
//! cancelled, and a refund runs.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use comanda_codegen::graph::{Graph, Picture};
use comanda_domain::{
    exception::Exception,
    ids::{ChargeId, CheckoutId, ClientId, CustomerId, ItemId, OrderId, OrderKey, StoreId},
    money::Money,
    order::{
        Actor, DeliveryType, NewOrder, Order, OrderEvent, OrderItem, PaymentMethod, PaymentStatus,
        Reason, Source, TaskToken, WaitKind,
    },
    people::{ChannelAddress, PersonName, Phone},
    store::BRASILIA,
};
use comanda_workflows::story::{Event, Message, Went};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use serde_json::{Value, json};
use tokio::sync::broadcast;

use super::{
    action::Action,
    data::{Change, ConsoleData, DataError, Execution, ExecutionLine, Read},
};

/// When the first order was placed.
const PLACED: &str = "2026-11-22T13:02:11Z";
pub const WAITING: &str = "order_00000000000000000000000000000001";
pub const CONFIRMED: &str = "order_00000000000000000000000000000002";

pub struct Sample {
    orders: Mutex<Vec<Order>>,
    executions: Mutex<Vec<Execution>>,
    changes: broadcast::Sender<Change>,
    picture: Arc<Picture>,
    pub(super) chat: Mutex<Vec<super::phones::ChatMessage>>,
    /// Whether alarms cannot be read.
    pub(super) is_away: AtomicBool,
    /// How many times each alarm is there.
    pub(super) alarms: AtomicUsize,
}

impl Sample {
    pub fn new() -> Arc<Self> {
        let waiting = waiting(order(1, "João da Silva", PLACED));
        let confirmed = confirmed(paid(super::sample::waiting(order(
            2,
            "Ana Souza",
            "2026-11-22T12:40:00Z",
        ))));
        let cancelled = cancelled(super::sample::waiting(order(
            3,
            "Léo Reis",
            "2026-11-21T20:11:00Z",
        )));
        let executions = vec![
            lifecycle(&waiting, &life(&waiting, 1)),
            lifecycle(&confirmed, &life(&confirmed, 3)),
            super::sample_refund::refund(&cancelled),
        ];
        let workflows = comanda_workflows::all().unwrap();
        let mut workflows = workflows.iter();
        let workflow = workflows.find(|w| w.name == "order-lifecycle").unwrap();
        Arc::new(Self {
            orders: Mutex::new(vec![waiting, confirmed, cancelled]),
            executions: Mutex::new(executions),
            changes: broadcast::channel(16).0,
            picture: Arc::new(Graph::from(workflow).into()),
            chat: Mutex::new(super::sample_phones::chat()),
            is_away: AtomicBool::new(false),
            alarms: AtomicUsize::new(1),
        })
    }

    /// The first order becomes paid, as if its webhook had come.
    pub fn pay(&self) {
        let mut orders = self.orders.lock().unwrap();
        let first = paid(orders[0].clone());
        self.executions.lock().unwrap()[0] = lifecycle(&first, &life(&first, 2));
        orders[0] = first;
        drop(orders);
        let _ = self.changes.send(Change);
    }

    /// Something changed that no page shows.
    pub fn nudge(&self) {
        let _ = self.changes.send(Change);
    }
}

impl ConsoleData for Sample {
    fn now(&self) -> Timestamp {
        PLACED.parse::<Timestamp>().unwrap() + SignedDuration::from_secs(1_073)
    }

    fn zone(&self) -> TimeZone {
        BRASILIA
    }

    fn orders(&self, limit: usize) -> Read<'_, Vec<Order>> {
        let orders = self.orders.lock().unwrap();
        let orders = orders.iter().take(limit).cloned().collect();
        Box::pin(async { Ok(orders) })
    }

    fn order<'a>(&'a self, id: &'a str) -> Read<'a, Option<Order>> {
        let orders = self.orders.lock().unwrap();
        let order = orders
            .iter()
            .find(|order| order.order_id.as_str() == id)
            .cloned();
        Box::pin(async { Ok(order) })
    }

    fn executions(&self, limit: usize) -> Read<'_, Vec<ExecutionLine>> {
        let executions = self.executions.lock().unwrap();
        let lines = executions
            .iter()
            .take(limit)
            .map(|execution| execution.line.clone())
            .collect();
        Box::pin(async { Ok(lines) })
    }

    fn execution<'a>(&'a self, name: &'a str) -> Read<'a, Option<Execution>> {
        let executions = self.executions.lock().unwrap();
        let found = executions
            .iter()
            .find(|execution| execution.line.name == name)
            .cloned();
        Box::pin(async { Ok(found) })
    }

    fn executions_of<'a>(&'a self, order: &'a Order) -> Read<'a, Vec<Execution>> {
        let executions = self.executions.lock().unwrap();
        let id = order.order_id.as_str();
        let found = executions
            .iter()
            .filter(|execution| execution.input["orderId"] == id)
            .cloned()
            .collect();
        Box::pin(async { Ok(found) })
    }

    fn messages<'a>(&'a self, order: &'a Order) -> Read<'a, Vec<Message>> {
        let received = Message {
            at: order.created_at,
            text: "Pedido recebido!\nTotal: R$ 44,80".into(),
            went: Went::Sent,
        };
        Box::pin(async { Ok(vec![received]) })
    }

    fn exceptions<'a>(&'a self, _: &'a Order) -> Read<'a, Vec<Exception>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    fn alarms(&self, limit: usize) -> Read<'_, Vec<Exception>> {
        let answer = if self.is_away.load(Ordering::Relaxed) {
            Err(DataError::Broken("no tables".to_owned()))
        } else {
            let times = self.alarms.load(Ordering::Relaxed);
            Ok((0..times)
                .flat_map(|_| super::sample_phones::alarms())
                .take(limit)
                .collect())
        };
        Box::pin(async { answer })
    }

    fn picture(&self, workflow: &str) -> Option<Arc<Picture>> {
        (workflow == "order-lifecycle").then(|| Arc::clone(&self.picture))
    }

    fn act<'a>(&'a self, _order: &'a Order, action: Action) -> Read<'a, String> {
        let answer = match action {
            Action::Pay => {
                self.pay();
                Ok("The customer paid.".to_owned())
            }
            Action::Reject { reason } if reason.is_empty() => {
                Err(DataError::Refused("A reason is needed.".into()))
            }
            _ => Ok("Done.".to_owned()),
        };
        Box::pin(async { answer })
    }

    fn changes(&self) -> broadcast::Receiver<Change> {
        self.changes.subscribe()
    }
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn order(number: u64, name: &str, placed: &str) -> Order {
    let new = NewOrder {
        key: OrderKey {
            client_id: ClientId::new("sabor").unwrap(),
            store_id: StoreId::new("centro").unwrap(),
            order_id: OrderId::new(format!("order_{number:032x}")).unwrap(),
        },
        order_number: number,
        checkout_id: CheckoutId::new(format!("checkout-{number}")).unwrap(),
        customer_id: CustomerId::new("cust_1").unwrap(),
        customer_name: PersonName::parse(name).unwrap(),
        channel_address: ChannelAddress::new("whatsapp:+5511987654321").unwrap(),
        items: vec![OrderItem {
            item_id: ItemId::new("burger_cheese_bacon").unwrap(),
            name: "Cheese Bacon".to_owned(),
            quantity: 2,
            unit_price: Money::from_centavos(1_990),
            total_price: Money::from_centavos(3_980),
            customizations: std::collections::BTreeMap::new(),
            options: Vec::new(),
            notes: String::new(),
        }],
        subtotal: Money::from_centavos(3_980),
        delivery_fee: Money::from_centavos(500),
        discount: Money::ZERO,
        discount_rule: None,
        total: Money::from_centavos(4_480),
        menu_version: 1,
        payment_method: PaymentMethod::Pix,
        payment_deadline: None,
        delivery_type: DeliveryType::Delivery,
        delivery_address: None,
        customer_notes: String::new(),
        requires_confirmation: true,
        source: Source::WhatsappBot,
    };
    let mut order = Order::new(new, at(placed));
    order.payment_id = Some(ChargeId::new(format!("pay_{number:04}")).unwrap());
    order.phone_number = Some(Phone::parse("+5511987654321").unwrap());
    order
}

pub(super) fn later(order: &Order, seconds: i64) -> Timestamp {
    order.created_at + SignedDuration::from_secs(seconds)
}

fn waiting(order: Order) -> Order {
    let deadline = later(&order, 1_800);
    order
        .apply(Reason::new(Actor::System, later(&order, 0), ""), |order| {
            order.register_wait(
                WaitKind::Payment { attempt: 1 },
                TaskToken::new("secret-token"),
                deadline,
            );
            Ok(())
        })
        .unwrap()
}

fn paid(order: Order) -> Order {
    let deadline = later(&order, 449 + 3_600);
    order
        .apply(
            Reason::new(Actor::Provider, later(&order, 449), ""),
            |order| {
                order.register_wait(WaitKind::Store, TaskToken::new("secret-token"), deadline);
                order.set_payment_status(PaymentStatus::Paid)
            },
        )
        .unwrap()
}

fn confirmed(order: Order) -> Order {
    let ready = later(&order, 2_600);
    order
        .apply(
            Reason::new(Actor::Restaurant, later(&order, 591), ""),
            |order| {
                order.clear_wait();
                order.delivery_time = Some(ready);
                order.move_to(OrderEvent::Confirm)
            },
        )
        .unwrap()
}

fn cancelled(order: Order) -> Order {
    order
        .apply(
            Reason::new(Actor::Customer, later(&order, 300), "mudou de ideia"),
            |order| {
                order.clear_wait();
                order.move_to(OrderEvent::Cancel)
            },
        )
        .unwrap()
}

/// Events of the order's life up to the given stage: 1 asked to pay, 2 handed to the store, 3 ended.
fn life(order: &Order, stage: usize) -> Vec<Event> {
    let call = |task: &str, seconds: i64| {
        let parameters = json!({"FunctionName": "comanda-x", "Payload": {"task": task, "input": {}, "token": "secret-token"}});
        json!({"resourceType": "lambda", "resource": "invoke", "parameters": parameters.to_string(), "timeoutInSeconds": seconds})
    };
    let name = |name: &str| json!({"name": name, "input": "{\"orderId\":\"…\"}", "output": "{}"});
    let output = |value: Value| json!({"output": value.to_string()});
    let mut steps: Vec<(i64, &str, Value)> = vec![
        (0, "ExecutionStarted", json!({"input": "{}"})),
        (0, "TaskStateEntered", name("Accept the order")),
        (0, "TaskScheduled", call("AcceptOrder", 30)),
        (0, "TaskSucceeded", output(json!({"Payload": {}}))),
        (0, "TaskStateExited", name("Accept the order")),
        (0, "ChoiceStateEntered", name("How is it paid?")),
        (0, "ChoiceStateExited", name("How is it paid?")),
        (0, "TaskStateEntered", name("Await the payment")),
        (0, "TaskScheduled", call("RequestPayment", 1_800)),
        (0, "TaskSubmitted", output(json!({"Payload": null}))),
    ];
    if stage >= 2 {
        steps.extend([
            (
                449,
                "TaskSucceeded",
                output(json!({"paid": {"newsId": "evt_1"}})),
            ),
            (449, "TaskStateExited", name("Await the payment")),
            (449, "ChoiceStateEntered", name("What came of the payment?")),
            (449, "ChoiceStateExited", name("What came of the payment?")),
            (449, "TaskStateEntered", name("Await the store's answer")),
            (449, "TaskScheduled", call("HandToStore", 3_600)),
            (449, "TaskSubmitted", output(json!({"Payload": null}))),
        ]);
    }
    if stage >= 3 {
        steps.extend([
            (
                591,
                "TaskSucceeded",
                output(json!({"confirmed": {"readyInMinutes": 33}})),
            ),
            (591, "TaskStateExited", name("Await the store's answer")),
            (591, "ChoiceStateEntered", name("What does the store say?")),
            (591, "ChoiceStateExited", name("What does the store say?")),
            (591, "TaskStateEntered", name("Confirm the order")),
            (591, "TaskScheduled", call("ConfirmOrder", 30)),
            (
                591,
                "TaskSucceeded",
                output(json!({"Payload": "confirmed"})),
            ),
            (591, "TaskStateExited", name("Confirm the order")),
            (591, "ExecutionSucceeded", output(json!("confirmed"))),
        ]);
    }
    let numbered = (1..).zip(steps);
    numbered
        .map(|(id, (seconds, kind, details))| Event {
            id,
            previous: id - 1,
            at: later(order, seconds),
            kind: kind.into(),
            details,
        })
        .collect()
}

fn lifecycle(order: &Order, events: &[Event]) -> Execution {
    let last = events.last().unwrap();
    let ended = last.kind == "ExecutionSucceeded";
    Execution {
        line: ExecutionLine {
            name: order.order_id.to_string(),
            workflow: "order-lifecycle".into(),
            status: if ended { "SUCCEEDED" } else { "RUNNING" }.into(),
            started: order.created_at,
            stopped: ended.then_some(last.at),
        },
        input: json!({"orderId": order.order_id, "clientId": "sabor"}),
        output: ended.then(|| json!("confirmed")),
        variables: json!({"acceptOrder": {"payment": "online"}}),
        events: events.to_vec(),
    }
}
