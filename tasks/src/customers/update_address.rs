//! Writes an address anew, or makes it the one that is used.

use comanda_domain::{
    ids::CustomerId,
    people::{Address, Customer, CustomerEventKind, CustomerRefusal},
};

use super::{Operation, change};
use crate::{fault::Failure, ports::Ports};

/// What becomes of an address.
pub enum AddressChange<'a> {
    /// It is written anew, under the same id.
    Rewrite(&'a Address),
    /// It is the default from here on.
    MakeDefault,
}

/// The record with the address changed, found by its id and never by its place (F095).
pub async fn update_address(
    ports: &Ports,
    operation: &Operation,
    customer: &CustomerId,
    (id, new): (&str, &AddressChange<'_>),
) -> Result<Customer, Failure<CustomerRefusal>> {
    let kind = CustomerEventKind::CustomerUpdated;
    change(ports, operation, customer, kind, |record, _| {
        let done = match new {
            AddressChange::Rewrite(address) => record.replace_address(id, (*address).clone()),
            AddressChange::MakeDefault => record.choose_address(id),
        };
        done.map_err(Failure::Refused)?;
        Ok(Vec::new())
    })
    .await
}
