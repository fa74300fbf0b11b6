//! What is in the files that a distributed Map reads: CSV, JSON, JSON Lines, and the manifests of S3 Inventory and Athena.

use std::sync::Arc;

use serde_json::{Value, json};

use super::map_items::Item;
use crate::definition::ItemFormat;
use crate::json::Json;

/// Something that is no dataset, in AWS's words where they are known.
const NOT_ITERABLE: &str = "Attempting to map over non-iterable node.";

/// The items in one file, at most so many.
pub(super) fn items(
    format: &ItemFormat,
    body: &str,
    source: &Arc<str>,
    most: usize,
) -> Result<Vec<Item>, String> {
    let body = body.strip_prefix('\u{feff}').unwrap_or(body);
    let found = |value: Value| Item {
        value: Json::new(value),
        key: None,
        source: Some(Arc::clone(source)),
    };
    match format {
        ItemFormat::Csv { headers, delimiter } => {
            let rows = rows(headers.as_deref(), *delimiter, body, most)?;
            Ok(rows.into_iter().map(found).collect())
        }
        ItemFormat::JsonLines => {
            let lines = body.lines().filter(|line| !line.trim().is_empty());
            let values = lines.take(most).map(serde_json::from_str::<Value>);
            let values = values.map(|value| value.map(found));
            values.collect::<Result<_, _>>().map_err(|error| error.to_string())
        }
        ItemFormat::Json { pointer } => {
            let document: Value = serde_json::from_str(body).map_err(|error| error.to_string())?;
            let selected = match pointer {
                Some(pointer) => document.pointer(pointer).cloned().unwrap_or(Value::Null),
                None => document,
            };
            let mut items = of_value(selected, source).ok_or(NOT_ITERABLE)?;
            items.truncate(most);
            Ok(items)
        }
        ItemFormat::Parquet => Err(
            "Parquet files cannot be read here: only CSV, JSON and JSONL can. Convert the file, or run this on AWS."
                .to_owned(),
        ),
    }
}

/// The elements of an array, or the key-value pairs of an object.
pub(crate) fn of_value(value: Value, source: &Arc<str>) -> Option<Vec<Item>> {
    match value {
        Value::Array(items) => {
            let item = |value| Item {
                value: Json::new(value),
                key: None,
                source: Some(Arc::clone(source)),
            };
            Some(items.into_iter().map(item).collect())
        }
        Value::Object(fields) => {
            let pair = |(key, value): (String, Value)| Item {
                value: Json::new(value),
                key: Some(Arc::from(key)),
                source: Some(Arc::clone(source)),
            };
            Some(fields.into_iter().map(pair).collect())
        }
        _ => None,
    }
}

/// The rows of a CSV file as objects; a short row has empty fields, a long one loses what has no column.
fn rows(
    headers: Option<&[String]>,
    delimiter: u8,
    body: &str,
    most: usize,
) -> Result<Vec<Value>, String> {
    let text = unescaped(body, char::from(delimiter));
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .from_reader(text.as_bytes());
    let mut records = reader.records();
    let headers: Vec<String> = match headers {
        Some(headers) => headers.to_vec(),
        None => match records.next() {
            Some(first) => {
                let first = first.map_err(|error| error.to_string())?;
                first.iter().map(str::to_owned).collect()
            }
            None => return Ok(Vec::new()),
        },
    };
    let mut rows = Vec::new();
    for record in records.take(most) {
        let record = record.map_err(|error| error.to_string())?;
        let fields = headers
            .iter()
            .enumerate()
            .map(|(column, name)| (name.clone(), Value::from(record.get(column).unwrap_or(""))));
        rows.push(Value::Object(fields.collect()));
    }
    Ok(rows)
}

/// A backslash keeps the next backslash, quotation mark or delimiter from meaning anything; before anything else it goes.
/// CSV itself knows only doubled quotation marks, so that escaped fields are put into quotation marks here.
fn unescaped(body: &str, delimiter: char) -> String {
    if !body.contains('\\') {
        return body.to_owned();
    }
    let mut text = String::with_capacity(body.len());
    let mut characters = body.chars().peekable();
    let mut is_quoted = false;
    let mut field = String::new();
    let mut needs_quotes = false;
    let end = |field: &mut String, needs_quotes: &mut bool, text: &mut String| {
        if *needs_quotes && !field.starts_with('"') {
            text.push('"');
            text.push_str(field);
            text.push('"');
        } else {
            text.push_str(field);
        }
        field.clear();
        *needs_quotes = false;
    };
    while let Some(character) = characters.next() {
        match character {
            '\\' => match characters.peek().copied() {
                Some('"') => {
                    field.push_str("\"\"");
                    needs_quotes = true;
                    characters.next();
                }
                Some(next) if next == '\\' || next == delimiter => {
                    field.push(next);
                    needs_quotes |= next == delimiter;
                    characters.next();
                }
                _ => {}
            },
            '"' => {
                is_quoted = !is_quoted;
                field.push('"');
            }
            '\n' | '\r' if !is_quoted => {
                end(&mut field, &mut needs_quotes, &mut text);
                text.push(character);
            }
            other if other == delimiter && !is_quoted => {
                end(&mut field, &mut needs_quotes, &mut text);
                text.push(other);
            }
            other => field.push(other),
        }
    }
    end(&mut field, &mut needs_quotes, &mut text);
    text
}

/// A manifest of S3 Inventory: the files it lists, as what a store is asked for, and how they are to be read.
pub(super) fn inventory(body: &str, delimiter: u8) -> Result<(ItemFormat, Vec<Value>), String> {
    let manifest: Value = serde_json::from_str(body).map_err(|error| error.to_string())?;
    let text = |name: &str| manifest.get(name).and_then(Value::as_str);
    if let Some(other) = text("fileFormat").filter(|format| *format != "CSV") {
        return Err(format!(
            "The inventory's format is {other}; only CSV can be read."
        ));
    }
    let schema = text("fileSchema").ok_or("The manifest has no 'fileSchema'.")?;
    let bucket = text("destinationBucket").ok_or("The manifest has no 'destinationBucket'.")?;
    let bucket = bucket.strip_prefix("arn:aws:s3:::").unwrap_or(bucket);
    let files = manifest.get("files").and_then(Value::as_array);
    let keys = files
        .into_iter()
        .flatten()
        .filter_map(|file| file.get("key"));
    let format = ItemFormat::Csv {
        headers: Some(
            schema
                .split(',')
                .map(|name| name.trim().to_owned())
                .collect(),
        ),
        delimiter,
    };
    let files = keys
        .map(|key| json!({ "Bucket": bucket, "Key": key }))
        .collect();
    Ok((format, files))
}

/// Athena's manifest: one `s3://bucket/key` a line.
pub(super) fn athena_manifest(body: &str) -> Result<Vec<Value>, String> {
    let lines = body.lines().map(|line| line.trim().trim_matches('"'));
    lines
        .filter(|line| !line.is_empty())
        .map(|line| {
            let place = line
                .strip_prefix("s3://")
                .and_then(|place| place.split_once('/'));
            let (bucket, key) =
                place.ok_or_else(|| format!("'{line}' in the manifest is no S3 URI."))?;
            Ok(json!({ "Bucket": bucket, "Key": key }))
        })
        .collect()
}
