//! `generated/` as tests read it.

use std::{collections::BTreeMap, fs, path::Path};

use comanda_review::Release;

/// Texts by their path below the folder.
pub type Files = BTreeMap<String, String>;

/// What is committed.
pub fn generated() -> Files {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../generated");
    let mut files = Files::new();
    let mut open = vec![root.clone()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path
                .extension()
                .is_some_and(|extension| extension == "json")
            {
                let name = path.strip_prefix(&root).unwrap().to_string_lossy();
                files.insert(name.into_owned(), fs::read_to_string(&path).unwrap());
            }
        }
    }
    files
}

/// The release of these files.
pub fn release(files: &Files) -> Release {
    let files = files
        .iter()
        .map(|(path, text)| (path.as_str(), text.as_str()));
    Release::from_files(files).unwrap()
}
