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
    /// Where an index is to be gone on with, for what a number does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

impl CounterRow {
    /// A store's order numbers, with this number last given.
    #[must_use]
    pub fn order_numbers(tenant: &ClientId, store: &StoreId, last: u64) -> Self {
        Self {
            client_id: tenant.clone(),
            counter: format!("ORDER_NUMBER#{store}"),
            version: last,
            cursor: None,
        }
    }

    /// Where the sweeps of a tenant stand in something that one sweep does not get through.
    #[must_use]
    pub fn sweep(tenant: &ClientId, through: &str, at: u64) -> Self {
        Self {
            client_id: tenant.clone(),
            counter: format!("SWEEP#{through}"),
            version: at,
            cursor: None,
        }
    }

    /// The same, in an index.
    #[must_use]
    pub fn sweep_of_index(tenant: &ClientId, through: &str, cursor: Option<String>) -> Self {
        Self {
            cursor,
            ..Self::sweep(tenant, through, 0)
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
