//! Adds or uses loyalty points: a line of the ledger and the balance in one transaction (F089).

use comanda_domain::{
    ids::CustomerId,
    loyalty::{self, LoyaltyEntry},
    people::{Customer, CustomerEventKind, CustomerRefusal},
    planted::{CustomerFault as Planted, planted},
};

use super::{Operation, change};
use crate::{
    fault::Failure,
    ports::{Condition, Ports},
    rows::put,
};

/// Points, and what for.
pub struct Points {
    /// Got, or below zero used.
    pub points: i64,
    /// Why, for the tenant's people.
    pub reason: String,
}

/// The record with the new balance. More than there is cannot be used.
pub async fn update_loyalty_points(
    ports: &Ports,
    operation: &Operation,
    customer: &CustomerId,
    points: &Points,
) -> Result<Customer, Failure<CustomerRefusal>> {
    let kind = CustomerEventKind::CustomerLoyaltyUpdated;
    change(ports, operation, customer, kind, |record, event| {
        record.loyalty_points = loyalty::after(record.loyalty_points, points.points)
            .map_err(|short| Failure::Refused(short.into()))?;
        event.points = Some(points.points);
        let entry = LoyaltyEntry {
            client_id: operation.tenant.clone(),
            customer_id: customer.clone(),
            entry_id: event.event_id.clone(),
            points: points.points,
            reason: if planted(Planted::LedgerNamesCustomer) {
                format!("{}: {}", points.reason, record.name.as_str())
            } else {
                points.reason.clone()
            },
            at: event.created_at,
        };
        Ok(vec![put(&entry, Condition::Absent)?])
    })
    .await
}
