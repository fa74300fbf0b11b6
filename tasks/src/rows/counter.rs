//! A number with a name: the version of its row is the number.

use comanda_domain::{
    ids::{ClientId, StoreId},
    keys::{Key, PartitionKey},
    tables::{COUNTERS, Row, Table},
};
use serde::{Deserialize, Serialize};

/// One counter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CounterRow {
    /// The tenant.
    pub client_id: ClientId,
    /// What is counted.
    pub counter: String,
    /// The number.
    pub version: u64,
}

impl CounterRow {
    /// A store's order numbers, with this number last given.
    #[must_use]
    pub fn order_numbers(tenant: &ClientId, store: &StoreId, last: u64) -> Self {
        Self {
            client_id: tenant.clone(),
            counter: format!("ORDER_NUMBER#{store}"),
            version: last,
        }
    }

    /// Where the sweeps of a tenant stand in something that one sweep does not get through.
    #[must_use]
    pub fn sweep(tenant: &ClientId, through: &str, at: u64) -> Self {
        Self {
            client_id: tenant.clone(),
            counter: format!("SWEEP#{through}"),
            version: at,
        }
    }
}

impl Row for CounterRow {
    const TABLE: &'static Table = &COUNTERS;

    fn tenant(&self) -> Option<&ClientId> {
        Some(&self.client_id)
    }

    fn key(&self) -> Key {
        Key::partition(PartitionKey::new(&self.client_id, &self.counter))
    }
}
