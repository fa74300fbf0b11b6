//! Changes name, e-mail, CPF or preferences, and nothing else: the update is a type with these fields (F087, F088).

use comanda_domain::{
    ids::CustomerId,
    people::{Customer, CustomerEventKind, CustomerRefusal, CustomerUpdate},
};

use super::{Operation, change};
use crate::{fault::Failure, ports::Ports};

/// The record with the update; an update that changes nothing is no event (F092).
pub async fn update_customer(
    ports: &Ports,
    operation: &Operation,
    customer: &CustomerId,
    update: &CustomerUpdate,
) -> Result<Customer, Failure<CustomerRefusal>> {
    let kind = CustomerEventKind::CustomerUpdated;
    change(ports, operation, customer, kind, |record, _| {
        record.update(update.clone());
        Ok(Vec::new())
    })
    .await
}
