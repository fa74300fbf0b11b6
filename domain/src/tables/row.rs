//! From a value to a row and back: the one place that puts the tenant into key attributes and takes it out again.
//!
//! A struct says `orderId: "order_1f"`, its row says `orderId: "sabor#order_1f"`. Attributes that only indexes need are
//! added on the way in and ignored on the way out. Conditions and transactions are `tasks/`' business.

use serde::{
    Serialize,
    de::{DeserializeOwned, value::MapDeserializer},
};
use serde_json::{Map, Value};

use super::Table;
use crate::{
    ids::ClientId,
    keys::{Key, PartitionKey},
};

/// A row as the store port carries it. Numbers are integers.
pub type Item = Map<String, Value>;

/// A value that lives in a table.
pub trait Row: Serialize + DeserializeOwned + Clone + Send + Sync + 'static {
    /// Its table.
    const TABLE: &'static Table;

    /// Whose it is. `None` only for what is read before a tenant is known.
    fn tenant(&self) -> Option<&ClientId>;

    /// Its primary key.
    fn key(&self) -> Key;

    /// Index attributes that are not fields of the value, or differ from them. `None` leaves the row out of the index.
    /// Fields that are partition keys of an index are prefixed with the tenant without being named here.
    fn index_attributes(&self) -> Vec<(&'static str, Option<String>)> {
        Vec::new()
    }

    /// When the row goes away, in seconds, where that follows from the value and is no field of it. For tables whose rows
    /// expire.
    fn goes_away_at(&self) -> Option<i64> {
        None
    }
}

/// A value that cannot be a row, or a row that is not what its table holds.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RowError {
    /// The value or the row has the wrong shape. Never holds the row's contents.
    #[error("a row of {table} does not have the table's shape: {detail}")]
    Shape {
        /// The table.
        table: &'static str,
        /// What is wrong, by place; no values.
        detail: String,
    },
    /// A key attribute does not start with the tenant of its row.
    #[error("attribute {attribute} of a row of {table} does not belong to the row's tenant")]
    ForeignKey {
        /// The table.
        table: &'static str,
        /// The attribute.
        attribute: &'static str,
    },
    /// A fraction: no attribute is one, money least of all (F002).
    #[error("attribute {attribute} of a row of {table} holds a fraction")]
    Fraction {
        /// The table.
        table: &'static str,
        /// The attribute at the top of the row.
        attribute: String,
    },
}

/// The row of a value. Absent optional fields are left out: an index refuses NULL keys (F003).
pub fn to_item<R: Row>(row: &R) -> Result<Item, RowError> {
    let value = serde_json::to_value(row).map_err(|error| shape(R::TABLE, &error))?;
    keyed(
        (value, R::TABLE),
        (row.tenant(), row.key(), row.index_attributes()),
        row.goes_away_at(),
    )
}

type IndexAttributes = Vec<(&'static str, Option<String>)>;

/// Not generic, and so once in a program: there are as many rows as tables.
fn keyed(
    (value, table): (Value, &'static Table),
    (tenant, key, attributes): (Option<&ClientId>, Key, IndexAttributes),
    goes_away_at: Option<i64>,
) -> Result<Item, RowError> {
    let Value::Object(mut item) = value else {
        return Err(RowError::Shape {
            table: table.name,
            detail: "it is not an object".to_owned(),
        });
    };
    item.retain(|_, value| !value.is_null());
    if let Some((attribute, _)) = item.iter().find(|(_, value)| holds_fraction(value)) {
        return Err(RowError::Fraction {
            table: table.name,
            attribute: attribute.clone(),
        });
    }
    if let Some(tenant) = tenant {
        for index in table.indexes {
            if let Some(Value::String(field)) = item.get_mut(index.partition_key) {
                *field = PartitionKey::new(tenant, &*field).to_string();
            }
        }
    }
    for (attribute, value) in attributes {
        match value {
            Some(value) => item.insert(attribute.to_owned(), Value::String(value)),
            None => item.remove(attribute),
        };
    }
    if let (Some(attribute), Some(at)) = (table.time_to_live, goes_away_at) {
        item.insert(attribute.to_owned(), at.into());
    }
    let partition = Value::String(key.partition.to_string());
    item.insert(table.partition_key.to_owned(), partition);
    if let (Some(attribute), Some(sort)) = (table.sort_key, key.sort) {
        item.insert(attribute.to_owned(), Value::String(sort));
    }
    Ok(item)
}

/// The value of a row. A row whose keys name another tenant than its `clientId` is refused, not read.
pub fn from_item<R: Row>(item: &Item) -> Result<R, RowError> {
    let bare = bare(item, R::TABLE)?;
    let fields = item.iter().map(|(name, stored)| {
        let key = bare.iter().find(|(attribute, _)| attribute == name);
        (name.as_str(), key.map_or(stored, |(_, value)| value))
    });
    R::deserialize(MapDeserializer::new(fields)).map_err(|error| shape(R::TABLE, &error))
}

/// The keys without their tenant. Not generic either.
fn bare(item: &Item, table: &'static Table) -> Result<Vec<(&'static str, Value)>, RowError> {
    let tenant = tenant_of(item);
    let index_keys = table.indexes.iter().map(|index| index.partition_key);
    let mut bare = Vec::new();
    for attribute in std::iter::once(table.partition_key).chain(index_keys) {
        let Some(Value::String(stored)) = item.get(attribute) else {
            continue;
        };
        let (prefix, rest) = stored.split_once('#').unwrap_or(("", stored.as_str()));
        if prefix.is_empty() {
            continue;
        }
        if tenant != Some(prefix) {
            return Err(RowError::ForeignKey {
                table: table.name,
                attribute,
            });
        }
        let own = if attribute == "clientId" {
            prefix
        } else {
            rest
        };
        bare.push((attribute, Value::from(own)));
    }
    Ok(bare)
}

/// The tenant that the row names in `clientId`, which may itself be the partition key.
fn tenant_of(item: &Item) -> Option<&str> {
    let stored = item.get("clientId")?.as_str()?;
    Some(stored.split_once('#').map_or(stored, |(tenant, _)| tenant))
}

/// serde's message may quote a value; a row may be a person's. Only the kind and the place are kept.
fn shape(table: &'static Table, error: &serde_json::Error) -> RowError {
    let text = error.to_string();
    let detail = match text.split_once('`') {
        Some((before, after)) if before.starts_with("missing field") => {
            format!("field {} is missing", after.split('`').next().unwrap_or(""))
        }
        _ => "a field has the wrong type or value".to_owned(),
    };
    RowError::Shape {
        table: table.name,
        detail,
    }
}

fn holds_fraction(value: &Value) -> bool {
    match value {
        Value::Number(number) => number.is_f64(),
        Value::Array(values) => values.iter().any(holds_fraction),
        Value::Object(fields) => fields.values().any(holds_fraction),
        _ => false,
    }
}
