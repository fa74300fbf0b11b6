//! What a distributed Map reads its items from, and how it puts them together.

use std::sync::Arc;

use comanda_asl::Resource;
use serde_json::{Map, Value};

use super::map_items::{Items, wrong_number};
use super::task::{self, Prepared};
use crate::branch::{Branch, Phase, TaskPurpose, TaskWait};
use crate::context::MapItem;
use crate::definition::{BatchPlan, Computed, Flow, ReaderPlan, StatePlan};
use crate::event::TaskId;
use crate::failure::Failure;
use crate::flow::View;
use crate::json::Json;
use crate::limits::{DATA_LIMIT_BYTES, text_length};
use crate::payload_template::Template;
use crate::run::Run;

/// What a reader or writer is given.
pub(super) fn arguments(
    view: &View<'_>,
    plan: &StatePlan,
    template: Option<&Template>,
) -> Result<Json, Failure> {
    match (template, &plan.flow) {
        (None, _) => Ok(Json::new(Value::Object(Map::new()))),
        (Some(template), Flow::Paths(_)) => {
            template.fill(&view.scope(&*view.effective_input(plan)?))
        }
        (Some(template), Flow::Jsonata(_)) => template.evaluate(&view.surroundings(None, None)),
    }
}

/// Asks the driver for a store's help.
pub(super) fn call(
    run: &mut Run<'_>,
    plan: &StatePlan,
    resource: &Resource,
    branch: &mut Branch,
    arguments: Json,
    purpose: TaskPurpose,
) {
    let task = TaskId(run.number());
    branch.phase = Phase::Task(TaskWait {
        task,
        purpose,
        token: None,
        timeout: None,
        heartbeat: None,
    });
    let prepared = Prepared {
        arguments,
        timeout: None,
        heartbeat: None,
        role_arn: None,
    };
    task::call(run, plan, resource, branch, prepared);
}

/// The items in what a store answered; what is wrong with it where there are none to be had.
pub(super) fn items(
    reader: &ReaderPlan,
    answer: &Json,
    max_items: Option<i64>,
) -> Result<Items, String> {
    let body = answer.get("Body").map(|body| {
        body.as_str()
            .map_or_else(|| body.to_string(), str::to_owned)
    });
    let items = match (reader.input_type.as_deref(), body) {
        (None, _) | (_, None) => match answer.get("Contents") {
            Some(Value::Array(objects)) => objects.clone(),
            _ => return Err("Attempting to map over non-iterable node.".to_owned()),
        },
        (Some("CSV"), Some(body)) => rows(reader, &body)?,
        (Some("JSONL"), Some(body)) => {
            let lines = body.lines().filter(|line| !line.trim().is_empty());
            lines
                .map(|line| serde_json::from_str(line).map_err(|error| error.to_string()))
                .collect::<Result<_, _>>()?
        }
        (Some("JSON"), Some(body)) => elements(reader, &body)?,
        (Some(other), Some(_)) => {
            return Err(format!("Items of the type {other} cannot be read here."));
        }
    };
    // Zero is no limit.
    let most = max_items
        .and_then(|most| usize::try_from(most).ok())
        .filter(|most| *most > 0)
        .unwrap_or(usize::MAX);
    Ok(items
        .into_iter()
        .take(most)
        .map(|item| (None, Json::new(item)))
        .collect())
}

fn elements(reader: &ReaderPlan, body: &str) -> Result<Vec<Value>, String> {
    let document: Value = serde_json::from_str(body).map_err(|error| error.to_string())?;
    let found = match &reader.items_pointer {
        Some(pointer) => document.pointer(pointer).cloned(),
        None => Some(document),
    };
    match found {
        Some(Value::Array(items)) => Ok(items),
        _ => Err("Attempting to map over non-iterable node.".to_owned()),
    }
}

/// The rows of a CSV file as objects; a short row has empty fields, a long one loses what has no column.
fn rows(reader: &ReaderPlan, body: &str) -> Result<Vec<Value>, String> {
    let mut records = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(reader.delimiter)
        .from_reader(body.as_bytes());
    let mut records = records.records();
    let headers: Vec<String> = match (&reader.headers, records.by_ref()) {
        (Some(headers), _) => headers.clone(),
        (None, rest) => match rest.next() {
            Some(first) => first
                .map_err(|error| error.to_string())?
                .iter()
                .map(str::to_owned)
                .collect(),
            None => return Ok(Vec::new()),
        },
    };
    let mut rows = Vec::new();
    for record in records {
        let record = record.map_err(|error| error.to_string())?;
        let fields = headers
            .iter()
            .enumerate()
            .map(|(column, name)| (name.clone(), Value::from(record.get(column).unwrap_or(""))));
        rows.push(Value::Object(fields.collect()));
    }
    Ok(rows)
}

/// Items put together as `ItemBatcher` says.
pub(super) fn batches(
    view: &View<'_>,
    plan: &StatePlan,
    batch: &BatchPlan,
    items: Vec<MapItem>,
) -> Result<Vec<MapItem>, Failure> {
    let effective = view.effective_input(plan)?;
    let number = |computed: &Option<Computed<u64>>, field: &str, otherwise: usize| match computed {
        None => Ok(otherwise),
        Some(computed) => match view.integer(computed, &effective)? {
            Ok(most) if most > 0 => Ok(usize::try_from(most).unwrap_or(usize::MAX)),
            Ok(most) => Err(wrong_number(computed, &Value::from(most), field, "integer")),
            Err(value) => Err(wrong_number(computed, &value, field, "integer")),
        },
    };
    let most_items = number(&batch.max_items, "MaxItemsPerBatch", usize::MAX)?;
    let most_bytes =
        number(&batch.max_bytes, "MaxInputBytesPerBatch", DATA_LIMIT_BYTES)?.min(DATA_LIMIT_BYTES);
    let input = match &batch.input {
        Some(template) => Some(arguments(view, plan, Some(template))?),
        None => None,
    };
    let frame = text_length(&wrapped(input.as_ref(), Vec::new()));
    let mut batches: Vec<Vec<Value>> = Vec::new();
    let mut bytes = usize::MAX;
    for item in items {
        let length = item.value.length() + 1;
        let full = batches.last().is_none_or(|last| last.len() >= most_items)
            || bytes.saturating_add(length) > most_bytes;
        if full {
            batches.push(Vec::new());
            bytes = frame;
        }
        bytes = bytes.saturating_add(length);
        if let Some(last) = batches.last_mut() {
            last.push(item.value.into_value());
        }
    }
    let numbered = batches.into_iter().enumerate();
    Ok(numbered
        .map(|(index, items)| MapItem {
            index,
            value: Json::new(wrapped(input.as_ref(), items)),
            key: None,
        })
        .collect())
}

fn wrapped(input: Option<&Json>, items: Vec<Value>) -> Value {
    let mut batch = Map::new();
    if let Some(input) = input {
        batch.insert("BatchInput".to_owned(), input.value().clone());
    }
    batch.insert("Items".to_owned(), Value::Array(items));
    Value::Object(batch)
}

/// Items that stand in an array.
pub(super) fn unkeyed(items: Vec<Value>) -> Vec<(Option<Arc<str>>, Json)> {
    items
        .into_iter()
        .map(|item| (None, Json::new(item)))
        .collect()
}
