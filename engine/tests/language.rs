//! What the language says, case by case, beyond what the recordings show.

#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "the helpers of tests may fail a test"
)]

use std::sync::Arc;

use comanda_asl::WorkflowKind;
use comanda_engine::virtual_time::{Answer, TaskCall, TaskError, VirtualTime};
use comanda_engine::{Definition, Json, Outcome, Status};
use jiff::Timestamp;
use serde_json::{Value, json};

/// Runs a machine; its tasks answer with what they are given, but fail where they are given an `Error`.
fn run(document: &Value, input: Value) -> Outcome {
    let machine = comanda_asl::from_value(document).expect("the document is a machine");
    let definition = Definition::compile(&machine).expect("the machine compiles");
    let mut world = VirtualTime::new(Timestamp::UNIX_EPOCH, 42);
    world.register("machine", WorkflowKind::Standard, Arc::new(definition));
    let arn = world
        .start("machine", "one", Json::new(input))
        .expect("it starts");
    let mut echo = |call: &TaskCall, _: Timestamp| {
        let arguments = &call.request.arguments;
        match arguments.get("Error").and_then(Value::as_str) {
            Some(error) => Answer::Now(Err(TaskError::new(error, "as asked"))),
            None => Answer::Now(Ok(arguments.clone())),
        }
    };
    world.run(&mut echo, None);
    world
        .execution(&arn)
        .and_then(|execution| execution.outcome())
        .expect("it is over")
        .clone()
}

/// One JSONata Pass with this output.
#[track_caller]
fn check(expression: &str, input: Value, expected: Result<Value, &str>) {
    let document = json!({
        "QueryLanguage": "JSONata",
        "StartAt": "Pass",
        "States": { "Pass": { "Type": "Pass", "Output": format!("{{% {expression} %}}"), "End": true } }
    });
    let outcome = run(&document, input);
    match expected {
        Ok(value) => assert_eq!(
            outcome.output.map(Json::into_value),
            Some(value),
            "{expression}: {:?}",
            outcome.cause
        ),
        Err(words) => {
            let cause = outcome.cause.unwrap_or_default();
            assert!(cause.contains(words), "{expression}: {cause}");
        }
    }
}

#[test]
fn numbers_that_are_none_and_times_without_a_date() {
    check(
        "1 / 0",
        json!({}),
        Err("D1001: Number out of range: Infinity"),
    );
    check("[0 / 0]", json!({}), Err("D1001: Number out of range: NaN"));
    // What a picture leaves open is taken from the time of the step, not from the machine's clock.
    check(
        "$toMillis('13:45', '[H]:[m]')",
        json!({}),
        Ok(json!(49_500_000)),
    );
    check(
        "$toMillis('02-03', '[M01]-[D01]')",
        json!({}),
        Ok(json!(2_851_200_000_i64)),
    );
    check(
        "$toMillis('2020', '[Y0001]')",
        json!({}),
        Ok(json!(1_577_836_800_000_i64)),
    );
    check("$toMillis('nonsense')", json!({}), Err("D3110"));
}

#[test]
fn jsonata_has_the_functions_of_aws() {
    check(
        "$partition([1,2,3], 2)",
        json!({}),
        Ok(json!([[1, 2], [3]])),
    );
    check("$range(1, 9, 4)", json!({}), Ok(json!([1, 5, 9])));
    check("$range(9, 1, -4)", json!({}), Ok(json!([9, 5, 1])));
    check("$range(1, 9, 0)", json!({}), Err("D2014"));
    check(
        "$hash('a', 'MD5')",
        json!({}),
        Ok(json!("0cc175b9c0f1b6a831c399e269772661")),
    );
    check(
        "$hash('a', 'CRC')",
        json!({}),
        Err("Hash algorithm must be one of"),
    );
    check("$parse('{\"a\": [1.5]}').a", json!({}), Ok(json!([1.5])));
    check("$parse('{')", json!({}), Err("not JSON"));
    check("$random(3) = $random(3)", json!({}), Ok(json!(true)));
    check("$random() = $random()", json!({}), Ok(json!(false)));
    check("$length($uuid())", json!({}), Ok(json!(36)));
    check("$sum($shuffle([1..4]))", json!({}), Ok(json!(10)));
    check(
        "$eval('1')",
        json!({}),
        Err("T1006: Attempted to invoke a non-function"),
    );
    check("$now()", json!({}), Ok(json!("1970-01-01T00:00:00.000Z")));
    check("$now('[Y0001]')", json!({}), Ok(json!("1970")));
    check("$millis()", json!({}), Ok(json!(0)));
}

