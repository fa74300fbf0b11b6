//! Orders over HTTP: placed, shown, listed, found.

use comanda_domain::{order::Order, people::Cpf, tables};
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::*;
use crate::{
    api::{self, Listing},
    customers::{NewCustomer, Operation, create_customer},
    http::Answer,
    registry::{Invocation, invoke},
    rows::CheckoutRow,
};

pub(super) fn a_request() -> Value {
    json!({
        "clientId": "sabor", "storeId": "centro", "checkoutId": "checkout-1",
        "customer": {"name": "João da Silva", "channelAddress": CUSTOMER, "cpf": "529.982.247-25"},
        "items": [{"itemId": "feijoada", "quantity": 1}],
        "delivery": {"type": "PICKUP"},
        "paymentMethod": "PIX",
    })
}

fn request_with(pointer: &str, value: Value) -> Value {
    let mut request = a_request();
    let (parent, field) = pointer.rsplit_once('/').expect("a pointer");
    request.pointer_mut(parent).expect("a place")[field] = value;
    request
}

pub(super) fn place(world: &World, body: &str) -> Answer {
    block_on(api::place_order(&world.ports(), body.as_bytes()))
}

pub(super) fn code(answer: &Answer) -> (u16, String) {
    let code = answer.body["error"]["code"].as_str();
    (answer.status, code.unwrap_or_default().to_owned())
}

/// Refused with this status and code, in words that hold `words`; nothing is saved and nothing started.
#[track_caller]
fn check_refused(world: &World, body: &str, expected: (u16, &str), words: &str) {
    let before = state(world);
    let answer = place(world, body);
    assert_eq!(code(&answer), (expected.0, expected.1.to_owned()), "{body}");
    let error = &answer.body["error"];
    let message = error.get("customerMessage").unwrap_or(&error["message"]);
    let message = message.as_str().expect("a message");
    assert!(message.contains(words), "{message}");
    assert_eq!(state(world), before, "something was saved");
}

#[test]
fn a_new_order_is_kept_and_started() {
    let world = world();
    let answer = place(&world, &a_request().to_string());
    assert_eq!(answer.status, 201, "{:?}", answer.body);
    assert_eq!(answer.body["order"]["total"], 4_480);
    let id = answer.body["order"]["orderId"].as_str().expect("an id");
    let checkouts = rows::<CheckoutRow>(&world);
    assert_eq!(checkouts.len(), 1);
    assert_eq!(checkouts[0].order_id.as_str(), id);
    let started = world.workflows.started();
    assert_eq!(started.len(), 1);
    assert_eq!(
        (started[0].workflow.as_str(), started[0].name.as_str()),
        ("order-lifecycle", id)
    );
    assert_eq!(started[0].input, json!(checkouts[0].reference()));
}

#[test]
fn the_same_checkout_is_the_same_order_or_a_conflict() {
    let world = world();
    let first = place(&world, &a_request().to_string());
    let again = place(
        &world,
        &serde_json::to_string_pretty(&a_request()).expect("JSON"),
    );
    assert_eq!(again.status, 200);
    assert_eq!(
        again.body["order"]["orderId"],
        first.body["order"]["orderId"]
    );
    let other = request_with("/notes", json!("Sem cebola")).to_string();
    check_refused(&world, &other, (409, "CHECKOUT_CONFLICT"), "checkout-1");
    // What was taken stays taken after the store has closed.
    world.clock.advance(SignedDuration::from_hours(14));
    assert_eq!(place(&world, &a_request().to_string()).status, 200);
    assert_eq!(world.workflows.started().len(), 1);
}

#[test]
fn a_saved_order_is_not_started_again() {
    let world = world();
    let placed = place(&world, &a_request().to_string());
    let mut order = to_item(&an_order()).expect("a row");
    let id = placed.body["order"]["orderId"].as_str().expect("an id");
    order["orderId"] = json!(format!("sabor#{id}"));
    world.store.seed(&tables::ORDERS, order);
    world.workflows.end("order-lifecycle", id);
    let again = place(&world, &a_request().to_string());
    assert_eq!(again.status, 200);
    assert_eq!(again.body["order"]["displayNumber"], "0001");
    assert_eq!(world.workflows.started().len(), 1);
}

