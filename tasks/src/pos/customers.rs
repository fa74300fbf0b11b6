//! What stores' points of sale say of customers. An event of a store that the customer's tenant does not have, or about
//! nobody, is parked.

use comanda_workflows::contracts::StoreEvent;

use super::events::{SOURCE, news_id};
use crate::{
    customers::{Operation, acknowledge, change_from_store},
    fault::{Failure, Fault},
    parking::{Stray, park},
    ports::Ports,
};

pub(super) async fn take(ports: &Ports, event: StoreEvent) -> Result<(), Fault> {
    let (operation, customer, word, placed) = match event {
        StoreEvent::CustomerAcknowledged {
            client_id,
            store_id,
            customer_id,
            event_id,
        } => {
            // It names our own event, so the id is taken as it is.
            let operation = Operation::new(&client_id, &store_id, event_id);
            let placed = acknowledge(ports, &operation, &customer_id).await?;
            (operation, customer_id, "CUSTOMER_ACKNOWLEDGED", placed)
        }
        StoreEvent::CustomerChanged {
            client_id,
            store_id,
            customer_id,
            event_id,
            seen_version,
            changes,
        } => {
            let id = news_id(&event_id)?;
            let operation = Operation::new(&client_id, &store_id, id.as_str());
            let seen = (seen_version, &changes);
            let changed = change_from_store(ports, &operation, &customer_id, seen).await;
            let placed = match changed {
                Ok(_) => true,
                Err(Failure::Refused(_)) => false,
                Err(Failure::Fault(fault)) => return Err(fault),
            };
            (operation, customer_id, "CUSTOMER_CHANGED", placed)
        }
        StoreEvent::OrderDecision { .. } | StoreEvent::OrderStatus { .. } => return Ok(()),
    };
    if placed {
        return Ok(());
    }
    let event_id = news_id(&operation.id)?;
    let stray = Stray {
        source: SOURCE,
        event_id: event_id.as_str(),
        event: word,
        subject: customer.as_str(),
        reason: "the store has no such customer, or was told nothing of it",
    };
    park(ports, &operation.tenant, &stray).await
}