#[test]
fn jsonata_gives_json_or_says_why_not() {
    check(
        "$states.input.a.b",
        json!({ "a": { "b": 1.0 } }),
        Ok(json!(1)),
    );
    check(
        "$states.input.a.b",
        json!({ "a": [{ "b": 1 }, { "b": 2 }] }),
        Ok(json!([1, 2])),
    );
    check("$states.input.a", json!({ "a": [1] }), Ok(json!([1])));
    check("7 / 2", json!({}), Ok(json!(3.5)));
    check(
        "$states.input.missing",
        json!({}),
        Err("returned nothing (undefined)."),
    );
    check(
        "$states.input.a.b.c",
        json!({ "a": { "b": null } }),
        Err("returned nothing (undefined)."),
    );
    check(
        "function($x){$x}",
        json!({}),
        Err("returned an unsupported result type."),
    );
    check("null > 3", json!({}), Err("T2010"));
    check(
        "($f := function($n){ $f($n + 1) + 1 }; $f(0))",
        json!({}),
        Err("threw an error during evaluation."),
    );
    check(
        "$states.context.Execution.Name",
        json!({}),
        Ok(json!("one")),
    );
}

#[test]
fn assignments_see_what_was_there_before() {
    let document = json!({
        "QueryLanguage": "JSONata",
        "StartAt": "First",
        "States": {
            "First": { "Type": "Pass", "Assign": { "a": 1, "b": 10 }, "Next": "Swap" },
            "Swap": {
                "Type": "Pass",
                "Assign": { "a": "{% $b %}", "b": "{% $a %}" },
                "Output": "{% [$a, $b] %}",
                "Next": "Last"
            },
            "Last": { "Type": "Pass", "Output": { "before": "{% $states.input %}", "after": "{% [$a, $b] %}" }, "End": true }
        }
    });
    let output = run(&document, json!({})).output.map(Json::into_value);
    assert_eq!(output, Some(json!({ "before": [1, 10], "after": [10, 1] })));
}

#[test]
fn an_inner_scope_reads_the_outer_one_and_leaves_it_alone() {
    let document = json!({
        "QueryLanguage": "JSONata",
        "StartAt": "Outer",
        "States": {
            "Outer": { "Type": "Pass", "Assign": { "x": 1 }, "Next": "Each" },
            "Each": {
                "Type": "Map",
                "Items": [10, 20],
                "ItemProcessor": {
                    "StartAt": "Add",
                    "States": {
                        "Add": { "Type": "Pass", "Assign": { "inner": "{% $states.input + $x %}" }, "Next": "Give" },
                        "Give": { "Type": "Pass", "Output": "{% $inner %}", "End": true }
                    }
                },
                "Output": { "results": "{% $states.result %}", "leaked": "{% $exists($inner) %}" },
                "End": true
            }
        }
    });
    let output = run(&document, json!({})).output.map(Json::into_value);
    assert_eq!(
        output,
        Some(json!({ "results": [11, 21], "leaked": false }))
    );
}

/// One task that fails with an error, with these rules; the name of the state that takes over.
#[track_caller]
fn check_catch(error: &str, rules: &[&[&str]], expected: Option<usize>) {
    let catchers: Vec<Value> = rules
        .iter()
        .enumerate()
        .map(|(index, errors)| json!({ "ErrorEquals": errors, "Next": format!("Caught{index}") }))
        .collect();
    let mut states = json!({
        "Try": {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Parameters": { "Error": error },
            "Catch": catchers,
            "End": true
        }
    });
    for index in 0..rules.len() {
        let caught = json!({ "Type": "Pass", "Result": index, "End": true });
        states
            .as_object_mut()
            .expect("states")
            .insert(format!("Caught{index}"), caught);
    }
    let outcome = run(&json!({ "StartAt": "Try", "States": states }), json!({}));
    let caught = outcome
        .output
        .and_then(|output| output.as_u64())
        .map(|index| index as usize);
    assert_eq!(caught, expected, "{error} {rules:?}");
}

