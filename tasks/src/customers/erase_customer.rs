//! Erases a person (LGPD art. 18), on record or not: what is nobody else's goes, what the law keeps (orders, points, consents) stays and
//! names nobody (C5).
//!
//! The record goes last, so that an erasure that was interrupted is found and done again.

use comanda_domain::{
    audit::{AuditAction, AuditEntry},
    ids::CustomerId,
    order::Actor,
    people::{ChannelAddress, Customer, CustomerIdentity, CustomerKey, PersonName, Preferences},
    planted::{CustomerFault as Planted, planted},
    tables::{self, Row},
};

use super::{
    Operation,
    erase_orders::{anonymise_orders, erasable_orders},
    export_customer::{Person, export_addresses, talks_of, told},
    get_customer_by_address, get_customer_by_id,
};
use crate::{
    fault::{Failure, Fault},
    ports::{Change, Condition, Ports, Write, guarded::Uses},
    rows::{
        ConversationRow, Decision, NotificationRow, NotificationState, TalkRow, decide, load,
        load_all, put, put_if_absent, write,
    },
};

/// What erasing takes.
pub const ERASE: Uses = Uses {
    reads: &[
        &tables::CUSTOMERS,
        &tables::CUSTOMER_KEYS,
        &tables::TALKS,
        &tables::ORDERS,
        &tables::CHECKOUTS,
        &tables::NOTIFICATIONS,
        &tables::AUDIT_LOG,
        &tables::REFUNDS,
        &tables::EXCEPTIONS,
        &tables::COUNTERS,
    ],
    queries: &[
        &tables::ORDERS,
        &tables::REFUNDS,
        &tables::NOTIFICATIONS,
        &tables::STORE_CONFIG,
        &tables::INBOX,
        &tables::CONVERSATIONS,
    ],
    writes: &[
        &tables::INBOX,
        &tables::CUSTOMERS,
        &tables::CUSTOMER_KEYS,
        &tables::ORDERS,
        &tables::CHECKOUTS,
        &tables::NOTIFICATIONS,
        &tables::CONVERSATIONS,
        &tables::TALKS,
        &tables::AUDIT_LOG,
    ],
    ..Uses::NOTHING
};

/// Why a customer is not erased.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EraseRefusal {
    /// This tenant has no such customer.
    #[error("this tenant has no such customer")]
    Unknown,
    /// An order is under way, which needs the address.
    #[error("order {0} is under way")]
    OrderOpen(String),
    /// Money is to go back, which the customer is to be told, or asked where to.
    #[error("money of order {0} has not gone back yet")]
    MoneyOwed(String),
}

/// Who erased customers are called. An address that is no address keeps rows readable.
const NOBODY: &str = "Removido";
pub(super) const NOWHERE: &str = "whatsapp:erased";

/// Erases. The record that is left has an id, sums and dates.
pub async fn erase_customer(
    ports: &Ports,
    operation: &Operation,
    customer: &CustomerId,
) -> Result<Customer, Failure<EraseRefusal>> {
    let record = get_customer_by_id(ports, &operation.tenant, customer)
        .await?
        .ok_or(Failure::Refused(EraseRefusal::Unknown))?;
    let person = Person::of(&record);
    forget(ports, operation, &person).await?;
    note_erased(ports, operation, customer.as_str()).await?;
    let erased = anonymise_record(ports, operation, customer).await?;
    // An order that is accepted after the record has gone is somebody new's, because it loses by the record's version. What was
    // accepted just before is found, or the erasure is to be done again.
    match anonymise_orders(ports, &person).await {
        Err(Failure::Refused(_)) => Err(Failure::Fault(Fault::Contention {
            table: tables::ORDERS.name,
        })),
        done => done.map(|()| erased),
    }
}

/// Erases somebody who has no record: they wrote, or ordered and nothing came of it. `Unknown` where they did neither, or
/// are erased. On record is the id of the talk that they could have, which shows no phone.
///
/// That they were is written down first: an erasure that was interrupted is asked for again, and then there may be nothing
/// left by which it could be known that there was anybody.
pub async fn erase_addresses(
    ports: &Ports,
    operation: &Operation,
    addresses: &[ChannelAddress],
) -> Result<(), Failure<EraseRefusal>> {
    let tenant = &operation.tenant;
    let person = Person {
        tenant,
        record: None,
        addresses: addresses.to_vec(),
    };
    let has_ordered = !erasable_orders(ports, &person).await?.is_empty();
    let is_anybody = has_ordered || export_addresses(ports, tenant, addresses).await?.is_some();
    let first = addresses.first().filter(|_| is_anybody);
    let first = first.ok_or(Failure::Refused(EraseRefusal::Unknown))?;
    let subject = TalkRow::id_of(tenant, &operation.store, first);
    note_erased(ports, operation, &subject).await?;
    forget(ports, operation, &person).await?;
    // Who confirmed their registration while we were at it has a record by now.
    for address in addresses {
        if let Some(customer) = get_customer_by_address(ports, tenant, address).await? {
            erase_customer(ports, operation, &customer.customer_id).await?;
        }
    }
    Ok(())
}

