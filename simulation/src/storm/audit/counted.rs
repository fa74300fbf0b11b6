//! C3 of orders: each that was brought or fetched is in its customer's record once, with its points. And a store hears of its
//! own customers.

use comanda_domain::{
    loyalty::points_for,
    order::{Order, OrderStatus},
    people::{ChannelAddress, Customer},
};
use serde_json::Value;

use crate::{people::rows, storm::Storm};

impl Storm {
    /// When all is at rest, and the dead letters were sent back.
    pub(super) fn delivered_orders_are_counted(&mut self, orders: &[Order]) {
        let customers = rows::<Customer>(&self.outside.store).unwrap_or_default();
        let mut found = Vec::new();
        for customer in &customers {
            let own = orders
                .iter()
                .filter(|order| was_delivered(order) && is_of(order, customer));
            let (count, points) = own.fold((0_u64, 0_i64), |(count, points), order| {
                (count + 1, points + points_for(order.total))
            });
            if customer.total_orders != count {
                let counted = customer.total_orders;
                found.push(format!(
                    "{count} orders were delivered, and {counted} are counted"
                ));
            }
            if i64::try_from(customer.loyalty_points) != Ok(points) {
                let has = customer.loyalty_points;
                found.push(format!(
                    "its orders are worth {points} points, and it has {has}"
                ));
            }
        }
        let nobodys = orders.iter().filter(|order| {
            was_delivered(order) && !customers.iter().any(|customer| is_of(order, customer))
        });
        found.extend(nobodys.map(|_| "an order was delivered to nobody who is known".to_owned()));
        for detail in found {
            self.auditor.found("C3", "a customer", &detail);
        }
    }

    /// T1: a store hears of whoever ordered there, and of nobody else.
    pub(super) fn stores_hear_of_their_own(&mut self) {
        let customers = rows::<Customer>(&self.outside.store).unwrap_or_default();
        for message in self.outside.queue.messages() {
            let body: Value = serde_json::from_str(&message.body).unwrap_or_default();
            let Some(id) = body.pointer("/data/customerId").and_then(Value::as_str) else {
                continue;
            };
            let mut named = customers
                .iter()
                .filter(|one| one.customer_id.as_str() == id);
            let ordered_there = named.any(|customer| {
                self.lives.iter().any(|life| {
                    let shop = life.customer.shop(&self.tenants);
                    let its = shop.is_some_and(|shop| shop.store.queue_url == message.queue_url);
                    let addresses = customer.channel_addresses.iter();
                    its && addresses
                        .map(ChannelAddress::as_str)
                        .any(|own| own == life.customer.address)
                })
            });
            if !ordered_there {
                let detail = "it heard of a customer who never ordered there";
                self.auditor.found("T1", &message.queue_url, detail);
            }
        }
    }
}

fn was_delivered(order: &Order) -> bool {
    let mut ends = [OrderStatus::Delivered, OrderStatus::Completed].into_iter();
    ends.any(|status| order.became(status).is_some())
}

fn is_of(order: &Order, customer: &Customer) -> bool {
    customer.client_id == order.client_id
        && customer.channel_addresses.contains(&order.channel_address)
}
