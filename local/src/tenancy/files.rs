//! Tenants' files in the data directory: what the next start takes in again.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use comanda_tasks::tenants::{FileProblem, Tenant, read};

use crate::{queues, whole_files};

const FOLDER: &str = "tenants";
/// Queues are found by their names, whatever port AWS has in this run: the rows of the next start are the same.
const USUAL_AWS: &str = "http://127.0.0.1:4566";

/// A tenant's file could not be read or written.
#[derive(Debug, thiserror::Error)]
#[error("the tenant's file `{}` cannot be used: {why}", file.display())]
pub struct FilesError {
    file: PathBuf,
    why: String,
}

/// Where a queue of this name is, as rows say it.
pub(super) fn queue_url(name: &str) -> String {
    queues::url(USUAL_AWS, name)
}

/// A tenant's file as the local stack would take it, or all that is wrong with it.
pub fn check(text: &str) -> Result<Tenant, Vec<FileProblem>> {
    read(text, &queue_url)
}

/// Keeps a file. A crash leaves the old one or the new one; what was kept stays.
pub(super) fn keep(directory: &Path, tenant: &Tenant, text: &str) -> Result<(), FilesError> {
    let folder = directory.join(FOLDER);
    let file = folder.join(format!("{}.json", tenant.client_id));
    let new = file.with_extension("new");
    let written = whole_files::keep(directory, &file, &new, text.as_bytes());
    written.map_err(|error| failed(&file, &error))
}

/// The tenants whose files lie in a data directory, in order of their names; with a stack or without.
pub fn tenants_in(directory: &Path) -> Result<Vec<Tenant>, FilesError> {
    let folder = directory.join(FOLDER);
    let entries = match fs::read_dir(&folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(|error| failed(&folder, &error))?,
    };
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| failed(&folder, &error))?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            files.push(path);
        }
    }
    files.sort();
    let mut tenants = Vec::new();
    for file in files {
        let text = fs::read_to_string(&file).map_err(|error| failed(&file, &error))?;
        let tenant = check(&text).map_err(|problems| {
            let said: Vec<String> = problems.iter().map(ToString::to_string).collect();
            failed(&file, &said.join("; "))
        })?;
        tenants.push(tenant);
    }
    Ok(tenants)
}

fn failed(file: &Path, why: &dyn std::fmt::Display) -> FilesError {
    FilesError {
        file: file.to_owned(),
        why: why.to_string(),
    }
}