/// What is held of a person beside their record.
async fn forget(
    ports: &Ports,
    operation: &Operation,
    person: &Person<'_>,
) -> Result<(), Failure<EraseRefusal>> {
    anonymise_orders(ports, person).await?;
    for address in &person.addresses {
        for message in told(ports, person.tenant, address).await? {
            if !planted(Planted::ErasureLeavesMessages) {
                anonymise_message(ports, &message).await?;
            }
        }
        if !planted(Planted::ErasureLeavesTalks) {
            forget_talk(ports, operation, address).await?;
        }
    }
    // What was placed while we were at it.
    anonymise_orders(ports, person).await
}

async fn note_erased(ports: &Ports, operation: &Operation, subject: &str) -> Result<(), Fault> {
    let entry = AuditEntry {
        client_id: operation.tenant.clone(),
        store_id: operation.store.clone(),
        subject_id: subject.to_owned(),
        entry_id: operation.id.clone(),
        at: ports.clock.now(),
        by: Actor::System,
        action: AuditAction::CustomerErased,
    };
    put_if_absent(ports.store.as_ref(), &entry).await?;
    Ok(())
}

pub(super) fn nobody() -> Result<(PersonName, ChannelAddress), Fault> {
    let name = PersonName::parse(NOBODY).map_err(|error| Fault::unexpected(error.to_string()))?;
    let address =
        ChannelAddress::new(NOWHERE).map_err(|error| Fault::unexpected(error.to_string()))?;
    Ok((name, address))
}

async fn anonymise_message(ports: &Ports, listed: &NotificationRow) -> Result<(), Fault> {
    let (_, nowhere) = nobody()?;
    let key = listed.key();
    decide::<NotificationRow, (), Fault, _>(ports, || async {
        let row: Option<NotificationRow> = load(ports.store.as_ref(), &key).await?;
        let Some(row) = row else {
            return Ok(Decision::Stands(()));
        };
        let before = row.version;
        let row = NotificationRow {
            text: String::new(),
            offered: Vec::new(),
            channel_address: nowhere.clone(),
            // There is nobody to say it to any more.
            state: match row.state {
                NotificationState::Intended => NotificationState::Overtaken,
                state => state,
            },
            version: before + 1,
            ..row
        };
        let write = put(&row, Condition::Version(before))?;
        Ok(Decision::Write(vec![write], ()))
    })
    .await
}

async fn forget_talk(
    ports: &Ports,
    operation: &Operation,
    address: &ChannelAddress,
) -> Result<(), Fault> {
    let tenant = &operation.tenant;
    let written = ConversationRow::of_customer(tenant, address);
    let written: Vec<ConversationRow> = load_all(ports.store.as_ref(), written).await?;
    for conversation in written {
        let writes = vec![delete(ConversationRow::TABLE, conversation.key())];
        write(ports.store.as_ref(), writes).await?;
    }
    let (_, nowhere) = nobody()?;
    for key in talks_of(ports, tenant, address).await? {
        decide::<TalkRow, (), Fault, _>(ports, || async {
            let talk: Option<TalkRow> = load(ports.store.as_ref(), &key).await?;
            let Some(talk) = talk.filter(|talk| talk.channel_address != nowhere) else {
                return Ok(Decision::Stands(()));
            };
            let write = put(&talk.emptied(&nowhere), Condition::Version(talk.version))?;
            Ok(Decision::Write(vec![write], ()))
        })
        .await?;
    }
    Ok(())
}

fn delete(table: &'static tables::Table, key: comanda_domain::keys::Key) -> Write {
    Write {
        table,
        key,
        condition: Condition::None,
        change: Change::Delete,
    }
}

async fn anonymise_record(
    ports: &Ports,
    operation: &Operation,
    customer: &CustomerId,
) -> Result<Customer, Failure<EraseRefusal>> {
    let (name, _) = nobody()?;
    decide::<Customer, Customer, Failure<EraseRefusal>, _>(ports, || async {
        let record = get_customer_by_id(ports, &operation.tenant, customer)
            .await?
            .ok_or(Failure::Refused(EraseRefusal::Unknown))?;
        let mut identities: Vec<CustomerIdentity> = record
            .channel_addresses
            .iter()
            .cloned()
            .map(CustomerIdentity::ChannelAddress)
            .collect();
        identities.extend(record.phone_number.clone().map(CustomerIdentity::Phone));
        let next = record.changed::<Fault>(ports.clock.now(), |next| {
            next.name = name.clone();
            next.channel_addresses.clear();
            next.phone_number = None;
            next.cpf = None;
            next.email = None;
            next.addresses.clear();
            next.default_address_index = None;
            next.preferences = Preferences::default();
            next.tags.clear();
            Ok(())
        })?;
        let Some(next) = next else {
            return Ok(Decision::Stands(record));
        };
        let mut writes = vec![put(&next, Condition::Version(record.version))?];
        for identity in identities {
            let key = CustomerKey::key_of(&operation.tenant, &identity);
            writes.push(delete(CustomerKey::TABLE, key));
        }
        Ok(Decision::Write(writes, next))
    })
    .await
}
