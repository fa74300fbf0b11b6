//! A consent given or withdrawn, as it was said; append-only.

use comanda_domain::{
    ids::{ClientId, CustomerId},
    instant,
    keys::{Key, PartitionKey},
    tables::{CONSENTS, Row, Table},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// One statement. The newest of a purpose counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ConsentRow {
    /// The tenant.
    pub client_id: ClientId,
    /// Whose.
    pub customer_id: CustomerId,
    /// What it was said in: the same twice is one statement.
    pub operation: String,
    /// What for: `MARKETING`.
    pub purpose: String,
    /// Given, or withdrawn.
    pub given: bool,
    /// Which text it was said to.
    pub text_version: String,
    /// On which channel.
    pub channel: String,
    /// When.
    #[serde(with = "comanda_domain::instant")]
    pub at: Timestamp,
}

impl ConsentRow {
    /// The partition of a customer's consents.
    #[must_use]
    pub fn of_customer(tenant: &ClientId, customer: &CustomerId) -> PartitionKey {
        PartitionKey::new(tenant, customer)
    }
}

impl Row for ConsentRow {
    const TABLE: &'static Table = &CONSENTS;

    fn tenant(&self) -> Option<&ClientId> {
        Some(&self.client_id)
    }

    fn key(&self) -> Key {
        let sort = format!("{}#{}", instant::text(self.at), self.operation);
        Key::sorted(Self::of_customer(&self.client_id, &self.customer_id), sort)
    }
}
