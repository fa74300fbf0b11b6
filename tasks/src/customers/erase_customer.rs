//! Erases a person (LGPD art. 18), on record or not: what is nobody else's goes, what the law keeps (orders, points, consents) stays and
//! names nobody (C5).
//!
//! The record goes last, so that an erasure that was interrupted is found and done again.

use comanda_domain::{
    audit::{AuditAction, AuditEntry},
    exception::{Exception, ExceptionKind, ExceptionState},
    ids::CustomerId,
    inbox::News,
    money::Money,
    order::{Actor, Order, Reason},
    payment::{RefundIntent, RefundState},
    people::{ChannelAddress, Customer, CustomerIdentity, CustomerKey, PersonName, Preferences},
    planted::{CustomerFault as Planted, planted},
    tables::{self, Row},
};

use super::{
    Operation,
    export_customer::{Person, all, orders_of, talks_of, told},
    get_customer_by_id,
};
use crate::{
    fault::{Failure, Fault},
    ports::{Change, Condition, Ports, Write, guarded::Uses},
    rows::{
        CheckoutRow, ConversationRow, Decision, NotificationRow, NotificationState, TalkRow,
        decide, load, load_all, load_order, put, put_if_absent, put_order, write,
    },
};

/// What erasing takes.
pub const ERASE: Uses = Uses {
    reads: &[
        &tables::CUSTOMERS,
        &tables::TALKS,
        &tables::ORDERS,
        &tables::CHECKOUTS,
        &tables::NOTIFICATIONS,
        &tables::AUDIT_LOG,
        &tables::REFUNDS,
        &tables::EXCEPTIONS,
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
const NOWHERE: &str = "whatsapp:erased";

/// Erases. The record that is left has an id, sums and dates.
pub async fn erase_customer(
    ports: &Ports,
    operation: &Operation,
    customer: &CustomerId,
) -> Result<Customer, Failure<EraseRefusal>> {
    let record = get_customer_by_id(ports, &operation.tenant, customer)
        .await?
        .ok_or(Failure::Refused(EraseRefusal::Unknown))?;
    forget(ports, operation, &Person::of(&record)).await?;
    note_erased(ports, operation, customer.as_str()).await?;
    anonymise_record(ports, operation, customer).await
}

/// Erases somebody who has no record: they wrote, or ordered and nothing came of it. `Unknown` where they did neither, or
/// are erased. On record is the id of the talk that they could have, which shows no phone.
pub async fn erase_addresses(
    ports: &Ports,
    operation: &Operation,
    addresses: &[ChannelAddress],
) -> Result<(), Failure<EraseRefusal>> {
    let person = Person {
        tenant: &operation.tenant,
        record: None,
        addresses: addresses.to_vec(),
    };
    let found = forget(ports, operation, &person).await?;
    let first = addresses.first().filter(|_| found > 0);
    let first = first.ok_or(Failure::Refused(EraseRefusal::Unknown))?;
    let subject = TalkRow::id_of(&operation.tenant, &operation.store, first);
    Ok(note_erased(ports, operation, &subject).await?)
}

/// What is held of a person beside their record. Answers how many rows there were.
async fn forget(
    ports: &Ports,
    operation: &Operation,
    person: &Person<'_>,
) -> Result<usize, Failure<EraseRefusal>> {
    let mut found = anonymise_orders(ports, person).await?;
    for address in &person.addresses {
        for message in told(ports, person.tenant, address).await? {
            found += 1;
            if !planted(Planted::ErasureLeavesMessages) {
                anonymise_message(ports, &message).await?;
            }
        }
        if !planted(Planted::ErasureLeavesTalks) {
            found += forget_talk(ports, operation, address).await?;
        }
    }
    // Orders are listed by an index: what it did not name at first it names by now, and one that is accepted after the record
    // has gone is somebody new's, because it loses by the record's version.
    anonymise_orders(ports, person).await?;
    Ok(found)
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

fn nobody() -> Result<(PersonName, ChannelAddress), Fault> {
    let name = PersonName::parse(NOBODY).map_err(|error| Fault::unexpected(error.to_string()))?;
    let address =
        ChannelAddress::new(NOWHERE).map_err(|error| Fault::unexpected(error.to_string()))?;
    Ok((name, address))
}

/// More cancels than any order has.
const WORDS_MAX: usize = 90;

/// Whether an order was anonymised.
pub(crate) fn is_erased(order: &Order) -> bool {
    order.channel_address.as_str() == NOWHERE
}

/// All orders that the indexes name, and how many. One under way, or whose money is to go back, refuses before any is
/// touched.
async fn anonymise_orders(
    ports: &Ports,
    person: &Person<'_>,
) -> Result<usize, Failure<EraseRefusal>> {
    let orders = orders_of(ports, person).await?;
    if let Some(open) = orders.iter().find(|order| !order.status().is_final()) {
        return Err(under_way(open));
    }
    for order in &orders {
        if is_owed(ports, order).await? {
            let number = order.display_number();
            return Err(Failure::Refused(EraseRefusal::MoneyOwed(number)));
        }
    }
    for order in &orders {
        anonymise_order(ports, order).await?;
    }
    Ok(orders.len())
}

/// Whether a refund of the order is not over: by itself, or by a person, who has closed its alarm when it went another way.
async fn is_owed(ports: &Ports, order: &Order) -> Result<bool, Fault> {
    if order.money_held() == Money::ZERO {
        return Ok(false);
    }
    let (store, tenant) = (ports.store.as_ref(), &order.client_id);
    let of_order = RefundIntent::of_order(tenant, &order.order_id);
    for listed in all::<RefundIntent>(ports, (&tables::refunds::BY_ORDER, of_order)).await? {
        let key = RefundIntent::key_of(tenant, &listed.charge_id, &listed.intent_id);
        let intent: Option<RefundIntent> = load(store, &key).await?;
        let open = intent.filter(|intent| intent.state != RefundState::Done);
        if let Some(open) = open
            && !went_another_way(ports, &open).await?
        {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether a person has closed the alarm that was about this refund, and not one that is of another state or from before it.
async fn went_another_way(ports: &Ports, intent: &RefundIntent) -> Result<bool, Fault> {
    let kind = match intent.state {
        RefundState::Denied => ExceptionKind::RefundDenied,
        RefundState::Intended | RefundState::Requested => ExceptionKind::RefundFailed,
        // What waits for the account's balance goes back by itself.
        RefundState::Blocked | RefundState::Done => return Ok(false),
    };
    let key = Exception::key_of(&intent.client_id, intent.order_id.as_str(), kind);
    let alarm: Option<Exception> = load(ports.store.as_ref(), &key).await?;
    Ok(alarm.is_some_and(|alarm| {
        alarm.state != ExceptionState::Open && alarm.seen_at >= intent.created_at
    }))
}

fn under_way(order: &Order) -> Failure<EraseRefusal> {
    Failure::Refused(EraseRefusal::OrderOpen(order.display_number()))
}

/// The amounts stay for the tax office; who it was for does not. A change like any other: whoever writes at the same moment
/// has read the names, and must lose.
async fn anonymise_order(ports: &Ports, listed: &Order) -> Result<(), Failure<EraseRefusal>> {
    let (name, address) = nobody()?;
    let key = listed.order_key();
    decide::<Order, (), Failure<EraseRefusal>, _>(ports, || async {
        let Some(order) = load_order(ports.store.as_ref(), &key).await? else {
            return Ok(Decision::Stands(()));
        };
        // The index lags, in both directions.
        if !order.status().is_final() {
            return Err(under_way(&order));
        }
        let mut writes = Vec::new();
        if !is_erased(&order) {
            let reason = Reason::new(Actor::System, ports.clock.now(), "Dados pessoais removidos");
            let erased = order.apply(reason, |order| {
                order.customer_name = name.clone();
                order.channel_address = address.clone();
                order.phone_number = None;
                order.delivery_address = None;
                order.customer_notes.clear();
                for item in &mut order.items {
                    item.notes.clear();
                }
                Ok(())
            })?;
            writes.push(put_order(&erased)?);
        }
        let checkout = CheckoutRow::key_of(&order.client_id, &order.checkout_id);
        let checkout: Option<CheckoutRow> = load(ports.store.as_ref(), &checkout).await?;
        if let Some(checkout) = checkout.filter(|checkout| !checkout.request.is_null()) {
            let emptied = checkout.emptied();
            writes.push(put(&emptied, Condition::Version(checkout.version))?);
        }
        let inbox = News::of_order(&order.client_id, &order.order_id);
        let inbox: Vec<News> = load_all(ports.store.as_ref(), inbox).await?;
        // What is said in people's own words; a transaction takes a hundred writes.
        let said = inbox.iter().filter_map(News::without_words).take(WORDS_MAX);
        for news in said {
            writes.push(put(&news, Condition::Present)?);
        }
        Ok(if writes.is_empty() {
            Decision::Stands(())
        } else {
            Decision::Write(writes, ())
        })
    })
    .await
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
) -> Result<usize, Fault> {
    let tenant = &operation.tenant;
    let written = ConversationRow::of_customer(tenant, address);
    let written: Vec<ConversationRow> = load_all(ports.store.as_ref(), written).await?;
    let mut found = written.len();
    for conversation in written {
        let writes = vec![delete(ConversationRow::TABLE, conversation.key())];
        write(ports.store.as_ref(), writes).await?;
    }
    let (_, nowhere) = nobody()?;
    for key in talks_of(ports, tenant, address).await? {
        let emptied = decide::<TalkRow, usize, Fault, _>(ports, || async {
            let talk: Option<TalkRow> = load(ports.store.as_ref(), &key).await?;
            let Some(talk) = talk.filter(|talk| talk.channel_address != nowhere) else {
                return Ok(Decision::Stands(0));
            };
            let write = put(&talk.emptied(&nowhere), Condition::Version(talk.version))?;
            Ok(Decision::Write(vec![write], 1))
        });
        found += emptied.await?;
    }
    Ok(found)
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