#[test]
fn the_first_rule_that_fits_catches() {
    check_catch("Mine", &[&["Other"], &["Mine"]], Some(1));
    check_catch("Mine", &[&["States.ALL"]], Some(0));
    check_catch("Mine", &[&["States.TaskFailed"]], Some(0));
    check_catch("Mine", &[&["States.Timeout"]], None);
    check_catch(
        "States.Timeout",
        &[&["States.TaskFailed"], &["States.Timeout"]],
        Some(1),
    );
    check_catch("States.Runtime", &[&["States.ALL"]], None);
}

#[test]
fn task_failed_is_a_wildcard_around_other_states_too() {
    let caught_by = |error: &str, rule: &str| {
        let document = json!({
            "StartAt": "Around",
            "States": {
                "Around": {
                    "Type": "Parallel",
                    "Branches": [
                        { "StartAt": "Fail", "States": { "Fail": { "Type": "Fail", "Error": error } } }
                    ],
                    "Catch": [{ "ErrorEquals": [rule], "Next": "Caught" }],
                    "End": true
                },
                "Caught": { "Type": "Succeed" }
            }
        });
        run(&document, json!({})).status == Status::Succeeded
    };
    assert!(caught_by("Mine", "States.TaskFailed"));
    assert!(caught_by("States.NoChoiceMatched", "States.TaskFailed"));
    assert!(!caught_by("States.Timeout", "States.TaskFailed"));
    assert!(!caught_by("States.DataLimitExceeded", "States.TaskFailed"));
}

#[test]
fn a_parallel_fails_with_the_first_of_its_branches() {
    let branch = |error: &str| json!({ "StartAt": error, "States": { error: { "Type": "Fail", "Error": error, "Cause": "because" } } });
    let slow = json!({ "StartAt": "Slow", "States": { "Slow": { "Type": "Wait", "Seconds": 100, "End": true } } });
    let document = json!({
        "StartAt": "Both",
        "States": { "Both": { "Type": "Parallel", "Branches": [slow, branch("Broken")], "End": true } }
    });
    let outcome = run(&document, json!({}));
    assert_eq!(
        (outcome.status, outcome.error.as_deref()),
        (Status::Failed, Some("Broken"))
    );
    assert_eq!(outcome.at, Timestamp::UNIX_EPOCH);
}

#[test]
fn a_distributed_map_tolerates_as_many_failures_as_it_says() {
    let document = |tolerated: u64| {
        json!({
            "QueryLanguage": "JSONata",
            "StartAt": "Each",
            "States": {
                "Each": {
                    "Type": "Map",
                    "Items": [{ "Error": "Broken" }, { "fine": true }],
                    "ToleratedFailureCount": tolerated,
                    "ItemProcessor": {
                        "ProcessorConfig": { "Mode": "DISTRIBUTED", "ExecutionType": "STANDARD" },
                        "StartAt": "Try",
                        "States": {
                            "Try": {
                                "Type": "Task",
                                "Resource": "arn:aws:lambda:sa-east-1:000000000000:function:f",
                                "End": true
                            }
                        }
                    },
                    "End": true
                }
            }
        })
    };
    let tolerant = run(&document(1), json!({}));
    // What is told of the one that failed is all that is known of its execution.
    let output = tolerant.output.map(Json::into_value).expect("an output");
    assert_eq!(
        (&output[0]["Status"], &output[0]["Error"], &output[1]),
        (&json!("FAILED"), &json!("Broken"), &json!({ "fine": true }))
    );
    let strict = run(&document(0), json!({}));
    assert_eq!(
        strict.error.as_deref(),
        Some("States.ExceedToleratedFailureThreshold")
    );
}

