//! Pairs of schemas, and what of the one who reads by the other does not understand.

use serde_json::{Value, json};

use super::{BreakageKind, breakages, parts};

#[track_caller]
fn check(reader: Value, writer: Value, expected: &[&str]) {
    let told: Vec<String> = breakages(&reader, &writer)
        .iter()
        .map(|breakage| format!("{} {:?}", breakage.name(), breakage.kind))
        .collect();
    assert_eq!(told, expected);
}

fn object(members: Value, required: &[&str]) -> Value {
    json!({"type": "object", "properties": members, "required": required})
}

#[test]
fn members_that_the_reader_does_not_know_break_nothing() {
    let old = object(json!({"a": {"type": "string"}}), &["a"]);
    let new = object(
        json!({"a": {"type": "string"}, "b": {"type": "string"}}),
        &["a", "b"],
    );
    check(old.clone(), new.clone(), &[]);
    check(new, old, &["b Removed"]);
}

#[test]
fn what_may_be_absent_is_not_what_must_be_there() {
    let must = object(json!({"a": {"type": "string"}}), &["a"]);
    let may = object(json!({"a": {"type": ["string", "null"]}}), &[]);
    check(must.clone(), may.clone(), &["a Optional"]);
    check(may, must, &[]);
}

#[test]
fn cases_are_compared_through_references() {
    let of = |words: &[&str]| {
        let words: Vec<Value> = words
            .iter()
            .map(|word| json!({"const": word, "type": "string"}))
            .collect();
        json!({"type": "object", "properties": {"by": {"$ref": "#/$defs/Actor"}}, "required": ["by"],
            "$defs": {"Actor": {"oneOf": words}}})
    };
    check(of(&["A"]), of(&["A", "B"]), &["by Case(\"B\")"]);
    check(of(&["A", "B"]), of(&["A"]), &[]);
}

#[test]
fn a_union_gains_a_case_and_a_case_gains_a_member() {
    let paid = |member: &str| {
        json!({"type": "object", "additionalProperties": false, "required": ["paid"], "properties":
            {"paid": object(json!({member: {"type": "string"}}), &[member])}})
    };
    let expired = json!({"const": "expired", "type": "string"});
    let old = json!({"oneOf": [paid("newsId")]});
    check(
        old.clone(),
        json!({"oneOf": [paid("newsId"), expired]}),
        &["all of it Case(\"expired\")"],
    );
    check(
        old,
        json!({"oneOf": [paid("id")]}),
        &["paid.newsId Removed"],
    );
}

#[test]
fn variants_are_told_apart_by_the_word_inside_of_them() {
    let variant = |tag: &str, member: &str| {
        object(
            json!({"type": {"type": "string", "const": tag}, member: {"type": "string"}}),
            &["type", member],
        )
    };
    let reader = json!({"oneOf": [variant("A", "one"), variant("B", "two")]});
    check(reader.clone(), json!({"oneOf": [variant("A", "one")]}), &[]);
    check(
        reader,
        json!({"oneOf": [variant("A", "other"), variant("C", "two")]}),
        &["all of it Case(\"C\")", "A.one Removed"],
    );
}

#[test]
fn other_types_and_narrower_bounds_are_said() {
    check(
        json!({"type": "integer"}),
        json!({"type": "string"}),
        &["all of it Type(\"an integer\", \"a string\")"],
    );
    check(json!({"type": "number"}), json!({"type": "integer"}), &[]);
    check(
        json!({"type": "integer", "maximum": 5}),
        json!({"type": "integer", "maximum": 6}),
        &["all of it Bound(\"at most 5\")"],
    );
    check(
        json!({"type": "string", "maxLength": 5}),
        json!({"type": "string"}),
        &["all of it Unstated(\"at most 5 long\")"],
    );
    check(
        json!({"type": "integer", "minimum": 5, "maximum": 99}),
        json!({"type": "integer", "minimum": 1}),
        &[
            "all of it Unstated(\"at most 99\")",
            "all of it Bound(\"at least 5\")",
        ],
    );
    assert!(
        breakages(&Value::Null, &json!({"type": "string"})).is_empty(),
        "nothing is demanded"
    );
}

#[test]
fn parts_are_listed_by_path() {
    let schema = object(
        json!({"a": {"type": "array", "items": {"enum": ["X"]}}, "b": {"type": ["integer", "null"]}}),
        &["a"],
    );
    let listed: Vec<String> = parts(&schema)
        .into_iter()
        .map(|(path, words)| format!("{path}: {words}"))
        .collect();
    assert_eq!(
        listed,
        [
            "a: a list",
            "a[]: one of a list",
            "a[].\"X\": case",
            "b: an integer or null"
        ]
    );
    assert!(matches!(
        breakages(&json!({"enum": ["X"]}), &json!({"enum": ["Y"]}))[0].kind,
        BreakageKind::Case(_)
    ));
}
