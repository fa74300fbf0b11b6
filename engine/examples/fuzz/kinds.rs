//! What only one kind of state has.

use serde_json::{Map, Value, json};

use super::chance::Chance;
use super::{data, machines, texts};

/// A number that is written down, or looked up, or computed.
fn number(chance: &mut Chance, is_jsonata: bool, name: &str, fields: &mut Map<String, Value>) {
    match (chance.below(6), is_jsonata) {
        (0 | 1, _) => fields.insert(name.to_owned(), machines::seconds(chance)),
        (2, true) => fields.insert(name.to_owned(), machines::hole(chance, true)),
        (2, false) => fields.insert(format!("{name}Path"), json!(texts::path(chance))),
        _ => None,
    };
}

pub fn task(chance: &mut Chance, is_jsonata: bool, fields: &mut Map<String, Value>) {
    fields.insert(
        "Resource".to_owned(),
        json!(chance.one_of(machines::RESOURCES)),
    );
    number(chance, is_jsonata, "TimeoutSeconds", fields);
    number(chance, is_jsonata, "HeartbeatSeconds", fields);
    if is_jsonata {
        fields.insert("Arguments".to_owned(), machines::template(chance, true, 2));
    }
    if chance.once_in(10) {
        fields.insert(
            "Credentials".to_owned(),
            json!({ "RoleArn": machines::text(chance, is_jsonata) }),
        );
    }
}

pub fn wait(chance: &mut Chance, is_jsonata: bool, fields: &mut Map<String, Value>) {
    match (chance.below(4), is_jsonata) {
        (0, _) => fields.insert(
            "Timestamp".to_owned(),
            json!(chance.one_of(&[
                "2026-01-01T00:00:00Z",
                "9999-12-31T23:59:59Z",
                "0001-01-01T00:00:00Z",
                "never"
            ])),
        ),
        (1, false) => fields.insert("TimestampPath".to_owned(), json!(texts::path(chance))),
        (2, false) => fields.insert("SecondsPath".to_owned(), json!(texts::path(chance))),
        (1, true) => fields.insert("Timestamp".to_owned(), machines::hole(chance, true)),
        (2, true) => fields.insert("Seconds".to_owned(), machines::hole(chance, true)),
        _ => fields.insert("Seconds".to_owned(), machines::seconds(chance)),
    };
}

pub fn choice(
    chance: &mut Chance,
    is_jsonata: bool,
    count: usize,
    fields: &mut Map<String, Value>,
) {
    let rules: Vec<Value> = (0..=chance.below(3))
        .map(|_| {
            let next = machines::name(chance.below(count));
            if is_jsonata {
                return json!({ "Condition": machines::hole(chance, true), "Next": next });
            }
            let mut rule = condition(chance, 2);
            if let Some(rule) = rule.as_object_mut() {
                rule.insert("Next".to_owned(), json!(next));
            }
            rule
        })
        .collect();
    fields.insert("Choices".to_owned(), Value::Array(rules));
    if !chance.once_in(4) {
        fields.insert(
            "Default".to_owned(),
            json!(machines::name(chance.below(count))),
        );
    }
}

fn condition(chance: &mut Chance, levels: usize) -> Value {
    match chance.below(if levels == 0 { 6 } else { 9 }) {
        0 => json!({ "Variable": texts::path(chance), "NumericGreaterThan": data::number(chance) }),
        1 => {
            json!({ "Variable": texts::path(chance), "StringMatches": chance.one_of(&["*", "a*b*c*d*", "\\*", "****************************a"]) })
        }
        2 => json!({ "Variable": texts::path(chance), "IsPresent": true }),
        3 => {
            json!({ "Variable": texts::path(chance), "TimestampLessThan": "2026-01-01T00:00:00Z" })
        }
        4 => json!({ "Variable": texts::path(chance), "StringEqualsPath": texts::path(chance) }),
        5 => json!({ "Variable": texts::path(chance), "BooleanEquals": true }),
        6 => json!({ "Not": condition(chance, levels - 1) }),
        7 => json!({ "And": [condition(chance, levels - 1), condition(chance, levels - 1)] }),
        _ => json!({ "Or": [condition(chance, levels - 1), condition(chance, levels - 1)] }),
    }
}