#[test]
fn a_child_of_a_distributed_map_is_an_execution_of_its_own() {
    let document = json!({
        "QueryLanguage": "JSONata",
        "StartAt": "Each",
        "States": {
            "Each": {
                "Type": "Map",
                "Items": ["a"],
                "ItemProcessor": {
                    "ProcessorConfig": { "Mode": "DISTRIBUTED", "ExecutionType": "STANDARD" },
                    "StartAt": "Tell",
                    "States": {
                        "Tell": {
                            "Type": "Pass",
                            "Output": {
                                "input": "{% $states.context.Execution.Input %}",
                                "machine": "{% $states.context.StateMachine.Name %}",
                                "item": "{% $exists($states.context.Map) %}"
                            },
                            "End": true
                        }
                    }
                },
                "End": true
            }
        }
    });
    let output = run(&document, json!({})).output.map(Json::into_value);
    assert_eq!(
        output,
        Some(json!([{ "input": "a", "machine": "machine/Each", "item": false }]))
    );
}

/// One JSONPath Pass with this call.
#[track_caller]
fn check_call(call: &str, input: Value, expected: Result<Value, &str>) {
    let document = json!({
        "StartAt": "Pass",
        "States": { "Pass": { "Type": "Pass", "Parameters": { "out.$": call }, "End": true } }
    });
    let outcome = run(&document, input);
    match expected {
        Ok(value) => {
            let output = outcome.output.map(Json::into_value);
            assert_eq!(
                output,
                Some(json!({ "out": value })),
                "{call}: {:?}",
                outcome.cause
            );
        }
        Err(words) => {
            assert_eq!(outcome.error.as_deref(), Some("States.Runtime"), "{call}");
            let cause = outcome.cause.unwrap_or_default();
            assert!(cause.contains(words), "{call}: {cause}");
        }
    }
}

#[test]
fn intrinsic_functions_do_what_the_specification_says() {
    check_call(
        "States.Array(1, 'a', $.x)",
        json!({ "x": null }),
        Ok(json!([1, "a", null])),
    );
    check_call(
        "States.ArrayRange(9, 1, -4)",
        json!({}),
        Ok(json!([9, 5, 1])),
    );
    check_call("States.ArrayRange(1, 0, 3)", json!({}), Ok(json!([])));
    check_call("States.ArrayRange(1.6, 1.4, 1)", json!({}), Ok(json!([1])));
    check_call("States.ArrayGetItem($, 1.2)", json!([1, 2]), Ok(json!(2)));
    check_call("States.ArrayGetItem($, 9)", json!([]), Ok(json!(null)));
    check_call(
        "States.ArrayPartition($, 2.6)",
        json!([1, 2, 3]),
        Ok(json!([[1, 2], [3]])),
    );
    check_call(
        "States.ArrayUnique($)",
        json!([true, false, true]),
        Ok(json!([false, true])),
    );
    check_call("States.ArrayContains($, 1)", json!(["1"]), Ok(json!(true)));
    check_call("States.ArrayContains($, 1)", json!([1.0]), Ok(json!(false)));
    check_call(
        "States.JsonMerge($.a, $.b, 'false')",
        json!({ "a": {}, "b": { "x": 1 } }),
        Ok(json!({ "x": 1 })),
    );
    check_call(
        "States.Base64Decode(' YWJj!ZA= =')",
        json!({}),
        Ok(json!("abcd")),
    );
    check_call("States.Base64Decode('YWI')", json!({}), Ok(json!("ab")));
    check_call("States.MathRandom(1, 2)", json!({}), Ok(json!(1)));
    check_call(
        "States.MathAdd(2147483646, 0.6)",
        json!({}),
        Ok(json!(2_147_483_647)),
    );
    check_call(
        "States.Format('{}', $)",
        json!({ "a": [1, "x"] }),
        Ok(json!("{a=[1, x]}")),
    );
    check_call(
        r"States.Format('\\{}\{\}\'', 1)",
        json!({}),
        Ok(json!(r"\1{}'")),
    );
    check_call(
        r"States.StringSplit('a\{b', '{')",
        json!({}),
        Ok(json!(["a", "b"])),
    );
}

