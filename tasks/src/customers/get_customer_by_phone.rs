//! A customer by phone or channel address, within a tenant (F083), by key and not by an index that lags (F086).

use comanda_domain::{
    checkout::PlaceOrder,
    ids::ClientId,
    people::{ChannelAddress, Customer, CustomerIdentity, CustomerKey},
    planted::{CustomerFault as Planted, planted},
};

use super::get_customer_by_id;
use crate::{fault::Fault, ports::Ports, rows::load};

/// The record that an address or a phone belongs to.
pub async fn get_customer_by(
    ports: &Ports,
    tenant: &ClientId,
    identity: &CustomerIdentity,
) -> Result<Option<Customer>, Fault> {
    let key = CustomerKey::key_of(tenant, identity);
    let Some(owner) = load::<CustomerKey>(ports.store.as_ref(), &key).await? else {
        return Ok(None);
    };
    get_customer_by_id(ports, tenant, &owner.customer_id).await
}

/// The record of whoever writes from an address: by the address itself, else by the phone that it shows, so that an old
/// eight-digit id and the same number with its ninth digit are one person (F100).
pub async fn get_customer_by_address(
    ports: &Ports,
    tenant: &ClientId,
    address: &ChannelAddress,
) -> Result<Option<Customer>, Fault> {
    let by_address = CustomerIdentity::ChannelAddress(address.clone());
    match get_customer_by(ports, tenant, &by_address).await {
        Ok(Some(customer)) => return Ok(Some(customer)),
        Ok(None) => {}
        Err(_) if planted(Planted::OutageIsNobody) => return Ok(None),
        Err(fault) => return Err(fault),
    }
    match address.phone() {
        Some(phone) => get_customer_by(ports, tenant, &CustomerIdentity::Phone(phone)).await,
        None => Ok(None),
    }
}

/// The record of whoever orders. An address that is none is for the quote to refuse.
pub(crate) async fn known_customer(
    ports: &Ports,
    tenant: &ClientId,
    request: &PlaceOrder,
) -> Result<Option<Customer>, Fault> {
    match ChannelAddress::new(request.customer.channel_address.trim()) {
        Ok(address) => get_customer_by_address(ports, tenant, &address).await,
        Err(_) => Ok(None),
    }
}
