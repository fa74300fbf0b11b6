//! Makes a customer, once for a channel address and once for a phone (C1): the record, its key rows and the event in one
//! transaction. Whoever is known already stays who they are; a new address of a known phone is added to them.

use comanda_domain::{
    ids::{ClientId, CustomerId},
    order::Source,
    people::{
        ChannelAddress, Cpf, Customer, CustomerEventKind, CustomerIdentity, CustomerKey, PersonName,
    },
    planted::{CustomerFault as Planted, planted},
};

use super::{Operation, get_customer_by, get_customer_by_id, relay_or_leave};
use crate::{
    fault::Fault,
    ports::{Condition, Ports, Write},
    rows::{Decision, decide, put},
};

/// Who is to be made.
#[derive(Clone)]
pub struct NewCustomer {
    /// Where they write from.
    pub address: ChannelAddress,
    /// As they call themselves.
    pub name: PersonName,
    /// Where it was given.
    pub cpf: Option<Cpf>,
    /// Where they come from.
    pub source: Source,
    /// The id that an order of theirs names already.
    pub id: Option<CustomerId>,
}

/// The customer of an address, made if there is none.
pub async fn create_customer(
    ports: &Ports,
    operation: &Operation,
    new: &NewCustomer,
) -> Result<Customer, Fault> {
    let customer = decide::<Customer, Customer, Fault, _>(ports, || async {
        let tenant = &operation.tenant;
        let address = CustomerIdentity::ChannelAddress(new.address.clone());
        if let Some(known) = get_customer_by(ports, tenant, &address).await? {
            return Ok(Decision::Stands(known));
        }
        let by_index = planted(Planted::PhoneByIndex);
        if let Some(phone) = new.address.phone().filter(|_| !by_index) {
            let phone = CustomerIdentity::Phone(phone);
            if let Some(known) = get_customer_by(ports, tenant, &phone).await? {
                return link(ports, operation, &known, new);
            }
        }
        make(ports, operation, new).await
    })
    .await?;
    relay_or_leave(ports, &operation.tenant, &customer.customer_id).await;
    Ok(customer)
}

async fn make(
    ports: &Ports,
    operation: &Operation,
    new: &NewCustomer,
) -> Result<Decision<Customer>, Fault> {
    let now = ports.clock.now();
    let checked = comanda_domain::checkout::CheckedCustomer {
        name: new.name.clone(),
        channel_address: new.address.clone(),
        cpf: new.cpf.clone(),
    };
    let id = free_id(ports, &operation.tenant, new.id.as_ref()).await?;
    let customer = Customer::first_seen(operation.tenant.clone(), id, checked, new.source, now);
    let event = operation.event(&customer, CustomerEventKind::CustomerCreated, now);
    let mut writes = vec![
        put(&customer, Condition::Absent)?,
        key(
            &customer,
            CustomerIdentity::ChannelAddress(new.address.clone()),
        )?,
        put(&event, Condition::Absent)?,
    ];
    if let Some(phone) = customer.phone_number.clone() {
        writes.push(key(&customer, CustomerIdentity::Phone(phone))?);
    }
    Ok(Decision::Write(writes, customer))
}

fn link(
    ports: &Ports,
    operation: &Operation,
    known: &Customer,
    new: &NewCustomer,
) -> Result<Decision<Customer>, Fault> {
    let now = ports.clock.now();
    let next = known.changed::<Fault>(now, |next| {
        next.add_channel_address(new.address.clone());
        Ok(())
    })?;
    let next = next.unwrap_or_else(|| known.clone());
    let event = operation.event(&next, CustomerEventKind::CustomerUpdated, now);
    let writes = vec![
        put(&next, Condition::Version(known.version))?,
        key(&next, CustomerIdentity::ChannelAddress(new.address.clone()))?,
        put(&event, Condition::Absent)?,
    ];
    Ok(Decision::Write(writes, next))
}

fn key(customer: &Customer, identity: CustomerIdentity) -> Result<Write, Fault> {
    let key = CustomerKey {
        client_id: customer.client_id.clone(),
        identity,
        customer_id: customer.customer_id.clone(),
    };
    let unlooked = planted(Planted::PhoneByIndex);
    match &key.identity {
        CustomerIdentity::Phone(_) if unlooked => put(&key, Condition::None),
        _ => put(&key, Condition::Absent),
    }
}

/// The id that is asked for, if nobody has it: an erased record keeps its id, and whoever comes back is a new customer.
async fn free_id(
    ports: &Ports,
    tenant: &ClientId,
    wanted: Option<&CustomerId>,
) -> Result<CustomerId, Fault> {
    if let Some(id) = wanted
        && get_customer_by_id(ports, tenant, id).await?.is_none()
    {
        return Ok(id.clone());
    }
    fresh_customer_id(ports)
}

/// An id that nobody can guess, and that says nothing of whose it is.
pub fn fresh_customer_id(ports: &Ports) -> Result<CustomerId, Fault> {
    CustomerId::new(format!("customer_{}", ports.clock.fresh_id()))
        .map_err(|error| Fault::unexpected(error.to_string()))
}