#[test]
fn behind_the_end_of_an_array_is_null_for_a_path_alone() {
    check_call("$.items[5]", json!({ "items": [1, 2] }), Ok(json!(null)));
    check_call(
        "States.Format('{}', $.items[5])",
        json!({ "items": [1, 2] }),
        Err(
            "had the following error: The JsonPath argument for the field '$.items[5]' could not be found in the input",
        ),
    );
    check_call(
        "$.items[5].x",
        json!({ "items": [1, 2] }),
        Err("could not be found in the input"),
    );
}

#[test]
fn calls_fail_in_the_words_of_aws() {
    let invalid = |call: &str, input: Value| {
        let function = call.split('(').next().unwrap_or_default();
        let words = format!(
            "There was an error while evaluating the intrinsic function: {call}. Invalid arguments in {function}"
        );
        check_call(call, input, Err(&words));
    };
    invalid("States.ArrayRange(1, 5000, 1)", json!({}));
    invalid("States.ArrayRange(1, 10, 0.49)", json!({}));
    invalid("States.ArrayGetItem($, 3)", json!([1]));
    invalid("States.ArrayGetItem($, -1)", json!([1]));
    invalid("States.ArrayPartition($, 0.6)", json!([1]));
    invalid(
        "States.JsonMerge($.a, $.b, true)",
        json!({ "a": {}, "b": {} }),
    );
    invalid("States.Hash('a', 'CRC')", json!({}));
    invalid("States.MathAdd('1', 1)", json!({}));
    invalid("States.MathAdd(2147483647, 1)", json!({}));
    invalid("States.MathRandom(1.4, 1.6)", json!({}));
    invalid("States.ArrayLength($)", json!("a"));
    check_call(
        "States.StringToJson($)",
        json!("{bad json}"),
        Err(
            "Cannot convert String to Json in States.StringToJson, caused by: Unexpected character ('b' (code 98)): was \
             expecting double-quote to start field name\n at [Source: REDACTED \
             (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: 1, column: 2]",
        ),
    );
    check_call(
        "States.Format('{} and {}', 1)",
        json!({}),
        Err(
            "Invalid arguments in States.Format: number of arguments do not match the occurrences of {}.",
        ),
    );
    check_call(
        "States.Format('Hello {{}}', 1)",
        json!({}),
        Err("Invalid template in States.Format: matching '}' not found for '{'."),
    );
    check_call(
        "States.Format('}')",
        json!({}),
        Err("Invalid template in States.Format: matching '{' not found for '}'."),
    );
    let missing = |call: &str, path: &str, input: Value| {
        let words = format!(
            "The function '{call}' had the following error: The JsonPath argument for the field '{path}' could not be \
             found in the input '{input}'"
        );
        check_call(call, input, Err(&words));
    };
    missing("States.Format('{}', $.missing)", "$.missing", json!({}));
    missing(
        "States.Array(States.Format('{}', $.a.b))",
        "$.a.b",
        json!({ "x": 1 }),
    );
    missing("States.Format('{}', $$.Nope)", "$.Nope", json!({ "x": 1 }));
    check_call(
        "States.Format('{}', $.x[0])",
        json!({ "x": 1 }),
        Err(
            "had the following error: Filter: [0] can only be applied to arrays. Current context is: 1",
        ),
    );
}

/// One JSONPath Pass with this path; `Err` holds the words of the cause.
#[track_caller]
fn check_path(path: &str, input: Value, expected: Result<Value, &str>) {
    let document = json!({
        "StartAt": "Pass",
        "States": { "Pass": { "Type": "Pass", "InputPath": path, "End": true } }
    });
    let outcome = run(&document, input);
    match expected {
        Ok(value) => assert_eq!(
            outcome.output.map(Json::into_value),
            Some(value),
            "{path}: {:?}",
            outcome.cause
        ),
        Err(words) => {
            let cause = outcome.cause.unwrap_or_default();
            assert!(cause.ends_with(words), "{path}: {cause}");
        }
    }
}

