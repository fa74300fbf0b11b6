//! O3 of what a store reads: it cooks what was ordered, as it was ordered, and brings it to where whoever ordered lives.

use std::collections::BTreeSet;

use comanda_domain::menu::Menu;
use serde_json::Value;

/// What of an order on a store's queue is not what its customer asked for. `told` is the message's data.
pub(super) fn differs(told: &Value, asked: &Value, menu: &Menu) -> Option<&'static str> {
    let Some(order) = told.get("order") else {
        return Some("no order");
    };
    if lines(order) != lines(asked) {
        return Some("other items than were ordered");
    }
    if !chosen_by_name(order, menu) {
        return Some("other options than were chosen");
    }
    if text(order, "/customerNotes") != text(asked, "/notes") {
        return Some("other notes than the customer's");
    }
    if text(order, "/customerName") != text(asked, "/customer/name") {
        return Some("another name than the customer's");
    }
    if text(order, "/deliveryType") != text(asked, "/delivery/type") {
        return Some("fetched for brought, or the other way round");
    }
    if place(order.get("deliveryAddress")) != place(asked.pointer("/delivery/address")) {
        return Some("another address than the customer's");
    }
    // Another way of paying online may have been chosen meanwhile.
    let at_the_door = |order: &Value| text(order, "/paymentMethod") == "CASH";
    if at_the_door(order) != at_the_door(asked) {
        return Some("paid for what is to be paid at the door, or the other way round");
    }
    let awaits = told.get("awaitingConfirmation").and_then(Value::as_bool);
    if awaits != Some(told.get("taskToken").is_some()) {
        return Some("a token and no question, or a question and no token");
    }
    None
}

/// Which items, how many, with what, and what to know of them.
fn lines(order: &Value) -> Vec<(&str, i64, Vec<&str>, &str)> {
    let line = |line| {
        let quantity = Value::get(line, "quantity").and_then(Value::as_i64);
        let mut options: Vec<&str> = list(line, "options").filter_map(Value::as_str).collect();
        options.sort_unstable();
        let (item, notes) = (text(line, "/itemId"), text(line, "/notes"));
        (item, quantity.unwrap_or_default(), options, notes)
    };
    list(order, "items").map(line).collect()
}

/// Whether what the kitchen reads of each line's options, by name, is what their ids say.
fn chosen_by_name(order: &Value, menu: &Menu) -> bool {
    list(order, "items").all(|line| {
        let named = line.get("customizations").and_then(Value::as_object);
        let named = named.into_iter().flatten().flat_map(|(group, names)| {
            let names = names.as_array().into_iter().flatten();
            names.filter_map(move |name| Some((group.as_str(), name.as_str()?)))
        });
        let ids: BTreeSet<&str> = list(line, "options").filter_map(Value::as_str).collect();
        let mut items = menu.items.iter();
        let item = items.find(|item| item.item_id.as_str() == text(line, "/itemId"));
        let groups = item.into_iter().flat_map(|item| &item.option_groups);
        let meant = groups.flat_map(|group| {
            let options = group.options.iter();
            let options = options.filter(|option| ids.contains(option.option_id.as_str()));
            options.map(|option| (group.name.as_str(), option.name.as_str()))
        });
        named.collect::<BTreeSet<_>>() == meant.collect()
    })
}

fn list<'a>(value: &'a Value, field: &str) -> impl Iterator<Item = &'a Value> {
    let list = value.get(field).and_then(Value::as_array);
    list.into_iter().flatten()
}

fn place(address: Option<&Value>) -> Option<[&str; 7]> {
    let parts = [
        "/street",
        "/number",
        "/complement",
        "/neighborhood",
        "/city",
        "/state",
        "/postalCode",
    ];
    Some(parts.map(|part| text(address.unwrap_or(&Value::Null), part)))
}

fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    let text = value.pointer(pointer).and_then(Value::as_str);
    text.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::differs;
    use crate::restaurant;

    /// Each way of telling a store something else is seen.
    #[test]
    fn whatever_a_store_is_told_wrongly_is_seen() {
        let [sample, _] = restaurant::stores().expect("the sample is sound");
        let menu = sample.menu;
        let (item, group) = menu
            .items
            .iter()
            .find_map(|item| Some((item, item.option_groups.first()?)))
            .expect("something can be chosen");
        let option = group.options.first().expect("there is an option");
        let lines = json!([{
            "itemId": item.item_id, "quantity": 2, "options": [option.option_id], "notes": "bem passado",
            "customizations": { group.name.as_str(): [option.name] },
        }]);
        let asked = json!({
            "customer": { "name": "Ana" }, "notes": "sem cebola", "items": lines, "paymentMethod": "PIX",
            "delivery": { "type": "DELIVERY", "address": { "street": "Rua A", "number": "1" } },
        });
        let told = json!({ "awaitingConfirmation": true, "taskToken": "t", "order": {
            "customerName": "Ana", "customerNotes": "sem cebola", "deliveryType": "DELIVERY", "items": lines,
            "paymentMethod": "CREDIT", "deliveryAddress": { "street": "Rua A", "number": "1" },
        } });
        assert_eq!(differs(&told, &asked, &menu), None);
        assert!(differs(&json!({ "awaitingConfirmation": false }), &asked, &menu).is_some());
        for (pointer, wrong) in [
            ("/order/items/0/itemId", json!("another")),
            ("/order/items/0/quantity", json!(1)),
            ("/order/items/0/notes", json!("")),
            ("/order/items/0/options", json!([])),
            ("/order/items/0/customizations", json!({})),
            ("/order/items", json!([])),
            ("/order/customerNotes", json!("outra coisa")),
            ("/order/customerName", json!("Eva")),
            ("/order/deliveryType", json!("PICKUP")),
            ("/order/deliveryAddress/number", json!("2")),
            ("/order/deliveryAddress", Value::Null),
            ("/order/paymentMethod", json!("CASH")),
            ("/awaitingConfirmation", json!(false)),
        ] {
            let mut other = told.clone();
            *other.pointer_mut(pointer).expect("it is there") = wrong;
            assert!(differs(&other, &asked, &menu).is_some(), "{pointer}");
        }
    }
}
