//! `ItemReader`: the conversation with a store at the beginning of a distributed Map. One request is out at a time; what
//! is read may name further files.

use std::collections::VecDeque;
use std::sync::Arc;

use comanda_asl::{Integration, Resource};
use serde_json::{Map, Value};

use super::map_items::Item;
use super::{map_items, map_results, store_call};
use crate::branch::{Branch, TaskPurpose};
use crate::definition::{ItemFormat, MapPlan, ReaderPlan, Reads, StatePlan};
use crate::failure::{Failure, names};
use crate::json::Json;
use crate::run::{Progress, Run};
use crate::state::item_formats;

/// How far the reading is.
#[derive(Debug, Clone, Default)]
pub(crate) struct Reading {
    items: Vec<Item>,
    /// What was asked for last.
    asked: Map<String, Value>,
    /// The files still to be read.
    files: VecDeque<Value>,
    /// How the files are read that the first answer named; none before that answer.
    inside: Option<ItemFormat>,
}

/// Asks for the items.
pub(super) fn begin(
    run: &mut Run<'_>,
    plan: &StatePlan,
    reader: &ReaderPlan,
    branch: &mut Branch,
) -> Result<Progress, Failure> {
    let arguments =
        store_call::arguments(&run.view(plan, branch), plan, reader.arguments.as_ref())?;
    let reading = Reading {
        asked: arguments.as_object().cloned().unwrap_or_default(),
        ..Reading::default()
    };
    let purpose = TaskPurpose::ReadItems(Box::new(reading));
    store_call::call(run, plan, &reader.resource, branch, arguments, purpose);
    Ok(Progress::Waits)
}

/// The store answered: more is to be read, or the items are complete.
pub(crate) fn answered(
    run: &mut Run<'_>,
    plan: &StatePlan,
    map: &MapPlan,
    branch: &mut Branch,
    mut reading: Reading,
    answer: &Json,
) -> Result<Progress, Failure> {
    let Some(reader) = &map.reader else {
        return Ok(Progress::Waits);
    };
    let limits = {
        let view = run.view(plan, branch);
        let concurrency = map_items::concurrency(&view, plan, map)?;
        map_items::Limits::of(&view, plan, map, concurrency)?
    };
    let next = match take(reader, &mut reading, answer, limits.most_items()) {
        Ok(next) => next,
        Err(cause) => {
            let error = names::ITEM_READER_FAILED;
            return Err(map_results::run_failed(run, branch, error, &cause));
        }
    };
    let Some((resource, request)) = next else {
        return map_items::distribute(run, plan, map, branch, &limits, reading.items);
    };
    reading.asked = request.as_object().cloned().unwrap_or_default();
    let purpose = TaskPurpose::ReadItems(Box::new(reading));
    store_call::call(run, plan, &resource, branch, Json::new(request), purpose);
    Ok(Progress::Waits)
}

/// Takes what is in an answer, and says what to ask for next.
fn take(
    reader: &ReaderPlan,
    reading: &mut Reading,
    answer: &Json,
    most: usize,
) -> Result<Option<(Resource, Value)>, String> {
    let Some(body) = body(answer) else {
        return match &reader.reads {
            Reads::Listing | Reads::ListedFiles(_) => listed(reader, reading, answer, most),
            _ => Err("The store's answer has no 'Body'.".to_owned()),
        };
    };
    let left = most.saturating_sub(reading.items.len());
    let source = place(&reading.asked);
    match (&reading.inside, &reader.reads) {
        (Some(format), _) => {
            let found = item_formats::items(format, &body, &source, left)?;
            reading.items.extend(found);
        }
        (None, Reads::File(format)) => {
            reading.items = item_formats::items(format, &body, &source, left)?;
        }
        (None, Reads::Inventory { delimiter }) => {
            let (format, files) = item_formats::inventory(&body, *delimiter)?;
            reading.inside = Some(format);
            reading.files = files.into();
        }
        (None, Reads::AthenaManifest(format)) => {
            reading.inside = Some(format.clone());
            reading.files = item_formats::athena_manifest(&body)?.into();
        }
        (None, Reads::Listing | Reads::ListedFiles(_)) => {
            return Err("The store's answer is no listing.".to_owned());
        }
    }
    Ok(next_file(reading, most))
}

/// The next of the files that the answers named, unless there are items enough.
fn next_file(reading: &mut Reading, most: usize) -> Option<(Resource, Value)> {
    if reading.items.len() >= most {
        return None;
    }
    let file = reading.files.pop_front()?;
    Some((Resource::Service(Integration::new("s3", "getObject")), file))
}

/// A page of a listing: its objects are the items, or the files that hold them. Pages follow each other until all are here.
fn listed(
    reader: &ReaderPlan,
    reading: &mut Reading,
    answer: &Json,
    most: usize,
) -> Result<Option<(Resource, Value)>, String> {
    let Some(Value::Array(objects)) = answer.get("Contents") else {
        // An empty listing has no contents at all.
        if answer.get("KeyCount").and_then(Value::as_u64) == Some(0) {
            return Ok(next_file(reading, most));
        }
        return Err("Attempting to map over non-iterable node.".to_owned());
    };
    let bucket = reading.asked.get("Bucket").cloned().unwrap_or(Value::Null);
    if let Reads::ListedFiles(format) = &reader.reads {
        let is_folder = |key: &Value| key.as_str().is_none_or(|key| key.ends_with('/'));
        let keys = objects.iter().filter_map(|object| object.get("Key"));
        let files = keys.filter(|key| !is_folder(key));
        let files = files.map(|key| serde_json::json!({ "Bucket": bucket, "Key": key }));
        reading.files.extend(files);
        reading.inside.get_or_insert_with(|| format.clone());
    } else {
        let source: Arc<str> = Arc::from(format!("S3://{}", bucket.as_str().unwrap_or("")));
        let item = |object: &Value| Item {
            value: Json::new(object.clone()),
            key: None,
            source: Some(Arc::clone(&source)),
        };
        reading.items.extend(objects.iter().map(item));
        reading.items.truncate(most);
    }
    let token = answer
        .get("NextContinuationToken")
        .filter(|token| token.is_string());
    let before = reading.asked.get("ContinuationToken");
    // A store that gives the same page again and again would never come to an end.
    match token.filter(|token| Some(*token) != before && reading.items.len() < most) {
        Some(token) => {
            let mut request = reading.asked.clone();
            request.insert("ContinuationToken".to_owned(), token.clone());
            Ok(Some((
                Resource::clone(&reader.resource),
                Value::Object(request),
            )))
        }
        None => Ok(next_file(reading, most)),
    }
}

/// The items in the text of one file, without a store.
pub(crate) fn read_alone(reader: &ReaderPlan, data: &str) -> Result<Vec<Item>, String> {
    let format = match &reader.reads {
        Reads::File(format) | Reads::ListedFiles(format) | Reads::AthenaManifest(format) => format,
        Reads::Listing | Reads::Inventory { .. } => &ItemFormat::Json { pointer: None },
    };
    item_formats::items(format, data, &Arc::from(""), usize::MAX)
}

/// Where an item comes from, as the context object tells it.
fn place(asked: &Map<String, Value>) -> Arc<str> {
    let text = |name: &str| asked.get(name).and_then(Value::as_str).unwrap_or("");
    Arc::from(format!("S3://{}/{}", text("Bucket"), text("Key")))
}

fn body(answer: &Json) -> Option<String> {
    let body = answer.get("Body")?;
    Some(
        body.as_str()
            .map_or_else(|| body.to_string(), str::to_owned),
    )
}
