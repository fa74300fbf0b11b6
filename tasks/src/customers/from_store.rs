//! What a store's POS says of customers: that it has what it was told, and what its people changed.
//!
//! The conflict rule: a change made on the record's current version is taken over. One made on an older version fills what
//! is empty and overwrites nothing, because the customer's own word is newer; the store is told the record as it stands.

use comanda_domain::{
    exception::ExceptionKind,
    ids::CustomerId,
    people::{Customer, CustomerEvent, CustomerEventKind, CustomerRefusal, CustomerUpdate},
    planted::{CustomerFault as Planted, planted},
};

use super::{Operation, change_and};
use crate::{
    fault::{Failure, Fault},
    ports::{Condition, Ports},
    raise::close,
    rows::{Decision, decide, load, put},
};

/// Takes note that the store has what it was told. Twice is once. Whoever acknowledges anything is on: it closes the alarm of
/// a store that acknowledges nothing.
pub async fn acknowledge(
    ports: &Ports,
    operation: &Operation,
    customer: &CustomerId,
) -> Result<bool, Fault> {
    if planted(Planted::AnswersUnheard) {
        return Ok(true);
    }
    let key = CustomerEvent::key_of(&operation.tenant, customer, &operation.id);
    let known = decide::<CustomerEvent, Option<CustomerEvent>, Fault, _>(ports, || async {
        let event: Option<CustomerEvent> = load(ports.store.as_ref(), &key).await?;
        let event = match event.filter(|event| event.store_id == operation.store) {
            Some(event) if event.acknowledged_at.is_none() => event,
            known => return Ok(Decision::Stands(known)),
        };
        let before = event.version;
        let event = CustomerEvent {
            acknowledged_at: Some(ports.clock.now()),
            version: before + 1,
            ..event
        };
        let write = put(&event, Condition::Version(before))?;
        Ok(Decision::Write(vec![write], Some(event)))
    })
    .await?;
    if known.is_some() {
        let kind = ExceptionKind::CustomerUnacknowledged;
        let alarm = (&operation.tenant, operation.store.as_str(), kind);
        close(ports, alarm, "the POS acknowledges", ports.clock.now()).await?;
    }
    Ok(known.is_some())
}

/// Takes over a change by the conflict rule.
pub async fn change_from_store(
    ports: &Ports,
    operation: &Operation,
    customer: &CustomerId,
    (seen_version, update): (u64, &CustomerUpdate),
) -> Result<Customer, Failure<CustomerRefusal>> {
    let kind = CustomerEventKind::CustomerUpdated;
    // A change that was not taken over is answered with the record too, or the store would believe itself.
    let is_old = |record: &Customer| record.version != seen_version;
    change_and(ports, (operation, kind), customer, is_old, |record, _| {
        let update = if record.version == seen_version {
            update.clone()
        } else {
            filling(record, update.clone())
        };
        record.update(update);
        Ok(Vec::new())
    })
    .await
}

/// What of an update fills an empty field. A name is never empty.
fn filling(record: &Customer, update: CustomerUpdate) -> CustomerUpdate {
    CustomerUpdate {
        name: None,
        email: update.email.filter(|_| record.email.is_none()),
        cpf: update.cpf.filter(|_| record.cpf.is_none()),
        preferences: update.preferences.filter(|_| record.preferences.is_empty()),
    }
}
