//! The list of orders: who, how much, and what each waits for.

use comanda_domain::order::Order;
use comanda_workflows::story::sentence;
use jiff::{Timestamp, tz::TimeZone};
use maud::{Markup, html};

use super::when;
use crate::console::{
    live::{Manner, Region},
    pages::encoded,
};

/// How many orders a list shows; the search box finds the others.
pub const AT_ONCE: usize = 100;

/// The page's contents.
pub fn body(list: Markup) -> Markup {
    html! {
        h1 { "Orders" }
        (list)
    }
}

/// The regions of the page.
pub fn regions(orders: &[Order], now: Timestamp, zone: &TimeZone) -> Vec<Region> {
    vec![Region {
        id: "orders".into(),
        markup: list(orders, now, zone),
        manner: Manner::Plain,
    }]
}

fn list(orders: &[Order], now: Timestamp, zone: &TimeZone) -> Markup {
    html! {
        div #orders {
            @if orders.is_empty() {
                p.lead { "No orders yet. Place one from a terminal:" }
                pre { code { "cargo run -- order place examples/orders/pix-delivery.json" } }
            } @else {
                table.list {
                    thead {
                        tr {
                            th scope="col" { "Order" } th scope="col" { "Customer" } th.number scope="col" { "Total" }
                            th scope="col" { "Status" } th scope="col" { "Since" }
                        }
                    }
                    tbody { @for order in orders { (row(order, now, zone)) } }
                }
            }
        }
    }
}

fn row(order: &Order, now: Timestamp, zone: &TimeZone) -> Markup {
    let number = order.display_number();
    let says = sentence(order, zone).still(zone);
    // The number stands in the first column.
    let says = says
        .strip_prefix(&format!("Order {number} "))
        .unwrap_or(&says)
        .to_owned();
    html! {
        tr #{ "order-" (order.order_id) } {
            td { a.id href={ "/orders/" (encoded(order.order_id.as_str())) } { (number) } }
            td { (order.customer_name.first()) }
            td.number { (order.total) }
            td { span.state.(class(order)) { (says) } }
            td { (when::since(order.updated_at(), now, zone)) }
        }
    }
}

/// For the sign before the sentence; the sentence says the same.
pub fn class(order: &Order) -> &'static str {
    use comanda_domain::order::{OrderStatus, WaitingFor};
    match (order.waiting_for, order.status()) {
        (Some(WaitingFor::Person), _) => "trouble",
        (Some(_), _) => "waiting",
        (None, OrderStatus::Cancelled | OrderStatus::Refunded) => "over",
        (None, OrderStatus::Completed | OrderStatus::Delivered) => "done",
        (None, _) => "going",
    }
}
