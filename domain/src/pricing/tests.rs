//! What orders cost, and what is refused.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::store::tests::{a_menu, a_shop, a_store_config, an_order_config};

/// A Sunday, half past twelve in São Paulo: the store is open.
const OPEN: &str = "2026-11-22T15:30:00Z";

/// The reference's order: Cheese Bacon with caramelised onion and without tomato, and a Coca-Cola.
fn a_request() -> Value {
    json!({
        "checkoutId": "checkout-1",
        "customer": {"name": "João da Silva", "channelAddress": "whatsapp:+5511987654321", "cpf": "529.982.247-25"},
        "items": [
            {"itemId": "burger_cheese_bacon", "quantity": 1, "options": ["cebola_caramelizada", "sem_tomate"], "notes": "Bem passado"},
            {"itemId": "drink_coca_cola", "quantity": 1},
        ],
        "delivery": {"type": "DELIVERY", "address": {
            "street": "Rua das Flores", "number": "123", "complement": "Apto 45", "neighborhood": "Jardim Primavera",
            "city": "São Paulo", "state": "SP", "postalCode": "01234-567",
        }},
        "paymentMethod": "PIX",
    })
}

fn request_with(pointer: &str, value: Value) -> PlaceOrder {
    let mut request = a_request();
    let (parent, field) = pointer.rsplit_once('/').expect("a pointer");
    match request.pointer_mut(parent).expect("a place that exists") {
        Value::Array(values) => values[field.parse::<usize>().expect("a position")] = value,
        parent => parent[field] = value,
    }
    serde_json::from_value(request).expect("a request")
}

fn quoted(request: &PlaceOrder) -> Result<Quote, Refusal> {
    quote(&a_shop(), request, None, OPEN.parse().expect("an instant"))
}

#[test]
fn the_reference_order_costs_what_it_says() {
    let request = serde_json::from_value(a_request()).expect("a request");
    let quote = quoted(&request).expect("a quote");
    let money = Money::from_centavos;
    assert_eq!(quote.subtotal, money(3_290 + 300 + 690));
    assert_eq!(quote.delivery_fee, money(500));
    assert_eq!(quote.total, money(4_780));
    let first = quote.items.first().expect("a line");
    assert_eq!(first.name, "Cheese Bacon");
    assert_eq!(first.customizations["adicionar"], ["cebola caramelizada"]);
    assert_eq!(first.customizations["remover"], ["tomate"]);
    assert_eq!(first.notes, "Bem passado");
}

#[track_caller]
fn check(pointer: &str, value: Value, expected: &str) {
    let outcome = match quoted(&request_with(pointer, value)) {
        Ok(quote) => quote.total.to_string(),
        Err(refusal) => refusal.to_string(),
    };
    assert_eq!(outcome, expected, "{pointer}");
}

#[test]
fn quantities() {
    check("/items/1/quantity", json!(99), "R$ 719,00");
    for quantity in [0, -1, 100, i64::MAX, i64::MIN] {
        let expected = format!("{quantity} is not a quantity of drink_coca_cola: use 1 to 99");
        check("/items/1/quantity", json!(quantity), &expected);
    }
}

#[test]
fn items_and_options() {
    let item =
        |id: &str, options: &[&str]| json!({"itemId": id, "quantity": 1, "options": options});
    check("/items", json!([]), "the order is empty");
    check(
        "/items",
        json!(vec![item("pizza", &["media"]); 51]),
        "the order has more than 50 lines",
    );
    check("/items/1", item("sushi", &[]), "the menu has no item sushi");
    check(
        "/items/1",
        item("feijoada", &[]),
        "item feijoada is not available",
    );
    check(
        "/items/1",
        item("pizza", &[]),
        "item pizza takes 1 to 1 of `tamanho`, not 0",
    );
    check(
        "/items/1",
        item("pizza", &["media", "grande"]),
        "item pizza takes 1 to 1 of `tamanho`, not 2",
    );
    check("/items/1", item("pizza", &["grande"]), "R$ 95,90");
    check(
        "/items/1",
        item("pizza", &["grande", "grande"]),
        "option grande of item pizza is chosen twice",
    );
    check(
        "/items/1",
        item("pizza", &["media", "ovo"]),
        "item pizza has no option ovo",
    );
    check(
        "/items/0/options",
        json!(["bacon_extra"]),
        "option bacon_extra of item burger_cheese_bacon is not available",
    );
}

