//! Nothing grows or goes round for ever.

#![allow(clippy::expect_used, reason = "the helpers of tests may fail a test")]

use std::sync::Arc;

use comanda_asl::WorkflowKind;
use comanda_engine::virtual_time::{Answer, TaskCall, VirtualTime};
use comanda_engine::{
    DATA_LIMIT_BYTES, Definition, EventType, HISTORY_LIMIT_EVENTS, Json, Status,
    VARIABLES_LIMIT_BYTES,
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

fn run(document: &Value, kind: WorkflowKind, answer: &Value) -> (VirtualTime, Arc<str>) {
    let machine = comanda_asl::from_value(document).expect("the document is a machine");
    let definition = Definition::compile(&machine).expect("the machine compiles");
    let mut world = VirtualTime::new(Timestamp::UNIX_EPOCH, 42);
    world.register("machine", kind, Arc::new(definition));
    let arn = world
        .start("machine", "one", Json::new(json!({})))
        .expect("it starts");
    world.run(
        &mut |_: &TaskCall, _: Timestamp| Answer::Now(Ok(Json::new(answer.clone()))),
        None,
    );
    (world, arn)
}

fn round() -> Value {
    json!({ "StartAt": "Round", "States": { "Round": { "Type": "Pass", "Next": "Round" } } })
}

#[test]
fn a_history_that_is_full_ends_the_execution() {
    let (world, arn) = run(&round(), WorkflowKind::Standard, &Value::Null);
    let history = world.history(&arn);
    let last = history.last().expect("a history");
    assert_eq!(
        (last.id, last.event_type),
        (HISTORY_LIMIT_EVENTS, EventType::ExecutionFailed)
    );
    assert!(history.iter().zip(1..).all(|(event, id)| event.id == id));
}

#[test]
fn a_loop_without_history_ends_too() {
    let (world, arn) = run(&round(), WorkflowKind::Express, &Value::Null);
    let outcome = world
        .execution(&arn)
        .and_then(|execution| execution.outcome())
        .expect("it is over");
    assert_eq!(outcome.error.as_deref(), Some("States.Runtime"));
}

#[test]
fn an_express_execution_takes_five_minutes_at_most() {
    let document = json!({ "StartAt": "Rest", "States": { "Rest": { "Type": "Wait", "Seconds": 3600, "End": true } } });
    let (world, arn) = run(&document, WorkflowKind::Express, &Value::Null);
    let outcome = world
        .execution(&arn)
        .and_then(|execution| execution.outcome())
        .expect("it is over");
    assert_eq!(outcome.status, Status::TimedOut);
    assert_eq!(
        outcome.at,
        Timestamp::UNIX_EPOCH + SignedDuration::from_mins(5)
    );
}

#[track_caller]
fn check_result_size(bytes: usize, expected: Status) {
    let document = json!({
        "StartAt": "Ask",
        "States": { "Ask": { "Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": true } }
    });
    // The quotes of the text count too.
    let (world, arn) = run(
        &document,
        WorkflowKind::Standard,
        &Value::from("é".repeat((bytes - 2) / 2)),
    );
    assert_eq!(
        world.execution(&arn).map(|execution| execution.status()),
        Some(expected),
        "{bytes}"
    );
}

#[test]
fn results_are_bounded_in_bytes_not_in_characters() {
    check_result_size(DATA_LIMIT_BYTES, Status::Succeeded);
    check_result_size(DATA_LIMIT_BYTES + 2, Status::Failed);
}

#[track_caller]
fn check_depth(document: &Value) {
    let (world, arn) = run(document, WorkflowKind::Standard, &Value::Null);
    let outcome = world
        .execution(&arn)
        .and_then(|execution| execution.outcome())
        .expect("it is over");
    assert_eq!(outcome.status, Status::Failed, "{document}");
    let words = format!("{:?}", outcome.cause);
    assert!(
        words.contains("exceeding the maximum") || words.contains("nested deeper"),
        "{words}"
    );
}

#[test]
fn data_does_not_nest_for_ever() {
    check_depth(&json!({
        "StartAt": "Wrap",
        "States": { "Wrap": { "Type": "Pass", "Parameters": { "a.$": "$" }, "Next": "Wrap" } }
    }));
    check_depth(&json!({
        "QueryLanguage": "JSONata",
        "StartAt": "Wrap",
        "States": { "Wrap": {
            "Type": "Pass",
            "Output": "{% $reduce([1..50000], function($inner, $next) { {'in': $inner} }) %}",
            "End": true
        } }
    }));
}

/// The error of an execution of this one state, which is in JSONata.
fn error_of(state: &Value) -> (Option<String>, String) {
    let document =
        json!({ "QueryLanguage": "JSONata", "StartAt": "Try", "States": { "Try": state } });
    let (world, arn) = run(&document, WorkflowKind::Standard, &Value::Null);
    let outcome = world
        .execution(&arn)
        .and_then(|execution| execution.outcome())
        .expect("it is over");
    let cause = outcome.cause.as_deref().unwrap_or_default().to_owned();
    (outcome.error.as_deref().map(str::to_owned), cause)
}

#[track_caller]
fn check_too_large(state: &Value, what: &str) {
    let (error, cause) = error_of(state);
    assert_eq!(
        error.as_deref(),
        Some("States.DataLimitExceeded"),
        "{state}"
    );
    assert!(cause.contains(what), "{cause}");
}

#[test]
fn what_goes_into_a_task_and_into_variables_is_bounded() {
    let text = |bytes: usize| format!("{{% $pad('', {bytes}, 'x') %}}");
    let task = json!({ "Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Arguments": text(DATA_LIMIT_BYTES), "End": true });
    check_too_large(&task, "The state/task 'Try' returned a result");
    let assign = |one: usize, two: usize| json!({ "Type": "Pass", "Assign": { "one": text(one), "two": text(two) }, "Output": 1, "End": true });
    check_too_large(
        &assign(DATA_LIMIT_BYTES, 1),
        "The state/task 'Try' assigned variables",
    );
    check_too_large(
        &assign(DATA_LIMIT_BYTES / 2, DATA_LIMIT_BYTES / 2),
        "assigned variables",
    );
    assert_eq!(
        error_of(&assign(DATA_LIMIT_BYTES / 2, DATA_LIMIT_BYTES / 2 - 20)).0,
        None
    );
}

#[test]
fn all_variables_together_are_bounded() {
    let rounds = |count: usize| {
        let mut states = serde_json::Map::new();
        for round in 0..count {
            let next = format!("S{}", round + 1);
            let assign = json!({ format!("v{round}"): format!("{{% $pad('', {}, 'x') %}}", DATA_LIMIT_BYTES - 20) });
            states.insert(
                format!("S{round}"),
                json!({ "Type": "Pass", "Assign": assign, "Next": next }),
            );
        }
        states.insert(format!("S{count}"), json!({ "Type": "Succeed" }));
        let document = json!({ "QueryLanguage": "JSONata", "StartAt": "S0", "States": states });
        let (world, arn) = run(&document, WorkflowKind::Standard, &Value::Null);
        world.execution(&arn).map(|execution| execution.status())
    };
    let most = VARIABLES_LIMIT_BYTES / DATA_LIMIT_BYTES;
    assert_eq!(rounds(most), Some(Status::Succeeded));
    assert_eq!(rounds(most + 1), Some(Status::Failed));
}

#[track_caller]
fn check_bounded(expression: &str) {
    let state = json!({ "Type": "Pass", "Output": format!("{{% {expression} %}}"), "End": true });
    let (error, cause) = error_of(&state);
    assert_eq!(
        error.as_deref(),
        Some("States.QueryEvaluationError"),
        "{expression}: {cause}"
    );
    assert!(
        cause.contains("D1") || cause.contains("D2"),
        "{expression}: {cause}"
    );
}

#[test]
fn an_expression_cannot_take_all_memory_or_time() {
    check_bounded("$reduce([1..60], function($a, $b) { $a & $a }, 'xx')");
    check_bounded("$reduce([1..60], function($a, $b) { [$a, $a] }, [1])");
    check_bounded("$string($reduce([1..60], function($a, $b) { {'l': $a, 'r': $a} }, 1))");
    check_bounded("$pad('', 4000000000, 'ab')");
    check_bounded("'x' ~> $pad(-4000000000)");
    check_bounded(
        "$join($map([1..200000], function($i) { 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx' }))",
    );
    check_bounded("$replace($pad('', 100000, 'a'), /a/, $pad('', 100000, 'b'))");
    check_bounded("[-9223372036854775808..9223372036854775807]");
    check_bounded("$range(1, 1e12, 1)");
    check_bounded("$fromMillis(1, '[Y,99]')");
    check_bounded("$formatInteger(90199254740993, 'I')");
    check_bounded("$formatNumber(1, $pad('', 100000, '0'))");
    check_bounded("($f := function($n) { 1 + $f($n + 1) }; $f(0))");
    check_bounded("($big := $pad('', 100000, 'x'); $map([1..100000], function($i) { $big }))");
}

#[test]
fn guards_change_nothing_about_what_fits() {
    let check = |expression: &str, expected: Value| {
        let document = json!({ "QueryLanguage": "JSONata", "StartAt": "Try", "States": { "Try": { "Type": "Pass", "Output": format!("{{% {expression} %}}"), "End": true } } });
        let (world, arn) = run(&document, WorkflowKind::Standard, &Value::Null);
        let output = world
            .execution(&arn)
            .and_then(|execution| execution.output().cloned());
        assert_eq!(output.map(Json::into_value), Some(expected), "{expression}");
    };
    check(
        "$distinct([1, 2, 1, {'a': 1, 'b': 2}, {'b': 2, 'a': 1}, '1'])",
        json!([1, 2, { "a": 1, "b": 2 }, "1"]),
    );
    check("$count([1..100000] ~> $distinct)", json!(100_000));
    check(
        "($distinct := function($x) { 'mine' }; $distinct([1, 1]))",
        json!("mine"),
    );
    check("['a', 'b'] ~> $join('-')", json!("a-b"));
    check("$join(['a', 'b'])", json!("ab"));
    check("'ab' ~> $replace(/b/, 'c')", json!("ac"));
    check("$replace('aXbX', /X/, function($m) { '-' })", json!("a-b-"));
    check(
        "($f := function($n) { $n = 0 ? '' : 'x' & $f($n - 1) }; $f(5))",
        json!("xxxxx"),
    );
    check(
        "$reduce([1, 2, 3], function($a, $b) { [$a, $b] })",
        json!([1, 2, 3]),
    );
    check("($n := 3; [1..$n])", json!([1, 2, 3]));
    check("$formatInteger(1999, 'I')", json!("MCMXCIX"));
    check("$formatNumber(1234.5, '#,##0.00')", json!("1,234.50"));
    check("$string({'a': [1]})", json!("{\"a\":[1]}"));
}

#[test]
fn an_execution_does_not_make_more_data_than_fits_into_memory() {
    // Each state makes 250 KB that history keeps.
    let document = json!({
        "QueryLanguage": "JSONata",
        "StartAt": "Make",
        "States": {
            "Make": { "Type": "Pass", "Output": "{% $pad('', 250000, 'x') & $uuid() %}", "Next": "Again" },
            "Again": { "Type": "Choice", "Choices": [], "Default": "Make" }
        }
    });
    let (world, arn) = run(&document, WorkflowKind::Standard, &Value::Null);
    let outcome = world
        .execution(&arn)
        .and_then(|execution| execution.outcome())
        .expect("it is over");
    assert_eq!(
        outcome.cause.as_deref(),
        Some("The execution made more than 256 MiB of data without ever waiting for anything.")
    );
}

#[test]
fn a_large_distributed_map_may_enter_many_states_in_one_step() {
    let states: Value = (0..130)
        .map(|index| {
            let pass = json!({ "Type": "Pass", "Next": format!("S{}", index + 1) });
            (format!("S{index}"), pass)
        })
        .chain([("S130".to_owned(), json!({ "Type": "Succeed" }))])
        .collect::<serde_json::Map<_, _>>()
        .into();
    let document = json!({
        "QueryLanguage": "JSONata",
        "StartAt": "Each",
        "States": {
            "Each": {
                "Type": "Map",
                "Items": "{% [1..2000] %}",
                "ItemProcessor": {
                    "ProcessorConfig": { "Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS" },
                    "StartAt": "S0",
                    "States": states
                },
                "Output": "{% $count($states.result) %}",
                "End": true
            }
        }
    });
    let (world, arn) = run(&document, WorkflowKind::Standard, &Value::Null);
    let execution = world.execution(&arn).expect("it is known");
    let output = execution.output().map(|output| output.value().clone());
    assert_eq!(output, Some(json!(2_000)));
}
