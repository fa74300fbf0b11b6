//! Adds an address to a customer's list.

use comanda_domain::{
    ids::CustomerId,
    people::{Address, Customer, CustomerEventKind, CustomerRefusal},
};
use sha2::Digest;

use super::{Operation, change};
use crate::{fault::Failure, ports::Ports};

/// The record with the address. Its id is a function of the operation, so that a repetition adds nothing.
pub async fn add_address(
    ports: &Ports,
    operation: &Operation,
    customer: &CustomerId,
    (address, as_default): (&Address, bool),
) -> Result<Customer, Failure<CustomerRefusal>> {
    let digest = hex::encode(sha2::Sha256::digest(format!("{customer}#{}", operation.id)));
    let id = format!("addr_{}", digest.chars().take(32).collect::<String>());
    let kind = CustomerEventKind::CustomerUpdated;
    change(ports, operation, customer, kind, |record, _| {
        record
            .add_address(&id, address.clone(), as_default)
            .map_err(Failure::Refused)?;
        Ok(Vec::new())
    })
    .await
}
