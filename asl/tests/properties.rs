//! What must hold for any input at all: nothing panics or hangs, and nothing of a document is lost.

use comanda_asl::{
    WorkflowKind, check, from_value, intrinsic, json, jsonata, jsonpath, print, to_value,
    validate::explain::Explainer,
};
use proptest::{collection::vec, prelude::*, sample::select};
use serde_json::{Value, json};

/// Pieces of all the small languages: put together at random, they get further into the parsers than random characters.
const PIECES: &[&str] = &[
    "$",
    "$$",
    "@",
    ".",
    "..",
    "[",
    "]",
    "(",
    ")",
    "?",
    "'",
    "\"",
    "\\",
    "*",
    ",",
    ":",
    "-1",
    "0",
    "1e5",
    "a",
    "é",
    " ",
    "==",
    "=~",
    "/x/i",
    "&&",
    "||",
    "!",
    "in",
    "null",
    "true",
    "States.Format",
    "States.Array(",
    "{}",
    "{",
    "}",
    "{%",
    "%}",
    "${x}",
    "$states",
    "errorOutput",
    "function($x){",
    ":=",
    ";",
    "~>",
    "^",
    "|",
    "#$i",
    "@$j",
    "length()",
    "\n",
];

/// Members that mean something somewhere in the language.
const MEMBERS: &[&str] = &[
    "Type",
    "Next",
    "End",
    "States",
    "StartAt",
    "Branches",
    "ItemProcessor",
    "ProcessorConfig",
    "Choices",
    "Variable",
    "And",
    "Not",
    "Condition",
    "Retry",
    "Catch",
    "ErrorEquals",
    "Parameters",
    "a.$",
    "Assign",
    "Output",
    "Resource",
    "QueryLanguage",
    "TimeoutSeconds",
    "TimeoutSecondsPath",
    "ItemReader",
    "ReaderConfig",
    "ResultWriter",
    "Label",
    "Credentials",
    "Seconds",
    "StringEquals",
    "Mode",
    "ResultPath",
];

const TEXTS: &[&str] = &[
    "Task",
    "Map",
    "Parallel",
    "Choice",
    "Wait",
    "Pass",
    "Fail",
    "JSONata",
    "JSONPath",
    "A",
    "DISTRIBUTED",
    "$.a",
    "{% $x %}",
    "{%",
    "${S}",
    "States.UUID()",
    "arn:aws:states:::lambda:invoke.waitForTaskToken",
];

fn pieces() -> impl Strategy<Value = String> {
    vec(select(PIECES), 0..24).prop_map(|pieces| pieces.concat())
}

/// JSON that resembles definitions.
fn resembling() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        // Without its feature `float_roundtrip`, serde_json reads numbers of many digits a little off.
        any::<i16>().prop_map(|number| json!(f64::from(number) / 4.0)),
        select(TEXTS).prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 64, 6, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            vec((select(MEMBERS), inner), 0..6).prop_map(|members| members
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect()),
        ]
    })
}

/// Whether all findings can be explained, with places that can be shown in the text.
fn is_explained(text: &str, kind: WorkflowKind) -> bool {
    let explainer = Explainer::new(text);
    check(text, kind).diagnostics.iter().all(|diagnostic| {
        let explanation = explainer.explain(diagnostic);
        let mut spans = vec![explanation.span];
        spans.extend(explanation.related.iter().map(|related| related.span));
        spans.extend(
            explanation
                .suggestion
                .iter()
                .map(|suggestion| suggestion.span),
        );
        spans
            .iter()
            .all(|span| text.get(span.start..span.end).is_some())
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn parsers_answer_any_text(text in prop_oneof![any::<String>(), pieces()]) {
        let _ = json::read(&text);
        let _ = jsonpath::JsonPath::parse(&text);
        let _ = intrinsic::Expression::parse(&text);
        let _ = jsonata::analyse(&text);
        prop_assert!(is_explained(&text, WorkflowKind::Express));
    }

    #[test]
    fn a_path_that_is_read_is_read_again(text in pieces()) {
        if let Ok(path) = jsonpath::JsonPath::parse(&text) {
            prop_assert_eq!(jsonpath::JsonPath::parse(&path.text), Ok(path));
        }
    }

    #[test]
    fn any_document_is_checked_and_nothing_of_it_is_lost(
        state in resembling(), kind in select(&["Task", "Map", "Parallel", "Choice", "Wait", "Pass", "Fail"][..]),
    ) {
        let mut state = if state.is_object() { state } else { json!({"Parameters": state}) };
        state["Type"] = kind.into();
        let document = json!({"StartAt": "A", "States": {"A": state}});
        let text = document.to_string();
        prop_assert!(is_explained(&text, WorkflowKind::Standard));
        let checked = check(&text, WorkflowKind::Standard);
        prop_assert!(checked.diagnostics.iter().all(|diagnostic| diagnostic.place.is_some()));
        if let Some(machine) = from_value(&document) {
            prop_assert_eq!(to_value(&machine), document);
            prop_assert_eq!(serde_json::from_str(&print(&machine)).ok(), Some(to_value(&machine)));
            prop_assert_eq!(checked.machine, Some(machine));
        } else {
            prop_assert!(!checked.is_ok(), "is no machine, and nobody says why");
        }
    }
}

#[test]
fn deep_documents_are_checked() {
    let mut value = json!("{% $states.input %}");
    let mut machine = json!({"StartAt": "0", "States": {"0": {"Type": "Succeed"}}});
    for depth in 1..28 {
        value = json!([value]);
        machine = json!({"StartAt": depth.to_string(), "States": {
            depth.to_string(): {"Type": "Parallel", "Branches": [machine], "End": true}
        }});
    }
    machine["QueryLanguage"] = "JSONata".into();
    machine["States"]["27"]["Output"] = value;
    let text = machine.to_string();
    assert_eq!(check(&text, WorkflowKind::Standard).diagnostics, []);
    assert_eq!(
        from_value(&machine).map(|machine| to_value(&machine)),
        Some(machine)
    );
}
