//! The files that distributed Maps read and write: a folder `s3` in the data directory, with a folder for each bucket.
//! Only integrations get here; the AWS port does not speak S3.

use std::{
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::UNIX_EPOCH,
};

use comanda_engine::{
    TaskRequest,
    store::{MemoryStore, Store, StoreError, StoredFile, etag, serve},
    virtual_time::{TaskError, TaskResult},
};

use crate::whole_files;

/// A file that is not whole yet; no bucket has such a name.
const NEW: &str = ".new";

/// The buckets.
#[derive(Clone)]
pub struct S3(Arc<Mutex<dyn Store + Send>>);

impl S3 {
    /// Buckets in this folder; in memory without one.
    #[must_use]
    pub fn open(folder: Option<PathBuf>) -> Self {
        match folder {
            Some(folder) => Self(Arc::new(Mutex::new(FolderStore { folder }))),
            None => Self(Arc::new(Mutex::new(MemoryStore::default()))),
        }
    }

    /// Does what a task asks of S3; none where it asks for something else.
    pub async fn serve(&self, request: TaskRequest) -> Option<TaskResult> {
        let store = Arc::clone(&self.0);
        // Files are read by a thread that may wait for them.
        let served = tokio::task::spawn_blocking(move || {
            serve(
                &mut *store.lock().unwrap_or_else(PoisonError::into_inner),
                &request,
            )
        });
        served
            .await
            .unwrap_or_else(|error| Some(Err(TaskError::new("S3.S3Exception", error.to_string()))))
    }
}

/// Buckets as folders, keys as paths in them.
struct FolderStore {
    folder: PathBuf,
}

impl FolderStore {
    fn bucket(&self, bucket: &str) -> Result<PathBuf, StoreError> {
        if is_plain(bucket) {
            Ok(self.folder.join(bucket))
        } else {
            Err(StoreError::NoSuchBucket)
        }
    }

    /// The place of a file. A key never leads out of its bucket.
    fn file(&self, bucket: &str, key: &str) -> Result<PathBuf, StoreError> {
        let bucket = self.bucket(bucket)?;
        if key.split('/').all(is_plain) {
            Ok(bucket.join(key))
        } else {
            Err(StoreError::NoSuchKey)
        }
    }
}

/// Whether a part of a path is a name, and no way to somewhere else.
fn is_plain(part: &str) -> bool {
    !matches!(part, "" | "." | "..") && !part.contains(['/', '\\', '\0', ':'])
}

impl Store for FolderStore {
    fn get(&mut self, bucket: &str, key: &str) -> Result<String, StoreError> {
        if [".gz", ".zst", ".zstd"]
            .iter()
            .any(|end| key.ends_with(end))
        {
            let what =
                format!("'{key}' is compressed, which cannot be read on this machine: unpack it");
            return Err(StoreError::Other(what));
        }
        let file = self.file(bucket, key)?;
        fs::read_to_string(file).map_err(|error| missing(error, StoreError::NoSuchKey))
    }

    fn list(&mut self, bucket: &str, prefix: &str) -> Result<Vec<StoredFile>, StoreError> {
        let root = self.bucket(bucket)?;
        let mut files = Vec::new();
        collect(&root, "", &mut files)?;
        files.retain(|file| file.key.starts_with(prefix));
        files.sort_by(|left, right| left.key.cmp(&right.key));
        Ok(files)
    }

    fn put(&mut self, bucket: &str, key: &str, text: String) -> Result<(), StoreError> {
        let file = self.file(bucket, key)?;
        let other = |error: std::io::Error| StoreError::Other(error.to_string());
        // What an execution has put there it goes on without: it is on the disk before the answer. Beside the buckets, so
        // that what a crash leaves is no file of any.
        let new = self.folder.join(NEW);
        let directory = self.folder.parent().unwrap_or(&self.folder);
        whole_files::keep(directory, &file, &new, text.as_bytes()).map_err(other)
    }
}

fn missing(error: std::io::Error, otherwise: StoreError) -> StoreError {
    match error.kind() {
        ErrorKind::NotFound => otherwise,
        _ => StoreError::Other(error.to_string()),
    }
}

/// All files below a folder, with their keys.
fn collect(folder: &Path, above: &str, files: &mut Vec<StoredFile>) -> Result<(), StoreError> {
    let other = |error: std::io::Error| StoreError::Other(error.to_string());
    let entries = fs::read_dir(folder).map_err(|error| missing(error, StoreError::NoSuchBucket))?;
    for entry in entries {
        let entry = entry.map_err(other)?;
        let name = entry.file_name();
        let key = format!("{above}{}", name.to_string_lossy());
        let about = entry.metadata().map_err(other)?;
        if about.is_dir() {
            collect(&entry.path(), &format!("{key}/"), files)?;
            continue;
        }
        let written = about.modified().ok();
        let written = written.and_then(|at| at.duration_since(UNIX_EPOCH).ok());
        let content = fs::read(entry.path()).map_err(other)?;
        files.push(StoredFile {
            etag: etag(&String::from_utf8_lossy(&content)),
            key,
            size: about.len(),
            last_modified: written.map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(0)),
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use comanda_engine::store::{Store as _, StoreError};

    use super::FolderStore;

    #[test]
    fn keys_are_paths_that_stay_in_their_bucket() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut store = FolderStore {
            folder: folder.path().to_owned(),
        };
        store
            .put("b", "d/one.csv", "a\n1\n".to_owned())
            .expect("it is kept");
        store.put("b", "two", "x".to_owned()).expect("it is kept");
        assert_eq!(store.get("b", "d/one.csv").as_deref(), Ok("a\n1\n"));
        let listed = store.list("b", "d").expect("the bucket is there");
        let listed: Vec<(&str, u64)> = listed
            .iter()
            .map(|file| (file.key.as_str(), file.size))
            .collect();
        assert_eq!(listed, [("d/one.csv", 4)]);
        assert_eq!(store.get("b", "none"), Err(StoreError::NoSuchKey));
        assert_eq!(store.list("c", ""), Err(StoreError::NoSuchBucket));
        for key in ["../b/two", "/etc/hostname", "d/../two", ""] {
            assert_eq!(store.get("b", key), Err(StoreError::NoSuchKey), "{key}");
            assert_eq!(
                store.put("b", key, String::new()),
                Err(StoreError::NoSuchKey),
                "{key}"
            );
        }
        assert_eq!(store.get("..", "two"), Err(StoreError::NoSuchBucket));
    }
}
