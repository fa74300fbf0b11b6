//! A customer by id, within a tenant: another tenant's is as good as none (F093).

use comanda_domain::{
    ids::{ClientId, CustomerId},
    people::Customer,
};

use crate::{fault::Fault, ports::Ports, rows::load};

/// The record, if this tenant has it.
pub async fn get_customer_by_id(
    ports: &Ports,
    tenant: &ClientId,
    customer: &CustomerId,
) -> Result<Option<Customer>, Fault> {
    load(ports.store.as_ref(), &Customer::key_of(tenant, customer)).await
}
