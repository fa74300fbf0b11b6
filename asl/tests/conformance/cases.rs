//! Reads the cases.

use std::{fs, path::Path};

use comanda_asl::WorkflowKind;
use serde_json::Value;

/// Every recorded case, in a fixed order.
pub fn recorded(directory: &Path) -> Vec<Value> {
    let mut files: Vec<_> = fs::read_dir(directory.join("aws"))
        .map(|entries| {
            entries
                .filter_map(Result::ok)
                .map(|entry| entry.path())
                .collect()
        })
        .unwrap_or_default();
    files.retain(|file| {
        file.extension()
            .is_some_and(|extension| extension == "jsonl")
    });
    files.sort();
    if files.is_empty() {
        println!("not judged: there are no recordings in aws/");
    }
    files
        .iter()
        .flat_map(|file| {
            let text = fs::read_to_string(file).expect("the file of cases can be read");
            text.lines()
                .filter(|line| !line.trim().is_empty())
                .map(|line| serde_json::from_str(line).expect("a case is JSON"))
                .collect::<Vec<Value>>()
        })
        .collect()
}

/// The items of a file of definitions; none if it is not there, which is said.
pub fn items(directory: &Path, file: &str) -> Vec<Value> {
    let Ok(text) = fs::read_to_string(directory.join("definitions").join(file)) else {
        println!("not judged: there is no definitions/{file}");
        return Vec::new();
    };
    let content: Value = serde_json::from_str(&text).expect("a file of definitions is JSON");
    content["items"].as_array().cloned().unwrap_or_default()
}

pub fn name(case: &Value) -> &str {
    case["name"].as_str().unwrap_or_default()
}

/// The definition as text. Where the case has it parsed, as the recorder's `json.dumps` wrote it.
pub fn text(case: &Value) -> String {
    match case["definition_text"].as_str() {
        Some(text) => text.to_owned(),
        None => python_json(&case["definition"]),
    }
}

pub fn kind(case: &Value) -> WorkflowKind {
    match case["state_machine_type"].as_str() {
        Some("EXPRESS") => WorkflowKind::Express,
        _ => WorkflowKind::Standard,
    }
}

/// JSON with a space after each comma and colon, and ASCII only.
fn python_json(value: &Value) -> String {
    match value {
        Value::Array(elements) => {
            format!(
                "[{}]",
                elements
                    .iter()
                    .map(python_json)
                    .collect::<Vec<_>>()
                    .join(", ")
            )
        }
        Value::Object(members) => {
            let members = members
                .iter()
                .map(|(name, value)| format!("{}: {}", ascii(name), python_json(value)));
            format!("{{{}}}", members.collect::<Vec<_>>().join(", "))
        }
        Value::String(text) => ascii(text),
        other => other.to_string(),
    }
}

/// Everything but the printable part of ASCII is escaped.
fn ascii(text: &str) -> String {
    let json = Value::from(text).to_string();
    let mut units = [0; 2];
    let mut written = String::new();
    for character in json.chars() {
        if (' '..='~').contains(&character) {
            written.push(character);
        } else {
            for unit in character.encode_utf16(&mut units) {
                written.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    written
}