#[test]
fn paths_lead_where_jayway_says() {
    let shop = json!({ "items": [{ "n": 1, "p": 5 }, { "n": 2, "p": 7 }, { "n": 3 }], "limit": 6, "a b": { "c": [0] } });
    check_path("$.items[0].n", shop.clone(), Ok(json!(1)));
    check_path("$.items[-1].n", shop.clone(), Ok(json!(3)));
    check_path("$['a b'].c[0]", shop.clone(), Ok(json!(0)));
    check_path("$.items[*].n", shop.clone(), Ok(json!([1, 2, 3])));
    check_path("$.items[1:].n", shop.clone(), Ok(json!([2, 3])));
    check_path("$.items[0,2].n", shop.clone(), Ok(json!([1, 3])));
    check_path("$..p", shop.clone(), Ok(json!([5, 7])));
    check_path("$.items[?(@.p)].n", shop.clone(), Ok(json!([1, 2])));
    check_path(
        "$.items[?(@.p > $.limit || @.n == 3)].n",
        shop.clone(),
        Ok(json!([2, 3])),
    );
    check_path(
        "$.items[?(@.n in [1, 3] && !(@.p == 5))].n",
        shop.clone(),
        Ok(json!([3])),
    );
    check_path("$.none[*].n", shop.clone(), Ok(json!([])));
    check_path(
        "$.none",
        shop.clone(),
        Err("Invalid path '$.none' : No results for path: $['none']"),
    );
    check_path(
        "$.none.n",
        shop,
        Err("Invalid path '$.none.n' : Missing property in path $['none']"),
    );
}

/// One state that fails; the words of its cause without those that every cause begins with.
#[track_caller]
fn check_failure(state: Value, input: Value, error: &str, words: &str) {
    let document = json!({ "StartAt": "S", "States": { "S": state } });
    let outcome = run(&document, input);
    assert_eq!(
        outcome.error.as_deref(),
        Some(error),
        "{document}: {:?}",
        outcome.cause
    );
    let prefix = "An error occurred while executing the state 'S' (entered at the event id #2). ";
    assert_eq!(
        outcome.cause.as_deref(),
        Some(format!("{prefix}{words}").as_str()),
        "{document}"
    );
}

const QUERY: &str = "States.QueryEvaluationError";

#[test]
fn seconds_out_of_range() {
    let task = |seconds: &str| {
        json!({
            "Type": "Task", "QueryLanguage": "JSONata", "End": true,
            "Resource": "arn:aws:states:::aws-sdk:sts:getCallerIdentity",
            "Arguments": {}, "TimeoutSeconds": format!("{{% {seconds} %}}")
        })
    };
    check_failure(
        task("-1"),
        json!({}),
        QUERY,
        "TimeoutSeconds must be between 0 and 99999999 but was: -1",
    );
    check_failure(
        task("1.6"),
        json!({}),
        QUERY,
        "The TimeoutSeconds field cannot be parsed as an integer: 1.6",
    );
    check_failure(
        task("'3'"),
        json!({}),
        QUERY,
        "The JSONata expression ''3'' specified for the field 'TimeoutSeconds' returned an unexpected result type. \
         Expected 'number', but was 'string' for value: \"3\"",
    );
    let wait = |seconds: &str| json!({ "Type": "Wait", "QueryLanguage": "JSONata", "Seconds": format!("{{% {seconds} %}}"), "End": true });
    check_failure(
        wait("-1"),
        json!({}),
        QUERY,
        "Seconds must be between 0 and 99999999 but was: -1",
    );
    check_failure(
        wait("1.5"),
        json!({}),
        QUERY,
        "The Seconds field cannot be parsed as an integer: 1.5",
    );
}

