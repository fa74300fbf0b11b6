//! The nine operations on customers (000 §4.1), one file each: typed, idempotent by the operation's own id, conditional on
//! the record's version, within one tenant.
//!
//! Each change writes the record, the proof that the operation was done, and with it the outbox row for the store's POS,
//! in one transaction (W5). Who calls them, and when, is not their business.

mod add_address;
mod create_customer;
mod erase_customer;
mod erase_orders;
mod export_customer;
mod from_store;
mod get_customer_by_id;
mod get_customer_by_phone;
mod record_consent;
mod relay;
mod remove_address;
mod update_address;
mod update_customer;
mod update_loyalty_points;
mod update_order_history;

pub use add_address::add_address;
pub use create_customer::{NewCustomer, create_customer, fresh_customer_id};
pub(crate) use create_customer::{ReadIn, create_customer_of};
pub use erase_customer::{ERASE, EraseRefusal, erase_addresses, erase_customer};
pub(crate) use erase_orders::is_erased;
pub use export_customer::{GATHER, export_addresses, export_customer};
pub use from_store::{acknowledge, change_from_store};
pub use get_customer_by_id::get_customer_by_id;
pub(crate) use get_customer_by_phone::known_customer;
pub use get_customer_by_phone::{get_customer_by, get_customer_by_address};
pub use record_consent::{Consent, record_consent};
pub(crate) use relay::{relay, relay_or_leave};
pub use remove_address::remove_address;
pub use update_address::{AddressChange, update_address};
pub use update_customer::update_customer;
pub use update_loyalty_points::{Points, update_loyalty_points};
pub use update_order_history::record_order;

use comanda_domain::{
    ids::{ClientId, CustomerId, StoreId},
    people::{Customer, CustomerEvent, CustomerEventKind, CustomerRefusal},
    planted::{CustomerFault as Planted, planted},
    tables,
};
use jiff::Timestamp;

use crate::{
    fault::{Failure, Fault},
    ports::{Condition, Ports, Write, guarded::Uses},
    rows::{Decision, decide, load, put, unchanged},
};

/// What reading and changing customers takes, the words to the POS included.
pub const CUSTOMERS: Uses = Uses {
    reads: &[
        &tables::CUSTOMERS,
        &tables::CUSTOMER_KEYS,
        &tables::CUSTOMER_EVENTS,
        &tables::LOYALTY_LEDGER,
        &tables::STORE_CONFIG,
        &tables::EXCEPTIONS,
    ],
    queries: &[&tables::CUSTOMER_EVENTS, &tables::LOYALTY_LEDGER],
    writes: &[
        &tables::CUSTOMERS,
        &tables::CUSTOMER_KEYS,
        &tables::CUSTOMER_EVENTS,
        &tables::LOYALTY_LEDGER,
        &tables::EXCEPTIONS,
    ],
    store_queues: true,
    ..Uses::NOTHING
};

/// One operation: in whose business, and the id that makes it be done once.
#[derive(Debug, Clone)]
pub struct Operation {
    /// The tenant.
    pub tenant: ClientId,
    /// The store.
    pub store: StoreId,
    /// The id: a message's, an order's, an event's.
    pub id: String,
}

/// A change of a record, and what else is written with it.
type Altered = Result<Vec<Write>, Failure<CustomerRefusal>>;

impl Operation {
    /// An operation in a store's business.
    #[must_use]
    pub fn new(tenant: &ClientId, store: &StoreId, id: impl Into<String>) -> Self {
        Self {
            tenant: tenant.clone(),
            store: store.clone(),
            id: id.into(),
        }
    }

    /// The proof that it was done to this version of the record.
    fn event(&self, customer: &Customer, kind: CustomerEventKind, now: Timestamp) -> CustomerEvent {
        CustomerEvent {
            client_id: self.tenant.clone(),
            store_id: self.store.clone(),
            customer_id: customer.customer_id.clone(),
            event_id: self.id.clone(),
            kind,
            customer_version: customer.version,
            points: None,
            created_at: now,
            sent_at: None,
            acknowledged_at: None,
            overdue_at: None,
            tells_nothing: false,
            version: 1,
        }
    }

    /// Whether it was done to this customer before.
    async fn was_done(&self, ports: &Ports, customer: &CustomerId) -> Result<bool, Fault> {
        let key = CustomerEvent::key_of(&self.tenant, customer, &self.id);
        let event: Option<CustomerEvent> = load(ports.store.as_ref(), &key).await?;
        Ok(event.is_some())
    }
}

/// Changes a record once for an operation, and tells the POS. Answers the record as it stands then.
async fn change(
    ports: &Ports,
    operation: &Operation,
    customer: &CustomerId,
    kind: CustomerEventKind,
    alter: impl Fn(&mut Customer, &mut CustomerEvent) -> Altered,
) -> Result<Customer, Failure<CustomerRefusal>> {
    change_and(ports, (operation, kind), customer, |_| false, alter).await
}

/// The same, where the POS may want to be told of a record that did not change.
async fn change_and(
    ports: &Ports,
    (operation, kind): (&Operation, CustomerEventKind),
    customer: &CustomerId,
    tells_unchanged: impl Fn(&Customer) -> bool,
    alter: impl Fn(&mut Customer, &mut CustomerEvent) -> Altered,
) -> Result<Customer, Failure<CustomerRefusal>> {
    let again = planted(Planted::DoneAgain).then(|| Operation {
        id: format!("{}-{}", operation.id, ports.clock.fresh_id()),
        ..operation.clone()
    });
    let operation = again.as_ref().unwrap_or(operation);
    let changed = decide::<Customer, Customer, Failure<CustomerRefusal>, _>(ports, || async {
        let record = get_customer_by_id(ports, &operation.tenant, customer)
            .await?
            // Who was erased stays so, whatever a store or a late message still has to add.
            .filter(|record| !record.is_erased() || planted(Planted::ErasedFilledAgain))
            .ok_or(Failure::Refused(CustomerRefusal::Unknown))?;
        if operation.was_done(ports, customer).await? {
            return Ok(Decision::Stands(record));
        }
        let now = ports.clock.now();
        let mut event = operation.event(&record, kind, now);
        let mut more = Vec::new();
        let next = record.changed::<Failure<CustomerRefusal>>(now, |next| {
            more = alter(next, &mut event)?;
            Ok(())
        })?;
        let Some(next) = next else {
            if planted(Planted::EmptyUpdate) {
                return Err(Fault::unexpected("an update of nothing cannot be written").into());
            }
            if planted(Planted::NoProof) {
                return Ok(Decision::Stands(record));
            }
            // Often nothing to tell, and yet the proof: whoever is held up in the same operation must not do it later, over
            // what was changed meanwhile.
            event.tells_nothing = !tells_unchanged(&record);
            let as_read = unchanged(&record, record.version);
            let proof = vec![as_read, put(&event, Condition::Absent)?];
            return Ok(Decision::Write(proof, record));
        };
        event.customer_version = next.version;
        let mut writes = vec![
            put(&next, Condition::Version(record.version))?,
            put(&event, Condition::Absent)?,
        ];
        writes.append(&mut more);
        Ok(Decision::Write(writes, next))
    })
    .await?;
    relay_or_leave(ports, &operation.tenant, customer).await;
    Ok(changed)
}
