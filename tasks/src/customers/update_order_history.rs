//! Remembers an order that was delivered or fetched: history of five, totals and points, each counted once for the order
//! (F090).

use comanda_domain::{
    loyalty::points_for,
    order::Order,
    people::{CustomerEventKind, CustomerRefusal, OrderSummary},
    planted::{Fault as Planted, planted},
};

use super::{
    NewCustomer, Operation, Points, ReadIn, change, create_customer_of, get_customer_by_address,
    is_erased, relay_or_leave, update_loyalty_points,
};
use crate::{
    fault::{Failure, Fault},
    ports::Ports,
};

/// Enters an order in its customer's record. Who ordered without being registered is registered by it.
pub async fn record_order(ports: &Ports, order: &Order) -> Result<(), Fault> {
    let operation = |what: &str| {
        let id = format!("{what}-{}", order.order_id);
        Operation::new(&order.client_id, &order.store_id, id)
    };
    // Erased: there is nobody to remember it of.
    if is_erased(order) {
        return Ok(());
    }
    // Who it is, the address says: the id that the order names may be that of a record that was erased since.
    let known = get_customer_by_address(ports, &order.client_id, &order.channel_address).await?;
    let customer = match known {
        Some(customer) => customer,
        None => {
            let new = NewCustomer {
                address: order.channel_address.clone(),
                name: order.customer_name.clone(),
                cpf: None,
                source: order.source,
                id: Some(order.customer_id.clone()),
            };
            let read_in = (&new, ReadIn::Order(&order.order_key()));
            let made = create_customer_of(ports, &operation("customer"), read_in).await?;
            let Some(made) = made else {
                return Ok(());
            };
            made
        }
    };
    // A crash may have left unsent that there is a customer at all.
    relay_or_leave(ports, &order.client_id, &customer.customer_id).await;
    let summary = OrderSummary {
        order_id: order.order_id.clone(),
        at: order.created_at,
        total: order.total,
        status: order.status(),
    };
    let kind = CustomerEventKind::CustomerUpdated;
    let history = operation("order");
    let remembered = change(ports, &history, &customer.customer_id, kind, |record, _| {
        record.remember_order(summary.clone());
        Ok(Vec::new())
    });
    expect(remembered.await.map(|_| ()))?;
    let points = Points {
        points: points_for(order.total),
        reason: format!("Pedido #{}", order.display_number()),
    };
    let loyalty = if planted(Planted::PointsTwice) {
        operation(&format!("points-{}", order.status()))
    } else {
        operation("points")
    };
    let counted = update_loyalty_points(ports, &loyalty, &customer.customer_id, &points);
    expect(counted.await.map(|_| ()))
}

/// Somebody erased the customer in between: then there is nobody to remember it of.
fn expect(done: Result<(), Failure<CustomerRefusal>>) -> Result<(), Fault> {
    match done {
        Ok(()) | Err(Failure::Refused(CustomerRefusal::Unknown)) => Ok(()),
        Err(Failure::Refused(refusal)) => Err(Fault::unexpected(refusal.to_string())),
        Err(Failure::Fault(fault)) => Err(fault),
    }
}
