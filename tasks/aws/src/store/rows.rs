//! Rows as JSON and as DynamoDB's attributes, and cursors as opaque text.
//!
//! Numbers go through their decimal digits and must be integers: a float in a row would be money lost (SPEC §1).

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use comanda_domain::{keys::Key, tables::Table};
use comanda_tasks::ports::{Cursor, Item, OutageError, Query};
use serde_json::Value;

use super::PARTY;
use crate::outage;

type Attributes = HashMap<String, AttributeValue>;

/// A row as DynamoDB takes it.
fn to_attributes(item: &Item) -> Result<Attributes, OutageError> {
    item.iter()
        .map(|(name, value)| Ok((name.clone(), to_attribute(name, value)?)))
        .collect()
}

/// A row that lies under its key; `PutItem` takes the key from the row, so another one would be written where nobody looks.
pub(super) fn keyed(table: &Table, key: &Key, item: &Item) -> Result<Attributes, OutageError> {
    let row = to_attributes(item)?;
    let own = key_attributes(table, key)?;
    let lies_there = own.iter().all(|(name, value)| row.get(name) == Some(value));
    if lies_there {
        Ok(row)
    } else {
        let detail = format!("the row of {} is not its key's", table.name);
        Err(outage::refused(PARTY, detail))
    }
}

/// A row as DynamoDB gave it.
pub(super) fn from_attributes(attributes: &Attributes) -> Result<Item, OutageError> {
    // Sorted: the map's own order changes from run to run.
    let mut names: Vec<_> = attributes.iter().collect();
    names.sort_unstable_by_key(|(name, _)| *name);
    names
        .into_iter()
        .map(|(name, value)| Ok((name.clone(), from_attribute(name, value)?)))
        .collect()
}

/// The primary key of a row.
pub(super) fn key_attributes(table: &Table, key: &Key) -> Result<Attributes, OutageError> {
    let mut attributes = HashMap::from([(
        table.partition_key.to_owned(),
        AttributeValue::S(key.partition.to_string()),
    )]);
    match (table.sort_key, &key.sort) {
        (Some(name), Some(value)) => {
            attributes.insert(name.to_owned(), AttributeValue::S(value.clone()));
            Ok(attributes)
        }
        (None, None) => Ok(attributes),
        _ => Err(outage::refused(
            PARTY,
            format!("the key does not fit the table {}", table.name),
        )),
    }
}

/// Where the next page starts. The partition that is asked for is left out: it comes from the query, so that a cursor
/// that went through a caller's hands cannot point into another partition.
pub(super) fn cursor(query: &Query, last: &Attributes) -> Result<Cursor, OutageError> {
    let mut last = from_attributes(last)?;
    last.remove(partition_attribute(query));
    Ok(Cursor(
        BASE64_URL_SAFE_NO_PAD.encode(Value::Object(last).to_string()),
    ))
}

/// The key that a cursor stands for.
pub(super) fn start_key(query: &Query, cursor: &Cursor) -> Result<Attributes, OutageError> {
    let unreadable = || outage::not_done(PARTY, "the cursor is not one of ours");
    let text = BASE64_URL_SAFE_NO_PAD
        .decode(&cursor.0)
        .map_err(|_| unreadable())?;
    let mut start: Item = serde_json::from_slice(&text).map_err(|_| unreadable())?;
    start.insert(
        partition_attribute(query).to_owned(),
        Value::String(query.partition.to_string()),
    );
    to_attributes(&start)
}

fn partition_attribute(query: &Query) -> &'static str {
    match query.index {
        Some(index) => index.partition_key,
        None => query.table.partition_key,
    }
}

fn to_attribute(name: &str, value: &Value) -> Result<AttributeValue, OutageError> {
    Ok(match value {
        Value::Null => AttributeValue::Null(true),
        Value::Bool(value) => AttributeValue::Bool(*value),
        Value::Number(number) if number.is_i64() || number.is_u64() => {
            AttributeValue::N(number.to_string())
        }
        Value::Number(_) => {
            let detail = format!("the attribute {name} holds a number that is not an integer");
            return Err(outage::refused(PARTY, detail));
        }
        Value::String(text) => AttributeValue::S(text.clone()),
        Value::Array(values) => AttributeValue::L(
            values
                .iter()
                .map(|value| to_attribute(name, value))
                .collect::<Result<_, _>>()?,
        ),
        Value::Object(fields) => AttributeValue::M(to_attributes(fields)?),
    })
}

fn from_attribute(name: &str, value: &AttributeValue) -> Result<Value, OutageError> {
    let unreadable = || {
        let detail = format!("the attribute {name} is of a kind that our rows do not have");
        outage::not_done(PARTY, detail)
    };
    Ok(match value {
        AttributeValue::Null(_) => Value::Null,
        AttributeValue::Bool(value) => Value::Bool(*value),
        AttributeValue::N(digits) => match digits.parse::<i64>() {
            Ok(number) => number.into(),
            Err(_) => digits.parse::<u64>().map_err(|_| unreadable())?.into(),
        },
        AttributeValue::S(text) => Value::String(text.clone()),
        AttributeValue::L(values) => values
            .iter()
            .map(|value| from_attribute(name, value))
            .collect::<Result<_, _>>()?,
        AttributeValue::M(fields) => Value::Object(from_attributes(fields)?),
        _ => return Err(unreadable()),
    })
}
