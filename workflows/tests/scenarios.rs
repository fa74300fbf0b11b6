//! Whole lives of orders and refunds in virtual time, with tasks that answer from a script.
//!
//! What the tasks really do is tested where they are; here it is the order of things, and that folding changes nothing in it.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use comanda_asl::{WorkflowKind, from_value, to_value};
use comanda_dsl::{Data, Folding, Process};
use comanda_engine::virtual_time::{Answer, TaskCall, TaskError, VirtualTime};
use comanda_engine::{Definition, Json};
use comanda_workflows::order_lifecycle::{HAND_OVER, ORDER_LIFECYCLE};
use comanda_workflows::order_status::ORDER_STATUS;
use comanda_workflows::reconciliation::RECONCILIATION;
use comanda_workflows::refund::REFUND;
use serde_json::{Value, json};

/// What a task does when it is called.
#[derive(Clone)]
enum Does {
    Answer(Value),
    Refuse(&'static str, Value),
    /// Nobody answers, so that the deadline passes.
    Silence,
    Outage,
    /// Whoever has the token fails the task by this name.
    Fails(&'static str),
}

use Does::{Answer as Says, Fails, Outage, Refuse, Silence};

/// The answers of each task, in the order of its calls; the last one goes on.
type Script = Vec<(&'static str, Vec<Does>)>;

/// How it went: the tasks called with what matters of their input, and how it ended.
#[derive(Debug, PartialEq)]
struct Story {
    calls: Vec<String>,
    end: Value,
    seconds: i64,
}

fn register<I: Data, O: Data>(world: &mut VirtualTime, process: &Process<I, O>, folding: Folding) {
    let workflow = process
        .build_folded(folding)
        .unwrap_or_else(|errors| panic!("{errors}"));
    // What a deployment substitutes.
    let text = to_value(&workflow.machine).to_string();
    let text = text
        .replace(
            "${RefundStateMachine}",
            "arn:aws:states:sa-east-1:000000000000:stateMachine:refund",
        )
        .replace("Function}", "");
    let machine =
        from_value(&serde_json::from_str(&text.replace("${", "comanda-")).unwrap()).unwrap();
    let definition = Definition::compile(&machine).unwrap();
    let kind = match workflow.kind {
        comanda_dsl::Kind::Standard => WorkflowKind::Standard,
        comanda_dsl::Kind::Express => WorkflowKind::Express,
    };
    world.register(workflow.name, kind, Arc::new(definition));
}

fn tell(name: &str, input: Value, script: &Script, folding: Folding) -> Story {
    tell_in(world(folding), (name, input), script)
}

fn world(folding: Folding) -> VirtualTime {
    let mut world = VirtualTime::new("2026-11-22T12:00:00Z".parse().unwrap(), 1);
    register(&mut world, &ORDER_LIFECYCLE, folding);
    register(&mut world, &ORDER_STATUS, folding);
    register(&mut world, &REFUND, folding);
    register(&mut world, &RECONCILIATION, folding);
    world
}

fn tell_in(mut world: VirtualTime, (name, input): (&str, Value), script: &Script) -> Story {
    let begin = world.now();
    let arn = world.start(name, "one", Json::new(input)).unwrap();
    let mut answers: BTreeMap<&str, VecDeque<Does>> = script
        .iter()
        .map(|(task, does)| (*task, does.iter().cloned().collect()))
        .collect();
    let mut calls = Vec::new();
    let mut tasks = |call: &TaskCall, _| {
        let payload = call.request.arguments.get("Payload").unwrap();
        let task = payload.get("task").and_then(Value::as_str).unwrap();
        let answers = answers
            .get_mut(task)
            .unwrap_or_else(|| panic!("nobody expects {task}"));
        let does = if answers.len() > 1 {
            answers.pop_front()
        } else {
            answers.front().cloned()
        };
        calls.push(format!("{task}{}", detail(payload.get("input").unwrap())));
        let token = call.request.resource.ends_with("waitForTaskToken");
        match does.unwrap() {
            Says(value) if token => Answer::Now(Ok(Json::new(value))),
            Says(value) => Answer::Now(Ok(Json::new(json!({ "Payload": value })))),
            Refuse(error, payload) => {
                let cause =
                    json!({ "errorMessage": payload.to_string(), "errorType": error, "trace": [] });
                Answer::Now(Err(TaskError::new(error, cause.to_string())))
            }
            Silence => Answer::Later,
            Outage => Answer::Now(Err(TaskError::new("Outage", "{}"))),
            Fails(error) => Answer::Now(Err(TaskError::new(error, "sem gás"))),
        }
    };
    world.run(&mut tasks, None);
    let execution = world.execution(&arn).unwrap();
    let end = execution.output().map_or_else(
        || json!(format!("{:?}", execution.outcome())),
        |output| output.value().clone(),
    );
    Story {
        calls,
        end,
        seconds: world.now().duration_since(begin).as_secs(),
    }
}

/// What of an input tells one call from another.
fn detail(input: &Value) -> String {
    let of = ["reason", "method", "attempt", "status", "by"];
    let parts = of
        .iter()
        .filter_map(|key| input.get(key).filter(|value| !value.is_null()));
    parts
        .chain(input.pointer("/walks/0/stopped"))
        .map(|part| format!(" {}", part.to_string().replace('"', "")))
        .collect()
}

/// Tells the story at every level of folding; all must be the same.
#[track_caller]
fn check(name: &str, input: Value, script: Script, calls: &[&str], end: Value) {
    let story = tell(name, input.clone(), &script, Folding::Flattened);
    assert_eq!(
        (story.calls.as_slice(), &story.end),
        (
            calls
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .as_slice(),
            &end
        )
    );
    for folding in [Folding::Settled, Folding::Threaded] {
        assert_eq!(
            tell(name, input.clone(), &script, folding),
            story,
            "{folding:?}"
        );
    }
}

fn order_key() -> Value {
    json!({ "clientId": "sabor", "storeId": "centro", "orderId": "order_1" })
}

fn checkout() -> Value {
    json!({ "clientId": "sabor", "storeId": "centro", "orderId": "order_1", "checkoutId": "c1" })
}

#[track_caller]
fn check_order(script: Script, calls: &[&str], end: &str) {
    check("order-lifecycle", checkout(), script, calls, end.into());
}

fn accepted(payment: Value, confirmation: Value) -> (&'static str, Vec<Does>) {
    let answer = json!({ "order": order_key(), "payment": payment, "confirmation": confirmation });
    ("AcceptOrder", vec![Says(answer)])
}

fn online(method: &str) -> Value {
    json!({ "online": { "method": method, "deadline": "2026-11-22T12:30:00Z" } })
}

fn by_store() -> Value {
    json!({ "byStore": { "answerWithinSeconds": 600 } })
}

fn paid() -> Does {
    Says(json!({ "paid": { "newsId": "e1" } }))
}

fn refund_request() -> Value {
    json!({ "order": order_key(), "chargeId": "pay_1", "intentId": "i1", "amount": 4480, "reason": "REJECTED" })
}

fn nothing() -> Vec<Does> {
    vec![Says(Value::Null)]
}

#[test]
fn a_paid_order_is_confirmed_by_the_store() {
    check_order(
        vec![
            accepted(online("PIX"), by_store()),
            ("RequestPayment", vec![paid()]),
            (
                "HandToStore",
                vec![Says(json!({ "confirmed": { "readyInMinutes": 35 } }))],
            ),
            ("ConfirmOrder", nothing()),
        ],
        &[
            "AcceptOrder",
            "RequestPayment PIX 1",
            "HandToStore",
            "ConfirmOrder",
        ],
        "confirmed",
    );
}

#[test]
fn what_is_paid_at_the_door_needs_no_charge() {
    check_order(
        vec![
            accepted(json!("onDelivery"), json!("automatic")),
            ("ConfirmOrder", nothing()),
        ],
        &["AcceptOrder", "ConfirmOrder SYSTEM"],
        "confirmed",
    );
}

#[test]
fn a_refused_checkout_is_told() {
    let refusal = Refuse(
        "AcceptOrderError.BelowMinimum",
        json!({ "minimum": 3000, "total": 1000 }),
    );
    check_order(
        vec![("AcceptOrder", vec![refusal]), ("RefuseOrder", nothing())],
        &["AcceptOrder", "RefuseOrder"],
        "refused",
    );
}

/// A table or a function that is away for a minute loses no order, and no refusal either.
#[test]
fn an_outage_of_a_minute_loses_no_order() {
    let (task, answer) = accepted(json!("onDelivery"), json!("automatic"));
    let mut calls = vec!["AcceptOrder"; 8];
    calls.push("ConfirmOrder SYSTEM");
    check_order(
        vec![
            (task, [vec![Outage; 7], answer].concat()),
            ("ConfirmOrder", nothing()),
        ],
        &calls,
        "confirmed",
    );
    let mut calls = vec!["AcceptOrder"; 9];
    calls.extend(["RefuseOrder"; 10]);
    check_order(
        vec![
            ("AcceptOrder", vec![Outage]),
            ("RefuseOrder", [vec![Outage; 9], nothing()].concat()),
        ],
        &calls,
        "refused",
    );
}

#[test]
fn an_unpaid_order_is_closed_at_its_deadline() {
    check_order(
        vec![
            accepted(online("PIX"), by_store()),
            ("RequestPayment", vec![Silence]),
            ("SettlePayment", vec![Says(json!("expired"))]),
            ("CloseOrder", vec![Says(json!("cancelled"))]),
        ],
        &[
            "AcceptOrder",
            "RequestPayment PIX 1",
            "SettlePayment",
            "CloseOrder PAYMENT_EXPIRED",
        ],
        "cancelled",
    );
}

#[test]
fn money_of_the_last_moment_counts() {
    check_order(
        vec![
            accepted(online("PIX"), json!("automatic")),
            ("RequestPayment", vec![Silence]),
            ("SettlePayment", vec![paid()]),
            ("ConfirmOrder", nothing()),
        ],
        &[
            "AcceptOrder",
            "RequestPayment PIX 1",
            "SettlePayment",
            "ConfirmOrder SYSTEM",
        ],
        "confirmed",
    );
}

#[test]
fn a_failed_card_leads_to_another_method() {
    let failed = Says(json!({ "failed": { "newsId": "e1", "reason": "declined" } }));
    let chosen = Says(json!({ "methodChosen": { "newsId": "e2", "method": "PIX" } }));
    check_order(
        vec![
            accepted(online("CREDIT"), json!("automatic")),
            ("RequestPayment", vec![failed, paid()]),
            ("OfferAnotherMethod", vec![chosen]),
            ("ConfirmOrder", nothing()),
        ],
        &[
            "AcceptOrder",
            "RequestPayment CREDIT 1",
            "OfferAnotherMethod declined 1",
            "RequestPayment PIX 3",
            "ConfirmOrder SYSTEM",
        ],
        "confirmed",
    );
}

#[test]
fn a_card_that_always_fails_is_given_up() {
    let failed = Says(json!({ "failed": { "newsId": "e1", "reason": "declined" } }));
    let chosen = Says(json!({ "methodChosen": { "newsId": "e2", "method": "CREDIT" } }));
    let story = [
        "AcceptOrder",
        "RequestPayment CREDIT 1",
        "OfferAnotherMethod declined 1",
        "RequestPayment CREDIT 3",
        "OfferAnotherMethod declined 3",
        "RequestPayment CREDIT 5",
        "OfferAnotherMethod declined 5",
        "RequestPayment CREDIT 7",
        "OfferAnotherMethod declined 7",
        "CloseOrder PAYMENT_FAILED",
    ];
    check_order(
        vec![
            accepted(online("CREDIT"), json!("automatic")),
            ("RequestPayment", vec![failed]),
            ("OfferAnotherMethod", vec![chosen]),
            ("CloseOrder", vec![Says(json!("cancelled"))]),
        ],
        &story,
        "cancelled",
    );
}

#[test]
fn a_charge_that_cannot_be_made_closes_the_order() {
    for failure in [
        Refuse("RequestPaymentError.AccountUnusable", Value::Null),
        Outage,
    ] {
        let tries = if matches!(failure, Outage) { 13 } else { 1 };
        let mut calls = vec!["AcceptOrder"];
        calls.extend(vec!["RequestPayment PIX 1"; tries]);
        calls.push("CloseOrder PAYMENT_UNAVAILABLE");
        check_order(
            vec![
                accepted(online("PIX"), by_store()),
                ("RequestPayment", vec![failure]),
                ("CloseOrder", vec![Says(json!("cancelled"))]),
            ],
            &calls,
            "cancelled",
        );
    }
}

/// An order that is paid and rejected, whose money goes back at once.
fn rejected_and_refunded() -> Script {
    vec![
        accepted(online("PIX"), by_store()),
        ("RequestPayment", vec![paid()]),
        (
            "HandToStore",
            vec![Says(json!({ "rejected": { "reason": "sem gás" } }))],
        ),
        (
            "CloseOrder",
            vec![Says(json!({ "refundDue": refund_request() }))],
        ),
        ("RequestRefund", vec![Says(json!("refunded"))]),
        ("RecordRefund", nothing()),
    ]
}

#[test]
fn a_rejected_order_is_refunded() {
    check_order(
        rejected_and_refunded(),
        &[
            "AcceptOrder",
            "RequestPayment PIX 1",
            "HandToStore",
            "CloseOrder REJECTED RESTAURANT",
            "RequestRefund REJECTED",
            "RecordRefund REJECTED",
        ],
        "refunded",
    );
}

/// Whoever cancelled at the moment at which the order ended has begun the refund already: no person is called to money that is on
/// its way.
#[test]
fn a_refund_that_others_began_goes_on_without_the_order() {
    for folding in [Folding::Flattened, Folding::Settled, Folding::Threaded] {
        let mut world = world(folding);
        let request = Json::new(refund_request());
        world.start("refund", "pay_1-i1", request).unwrap();
        let script = rejected_and_refunded();
        let story = tell_in(world, ("order-lifecycle", checkout()), &script);
        assert_eq!(story.end, "refundRuns");
        let refunds = story.calls.iter().filter(|call| call.contains("Refund"));
        assert_eq!(refunds.count(), 2, "{:?}", story.calls);
    }
}

#[test]
fn a_store_that_says_nothing_or_cannot_be_reached_has_not_answered() {
    assert_eq!(HAND_OVER.total_seconds(), 543, "nine minutes");
    for silence in [Silence, Outage] {
        let settled = matches!(silence, Silence);
        let tries = if settled {
            1
        } else {
            1 + HAND_OVER.attempts() as usize
        };
        let mut calls = vec!["AcceptOrder", "RequestPayment PIX 1"];
        calls.extend(vec!["HandToStore"; tries]);
        calls.extend(settled.then_some("SettleStore"));
        calls.extend(["CloseOrder UNANSWERED", "CallPerson UNCONFIRMED"]);
        check_order(
            vec![
                accepted(online("PIX"), by_store()),
                ("RequestPayment", vec![paid()]),
                ("HandToStore", vec![silence]),
                ("SettleStore", vec![Says(json!("unanswered"))]),
                ("CloseOrder", vec![Says(json!("needsPerson"))]),
                ("CallPerson", nothing()),
            ],
            &calls,
            "needsPerson",
        );
    }
}

/// SPEC §3.1: `SendTaskFailure` is a way to reject. It is the store's name and text, and the order goes to it once.
#[test]
fn a_store_that_fails_the_token_has_said_no() {
    for name in ["SemGas", "Rejected", "MyPos.Error"] {
        check_order(
            vec![
                accepted(online("PIX"), by_store()),
                ("RequestPayment", vec![paid()]),
                ("HandToStore", vec![Fails(name)]),
                ("CloseOrder", vec![Says(json!("cancelled"))]),
            ],
            &[
                "AcceptOrder",
                "RequestPayment PIX 1",
                "HandToStore",
                "CloseOrder REJECTED RESTAURANT",
            ],
            "cancelled",
        );
    }
}

/// It may have been a yes: nobody's money goes back for it, and nobody cooks for it either.
#[test]
fn an_answer_of_the_store_that_cannot_be_read_is_a_person_s() {
    for answer in [
        json!({ "accepted": { "readyInMinutes": 20 } }),
        json!({ "cancelled": {} }),
        json!({ "cancelled": { "by": "CUSTOMER" } }),
        json!("yes"),
    ] {
        check_order(
            vec![
                accepted(online("PIX"), by_store()),
                ("RequestPayment", vec![paid()]),
                ("HandToStore", vec![Says(answer)]),
                ("CallPerson", nothing()),
            ],
            &[
                "AcceptOrder",
                "RequestPayment PIX 1",
                "HandToStore",
                "CallPerson UNEXPECTED",
            ],
            "needsPerson",
        );
    }
}

#[test]
fn a_store_speaks_for_nobody_else() {
    let signed = json!({ "confirmed": { "by": "SYSTEM" } });
    check_order(
        vec![
            accepted(json!("onDelivery"), by_store()),
            ("HandToStore", vec![Says(signed)]),
            ("ConfirmOrder", nothing()),
        ],
        &["AcceptOrder", "HandToStore", "ConfirmOrder"],
        "confirmed",
    );
}

/// The token only says that there is news. Who called the order off is read where the store cannot write.
#[test]
fn who_called_an_order_off_is_read_and_not_told() {
    let called_off = json!({ "cancelled": { "by": "CUSTOMER" } });
    check_order(
        vec![
            accepted(json!("onDelivery"), by_store()),
            ("HandToStore", vec![Says(json!("news"))]),
            ("SettleStore", vec![Says(called_off)]),
            ("CloseOrder", vec![Says(json!("cancelled"))]),
        ],
        &[
            "AcceptOrder",
            "HandToStore",
            "SettleStore",
            "CloseOrder CANCELLED CUSTOMER",
        ],
        "cancelled",
    );
}

#[test]
fn where_nobody_can_be_called_the_execution_fails_by_a_name_of_its_own() {
    let story = tell(
        "order-lifecycle",
        json!({ "clientId": "sabor", "storeId": "centro", "orderId": "order_1", "checkoutId": "c1" }),
        &vec![
            accepted(json!("onDelivery"), json!("automatic")),
            ("ConfirmOrder", vec![Outage]),
            ("CallPerson", vec![Outage]),
        ],
        Folding::Flattened,
    );
    assert!(
        story.end.to_string().contains("NobodyCalled"),
        "{}",
        story.end
    );
    // One try and twelve more: nobody is left waiting because a function was away for half an hour.
    assert_eq!(
        story
            .calls
            .iter()
            .filter(|call| call.starts_with("CallPerson"))
            .count(),
        13
    );
}

#[test]
fn an_order_called_off_before_its_confirmation_is_closed() {
    let called_off = Refuse("ConfirmOrderError.CalledOff", json!({ "by": "CUSTOMER" }));
    check_order(
        vec![
            accepted(json!("onDelivery"), json!("automatic")),
            ("ConfirmOrder", vec![called_off]),
            ("CloseOrder", vec![Says(json!("cancelled"))]),
        ],
        &[
            "AcceptOrder",
            "ConfirmOrder SYSTEM",
            "CloseOrder CANCELLED CUSTOMER",
        ],
        "cancelled",
    );
}

#[test]
fn a_blocked_refund_is_asked_for_again_and_then_a_person_is_called() {
    // The pauses come between, not before the person is called.
    let calls: Vec<&str> = [["RequestRefund REJECTED", "MarkRefundBlocked REJECTED"]; 37]
        .into_iter()
        .flatten()
        .chain(["CallPerson REFUND_FAILED"])
        .collect();
    let story = tell(
        "refund",
        refund_request(),
        &vec![
            (
                "RequestRefund",
                vec![Refuse("RequestRefundError.Blocked", Value::Null)],
            ),
            ("MarkRefundBlocked", nothing()),
            ("CallPerson", nothing()),
        ],
        Folding::Flattened,
    );
    assert_eq!(story.calls, calls);
    assert_eq!(story.end, json!("needsPerson"));
    // Pauses of 5, 10, 20 … 160 minutes, and thirty more of the longest.
    assert_eq!(story.seconds, 300 * 63 + 30 * 9_600);
    // What an operator is told of it.
    let page = include_str!("../../docs/runbook/refund-blocked.md");
    assert!(page.contains(&format!("{} hours", story.seconds / 3_600)));
    assert!(page.contains("2 h 40 min"));
}

#[test]
fn of_a_refund_that_stays_under_way_a_person_is_told_within_a_day() {
    let story = tell(
        "refund",
        refund_request(),
        &vec![
            ("RequestRefund", vec![Silence]),
            ("SettleRefund", vec![Says(json!("pending"))]),
            ("CallPerson", nothing()),
        ],
        Folding::Flattened,
    );
    assert_eq!(story.calls.last(), Some(&"CallPerson REFUND_FAILED".into()));
    assert_eq!(story.calls.len(), 8 * 2 + 1);
    // An hour's wait each time, and pauses of 5, 10, 20 … 320 minutes between.
    assert_eq!(story.seconds, 8 * 3_600 + 300 * 127);
    let page = include_str!("../../docs/runbook/refund-failed.md");
    assert!(page.contains(&format!("{} hours", story.seconds / 3_600)));
}

#[test]
fn a_refund_that_nobody_reports_is_looked_up() {
    check(
        "refund",
        refund_request(),
        vec![
            ("RequestRefund", vec![Silence]),
            (
                "SettleRefund",
                vec![Says(json!("pending")), Says(json!("refunded"))],
            ),
            ("RecordRefund", nothing()),
        ],
        &[
            "RequestRefund REJECTED",
            "SettleRefund REJECTED",
            "RequestRefund REJECTED",
            "SettleRefund REJECTED",
            "RecordRefund REJECTED",
        ],
        json!("refunded"),
    );
}

#[test]
fn a_cancel_after_the_confirmation_is_told_and_starts_the_refund() {
    let notice = json!({ "order": order_key(), "status": "CANCELLED", "version": 4 });
    let due = json!({ "refundDue": { "notice": notice, "refund": refund_request() } });
    let report =
        json!({ "order": order_key(), "status": "CANCELLED", "by": "CUSTOMER", "eventId": "e9" });
    check(
        "order-status",
        report,
        vec![
            ("ApplyStatus", vec![Says(due.clone())]),
            ("NotifyStatus", nothing()),
            ("RequestRefund", vec![Says(json!("refunded"))]),
            ("RecordRefund", nothing()),
        ],
        // The refund runs beside the message.
        &[
            "ApplyStatus CANCELLED CUSTOMER",
            "RequestRefund REJECTED",
            "NotifyStatus CANCELLED",
            "RecordRefund REJECTED",
        ],
        due,
    );
}

/// A page that fails until its last try ends its walk alone, and the report is told by what.
#[test]
fn what_stopped_a_walk_is_told() {
    let walk = json!({
        "clientId": "sabor", "along": "CHARGES", "storeId": "centro", "part": 0, "cursor": null, "complete": false,
        "ended": false, "stopped": null, "lookedAt": 0, "healed": 0, "raised": 0, "left": 0, "calls": 0, "days": [],
    });
    let mut calls = vec!["PlanSweep"];
    calls.extend(["SweepPage"; 6]);
    calls.push("CloseSweep Outage");
    check(
        "reconciliation",
        json!({ "clientId": "sabor" }),
        vec![
            ("PlanSweep", vec![Says(json!({ "walks": [walk] }))]),
            ("SweepPage", vec![Outage]),
            ("CloseSweep", vec![Says(json!("reported"))]),
        ],
        &calls,
        json!("reported"),
    );
}
