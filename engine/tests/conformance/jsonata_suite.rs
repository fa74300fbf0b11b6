//! The reference implementation's own suite, through the engine's glue. `jsonata-suite.json` has the cases,
//! `jsonata-datasets.json` the data that many of them share.

use std::path::Path;

use comanda_engine::jsonata::Expression;
use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::report::Judged;

const FAMILY: &str = "jsonata";

/// Judges all cases; says which file is not there.
pub fn judge(directory: &Path, wanted: impl Fn(&str) -> bool) -> Vec<Judged> {
    let read = |file: &str| -> Option<Value> {
        let text = std::fs::read_to_string(directory.join(file)).ok()?;
        Some(serde_json::from_str(&whole(&text)).expect("the suite is JSON"))
    };
    let Some(suite) = read("jsonata-suite.json") else {
        println!("{FAMILY}: not judged, jsonata-suite.json is not there");
        return Vec::new();
    };
    let datasets = read("jsonata-datasets.json").unwrap_or_default();
    let cases = suite["items"].as_array().into_iter().flatten();
    cases
        .map(|case| (name(case), case))
        .filter(|(name, _)| wanted(name))
        .map(|(name, case)| Judged {
            family: FAMILY.to_owned(),
            verdict: crate::caught(|| verdict(case, &datasets)),
            name,
        })
        .collect()
}

/// A few cases hold half a surrogate pair, which Rust's text cannot: the replacement character stands for it.
fn whole(text: &str) -> String {
    let is_half = |at: usize, first: char| {
        let digits = text.get(at..at + 4).map(str::to_lowercase);
        digits.is_some_and(|digits| {
            digits.starts_with('d') && digits.chars().nth(1).is_some_and(|digit| digit >= first)
        })
    };
    let mut written = String::with_capacity(text.len());
    let mut rest = 0;
    while let Some(found) = text[rest..].find('\\') {
        let at = rest + found;
        written.push_str(&text[rest..at]);
        let is_unicode = text[at..].starts_with("\\u");
        let is_pair = is_unicode && text[at + 6..].starts_with("\\u") && is_half(at + 8, 'c');
        rest = match is_unicode {
            true if is_half(at + 2, '8') && is_pair => at + 12,
            true => at + 6,
            false => at + 2,
        };
        let escape = &text[at..rest];
        let is_alone = is_unicode && rest == at + 6 && is_half(at + 2, '8');
        written.push_str(if is_alone { "\\ufffd" } else { escape });
    }
    written + &text[rest..]
}

fn name(case: &Value) -> String {
    let text = |field: &str| case[field].as_str().unwrap_or_default().to_owned();
    format!("{}/{}#{}", text("group"), text("file"), case["i"])
}

fn verdict(case: &Value, datasets: &Value) -> Result<(), String> {
    let data = match case["dataset"].as_str() {
        Some(dataset) => datasets.get(dataset),
        None => case.get("data"),
    };
    let none = Map::new();
    let variables = case["bindings"].as_object().unwrap_or(&none);
    let source = case["expr"].as_str().unwrap_or_default();
    if case["code"] == "U1001" {
        return Err("the limit that is hit here is set by the suite's own runner".to_owned());
    }
    let answer = Expression::parse(source)
        .map_err(|error| error.reason)
        .and_then(|expression| {
            expression
                .evaluate_over(data, variables, Timestamp::UNIX_EPOCH, 1)
                .map_err(|error| error.to_string())
        });
    let code = case["code"]
        .as_str()
        .or_else(|| case["error"]["code"].as_str());
    match (answer, code) {
        (Err(words), Some(code)) if words.contains(code) => Ok(()),
        (Err(words), Some(code)) => Err(format!("'{words}' instead of {code}: {source}")),
        (Ok(value), Some(code)) => Err(format!("{value:?} instead of {code}: {source}")),
        // A few errors have words only, and those are the reference implementation's own.
        (answer, None) if !case["error"].is_null() => match answer {
            Err(_) => Ok(()),
            Ok(value) => Err(format!("{value:?} instead of an error: {source}")),
        },
        (Err(words), None) => Err(format!("'{words}' instead of a result: {source}")),
        (Ok(value), None) => same(case, value, source),
    }
}

fn same(case: &Value, answer: Option<Value>, source: &str) -> Result<(), String> {
    // What is undefined in the suite gives nothing; a result that is missing is undefined too.
    let expected = case
        .get("result")
        .filter(|_| case["undefinedResult"] != true);
    let fits = match (expected, &answer) {
        (None, None) => true,
        (Some(expected), Some(answer)) if case["unordered"] == true => {
            let sorted = |value: &Value| {
                let mut items: Vec<String> = value
                    .as_array()
                    .into_iter()
                    .flatten()
                    .map(|item| plain(item).to_string())
                    .collect();
                items.sort();
                items
            };
            sorted(expected) == sorted(answer)
        }
        (Some(expected), Some(answer)) => plain(expected) == plain(answer),
        _ => false,
    };
    if fits {
        return Ok(());
    }
    let shown: String = format!("{answer:?} instead of {expected:?}: {source}");
    Err(shown.chars().take(600).collect())
}

/// Numbers as doubles, which is what JSONata has, to the 15 digits that the suite writes.
fn plain(value: &Value) -> Value {
    match value {
        Value::Number(number) => {
            let digits = format!("{:.14e}", number.as_f64().unwrap_or_default());
            digits.parse::<f64>().map_or(Value::Null, Value::from)
        }
        Value::Array(items) => items.iter().map(plain).collect(),
        Value::Object(fields) => fields
            .iter()
            .map(|(key, value)| (key.clone(), plain(value)))
            .collect::<Map<_, _>>()
            .into(),
        other => other.clone(),
    }
}
