//! Takes an address off a customer's list.

use comanda_domain::{
    ids::CustomerId,
    people::{Customer, CustomerEventKind, CustomerRefusal},
};

use super::{Operation, change};
use crate::{fault::Failure, ports::Ports};

/// The record without the address.
pub async fn remove_address(
    ports: &Ports,
    operation: &Operation,
    customer: &CustomerId,
    id: &str,
) -> Result<Customer, Failure<CustomerRefusal>> {
    let kind = CustomerEventKind::CustomerUpdated;
    change(ports, operation, customer, kind, |record, _| {
        record.remove_address(id).map_err(Failure::Refused)?;
        Ok(Vec::new())
    })
    .await
}
