//! The one way to a key: every partition key value, of tables and of indexes, is `<clientId>#<value>` (SPEC §2).
//!
//! INVARIANT: a bare identifier is never a key, because this is the only type that the store port accepts.

use crate::ids::ClientId;

/// The value of a partition key. It starts with the tenant, so that no query can cross tenants.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PartitionKey(String);

impl PartitionKey {
    /// `<clientId>#<value>`. The value may itself be made of several parts joined by `#`.
    pub fn new(tenant: &ClientId, value: impl std::fmt::Display) -> Self {
        Self(format!("{tenant}#{value}"))
    }

    /// A key of the platform itself, for what is read before a tenant is known (which store does this address belong
    /// to?). It starts with `#`, as no tenant id can, so it never meets a tenant's key.
    pub fn platform(kind: &'static str, value: impl std::fmt::Display) -> Self {
        Self(format!("#{kind}#{value}"))
    }

    /// The key as it is stored.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for PartitionKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// The primary key of one row.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// Value of the table's partition key attribute.
    pub partition: PartitionKey,
    /// Value of the sort key attribute, for tables that have one.
    pub sort: Option<String>,
}

impl Key {
    /// A row of a table without a sort key.
    #[must_use]
    pub fn partition(partition: PartitionKey) -> Self {
        Self {
            partition,
            sort: None,
        }
    }

    /// A row of a table with a sort key.
    pub fn sorted(partition: PartitionKey, sort: impl Into<String>) -> Self {
        Self {
            partition,
            sort: Some(sort.into()),
        }
    }
}
