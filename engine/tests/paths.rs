//! JSONPath as AWS evaluates it, beyond what the recordings show.

#![allow(clippy::expect_used, reason = "the helpers of tests may fail a test")]

use comanda_engine::jsonpath::JsonPath;
use serde_json::{Value, json};

#[track_caller]
fn check(path: &str, data: &Value, expected: Result<Value, &str>) {
    let found = JsonPath::parse(path).expect("a path");
    let found = found
        .select(data)
        .map(std::borrow::Cow::into_owned)
        .map_err(|missing| missing.to_string());
    assert_eq!(found, expected.map_err(str::to_owned), "{path}");
}

#[test]
fn several_names_at_the_end_make_one_object() {
    let data = json!({ "a": 1, "b": 2, "list": [{ "a": 1, "c": 3 }, { "b": 2 }, 4] });
    check("$['b', 'a']", &data, Ok(json!({ "b": 2, "a": 1 })));
    check("$['a','nothing']", &data, Ok(json!({ "a": 1 })));
    check(
        "$.list[*]['a','b']",
        &data,
        Ok(json!([{ "a": 1 }, { "b": 2 }])),
    );
    check("$.list[*]['a','c'].x", &data, Ok(json!([])));
}

#[test]
fn slices_take_every_so_many() {
    let data = json!([0, 1, 2, 3, 4, 5]);
    check("$[::2]", &data, Ok(json!([0, 2, 4])));
    check("$[1:5:3]", &data, Ok(json!([1, 4])));
    check("$[-2:]", &data, Ok(json!([4, 5])));
    check("$[:-4]", &data, Ok(json!([0, 1])));
    assert!(JsonPath::parse("$[::0]").is_err());
    assert!(JsonPath::parse("$[::-1]").is_err());
}

#[test]
fn what_looks_like_a_function_is_a_property_that_is_not_there() {
    let data = json!({ "jobs": [1, 2], "one": {} });
    check(
        "$.one.length()",
        &data,
        Err("No results for path: $['one']['length()']"),
    );
    check(
        "$.jobs.sum()",
        &data,
        Err(
            "Expected to find an object with property ['sum()'] in path $['jobs'] but found \
             'com.fasterxml.jackson.databind.node.ArrayNode'. This is not a json object according to the JsonProvider: \
             'com.jayway.jsonpath.spi.json.JacksonJsonNodeJsonProvider'.",
        ),
    );
    assert!(JsonPath::parse("$.jobs.sum(").is_err());
}

#[test]
fn what_is_no_object_is_named_by_its_class() {
    let class = |value: Value, path: &str| {
        let error = JsonPath::parse(path).expect("a path");
        let error = error.select(&value).expect_err("no object").to_string();
        let found = error.split("but found '").nth(1).unwrap_or_default();
        found.split('\'').next().unwrap_or_default().to_owned()
    };
    for (value, expected) in [
        (json!(null), "null"),
        (json!(true), "java.lang.Boolean"),
        (json!("x"), "java.lang.String"),
        (json!(1), "java.lang.Integer"),
        (json!(3_000_000_000_i64), "java.lang.Long"),
        (
            json!(18_000_000_000_000_000_000_u64),
            "java.math.BigInteger",
        ),
        (json!(1.5), "java.lang.Double"),
    ] {
        assert_eq!(class(json!({ "a": value }), "$.a.b"), expected);
    }
    // Inside a list, and as the whole document, values stay what the parser made of them.
    assert_eq!(
        class(json!([1]), "$[0].b"),
        "com.fasterxml.jackson.databind.node.IntNode"
    );
    assert_eq!(
        class(json!("x"), "$.b"),
        "com.fasterxml.jackson.databind.node.TextNode"
    );
}

