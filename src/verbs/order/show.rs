//! One order as a person reads it: what it waits for, what was ordered, and its story.

use comanda_domain::{money::Money, order::Order};
use comanda_simulation::story::zone;
use comanda_workflows::story;
use serde_json::Value;

use crate::verbs::{telling, when::when};

/// The order's page in the terminal.
pub fn text(answer: &Value) -> String {
    let body = answer.get("order").unwrap_or(answer);
    if body.is_null() {
        return checkout(answer);
    }
    let word = |value: &Value, key: &str| {
        value
            .get(key)
            .and_then(Value::as_str)
            .unwrap_or("-")
            .to_owned()
    };
    let mut lines = vec![headline(body)];
    lines.push(String::new());
    lines.extend(alarms(answer));
    for item in body
        .get("items")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        let quantity = item.get("quantity").and_then(Value::as_u64).unwrap_or(1);
        lines.push(format!(
            "  {quantity} x {:<32} {}",
            word(item, "name"),
            money(item, "totalPrice")
        ));
    }
    lines.push(format!(
        "  {:<36} {}",
        "delivery",
        money(body, "deliveryFee")
    ));
    if body
        .get("discount")
        .and_then(Value::as_i64)
        .unwrap_or_default()
        != 0
    {
        lines.push(format!("  {:<36} -{}", "discount", money(body, "discount")));
    }
    lines.push(format!(
        "  {:<36} {}   {}, {}",
        "total",
        money(body, "total"),
        word(body, "paymentMethod"),
        word(body, "paymentStatus")
    ));
    lines.push(String::new());
    let story = answer.get("story").and_then(Value::as_array);
    for line in story.into_iter().flatten() {
        let (at, says) = (word(line, "at"), word(line, "says"));
        let happened = telling::line(&says, &word(line, "detail"));
        lines.push(format!("  {}  {happened}", when(&at)));
    }
    lines.push(String::new());
    lines.push(format!(
        "  order {}, execution order-lifecycle/{}",
        word(body, "orderId"),
        word(body, "orderId")
    ));
    lines.join("\n")
}

/// What a person must see of it, and do next.
fn alarms(answer: &Value) -> Vec<String> {
    let all = answer.get("exceptions").and_then(Value::as_array);
    let open = all
        .into_iter()
        .flatten()
        .filter(|exception| exception.get("state") == Some(&Value::from("OPEN")));
    let mut lines = Vec::new();
    for exception in open {
        let word = |key: &str| {
            let word = exception.get(key).and_then(Value::as_str);
            word.unwrap_or_default()
        };
        lines.push(format!("  ! {}: {}", word("kind"), word("detail")));
        lines.push(format!(
            "    next: {} ({})",
            word("nextStep"),
            word("runbook")
        ));
        lines.push(String::new());
    }
    lines
}

/// The sentence that says what the order waits for, until when, and what then.
fn headline(body: &Value) -> String {
    let mut body = body.clone();
    if let Some(wait) = body.get_mut("wait").and_then(Value::as_object_mut) {
        // The API never shows the waiting step's token; an order as the domain knows it has one.
        wait.insert("token".to_owned(), "not shown".into());
    }
    match serde_json::from_value::<Order>(body.clone()) {
        Ok(order) => story::sentence(&order, &zone()).text(jiff::Timestamp::now()),
        Err(_) => format!(
            "Order {:04} is {}.",
            body.get("orderNumber")
                .and_then(Value::as_u64)
                .unwrap_or_default(),
            body.get("status")
                .and_then(Value::as_str)
                .unwrap_or_default()
        ),
    }
}

/// A checkout that is no order yet, or never became one.
fn checkout(answer: &Value) -> String {
    let state = answer
        .pointer("/checkout/state")
        .and_then(Value::as_str)
        .unwrap_or_default();
    match state {
        "REFUSED" => {
            "The order was refused; nothing was saved, and the customer was told why.".to_owned()
        }
        _ => "The order is being accepted.".to_owned(),
    }
}

/// Centavos of a field as `R$ 44,80`.
pub fn money(value: &Value, key: &str) -> String {
    Money::from_centavos(value.get(key).and_then(Value::as_i64).unwrap_or_default()).to_string()
}
