//! The store that a distributed Map reads its items from and writes its results to, as a trait for drivers.
//!
//! The engine asks for `s3:getObject`, `s3:listObjectsV2` and `s3:putObject` like for any other task; whoever has a
//! [`Store`] answers such requests by [`serve`]. Files that are compressed are the store's to open.

use std::collections::BTreeMap;

use comanda_asl::Resource;
use md5::{Digest, Md5};
use serde_json::{Value, json};

use crate::event::TaskRequest;
use crate::json::Json;
use crate::virtual_time::{TaskError, TaskResult};

/// Buckets of files.
pub trait Store {
    /// The text of a file.
    fn get(&mut self, bucket: &str, key: &str) -> Result<String, StoreError>;
    /// The files whose keys begin with the prefix, in order of their keys.
    fn list(&mut self, bucket: &str, prefix: &str) -> Result<Vec<StoredFile>, StoreError>;
    /// Keeps a text under a key.
    fn put(&mut self, bucket: &str, key: &str, text: String) -> Result<(), StoreError>;
}

/// A file as a listing tells of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredFile {
    /// Its key.
    pub key: String,
    /// How many bytes it has.
    pub size: u64,
    /// What changes with its content.
    pub etag: String,
    /// When it was written, in seconds since 1970.
    pub last_modified: i64,
}

/// Why a store did not do something.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// There is no such bucket.
    #[error("the specified bucket does not exist")]
    NoSuchBucket,
    /// There is no such file.
    #[error("the specified key does not exist")]
    NoSuchKey,
    /// Something else.
    #[error("the store cannot do it: {0}")]
    Other(String),
}

impl From<StoreError> for TaskError {
    fn from(error: StoreError) -> TaskError {
        let cause =
            |text: &str| format!("{text} (Service: S3, Status Code: 404, Request ID: local)");
        match error {
            StoreError::NoSuchBucket => TaskError::new(
                "S3.NoSuchBucketException",
                cause("The specified bucket does not exist"),
            ),
            StoreError::NoSuchKey => TaskError::new(
                "S3.NoSuchKeyException",
                cause("The specified key does not exist."),
            ),
            StoreError::Other(what) => TaskError::new("S3.S3Exception", what),
        }
    }
}

/// Answers a request that is a store's; none where it is for somebody else.
pub fn serve(store: &mut dyn Store, request: &TaskRequest) -> Option<TaskResult> {
    let Resource::Service(integration) = request.target() else {
        return None;
    };
    let arguments = request.arguments.value();
    let text = |name: &str| arguments.get(name).and_then(Value::as_str).unwrap_or("");
    let bucket = text("Bucket");
    let answer = match (integration.service.as_str(), integration.action.as_str()) {
        ("s3", "getObject") => store
            .get(bucket, text("Key"))
            .map(|body| json!({ "Body": body })),
        ("s3", "listObjectsV2") => store.list(bucket, text("Prefix")).map(|files| {
            let files: Vec<Value> = files.iter().map(told).collect();
            json!({ "KeyCount": files.len(), "Contents": files })
        }),
        ("s3", "putObject") => {
            let body = match arguments.get("Body") {
                Some(Value::String(text)) => text.clone(),
                Some(other) => other.to_string(),
                None => String::new(),
            };
            let etag = etag(&body);
            store
                .put(bucket, text("Key"), body)
                .map(|()| json!({ "ETag": etag }))
        }
        _ => return None,
    };
    Some(answer.map(Json::new).map_err(TaskError::from))
}

fn told(file: &StoredFile) -> Value {
    json!({
        "Etag": file.etag,
        "Key": file.key,
        "LastModified": file.last_modified,
        "Size": file.size,
        "StorageClass": "STANDARD",
    })
}

/// A file's tag as S3 makes it: the MD5 of its content in quotation marks.
pub fn etag(body: &str) -> String {
    format!("\"{}\"", hex::encode(Md5::digest(body.as_bytes())))
}

/// A store in memory; buckets come to be when something is put into them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MemoryStore {
    buckets: BTreeMap<String, BTreeMap<String, String>>,
}

impl MemoryStore {
    /// The files of a bucket: key and text.
    pub fn files(&self, bucket: &str) -> impl Iterator<Item = (&str, &str)> {
        let files = self.buckets.get(bucket).into_iter().flatten();
        files.map(|(key, text)| (key.as_str(), text.as_str()))
    }
}

impl Store for MemoryStore {
    fn get(&mut self, bucket: &str, key: &str) -> Result<String, StoreError> {
        let files = self.buckets.get(bucket).ok_or(StoreError::NoSuchBucket)?;
        files.get(key).cloned().ok_or(StoreError::NoSuchKey)
    }

    fn list(&mut self, bucket: &str, prefix: &str) -> Result<Vec<StoredFile>, StoreError> {
        let files = self.buckets.get(bucket).ok_or(StoreError::NoSuchBucket)?;
        let listed = files.iter().filter(|(key, _)| key.starts_with(prefix));
        Ok(listed
            .map(|(key, text)| StoredFile {
                key: key.clone(),
                size: text.len() as u64,
                etag: etag(text),
                last_modified: 0,
            })
            .collect())
    }

    fn put(&mut self, bucket: &str, key: &str, text: String) -> Result<(), StoreError> {
        let files = self.buckets.entry(bucket.to_owned()).or_default();
        files.insert(key.to_owned(), text);
        Ok(())
    }
}
