//! Definitions that others judged, and machines from the wild: what the validator takes, the engine can run.

use std::path::Path;

use comanda_asl::{WorkflowKind, check};
use comanda_engine::Definition;
use serde_json::Value;

use crate::report::Judged;

const FILES: [&str; 4] = [
    "asl-validator.json",
    "statelint.json",
    "aws-asl-language-service.json",
    "workflows-collection.json",
];

/// Judges all definitions without errors; what becomes of the others is `asl`'s business.
pub fn judge(directory: &Path, wanted: impl Fn(&str) -> bool) -> Vec<Judged> {
    let read = |file: &&str| std::fs::read_to_string(directory.join("definitions").join(file)).ok();
    let files = FILES.iter().filter_map(read);
    let items = files.flat_map(|text| {
        let content: Value = serde_json::from_str(&text).expect("a file of definitions is JSON");
        content["items"].as_array().cloned().unwrap_or_default()
    });
    items
        .filter(|item| wanted(item["name"].as_str().unwrap_or_default()))
        .filter_map(|item| {
            let text = match item["definition_text"].as_str() {
                Some(text) => text.to_owned(),
                None => item["definition"].to_string(),
            };
            let kinds = [WorkflowKind::Standard, WorkflowKind::Express];
            let checked = kinds.map(|kind| check(&text, kind));
            let machine = checked
                .into_iter()
                .find(comanda_asl::Checked::is_ok)
                .and_then(|checked| checked.machine)?;
            Some(Judged {
                family: "compiled".to_owned(),
                name: item["name"].as_str().unwrap_or_default().to_owned(),
                verdict: crate::caught(|| {
                    Definition::compile(&machine)
                        .map(|_| ())
                        .map_err(|error| error.to_string())
                }),
            })
        })
        .collect()
}
