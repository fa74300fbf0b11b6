//! C3 of orders: each that was brought or fetched is in its customer's record once, with its points.

use comanda_domain::{
    loyalty::points_for,
    order::{Order, OrderStatus},
    people::Customer,
};

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
}

fn was_delivered(order: &Order) -> bool {
    let mut history = order.status_history().iter();
    history.any(|entry| {
        matches!(
            entry.status,
            OrderStatus::Delivered | OrderStatus::Completed
        )
    })
}

fn is_of(order: &Order, customer: &Customer) -> bool {
    customer.client_id == order.client_id
        && customer.channel_addresses.contains(&order.channel_address)
}
