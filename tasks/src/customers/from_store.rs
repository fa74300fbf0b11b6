//! What a store's POS says of customers: that it has what it was told, and what its people changed.
//!
//! The conflict rule: a change made on the record's current version is taken over. One made on an older version fills what
//! is empty and overwrites nothing, because the customer's own word is newer; the store is told the record as it stands.

use comanda_domain::{
    ids::CustomerId,
    people::{Customer, CustomerEvent, CustomerEventKind, CustomerRefusal, CustomerUpdate},
    planted::{CustomerFault as Planted, planted},
};

use super::{Operation, change_and};
use crate::{
    fault::{Failure, Fault},
    ports::{Condition, Ports},
    rows::{Decision, decide, load, put},
};

/// Takes note that the store has what it was told. Twice is once.
pub async fn acknowledge(
    ports: &Ports,
    operation: &Operation,
    customer: &CustomerId,
) -> Result<bool, Fault> {
    if planted(Planted::AnswersUnheard) {
        return Ok(true);
    }
    let key = CustomerEvent::key_of(&operation.tenant, customer, &operation.id);
    decide::<CustomerEvent, bool, Fault, _>(ports, || async {
        let event: Option<CustomerEvent> = load(ports.store.as_ref(), &key).await?;
        let Some(event) = event.filter(|event| event.store_id == operation.store) else {
            return Ok(Decision::Stands(false));
        };
        if event.acknowledged_at.is_some() {
            return Ok(Decision::Stands(true));
        }
        let before = event.version;
        let event = CustomerEvent {
            acknowledged_at: Some(ports.clock.now()),
            version: before + 1,
            ..event
        };
        let write = put(&event, Condition::Version(before))?;
        Ok(Decision::Write(vec![write], true))
    })
    .await
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
    }
}
