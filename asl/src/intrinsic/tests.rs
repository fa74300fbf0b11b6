//! What the parser of `intrinsic` reads and refuses.

use serde_json::Number;

use super::*;

#[track_caller]
fn check(text: &str, function: Function, arguments: &[Argument]) {
    let call = Call::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    assert_eq!(
        (call.function, call.arguments.as_slice(), call.text.as_str()),
        (function, arguments, text)
    );
}

#[track_caller]
fn check_refused(text: &str, expected: Problem) {
    assert_eq!(
        Expression::parse(text).map_err(|error| error.problem),
        Err(expected),
        "{text}"
    );
}

fn text(value: &str) -> Argument {
    Argument::Text(Text {
        value: value.to_owned(),
        raw: value.to_owned(),
    })
}

fn path(text: &str) -> Argument {
    Argument::Path(JsonPath::parse(text).unwrap())
}

#[test]
fn arguments() {
    check("States.UUID()", Function::UUID, &[]);
    check(
        "States.Array('Foo', 2020, $.a[0], null,true , -1.5)",
        Function::Array,
        &[
            text("Foo"),
            Argument::Number(2020.into()),
            path("$.a[0]"),
            Argument::Null,
            Argument::Boolean(true),
            Argument::Number(Number::from_f64(-1.5).unwrap()),
        ],
    );
    check(
        "States.Format('a\n\"b\" {}', $$.Execution.Id)",
        Function::Format,
        &[text("a\n\"b\" {}"), path("$$.Execution.Id")],
    );
    check(
        "States.ArrayGetItem(States.StringSplit($x, ':'), 0)",
        Function::ArrayGetItem,
        &[
            Argument::Call(Call::parse("States.StringSplit($x, ':')").unwrap()),
            Argument::Number(0.into()),
        ],
    );
    check(
        "States.JsonMerge($['a,)'], $.b , false)",
        Function::JsonMerge,
        &[path("$['a,)']"), path("$.b"), Argument::Boolean(false)],
    );
    check(
        r"States.Array('\'\{\}\\')",
        Function::Array,
        &[Argument::Text(Text {
            value: r"'{}\".to_owned(),
            raw: r"\'\{\}\\".to_owned(),
        })],
    );
}

#[test]
fn refusals() {
    check_refused("", Problem::NoFunction);
    check_refused("  States.UUID()", Problem::NoFunction);
    check_refused("States.UUID() x", Problem::Trailing);
    check_refused(
        "something else",
        Problem::UnknownFunction("something".to_owned()),
    );
    check_refused(
        "JsonToString($)",
        Problem::UnknownFunction("JsonToString".to_owned()),
    );
    check_refused(
        "States.Xyz($.a)",
        Problem::UnknownFunction("States.Xyz".to_owned()),
    );
    check_refused("States.StringToJson $.a)", Problem::NoParenthesis);
    check_refused("States.JsonToString($", Problem::OpenParenthesis);
    check_refused("States.Array(", Problem::NoArgument);
    check_refused("States.Array(,)", Problem::NoArgument);
    check_refused("States.Array('a)", Problem::OpenQuote);
    check_refused(r#"States.Format('say \"{}\"', 'a')"#, Problem::Escape);
    check_refused("States.Array($.)", Problem::Path(jsonpath::Problem::NoName));
    let nested = format!("{}{}", "States.Array(".repeat(11), ")".repeat(11));
    check_refused(&nested, Problem::TooDeep);
    assert!(Call::parse(&nested["States.Array(".len()..nested.len() - 1]).is_ok());
}

#[test]
fn templates_of_format() {
    #[track_caller]
    fn check(raw: &str, expected: &[Option<&str>]) {
        let pieces: Vec<Option<String>> = format_template(raw)
            .into_iter()
            .map(|piece| match piece {
                Piece::Text(text) => Some(text),
                Piece::Hole => None,
            })
            .collect();
        assert_eq!(
            pieces.iter().map(Option::as_deref).collect::<Vec<_>>(),
            expected,
            "{raw}"
        );
    }
    check("", &[]);
    check("{}", &[None]);
    check("a {} b{}", &[Some("a "), None, Some(" b"), None]);
    check(r"\{\} {}", &[Some("{} "), None]);
    check("{x}", &[Some("{x}")]);
}