/// An execution that ended without an order and without a refusal is not pending for ever.
#[test]
fn a_checkout_that_came_to_nothing_is_said_to_have() {
    let world = world();
    let placed = place(&world, &a_request().to_string());
    let id = placed.body["order"]["orderId"].as_str().expect("an id");
    assert_eq!(place(&world, &a_request().to_string()).status, 200);
    world.workflows.end("order-lifecycle", id);
    let again = place(&world, &a_request().to_string());
    assert_eq!(code(&again), (500, "ORDER_NOT_REGISTERED".to_owned()));
    let checkout = rows::<CheckoutRow>(&world).remove(0);
    let input = json!(checkout.reference());
    block_on(invoke(&world.ports(), call("RefuseOrder", input))).expect("refused");
    let again = place(&world, &a_request().to_string());
    assert_eq!(code(&again), (422, "NOT_REGISTERED".to_owned()));
}

/// A10: a CPF that the customer gave once is on record.
#[test]
fn a_cpf_on_record_pays_online() {
    let world = world();
    let shop = shop();
    let operation = Operation::new(&shop.client_id, &shop.store_id, "m1");
    let known = NewCustomer {
        address: ChannelAddress::new(CUSTOMER).expect("an address"),
        name: PersonName::parse("João da Silva").expect("a name"),
        cpf: Some(Cpf::parse("52998224725").expect("a CPF")),
        source: Source::WhatsappBot,
        id: None,
    };
    block_on(create_customer(&world.ports(), &operation, &known)).expect("made");
    let request = request_with("/customer/cpf", Value::Null).to_string();
    assert_eq!(place(&world, &request).status, 201);
}

fn call(task: &str, input: Value) -> Invocation {
    Invocation {
        task: task.into(),
        input,
        token: None,
        execution: "execution".into(),
        retries: None,
    }
}

#[test]
fn what_the_customer_can_put_right_is_said_in_their_language() {
    let world = world();
    let line = |quantity: i64| json!([{"itemId": "feijoada", "quantity": quantity}]);
    for (pointer, value, expected, words) in [
        (
            "/items",
            json!([{"itemId": "pizza", "quantity": 1}]),
            "UNKNOWN_ITEM",
            "cardápio",
        ),
        ("/items", line(-1), "INVALID_QUANTITY", "de 1 a 99"),
        ("/items", line(i64::MAX), "INVALID_QUANTITY", "de 1 a 99"),
        ("/items", json!([]), "EMPTY_ORDER", "vazio"),
        (
            "/paymentMethod",
            json!("DEBIT"),
            "METHOD_NOT_ACCEPTED",
            "PIX",
        ),
        ("/customer/cpf", Value::Null, "CPF_REQUIRED", "CPF"),
        (
            "/customer/cpf",
            json!("111.111.111-11"),
            "CPF_INVALID",
            "CPF",
        ),
    ] {
        let body = request_with(pointer, value).to_string();
        check_refused(&world, &body, (422, expected), words);
    }
    let mut cheap = world.store.rows(&tables::MENUS).remove(0);
    cheap["items"][0]["price"] = json!(690);
    world.store.seed(&tables::MENUS, cheap);
    check_refused(
        &world,
        &a_request().to_string(),
        (422, "BELOW_MINIMUM"),
        "R$ 20,00",
    );
    world.clock.advance(SignedDuration::from_hours(14));
    check_refused(
        &world,
        &a_request().to_string(),
        (422, "STORE_CLOSED"),
        "Abrimos",
    );
}

#[test]
fn what_cannot_be_read_is_answered_with_its_place() {
    let world = world();
    let malformed = (400, "MALFORMED_REQUEST");
    for (body, place) in [
        ("", "line 1"),
        ("{\"clientId\": \"sabor\",", "line 1"),
        ("[]", "expected a map"),
        ("{} {}", "trailing"),
        ("{}", "clientId"),
    ] {
        check_refused(&world, body, malformed, place);
    }
    for (pointer, value, place) in [
        (
            "/items",
            json!([{"itemId": "feijoada", "quantity": "two"}]),
            "items[0].quantity",
        ),
        (
            "/items",
            json!([{"itemId": "feijoada", "quantity": 1e30}]),
            "items[0].quantity",
        ),
        (
            "/items",
            json!([{"itemId": "feijoada", "quantity": 1, "price": 1}]),
            "price",
        ),
        ("/clientId", json!("a#b"), "clientId"),
        ("/paymentMethod", json!("BITCOIN"), "paymentMethod"),
    ] {
        check_refused(
            &world,
            &request_with(pointer, value).to_string(),
            malformed,
            place,
        );
    }
    let huge = request_with("/notes", json!("x".repeat(70_000))).to_string();
    check_refused(&world, &huge, (413, "TOO_LARGE"), "bytes");
    let elsewhere = request_with("/storeId", json!("norte")).to_string();
    check_refused(&world, &elsewhere, (404, "STORE_NOT_FOUND"), "norte");
}

