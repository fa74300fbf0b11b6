//! The tables, described once: `codegen` prints them for the CDK app, `local` creates them, `tasks` names them.
//!
//! One file per table. Names, keys, attributes and indexes are the reference's (SPEC §2).

/// A DynamoDB table. All key attributes are strings.
#[derive(Debug, PartialEq, Eq)]
pub struct Table {
    /// The table's name.
    pub name: &'static str,
    /// What a row is, for the generated documentation.
    pub about: &'static str,
    /// The attribute that holds the partition key.
    pub partition_key: &'static str,
    /// The attribute that holds the sort key, if there is one.
    pub sort_key: Option<&'static str>,
    /// Global secondary indexes; all attributes are projected.
    pub indexes: &'static [Index],
    /// The attribute that holds the expiry (seconds since 1970), if rows expire.
    pub time_to_live: Option<&'static str>,
    /// How sensitive a row is; decides the encryption key and the retention.
    pub data_class: DataClass,
}

/// A global secondary index. Reads from it are eventually consistent: for lists and sweeps, never for decisions
/// (RELIABILITY T4).
#[derive(Debug, PartialEq, Eq)]
pub struct Index {
    /// The index's name.
    pub name: &'static str,
    /// The attribute that holds the index's partition key.
    pub partition_key: &'static str,
    /// The attribute that holds the index's sort key, if there is one.
    pub sort_key: Option<&'static str>,
}

/// How sensitive the rows of a table are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DataClass {
    /// Menus, opening hours: what customers may see anyway.
    Public,
    /// Orders, charges, ledgers.
    Business,
    /// Names, addresses, phones, what people wrote.
    Personal,
}