#[test]
fn filters_have_all_of_jayways_operators() {
    let data = json!([
        { "name": "ada", "tags": ["a", "b"], "size": 1 },
        { "name": "Bob", "tags": [], "size": 22 },
        { "name": "a/c", "tags": ["c"] },
    ]);
    for (filter, expected) in [
        ("@.name =~ /a.*/", json!(["ada", "a/c"])),
        ("@.name =~ /B/i", json!([])),
        ("@.name =~ /bOB/i", json!(["Bob"])),
        ("@.name =~ /a\\/c/", json!(["a/c"])),
        ("@.size =~ /[12]+/", json!(["ada", "Bob"])),
        ("@.name in ['Bob','x']", json!(["Bob"])),
        ("@.name NIN ['Bob']", json!(["ada", "a/c"])),
        ("@.tags subsetof ['a','b','z']", json!(["ada", "Bob"])),
        ("@.tags anyof ['b','c']", json!(["ada", "a/c"])),
        ("@.tags noneof ['b','c']", json!(["Bob"])),
        ("@.tags contains 'c'", json!(["a/c"])),
        ("@.name contains 'o'", json!(["Bob"])),
        ("@.tags size 2", json!(["ada"])),
        ("@.tags empty true", json!(["Bob"])),
        ("@.size && !(@.size > 1)", json!(["ada"])),
    ] {
        check(&format!("$[?({filter})].name"), &data, Ok(expected));
    }
    assert!(JsonPath::parse("$[?(@.name =~ /(/)]").is_err());
    // Scalars never match.
    check("$[?(@ == 1)]", &json!([1, 2]), Ok(json!([])));
    check(
        "$[?(@.a != 1)]",
        &json!([3, { "a": 2 }]),
        Ok(json!([{ "a": 2 }])),
    );
}

#[test]
fn what_the_validator_takes_can_be_followed() {
    for path in [
        "$",
        "$$",
        "$name",
        "$name.a[0]",
        "$$.Map.Item.Value",
        "$.a.b",
        "$['a']['b']",
        "$[\"a\"]",
        "$.a-b",
        "$.é",
        "$.a.0",
        "$['a\\'b']",
        "$.[0]",
        "$[0]",
        "$[-1]",
        "$[0,2]",
        "$[1:]",
        "$[:2]",
        "$[1:3]",
        "$[::2]",
        "$[0:3:1]",
        "$[*]",
        "$.*",
        "$..*",
        "$..a",
        "$..a[0]",
        "$..[*]",
        "$..['a','b']",
        "$[?(@)]",
        "$[?(@.a)]",
        "$[?(!@.a)]",
        "$[?(@.a == null)]",
        "$[?(@['a'] == 'x')]",
        "$[?(@.a==$.b)]",
        "$[?(@.a > 1 && (@.b || @.c <= -1.5))]",
        "$[?(@.a in [1,'b',true])]",
        "$..[?(@.a)].b",
        "$.a[?(@.b == \"x y\")]",
        "$.a.length()",
        "$[?(@.a.length() > 1)]",
        "$[(@.length-1)]",
        "$[?(@.a empty false)]",
        "$[?(@.a =~ /x.*y/i)]",
        "$[ 0 ]",
        "$[ 'a' ]",
        "$.a[?(@ == 1)]",
        "$[?(@.a[0].b)]",
    ] {
        let taken = comanda_asl::jsonpath::JsonPath::parse(path).is_ok();
        let followed = JsonPath::parse(path);
        assert!(!taken || followed.is_ok(), "{path}: {followed:?}");
    }
}

#[test]
fn a_path_that_goes_round_and_round_ends() {
    let mut data = json!(1);
    for _ in 0..90 {
        data = json!([data, 2]);
    }
    let path = JsonPath::parse("$..*..*..*..*").expect("a path");
    let words = path.select(&data).expect_err("too much").to_string();
    assert_eq!(words, "The path comes by more than 3000000 places.");
    check("$..[1]", &json!([1, [2, 3]]), Ok(json!([[2, 3], 3])));
}

#[test]
fn filters_nest_only_so_deep() {
    let deep = |levels: usize| format!("$[?{}@.a{}]", "(".repeat(levels), ")".repeat(levels));
    let long = |conditions: usize| format!("$[?(@.a{})]", " || @.b".repeat(conditions));
    assert!(JsonPath::parse(&deep(20)).is_ok());
    assert!(JsonPath::parse(&deep(100_000)).is_err());
    assert!(JsonPath::parse(&format!("$[?({}@.a)]", "!".repeat(100_000))).is_err());
    assert!(JsonPath::parse(&format!("$[?(@ in {})]", "[".repeat(100_000))).is_err());
    check(
        &long(100_000),
        &json!([{ "b": 1 }]),
        Ok(json!([{ "b": 1 }])),
    );
}
