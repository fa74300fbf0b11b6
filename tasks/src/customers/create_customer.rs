//! Makes a customer, once for a channel address and once for a phone (C1): the record, its key rows and the event in one
//! transaction. Whoever is known already stays who they are; a new address of a known phone is added to them.

use comanda_domain::{
    ids::{ClientId, CustomerId, OrderKey},
    keys::Key,
    order::{Order, Source},
    people::{
        ChannelAddress, Cpf, Customer, CustomerEventKind, CustomerIdentity, CustomerKey, PersonName,
    },
    planted::{CustomerFault as Planted, planted},
    tables::Row,
};

use super::{Operation, get_customer_by, get_customer_by_id, relay_or_leave};
use crate::{
    fault::Fault,
    ports::{Change, Condition, Ports, Write},
    rows::{Decision, TalkRow, decide, load, load_order, put},
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

/// Where it was read what somebody is called. Whoever is erased is forgotten there first, and nobody is made of it then.
pub(crate) enum ReadIn<'a> {
    /// Their talk, by its key.
    Talk(&'a Key),
    /// An order of theirs.
    Order(&'a OrderKey),
}

/// The customer of an address, made if there is none.
pub async fn create_customer(
    ports: &Ports,
    operation: &Operation,
    new: &NewCustomer,
) -> Result<Customer, Fault> {
    let customer = decide::<Customer, Customer, Fault, _>(ports, || look(ports, operation, new));
    let customer = customer.await?;
    relay_or_leave(ports, &operation.tenant, &customer.customer_id).await;
    Ok(customer)
}

/// The same for whom we have read of somewhere; `None` if they were erased meanwhile.
pub(crate) async fn create_customer_of(
    ports: &Ports,
    operation: &Operation,
    (new, read_in): (&NewCustomer, ReadIn<'_>),
) -> Result<Option<Customer>, Fault> {
    let customer = decide::<Customer, Option<Customer>, Fault, _>(ports, || async {
        let Some(stays) = stays(ports, &read_in, new).await? else {
            return Ok(Decision::Stands(None));
        };
        Ok(match look(ports, operation, new).await? {
            Decision::Stands(known) => Decision::Stands(Some(known)),
            Decision::Write(mut writes, made) => {
                writes.push(stays);
                Decision::Write(writes, Some(made))
            }
        })
    });
    let customer = customer.await?;
    if let Some(customer) = &customer {
        relay_or_leave(ports, &operation.tenant, &customer.customer_id).await;
    }
    Ok(customer)
}

/// The check that it is still there as it is; `None` where it was forgotten.
async fn stays(
    ports: &Ports,
    read_in: &ReadIn<'_>,
    new: &NewCustomer,
) -> Result<Option<Write>, Fault> {
    let store = ports.store.as_ref();
    let (table, key, version) = match read_in {
        ReadIn::Talk(key) => {
            let talk: Option<TalkRow> = load(store, key).await?;
            let talk = talk.filter(|talk| talk.channel_address == new.address);
            let version = talk.map(|talk| talk.version);
            (TalkRow::TABLE, (*key).clone(), version)
        }
        ReadIn::Order(key) => {
            let order = load_order(store, key).await?;
            let order = order.filter(|order| order.channel_address == new.address);
            let key = Order::key_of(&key.client_id, &key.order_id);
            (Order::TABLE, key, order.map(|order| order.version()))
        }
    };
    Ok(version.map(|version| Write {
        table,
        key,
        condition: Condition::Version(version),
        change: Change::Check,
    }))
}

async fn look(
    ports: &Ports,
    operation: &Operation,
    new: &NewCustomer,
) -> Result<Decision<Customer>, Fault> {
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
