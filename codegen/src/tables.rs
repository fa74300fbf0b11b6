//! Table descriptions for the CDK app: the same that the local stack creates its tables from.

use comanda_domain::tables::{DataClass, Index, Table};
use serde_json::{Value, json};

use crate::{files::File, schemas::made_by};

/// `tables.json`.
pub fn file(tables: &[&Table]) -> File {
    let tables: Vec<Value> = tables.iter().map(|table| described(table)).collect();
    File::json(
        "tables.json",
        &json!({ "$comment": made_by(), "tables": tables }),
    )
}

fn described(table: &Table) -> Value {
    json!({
        "name": table.name,
        "about": table.about,
        "partitionKey": table.partition_key,
        "sortKey": table.sort_key,
        "indexes": table.indexes.iter().map(index).collect::<Vec<_>>(),
        "timeToLive": table.time_to_live,
        "dataClass": class(table.data_class),
    })
}

fn index(index: &Index) -> Value {
    json!({
        "name": index.name,
        "partitionKey": index.partition_key,
        "sortKey": index.sort_key,
        "projection": "ALL",
    })
}

/// The class's name in files.
pub const fn class(class: DataClass) -> &'static str {
    match class {
        DataClass::Public => "public",
        DataClass::Business => "business",
        DataClass::Personal => "personal",
    }
}