#[test]
fn a_role_that_is_no_text() {
    let task = json!({
        "Type": "Task", "QueryLanguage": "JSONata", "End": true,
        "Resource": "arn:aws:states:::aws-sdk:sts:getCallerIdentity",
        "Arguments": {}, "Credentials": { "RoleArn": "{% 1 %}" }
    });
    check_failure(
        task,
        json!({}),
        QUERY,
        "The JSONata expression '1' specified for the field 'Credentials/RoleArn' returned an unexpected result type. \
         Expected 'string', but was 'number' for value: 1",
    );
}

#[test]
fn numbers_of_a_map_that_do_not_fit() {
    let map = |mode: &str, field: &str, value: &str| {
        let config = match mode {
            "INLINE" => json!({ "Mode": mode }),
            _ => json!({ "Mode": mode, "ExecutionType": "STANDARD" }),
        };
        let mut state = json!({
            "Type": "Map", "End": true, "ItemsPath": "$.none",
            "ItemProcessor": {
                "ProcessorConfig": config, "StartAt": "I", "States": { "I": { "Type": "Succeed" } }
            }
        });
        state[field] = json!(value);
        state
    };
    // Concurrency is looked at before the items, which are not there either.
    for mode in ["INLINE", "DISTRIBUTED"] {
        check_failure(
            map(mode, "MaxConcurrencyPath", "$.n"),
            json!({ "n": -1 }),
            "States.Runtime",
            "Expected non-negative integer for MaxConcurrency, got '-1' instead.",
        );
    }
    let jsonata = |field: &str, value: &str| {
        let mut state = json!({
            "Type": "Map", "QueryLanguage": "JSONata", "Items": [1], "End": true,
            "ItemProcessor": {
                "ProcessorConfig": { "Mode": "DISTRIBUTED", "ExecutionType": "STANDARD" },
                "StartAt": "I", "States": { "I": { "Type": "Succeed" } }
            }
        });
        state[field] = json!(format!("{{% {value} %}}"));
        state
    };
    check_failure(
        jsonata("ToleratedFailureCount", "-1"),
        json!({}),
        QUERY,
        "ToleratedFailureCount cannot be negative.",
    );
    check_failure(
        jsonata("ToleratedFailurePercentage", "101"),
        json!({}),
        QUERY,
        "ToleratedFailurePercentage must be between 0 and 100.",
    );
    check_failure(
        jsonata("MaxConcurrency", "1.5"),
        json!({}),
        QUERY,
        "The MaxConcurrency field cannot be parsed as an integer: 1.5",
    );
}

#[test]
fn a_request_that_lacks_something_is_not_sent() {
    let task = json!({
        "Type": "Task", "QueryLanguage": "JSONata", "End": true,
        "Resource": "arn:aws:states:::sqs:sendMessage", "Arguments": "{% $states.input %}"
    });
    check_failure(
        task,
        json!({ "QueueUrl": "q" }),
        "States.Runtime",
        "The Parameters '{\"QueueUrl\":\"q\"}' could not be used to start the Task: [The field 'MessageBody' is \
         required but was missing]",
    );
}

#[test]
fn numbers_keep_their_last_digit() {
    let input = Json::from_text("[19.990000000000002, 9007199254740993]").expect("a document");
    let document = json!({
        "QueryLanguage": "JSONata",
        "StartAt": "S",
        "States": { "S": { "Type": "Pass", "Output": "{% $states.input %}", "End": true } }
    });
    let output = run(&document, input.into_value())
        .output
        .expect("an output");
    assert_eq!(output.text(), "[19.990000000000002,9007199254740993]");
}

#[test]
fn one_number_has_one_form() {
    check("$states.input", json!(1.0), Ok(json!(1)));
    check("$states.input.a", json!({ "a": 1.0 }), Ok(json!(1)));
}

#[test]
fn a_condition_inside_another_may_have_a_comment() {
    let document = json!({
        "StartAt": "C",
        "States": {
            "C": {
                "Type": "Choice",
                "Choices": [{
                    "Not": { "Comment": "neither", "Or": [{ "Variable": "$.a", "IsPresent": true, "Comment": "a" }] },
                    "Next": "E"
                }]
            },
            "E": { "Type": "Succeed" }
        }
    });
    assert_eq!(run(&document, json!({})).status, Status::Succeeded);
}