#[test]
fn minimum_and_limit() {
    let coca = |quantity| json!([{"itemId": "drink_coca_cola", "quantity": quantity}]);
    check(
        "/items",
        coca(2),
        "the goods are worth R$ 13,80, less than the minimum of R$ 20,00",
    );
    check("/items", coca(3), "R$ 25,70");
    let pizzas = json!(vec![
        json!({"itemId": "pizza", "quantity": 99, "options": ["grande"]});
        50
    ]);
    check("/items", pizzas, "the order costs more than R$ 50.000,00");
}

#[test]
fn delivery() {
    check("/delivery", json!({"type": "PICKUP"}), "R$ 42,80");
    let place = "/delivery/address/postalCode";
    // The second zone has a minimum of its own.
    let request = |code: &str| {
        let mut request = request_with("/delivery/address/neighborhood", json!("Moema"));
        if let DeliveryRequest::Delivery { address } = &mut request.delivery {
            address.postal_code = code.to_owned();
        }
        request
    };
    let refusal = quoted(&request("04567-000")).expect_err("below the zone's minimum");
    assert_eq!(
        refusal.to_string(),
        "the goods are worth R$ 42,80, less than the minimum of R$ 60,00"
    );
    assert_eq!(
        quoted(&request("20000-000")),
        Err(Refusal::OutsideDeliveryZone)
    );
    check(
        place,
        json!("0123"),
        "the delivery address is not valid: postalCode",
    );
    check(
        "/delivery/address/state",
        json!("XX"),
        "the delivery address is not valid: state",
    );
    check(
        "/delivery/address/street",
        json!("   "),
        "the delivery address is not valid: street",
    );
    check(
        "/delivery/address/number",
        json!("1\u{1b}@"),
        "the delivery address is not valid: number",
    );
}

#[test]
fn customer_and_payment() {
    check(
        "/paymentMethod",
        json!("CARD_ON_DELIVERY"),
        "the store does not take CARD_ON_DELIVERY",
    );
    check("/customer/name", json!("X"), "the name is not valid");
    check(
        "/customer/channelAddress",
        json!("+5511987654321"),
        "the channel address is not valid",
    );
    check(
        "/customer/cpf",
        json!("529.982.247-26"),
        "the CPF is not valid",
    );
    check(
        "/customer/cpf",
        Value::Null,
        "online payment needs the payer's CPF",
    );
    check(
        "/items/0/notes",
        json!("x".repeat(141)),
        "the text items.notes has more than 140 characters, or characters that cannot be printed",
    );
    let mut cash = request_with("/customer/cpf", Value::Null);
    cash.payment_method = PaymentMethod::Cash;
    assert!(quoted(&cash).is_ok());
    let known = Cpf::parse("52998224725").expect("a CPF");
    let request = request_with("/customer/cpf", Value::Null);
    let now = OPEN.parse().expect("an instant");
    assert!(quote(&a_shop(), &request, Some(&known), now).is_ok());
}

#[test]
fn a_closed_store_says_when_it_opens() {
    let request = serde_json::from_value(a_request()).expect("a request");
    let before = "2026-11-22T13:59:00Z".parse().expect("an instant");
    let refusal = quote(&a_shop(), &request, None, before).expect_err("closed");
    let opens = Some("hoje às 11:00".to_owned());
    let opens_at = Some("2026-11-22T11:00:00-03:00".to_owned());
    assert_eq!(refusal, Refusal::StoreClosed { opens, opens_at });
    let mut orders = an_order_config();
    orders.operating_hours_check = false;
    let shop = Shop::new(Some(orders), Some(a_store_config()), Some(a_menu())).expect("sound");
    assert!(quote(&shop, &request, None, before).is_ok());
}

#[test]
fn prices_of_the_caller_are_not_even_read() {
    for field in ["price", "totalPrice", "name"] {
        let mut request = a_request();
        request["items"][0][field] = json!(1);
        assert!(
            serde_json::from_value::<PlaceOrder>(request).is_err(),
            "{field}"
        );
    }
}

#[test]
fn the_same_request_has_the_same_fingerprint() {
    let request: PlaceOrder = serde_json::from_value(a_request()).expect("a request");
    assert_eq!(request.fingerprint(), request.clone().fingerprint());
    let other = request_with("/items/1/quantity", json!(2));
    assert_ne!(request.fingerprint(), other.fingerprint());
}

