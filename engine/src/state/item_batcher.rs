//! `ItemBatcher`: the items of a distributed Map put together, so that one child execution does several.

use serde_json::{Map, Value};

use super::{numbers, store_call};
use crate::context::MapItem;
use crate::definition::{BatchPlan, Computed, StatePlan};
use crate::failure::Failure;
use crate::flow::View;
use crate::json::Json;
use crate::limits::{DATA_LIMIT_BYTES, text_length};

/// Items put together as `ItemBatcher` says.
pub(crate) fn batches(
    view: &View<'_>,
    plan: &StatePlan,
    batch: &BatchPlan,
    items: Vec<MapItem>,
) -> Result<Vec<MapItem>, Failure> {
    let effective = view.effective_input(plan)?;
    let number = |computed: &Option<Computed<u64>>, field: &str, otherwise: usize| match computed {
        None => Ok(otherwise),
        Some(computed) => match numbers::whole(view, computed, &effective, field)? {
            most if most > 0 => Ok(usize::try_from(most).unwrap_or(usize::MAX)),
            most => Err(numbers::unfit(
                computed,
                format!("{field} must be positive but was: {most}"),
            )),
        },
    };
    let most_items = number(&batch.max_items, "MaxItemsPerBatch", usize::MAX)?;
    let most_bytes =
        number(&batch.max_bytes, "MaxInputBytesPerBatch", DATA_LIMIT_BYTES)?.min(DATA_LIMIT_BYTES);
    let input = match &batch.input {
        Some(template) => Some(store_call::arguments(view, plan, Some(template))?),
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
            source: None,
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

/// How many items are in a batch.
pub(super) fn count(batch: &Json) -> u64 {
    let items = batch.get("Items").and_then(Value::as_array);
    items.map_or(1, |items| items.len() as u64)
}