#[test]
fn placing_survives_a_crash_at_any_call() {
    let body = a_request().to_string();
    check_crashes(world, async |ports: &Ports| {
        api::place_order(ports, body.as_bytes()).await.status
    });
}

#[test]
fn an_order_is_shown_by_any_of_its_names() {
    let world = world_with(&charged());
    put(&world, &told("SM1"));
    for name in [ORDER, "1", "0001", "#1"] {
        let shown = block_on(api::show_order(&world.ports(), &shop(), name));
        assert_eq!(shown.status, 200, "{name}");
        assert_eq!(shown.body["order"]["orderId"], ORDER);
        assert_eq!(shown.body["notifications"][0]["text"], "Pedido confirmado");
        assert!(!shown.body.to_string().contains(STEP), "a token was shown");
    }
    let told = block_on(api::messages(&world.ports(), &shop(), "1"));
    assert_eq!(told.body["messages"].as_array().map(Vec::len), Some(1));
    let elsewhere = Shop::parse("sabor", "norte").expect("ids");
    let other_tenant = Shop::parse("outro", "centro").expect("ids");
    for shop in [elsewhere, other_tenant] {
        let shown = block_on(api::show_order(&world.ports(), &shop, ORDER));
        assert_eq!(code(&shown), (404, "ORDER_NOT_FOUND".to_owned()));
    }
    let unknown = block_on(api::show_order(&world.ports(), &shop(), "não existe"));
    assert_eq!(unknown.status, 404);
}

#[test]
fn a_checkout_that_is_no_order_is_said_so() {
    let world = world();
    let placed = place(&world, &a_request().to_string());
    let id = placed.body["order"]["orderId"].as_str().expect("an id");
    let shown = |name: &str| block_on(api::show_order(&world.ports(), &shop(), name)).body;
    for name in [id, "checkout-1"] {
        assert_eq!(shown(name)["checkout"]["state"], "BEING_ACCEPTED");
        assert_eq!(shown(name)["order"], Value::Null);
    }
    let mut row = world.store.rows(&tables::CHECKOUTS).remove(0);
    row.insert("refusal".into(), json!({"code": "EMPTY_ORDER"}));
    world.store.seed(&tables::CHECKOUTS, row);
    assert_eq!(shown(id)["checkout"]["state"], "REFUSED");
    // Asked again, the refusal is the answer.
    let again = place(&world, &a_request().to_string());
    assert_eq!(code(&again), (422, "EMPTY_ORDER".to_owned()));
}

fn numbered(number: u64) -> Order {
    let mut order = changed(&an_order(), |_| {});
    order.order_number = number;
    order.order_id = OrderId::new(format!("order_{number:032}")).expect("an id");
    order.created_at = at(OPEN) + SignedDuration::from_secs(number as i64);
    order
}

#[test]
fn lists_are_newest_first_and_paged() {
    let world = world();
    for number in 1..=5 {
        put(&world, &numbered(number));
    }
    let mut seen = Vec::new();
    let mut cursor = None;
    loop {
        let listing = Listing {
            status: Some("pending".into()),
            limit: Some(2),
            cursor,
        };
        let page = block_on(api::list_orders(&world.ports(), &shop(), &listing)).body;
        let orders = page["orders"].as_array().expect("orders").iter();
        seen.extend(orders.map(|order| order["orderNumber"].as_u64().expect("a number")));
        cursor = page["next"].as_str().map(str::to_owned);
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(seen, [5, 4, 3, 2, 1]);
    let other = Listing {
        status: Some("LOST".into()),
        ..Listing::default()
    };
    let answer = block_on(api::list_orders(&world.ports(), &shop(), &other));
    assert_eq!(code(&answer), (400, "UNKNOWN_STATUS".to_owned()));
}

#[test]
fn the_search_box_knows_every_name() {
    let world = world_with(&charged());
    let found = |text: &str| {
        let answer = block_on(api::find(&world.ports(), &shop(), text));
        let orders = answer.body["orders"].as_array().expect("orders").clone();
        orders.len()
    };
    for text in [
        "1",
        "#0001",
        ORDER,
        CHARGE,
        CUSTOMER,
        "(11) 98765-4321",
        " +5511987654321 ",
    ] {
        assert_eq!(found(text), 1, "{text}");
    }
    for text in [
        "",
        "2",
        "pay_2",
        "whatsapp:+5511900000000",
        "ç",
        &"x".repeat(500),
    ] {
        assert_eq!(found(text), 0, "{text}");
    }
}
