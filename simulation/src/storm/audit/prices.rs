//! O3 without our own arithmetic: the price that the menu gives for what the customer asked, and whether the store may
//! take it at all.

use comanda_domain::{menu::Menu, money::Money, order::Order};
use serde_json::Value;

use crate::restaurant::SampleStore;

/// What a request comes to.
struct Price {
    goods: Money,
    total: Money,
}

/// Whether the store may take it: the goods reach the minimum, and whoever pays online shows a CPF.
fn may_be_taken(body: &Value, goods: Money, shop: &SampleStore) -> bool {
    let online = body.get("paymentMethod").and_then(Value::as_str) != Some("CASH");
    let has_cpf = body.pointer("/customer/cpf").is_some();
    let countable = body
        .get("items")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .all(|line| {
            line.get("quantity")
                .and_then(Value::as_i64)
                .is_some_and(|quantity| (1..=99).contains(&quantity))
        });
    (has_cpf || !online) && countable && goods >= shop.orders.minimum_order_value
}

/// What the request must cost; `None` if it asks for something that is not sold.
fn expected(body: &Value, shop: &SampleStore) -> Option<Price> {
    let mut goods = 0;
    for line in body.get("items")?.as_array()? {
        goods += line_price(line, &shop.menu)? * line.get("quantity")?.as_i64()?;
    }
    let fetched = body.pointer("/delivery/type").and_then(Value::as_str) == Some("PICKUP");
    // All addresses of the world are in the first zone.
    let zone = shop.store.delivery_zones.first()?;
    let free = zone.free_from.is_some_and(|from| goods >= from.centavos());
    let fee = if fetched || free {
        0
    } else {
        zone.fee.centavos()
    };
    Some(Price {
        goods: Money::from_centavos(goods),
        total: Money::from_centavos(goods + fee),
    })
}

fn line_price(line: &Value, menu: &Menu) -> Option<i64> {
    let item = menu
        .items
        .iter()
        .find(|item| Some(item.item_id.as_str()) == line.get("itemId").and_then(Value::as_str))?;
    let mut price = item.price.centavos();
    for option in line.get("options")?.as_array()? {
        let mut all = item.option_groups.iter().flat_map(|group| &group.options);
        let found = all.find(|known| Some(known.option_id.as_str()) == option.as_str())?;
        price += found.price.centavos();
    }
    Some(price)
}

/// Whether a request asks for what the store sells, as the store sells it: to refuse it is as wrong as to take another.
pub(in crate::storm) fn is_sound(body: &Value, shop: &SampleStore) -> bool {
    expected(body, shop).is_some_and(|price| may_be_taken(body, price.goods, shop))
}

/// Whether the order costs what it must, and is its store's.
pub(super) fn is_right(order: &Order, body: &Value, shop: &SampleStore) -> bool {
    let price = expected(body, shop);
    let own = (&order.client_id, &order.store_id) == (&shop.store.client_id, &shop.store.store_id);
    own && price.is_some_and(|price| price.total == order.total) && is_sound(body, shop)
}
