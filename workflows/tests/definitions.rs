//! The workflows as they are printed, and what they cost.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use comanda_asl::{WorkflowKind, print, validate};
use comanda_dsl::{Kind, Workflow};

fn workflow(name: &str) -> &'static Workflow {
    let all = comanda_workflows::all().unwrap_or_else(|errors| panic!("{errors}"));
    all.iter().find(|workflow| workflow.name == name).unwrap()
}

/// `UPDATE_GOLDEN=1 cargo test -p comanda-workflows` writes them anew; then read the difference.
#[track_caller]
fn check_golden(name: &str) {
    let printed = print(&workflow(name).machine);
    let path = format!(
        "{}/tests/golden/{name}.asl.json",
        env!("CARGO_MANIFEST_DIR")
    );
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, &printed).unwrap();
    }
    let golden = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(printed, golden, "{path} is stale");
}

#[test]
fn order_lifecycle_is_printed_as_reviewed() {
    check_golden("order-lifecycle");
}

#[test]
fn order_status_is_printed_as_reviewed() {
    check_golden("order-status");
}

#[test]
fn reconciliation_is_printed_as_reviewed() {
    check_golden("reconciliation");
}

#[test]
fn refund_is_printed_as_reviewed() {
    check_golden("refund");
}

#[test]
fn conversation_is_printed_as_reviewed() {
    check_golden("conversation");
}

/// The cheapest way that takes these cases costs so much and ends so.
#[track_caller]
fn check_cost(name: &str, labels: &[&str], transitions: u32, end: &str) {
    let path = workflow(name).paths.with_labels(labels).unwrap();
    assert_eq!(
        (path.transitions, path.end.as_str()),
        (transitions, end),
        "{:?}",
        path.states
    );
}

#[test]
fn an_order_costs_no_more_than_was_agreed() {
    let order = "order-lifecycle";
    check_cost(
        order,
        &["online", "paid", "by_store", "confirmed"],
        7,
        "confirmed",
    );
    check_cost(order, &["online", "paid", "automatic"], 5, "confirmed");
    check_cost(
        order,
        &["online", "failed", "method_chosen", "paid", "automatic"],
        9,
        "confirmed",
    );
    check_cost(
        order,
        &["online", "deadline", "expired", "cancelled"],
        8,
        "cancelled",
    );
    check_cost(
        order,
        &["paid", "by_store", "rejected", "refund_due", "refunded"],
        11,
        "refunded",
    );
    check_cost(order, &["failed"], 2, "refused");
    check_cost("refund", &["refunded"], 4, "refunded");
    check_cost("order-status", &["applied"], 3, "");
    check_cost(order, &["on_delivery", "automatic"], 3, "confirmed");
    check_cost(
        order,
        &["on_delivery", "by_store", "confirmed"],
        5,
        "confirmed",
    );
}

/// The bound is three; a wrong answer costs one more than a right one.
#[test]
fn a_question_and_its_answer_are_two_transitions() {
    let conversation = workflow("conversation");
    let way = conversation.paths.paths.iter();
    let registered = way
        .filter(|path| {
            path.states
                .iter()
                .any(|state| state == "Register the customer")
        })
        .filter(|path| path.states.iter().any(|state| state == "Wish: Read"))
        .min_by_key(|path| path.transitions)
        .unwrap();
    let questions = registered.states.iter();
    let questions = questions.filter(|state| state.ends_with(": Ask")).count();
    assert_eq!(questions, 5, "{:?}", registered.states);
    // Identify, who it is, register, close.
    assert_eq!(registered.transitions, 2 * 5 + 4, "{:?}", registered.states);
    assert!(conversation.paths.once);
}

#[test]
fn no_way_through_a_workflow_is_left_out_of_the_report() {
    for workflow in comanda_workflows::all().unwrap() {
        assert!(
            !workflow.paths.truncated,
            "{}: {}",
            workflow.name,
            workflow.paths.paths.len()
        );
    }
}

#[test]
fn neither_aws_nor_our_own_advice_has_anything_to_say() {
    for workflow in comanda_workflows::all().unwrap() {
        let kind = match workflow.kind {
            Kind::Standard => WorkflowKind::Standard,
            Kind::Express => WorkflowKind::Express,
        };
        let said: Vec<String> = validate(&workflow.machine, kind)
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(said, Vec::<String>::new(), "{}", workflow.name);
        assert_eq!(workflow.unchecked_expressions, 0, "{}", workflow.name);
    }
}

#[test]
fn every_state_has_a_place_in_the_source_and_the_graph_leads_somewhere() {
    for workflow in comanda_workflows::all().unwrap() {
        let graph = &workflow.graph;
        let known = |name: &String| graph.nodes.iter().any(|node| &node.name == name);
        for edge in &graph.edges {
            assert!(
                edge.to.as_ref().map_or(edge.result.is_some(), known),
                "{edge:?}"
            );
        }
        for node in &graph.nodes {
            assert!(node.place.file.contains("workflows/src"), "{node:?}");
            let ran = graph
                .folded
                .values()
                .any(|steps| steps.contains(&node.name));
            assert!(ran, "`{}` became part of no state", node.name);
        }
    }
}