pub fn map(chance: &mut Chance, is_jsonata: bool, levels: usize, fields: &mut Map<String, Value>) {
    let mut processor = machines::machine(chance, is_jsonata, levels - 1);
    let is_distributed = chance.once_in(2);
    if is_distributed && let Some(processor) = processor.as_object_mut() {
        let execution_type = if chance.once_in(2) {
            "STANDARD"
        } else {
            "EXPRESS"
        };
        processor.insert(
            "ProcessorConfig".to_owned(),
            json!({ "Mode": "DISTRIBUTED", "ExecutionType": execution_type }),
        );
    }
    fields.insert("ItemProcessor".to_owned(), processor);
    let items = if is_jsonata {
        ("Items", machines::hole(chance, true))
    } else {
        ("ItemsPath", json!(texts::path(chance)))
    };
    if chance.once_in(2) {
        fields.insert(items.0.to_owned(), items.1);
    }
    if chance.once_in(3) {
        fields.insert(
            "ItemSelector".to_owned(),
            machines::template(chance, is_jsonata, 2),
        );
    }
    number(chance, is_jsonata, "MaxConcurrency", fields);
    if is_distributed {
        distributed(chance, is_jsonata, fields);
    }
}

fn distributed(chance: &mut Chance, is_jsonata: bool, fields: &mut Map<String, Value>) {
    number(chance, is_jsonata, "ToleratedFailureCount", fields);
    if chance.once_in(3) {
        fields.insert(
            "ToleratedFailurePercentage".to_owned(),
            data::number(chance),
        );
    }
    let arguments = if is_jsonata {
        "Arguments"
    } else {
        "Parameters"
    };
    if chance.once_in(3) {
        let action = chance.one_of(&["getObject", "listObjectsV2"]);
        let mut config = Map::new();
        config.insert(
            "InputType".to_owned(),
            json!(chance.one_of(&["CSV", "JSON", "JSONL", "PARQUET", "MANIFEST"])),
        );
        if chance.once_in(2) {
            config.insert(
                "CSVHeaderLocation".to_owned(),
                json!(chance.one_of(&["FIRST_ROW", "GIVEN"])),
            );
            config.insert("CSVHeaders".to_owned(), json!(["a", "b"]));
        }
        if chance.once_in(3) {
            config.insert("Transformation".to_owned(), json!("LOAD_AND_FLATTEN"));
        }
        if chance.once_in(4) {
            config.insert("ItemsPointer".to_owned(), json!("/items"));
        }
        if chance.once_in(4) {
            config.insert(
                "ManifestType".to_owned(),
                json!(chance.one_of(&["S3_INVENTORY", "ATHENA_DATA"])),
            );
        }
        number(chance, is_jsonata, "MaxItems", &mut config);
        fields.insert(
            "ItemReader".to_owned(),
            json!({ "Resource": format!("arn:aws:states:::s3:{action}"), arguments: { "Bucket": "b", "Key": "k" }, "ReaderConfig": config }),
        );
    }
    if chance.once_in(3) {
        let mut batcher = Map::new();
        number(chance, is_jsonata, "MaxItemsPerBatch", &mut batcher);
        number(chance, is_jsonata, "MaxInputBytesPerBatch", &mut batcher);
        batcher.insert(
            "BatchInput".to_owned(),
            machines::template(chance, is_jsonata, 1),
        );
        fields.insert("ItemBatcher".to_owned(), Value::Object(batcher));
    }
    if chance.once_in(3) {
        let config = json!({ "Transformation": chance.one_of(&["NONE", "COMPACT", "FLATTEN"]), "OutputType": chance.one_of(&["JSON", "JSONL"]) });
        let mut writer = json!({ "WriterConfig": config });
        if chance.once_in(2) {
            writer = json!({ "Resource": "arn:aws:states:::s3:putObject", arguments: { "Bucket": "b", "Prefix": "p" }, "WriterConfig": config });
        }
        fields.insert("ResultWriter".to_owned(), writer);
    }
}

pub fn handlers(
    chance: &mut Chance,
    is_jsonata: bool,
    count: usize,
    fields: &mut Map<String, Value>,
) {
    if chance.once_in(3) {
        let rule = json!({
            "ErrorEquals": [chance.one_of(machines::ERRORS)],
            "IntervalSeconds": machines::seconds(chance),
            "MaxAttempts": chance.one_of(&[0_u64, 1, 3, 99_999_999]),
            "BackoffRate": chance.one_of(&[1.0, 2.0, 1e300]),
            "JitterStrategy": chance.one_of(&["FULL", "NONE"]),
        });
        fields.insert("Retry".to_owned(), json!([rule]));
    }
    if chance.once_in(3) {
        let mut catcher = json!({ "ErrorEquals": [chance.one_of(machines::ERRORS)], "Next": machines::name(chance.below(count)) });
        if let Some(catcher) = catcher.as_object_mut() {
            if is_jsonata {
                catcher.insert("Output".to_owned(), machines::hole(chance, true));
            } else {
                catcher.insert("ResultPath".to_owned(), json!(texts::path(chance)));
            }
        }
        fields.insert("Catch".to_owned(), json!([catcher]));
    }
}
