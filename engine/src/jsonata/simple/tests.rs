//! A simple expression gives what the evaluator gives, whatever it meets.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::Arc;

use comanda_asl::WorkflowKind;
use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::convert::number_of;
use super::super::{EvaluationError, Expression, Surroundings, evaluate};
use crate::context::ContextSource;
use crate::event::TaskToken;
use crate::execution::Start;
use crate::json::Json;
use crate::seed::Chance;

/// What the simple form says (if it says anything), and what the evaluator says.
#[allow(clippy::type_complexity)]
fn both(
    source: &str,
    input: &Value,
) -> (
    Option<Result<Value, EvaluationError>>,
    Result<Value, EvaluationError>,
) {
    let start = Start {
        execution_arn: "arn:execution".into(),
        execution_name: "one".into(),
        state_machine_arn: "arn:machine".into(),
        state_machine_name: "machine".into(),
        role_arn: "arn:role".into(),
        kind: WorkflowKind::Standard,
        input: Json::new(input.clone()),
        seed: 1,
    };
    let token = TaskToken::new("token");
    let context = ContextSource {
        start: &start,
        started: Timestamp::UNIX_EPOCH,
        redrives: 0,
        redriven: None,
        child: None,
        state_name: "State",
        entered: Timestamp::UNIX_EPOCH,
        retry_count: Some(0),
        item: None,
        token: Some(&token),
        given: None,
    };
    let own = Json::new(input.clone());
    let variables = Arc::new(BTreeMap::from([(Arc::from("v"), own.clone())]));
    let surroundings = Surroundings {
        input: &own,
        result: Some(&own),
        error_output: None,
        context: &context,
        variables: &variables,
        chance: &Cell::new(Chance::new(1)),
        now: Timestamp::UNIX_EPOCH,
    };
    let expression = Expression::parse(source).unwrap();
    let simple = expression.simple.as_ref();
    let simple = simple.and_then(|simple| simple.evaluate(&surroundings));
    (
        simple.map(|answer| answer.map(Json::into_value)),
        evaluate::run(&expression, &surroundings).map(Json::into_value),
    )
}

#[track_caller]
fn check(source: &str, input: Value, expected: Value) {
    let (simple, evaluated) = both(source, &input);
    assert_eq!(evaluated, Ok(expected.clone()), "the evaluator: {source}");
    assert_eq!(simple, Some(Ok(expected)), "{source}");
}

#[test]
fn what_workflows_say_is_simple() {
    let order = json!({ "a": { "b": 2, "c": "paid" }, "yes": true });
    check("$states.input.a.b + 1", order.clone(), json!(3));
    check("$v.a.b < 8 and $v.yes", order.clone(), json!(true));
    check(
        "$exists($v.a.d) ? $v.a.d : null",
        order.clone(),
        json!(null),
    );
    check("$v.a = \"paid\"", order.clone(), json!(false));
    check("($v.a.c = 'paid')", order.clone(), json!(true));
    check("$v.a.d != 'paid'", order.clone(), json!(false));
    check("$v.a.c & \"-\" & $v.a.c", order.clone(), json!("paid-paid"));
    check(
        "$states.context.Execution.Id",
        order.clone(),
        json!("arn:execution"),
    );
    check(
        "$states.context.Execution.Name",
        order.clone(),
        json!("one"),
    );
    check(
        "$states.context.Execution.Input.a.b",
        order.clone(),
        json!(2),
    );
    check("$states.context.Task.Token", order.clone(), json!("token"));
    check("$states.context.State.RetryCount", order.clone(), json!(0));
    check("$v", order.clone(), order);
}

#[test]
fn what_is_unusual_is_left_to_the_evaluator() {
    for source in [
        "$v.list.b",
        "$v.list = 1",
        "$v.text + 1",
        "$v.text & 1",
        "$v.text ? 1 : 2",
        "$v.one / 0",
        "$v.text < \"z\"",
        "$nobody",
    ] {
        let input = json!({ "list": [{ "b": 1 }], "text": "x", "one": 1 });
        assert_eq!(both(source, &input).0, None, "{source}");
    }
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-3i64..1000).prop_map(Value::from),
        Just(json!(9_007_199_254_740_993_u64)),
        (-2.0..2.0).prop_map(|number: f64| json!(number)),
        "[a-c]{0,2}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::btree_map("[a-c]", inner, 0..3)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn expression() -> impl Strategy<Value = String> {
    let path = (
        prop_oneof![
            Just("$v"),
            Just("$states.input"),
            Just("$states.result"),
            Just("$states.context.Execution.Input"),
        ],
        prop::collection::vec("[a-c]", 0..3),
    );
    let path =
        path.prop_map(|(root, fields)| [&[root.to_owned()], fields.as_slice()].concat().join("."));
    let leaf = prop_oneof![
        4 => path,
        1 => prop_oneof![Just("1"), Just("0"), Just("2.5"), Just("\"a\""), Just("true"), Just("false"), Just("null")]
            .prop_map(str::to_owned),
    ];
    leaf.prop_recursive(3, 16, 3, |inner| {
        let operator = prop::sample::select(vec![
            "+", "-", "*", "/", "=", "!=", "<", "<=", ">", ">=", "and", "or", "&",
        ]);
        prop_oneof![
            4 => (inner.clone(), operator, inner.clone())
                .prop_map(|(left, operator, right)| format!("({left} {operator} {right})")),
            1 => inner.clone().prop_map(|inner| format!("$exists({inner})")),
            1 => (inner.clone(), inner.clone(), inner)
                .prop_map(|(condition, then, otherwise)| format!("({condition} ? {then} : {otherwise})")),
        ]
    })
}

/// A value with doubles for numbers, which the evaluator has no others than.
fn doubled(value: &Value) -> Value {
    match value {
        Value::Number(number) => number.as_f64().map_or(Value::Null, number_of),
        Value::Array(items) => items.iter().map(doubled).collect(),
        Value::Object(fields) => {
            let fields = fields.iter();
            Value::Object(
                fields
                    .map(|(key, value)| (key.clone(), doubled(value)))
                    .collect(),
            )
        }
        other => other.clone(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn simple_and_evaluated_agree(source in expression(), input in value()) {
        let (simple, evaluated) = both(&source, &input);
        if let Some(simple) = simple {
            // What is only looked up keeps integers that are too large for a double, as on AWS.
            let simple = simple.map(|value| doubled(&value));
            prop_assert_eq!(simple, evaluated, "{} on {}", source, input);
        }
    }
}
