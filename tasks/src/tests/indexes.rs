//! T4: an index lags, so that it names rows and decides nothing. Who reads one is listed here, with what for; whatever is decided
//! then is decided by rows that are read by key, under conditions.

use std::{collections::BTreeSet, fs, path::Path};

/// Files that read an index, and what for.
const READERS: &[(&str, &str)] = &[
    ("api/exceptions.rs", "a list for people"),
    ("api/find.rs", "a list for people"),
    ("api/list_orders.rs", "a list for people"),
    ("api/resolve.rs", "names the order, which is read by key"),
    (
        "casefile/owed.rs",
        "names charges, whose refunds are read by key",
    ),
    ("customers/export_customer.rs", "a list for the customer"),
    (
        "hear/give_back.rs",
        "names refunds, each of which is started once by its name",
    ),
    (
        "reconciliation/books.rs",
        "a sweep, of what is long at rest",
    ),
    ("reconciliation/charges.rs", "a sweep"),
    ("reconciliation/exceptions.rs", "a sweep"),
    ("reconciliation/messages.rs", "a sweep"),
    ("reconciliation/missed_news.rs", "a sweep"),
    ("reconciliation/mod.rs", "a sweep"),
    ("reconciliation/orders.rs", "a sweep"),
    ("reconciliation/refunds.rs", "a sweep"),
    (
        "webhooks/twilio.rs",
        "whether a person is shown a report that belongs to nothing",
    ),
];

/// Every file below a folder, without tests and what stands for the ports.
fn files(folder: &Path, found: &mut Vec<std::path::PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if path.is_dir() && !["tests", "testing", "ports"].contains(&name.as_str()) {
            files(&path, found);
        } else if name.ends_with(".rs") {
            found.push(path);
        }
    }
}

#[test]
fn an_index_is_read_for_lists_and_sweeps_only() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut all = Vec::new();
    files(&source, &mut all);
    assert!(all.len() > 50, "only {} files", all.len());
    let reads = all.iter().filter(|file| {
        let text = fs::read_to_string(file).unwrap();
        text.contains("index: Some(")
    });
    let reads = reads.map(|file| file.strip_prefix(&source).unwrap().to_str().unwrap());
    let reads: BTreeSet<&str> = reads.collect();
    let listed: BTreeSet<&str> = READERS.iter().map(|(file, _)| *file).collect();
    assert_eq!(reads, listed);
}
