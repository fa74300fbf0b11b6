//! What the reader reads, where it says things stand, and how it refuses.

use super::*;

#[track_caller]
fn check_refused(text: &str, expected: &str) {
    assert_eq!(
        read(text).map_err(|error| error.to_string()),
        Err(expected.to_owned()),
        "{text}"
    );
}

#[test]
fn reads_as_serde_json_does() {
    for text in [
        r#"{"a": [1, -2.5, 1e3, true, false, null, "x\n\u00e9\ud83c\udd97\"\\/"], "b": {}, "c": []}"#,
        "  3 ",
        "\"é\"",
        "9007199254740993",
    ] {
        assert_eq!(
            read(text).unwrap().to_value(),
            serde_json::from_str::<Value>(text).unwrap(),
            "{text}"
        );
    }
}

#[test]
fn remembers_places() {
    let text = "{\n  \"é\": 1, \"list\": [\n    10, 20]\n}";
    let document = read(text).unwrap();
    let span = Location::root().name("list").index(1).span(&document);
    assert_eq!(text.get(span.start..span.end), Some("20"));
    assert_eq!(position(text, span.start), Position { line: 3, column: 9 });
    let missing = Location::root().name("list").index(7);
    assert_eq!(
        text.get(missing.span(&document).start..)
            .and_then(|rest| rest.chars().next()),
        Some('[')
    );
}

#[test]
fn the_last_of_two_members_counts() {
    let document = read(r#"{"a": 1, "a": 2}"#).unwrap();
    assert_eq!(document.members().len(), 2);
    assert_eq!(document.get("a").map(Node::to_value), Some(2.into()));
}

#[test]
fn refuses() {
    check_refused(
        "",
        "No content to map due to end-of-input at line 1, column 1",
    );
    check_refused(
        "{'a': 1}",
        "Unexpected character (''' (code 39)): was expecting double-quote to start field name at line 1, column 3",
    );
    check_refused(
        "{\"a\" 1}",
        "Unexpected character ('1' (code 49)): was expecting a colon to separate field name and value at line 1, column 7",
    );
    check_refused(
        "{\"a\": 1",
        "Unexpected end-of-input: expected close marker for Object at line 1, column 8",
    );
    check_refused(
        "[1 2]",
        "Unexpected character ('2' (code 50)): was expecting comma to separate Array entries at line 1, column 5",
    );
    check_refused(
        "\"\n\"",
        "Illegal unquoted character ((CTRL-CHAR, code 10)): has to be escaped using backslash to be included in string value at line 2, column 1",
    );
    check_refused(
        "\"\\x\"",
        "Unrecognized character escape 'x' (code 120) at line 1, column 4",
    );
    check_refused(
        "\"\\ud800\"",
        "Unrecognized character escape 'u' (code 117) at line 1, column 9",
    );
    check_refused("01", "Invalid numeric value: `01` at line 1, column 3");
    check_refused(
        "{} x",
        "Unexpected character ('x' (code 120)): Expected space separating root-level values at line 1, column 5",
    );
    check_refused(
        &"[".repeat(100_000),
        "Document nesting depth exceeds the maximum allowed at line 1, column 128",
    );
}

#[test]
fn locations() {
    let location = Location::root()
        .name("States")
        .name("a/b")
        .name("Choices")
        .index(0)
        .name("Next");
    assert_eq!(location.to_string(), "/States/a/b/Choices[0]/Next");
    assert_eq!(location.pointer(), "/States/a~1b/Choices/0/Next");
    assert_eq!(location.state(), Some("a/b"));
    assert_eq!(Location::root().to_string(), "/");
    let inner = Location::root()
        .name("States")
        .name("P")
        .name("Branches")
        .index(1)
        .name("States")
        .name("X")
        .name("Output");
    assert_eq!(inner.state(), Some("X"));
    assert_eq!(
        Location::root()
            .name("States")
            .name("X")
            .name("Output")
            .name("States")
            .name("y")
            .state(),
        Some("X")
    );
}

#[test]
fn says_where_what_is_not_closed_begins() {
    let error = read("{\n  \"a\": [1,").expect_err("it ends in the middle");
    assert_eq!(
        error.sentence(),
        "Unexpected end-of-input: expected close marker for Array (start marker at [Source: (String)\"{\n  \"a\": [1,\"; \
         line: 2, column: 8])"
    );
}
