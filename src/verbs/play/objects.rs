//! Objects in S3, played by local files: what item readers read, and what result writers write.

use std::{collections::BTreeMap, path::PathBuf};

use comanda_asl::{Integration, Resource};
use comanda_engine::{
    Json,
    virtual_time::{TaskCall, TaskResult},
};
use serde_json::{Value, json};

use crate::failure::Failure;

/// The answer to a call for an object that a local file stands for; none for any other call.
pub fn answer(
    files: &BTreeMap<String, PathBuf>,
    call: &TaskCall,
) -> Result<Option<TaskResult>, Failure> {
    let Some(action) = action(call) else {
        return Ok(None);
    };
    let arguments = call.request.arguments.value();
    let text = |name: &str| arguments[name].as_str().unwrap_or_default();
    match action.as_str() {
        "getObject" => {
            let Some(path) = files.get(&format!("s3://{}/{}", text("Bucket"), text("Key"))) else {
                return Ok(None);
            };
            let body = std::fs::read_to_string(path).map_err(|error| {
                Failure::usage(format!("{} cannot be read: {error}", path.display()))
            })?;
            Ok(Some(Ok(Json::new(json!({ "Body": body })))))
        }
        "listObjectsV2" => {
            let bucket = format!("s3://{}/", text("Bucket"));
            let contents: Vec<Value> = files
                .iter()
                .filter_map(|(name, path)| {
                    let key = name.strip_prefix(&bucket)?;
                    key.starts_with(text("Prefix")).then(|| entry(key, path))
                })
                .collect();
            let found = !contents.is_empty();
            Ok(found.then(|| Ok(Json::new(json!({ "Contents": contents })))))
        }
        _ => Ok(None),
    }
}

/// Whether a call writes an object. Where no mock says otherwise, it is taken to be written.
pub fn is_write(call: &TaskCall) -> bool {
    action(call).is_some_and(|action| action == "putObject")
}

fn action(call: &TaskCall) -> Option<String> {
    match call.request.target() {
        Resource::Service(Integration {
            service, action, ..
        })
        | Resource::Sdk(Integration {
            service, action, ..
        }) if service == "s3" => Some(action),
        _ => None,
    }
}

fn entry(key: &str, path: &PathBuf) -> Value {
    let size = std::fs::metadata(path).map_or(0, |metadata| metadata.len());
    json!({
        "Etag": "\"00000000000000000000000000000000\"",
        "Key": key,
        "LastModified": 0,
        "Size": size,
        "StorageClass": "STANDARD",
    })
}