#[test]
fn a_quote_becomes_an_order_with_its_clock() {
    let request: PlaceOrder = serde_json::from_value(a_request()).expect("a request");
    let now: Timestamp = OPEN.parse().expect("an instant");
    let model = crate::order::tests::an_order();
    let identity = Identity {
        key: model.order_key(),
        order_number: 42,
        checkout_id: request.checkout_id.clone(),
        customer_id: model.customer_id.clone(),
        source: Source::Api,
    };
    let new = quoted(&request)
        .expect("a quote")
        .into_new_order(&a_shop(), identity, now);
    let order = crate::order::Order::new(new, now);
    assert_eq!(order.display_number(), "0042");
    assert_eq!(order.menu_version, 7);
    let deadline = "2026-11-22T16:00:00Z".parse().expect("an instant");
    assert_eq!(order.payment_deadline, Some(deadline));
    assert!(order.requires_confirmation);
}

/// A request of random lines of the menu; quantities and options may be wrong.
fn lines() -> impl Strategy<Value = Vec<crate::checkout::LineRequest>> {
    let item = prop::sample::select(vec![
        "burger_cheese_bacon",
        "drink_coca_cola",
        "pizza",
        "feijoada",
    ]);
    let options = [
        "cebola_caramelizada",
        "ovo",
        "sem_tomate",
        "media",
        "grande",
    ];
    let options = prop::sample::subsequence(options.to_vec(), 0..3);
    let line = (item, -1..=101_i64, options).prop_map(|(item, quantity, options)| {
        serde_json::from_value(json!({"itemId": item, "quantity": quantity, "options": options}))
            .expect("a line")
    });
    prop::collection::vec(line, 0..6)
}

/// The price of one, by a look-up that shares nothing with the code above.
fn price_of(item: &str, options: &[&str]) -> i64 {
    let menu = json!(a_menu());
    let items = menu["items"].as_array().expect("items");
    let item = items
        .iter()
        .find(|candidate| candidate["itemId"] == item)
        .expect("an item");
    let groups = item["optionGroups"].as_array().cloned().unwrap_or_default();
    let all = groups
        .iter()
        .flat_map(|group| group["options"].as_array().cloned().unwrap_or_default());
    let chosen = all.filter(|option| options.iter().any(|id| option["optionId"] == *id));
    let extras: i64 = chosen
        .map(|option| option["price"].as_i64().unwrap_or(0))
        .sum();
    item["price"].as_i64().expect("a price") + extras
}

proptest! {
    /// O3: what is quoted is the sum of catalogue prices, fee and discount, and never below the minimum.
    #[test]
    fn totals_add_up(items in lines(), percent in 1..=90_u8, pickup in any::<bool>()) {
        let mut store = a_store_config();
        store.discount_rule = serde_json::from_value(json!({"off": {"percent": percent}, "minimumSubtotal": 5_000})).ok();
        let rule = store.discount_rule.clone();
        let shop = Shop::new(Some(an_order_config()), Some(store), Some(a_menu())).expect("sound");
        let mut request: PlaceOrder = serde_json::from_value(a_request()).expect("a request");
        request.items = items;
        if pickup {
            request.delivery = DeliveryRequest::Pickup;
        }
        let Ok(quote) = quote(&shop, &request, None, OPEN.parse().expect("an instant")) else {
            return Ok(());
        };
        let mut subtotal = 0;
        for line in &request.items {
            let options: Vec<&str> = line.options.iter().map(|option| option.as_str()).collect();
            prop_assert!((1..=99).contains(&line.quantity));
            subtotal += line.quantity * price_of(line.item_id.as_str(), &options);
        }
        let discount = if subtotal >= 5_000 { subtotal * i64::from(percent) / 100 } else { 0 };
        let goods = subtotal - discount;
        let fee = if pickup || goods >= 10_000 { 0 } else { 500 };
        prop_assert_eq!(quote.subtotal.centavos(), subtotal);
        prop_assert_eq!(quote.discount.centavos(), discount);
        prop_assert_eq!(quote.discount_rule, rule.filter(|_| discount > 0));
        prop_assert_eq!(quote.delivery_fee.centavos(), fee);
        prop_assert_eq!(quote.total.centavos(), goods + fee);
        prop_assert!(goods >= 2_000);
    }
}
