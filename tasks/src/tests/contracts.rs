//! Every contract has one handler, every handler one contract, and what is refused or broken has the right name.

use std::collections::BTreeSet;

use comanda_domain::inbox::{NewsId, PaymentSignal, RefundSignal, StoreAnswer, StoreSignal};
use comanda_domain::order::{Actor, PaymentMethod};
use comanda_dsl::{Data, Process, Retry};
use comanda_workflows::contracts::{self, PaymentNews, RefundNews, StoreNews};
use comanda_workflows::{
    conversation::CONVERSATION, order_lifecycle::ORDER_LIFECYCLE, order_status::ORDER_STATUS,
    reconciliation::RECONCILIATION, refund::REFUND,
};
use serde_json::{Value, json};

use super::fixture::{call, key, reference, world};
use crate::{
    fault::Fault,
    ports::Condition,
    registry::{ENTRIES, InvocationError, UNEXPECTED, invoke},
    tell::{A_MOMENT, CLAIM},
    testing::block_on,
};

fn tasks_of<I: Data, O: Data>(process: &Process<I, O>) -> Vec<(String, String)> {
    let workflow = process.build().unwrap_or_else(|errors| panic!("{errors}"));
    let tasks = workflow.tasks.iter();
    tasks
        .map(|task| (task.name.to_string(), task.function.to_string()))
        .collect()
}

#[test]
fn every_task_that_a_workflow_calls_has_one_handler_in_its_service() {
    let mut called = BTreeSet::new();
    called.extend(tasks_of(&ORDER_LIFECYCLE));
    called.extend(tasks_of(&ORDER_STATUS));
    called.extend(tasks_of(&REFUND));
    called.extend(tasks_of(&RECONCILIATION));
    called.extend(tasks_of(&CONVERSATION));
    let entries = ENTRIES.iter();
    let handled: BTreeSet<(String, String)> = entries
        .map(|entry| (entry.task.to_owned(), entry.function.to_owned()))
        .collect();
    assert_eq!(handled.len(), ENTRIES.len(), "a task has two handlers");
    assert_eq!(called, handled);
}

/// What a definition says of its steps: the task, how it is tried again where it is, and whether it is told which try it is in.
fn steps_of(state: &Value, steps: &mut Vec<(String, Option<Retry>, bool)>) {
    let task = &state["Arguments"]["Payload"]["task"];
    if let (Some(task), Some(retriers)) = (task.as_str(), state["Retry"].as_array()) {
        let again = retriers.iter().rfind(|retrier| retrier["MaxAttempts"] != 0);
        let number = |retrier: &Value, name: &str| u32::try_from(retrier[name].as_u64().unwrap());
        let policy = again.map(|retrier| {
            let number = |name| number(retrier, name).unwrap();
            Retry::new(
                number("MaxAttempts"),
                number("IntervalSeconds"),
                number("MaxDelaySeconds"),
            )
        });
        let says = !state["Arguments"]["Payload"]["retries"].is_null();
        steps.push((task.to_owned(), policy, says));
    }
    let inner = match state {
        Value::Object(members) => members.values().collect(),
        Value::Array(members) => members.iter().collect(),
        _ => Vec::new(),
    };
    for member in inner {
        steps_of(member, steps);
    }
}

/// A step that fails because the customer cannot be told is tried at least once more, in which it goes on; and who waits for
/// longer than a moment has waited for the end of a claim before. Pauses are half as long as they may be, as a rule.
#[test]
fn who_tells_again_is_tried_often_enough() {
    let mut steps = Vec::new();
    for workflow in comanda_workflows::all().unwrap() {
        steps_of(&comanda_asl::to_value(&workflow.machine), &mut steps);
    }
    let mut seen = BTreeSet::new();
    for (task, policy, says) in steps {
        let entry = ENTRIES.iter().find(|entry| entry.task == task).unwrap();
        if entry.tells_again == 0 {
            continue;
        }
        let policy = policy.unwrap_or_else(|| panic!("{task} is not tried again"));
        assert!(says, "{task} is not told how often it was tried");
        assert!(policy.attempts() >= entry.tells_again, "{task}");
        assert!(entry.uses.iter().any(|part| part.channel), "{task}");
        let before = Retry::new(
            entry.tells_again,
            policy.first_pause_seconds(),
            policy.longest_pause_seconds(),
        );
        let usual = i64::try_from(before.total_seconds()).unwrap() / 2;
        let outlasts = usual > CLAIM.as_secs();
        assert_eq!(outlasts, entry.tells_again > A_MOMENT, "{task}: {usual} s");
        seen.insert(task);
    }
    let expected = ENTRIES.iter().filter(|entry| entry.tells_again > 0);
    assert_eq!(seen.len(), expected.count());
}

#[track_caller]
fn check_same<T: serde::de::DeserializeOwned + serde::Serialize>(signal: impl serde::Serialize) {
    let domain = serde_json::to_value(signal).unwrap();
    let contract: T = serde_json::from_value(domain.clone()).unwrap();
    let mut written = serde_json::to_value(contract).unwrap();
    // What the domain leaves out, the contract writes as null; both read both.
    if let Some(payload) = written
        .as_object_mut()
        .and_then(|fields| fields.values_mut().next())
        && let Some(fields) = payload.as_object_mut()
    {
        fields.retain(|_, value| !value.is_null());
    }
    assert_eq!(written, domain);
}

#[test]
fn the_domain_s_signals_are_the_contracts() {
    let news_id = || NewsId::new("evt_1").unwrap();
    let by = Actor::Customer;
    for signal in [
        PaymentSignal::Paid { news_id: news_id() },
        PaymentSignal::Failed {
            news_id: news_id(),
            reason: "X".into(),
        },
        PaymentSignal::Cancelled {
            news_id: news_id(),
            by,
        },
        PaymentSignal::MethodChosen {
            news_id: news_id(),
            method: PaymentMethod::Credit,
        },
        PaymentSignal::AmountMismatch { news_id: news_id() },
        PaymentSignal::Expired,
    ] {
        check_same::<PaymentNews>(signal);
    }
    for signal in [
        StoreSignal::Confirmed {
            ready_in_minutes: Some(35),
            by: None,
        },
        StoreSignal::Rejected { reason: None },
        StoreSignal::Cancelled { by },
        StoreSignal::Unanswered,
    ] {
        check_same::<StoreNews>(signal);
    }
    for answer in [
        StoreAnswer::Confirmed {
            ready_in_minutes: Some(35),
        },
        StoreAnswer::Rejected { reason: None },
        StoreAnswer::News,
    ] {
        check_same::<contracts::StoreAnswer>(answer);
    }
    for signal in [
        RefundSignal::Refunded,
        RefundSignal::Denied { reason: "X".into() },
        RefundSignal::Pending,
    ] {
        check_same::<RefundNews>(signal);
    }
}

#[track_caller]
fn check_error(task: &str, input: Value, token: Option<&str>, expected: (&str, &str)) {
    let world = world("PIX", &json!({ "minimumOrderValue": 10_000 }));
    let ports = world.ports();
    let called = invoke(&ports, call(task, &input, token.map(str::to_owned)));
    let error = block_on(called).expect_err(task);
    assert_eq!(
        error.error_type, expected.0,
        "{task}: {}",
        error.error_message
    );
    assert!(
        error.error_message.contains(expected.1),
        "{}",
        error.error_message
    );
}

#[test]
fn failures_have_the_name_that_the_workflow_catches() {
    let refused = (
        "AcceptOrderError.BelowMinimum",
        r#"{"minimum":10000,"total":3980}"#,
    );
    check_error("AcceptOrder", json!(reference()), None, refused);
    check_error(
        "NoSuchTask",
        json!({}),
        None,
        (UNEXPECTED, "no task has this name"),
    );
    check_error(
        "AcceptOrder",
        json!({ "cpf": "52998224725" }),
        None,
        (UNEXPECTED, "does not fit the contract"),
    );
    check_error(
        "HandToStore",
        json!({ "order": key(), "answerWithinSeconds": 1 }),
        None,
        (UNEXPECTED, "token is missing"),
    );
    check_error(
        "SettlePayment",
        json!(key()),
        None,
        (UNEXPECTED, "order_1 does not exist"),
    );
}

#[test]
fn a_refused_checkout_saves_no_order_and_tells_why() {
    let world = world("PIX", &json!({ "minimumOrderValue": 10_000 }));
    block_on(invoke(
        &world.ports(),
        call("AcceptOrder", &json!(reference()), None),
    ))
    .expect_err("refused");
    for _ in 0..2 {
        block_on(invoke(
            &world.ports(),
            call("RefuseOrder", &json!(reference()), None),
        ))
        .expect("told");
    }
    assert!(world.store.rows(&comanda_domain::tables::ORDERS).is_empty());
    let heard = world.channel.texts(super::fixture::CUSTOMER);
    assert_eq!(
        heard,
        [
            "O pedido mínimo é R$ 100,00 e o seu soma R$ 39,80. Acrescente algum item para continuar."
        ]
    );
}

#[test]
fn another_tenant_s_order_is_as_good_as_none() {
    let world = world("CASH", &json!({}));
    block_on(invoke(
        &world.ports(),
        call("AcceptOrder", &json!(reference()), None),
    ))
    .expect("accepted");
    for (field, value) in [("clientId", "other"), ("storeId", "other")] {
        let mut foreign = json!(key());
        foreign[field] = json!(value);
        let settle = json!({ "order": foreign, "atDeadline": true });
        let error = block_on(invoke(&world.ports(), call("SettleStore", &settle, None)))
            .expect_err("foreign");
        assert!(error.error_message.contains("does not exist"), "{error:?}");
    }
}

#[test]
fn an_undeclared_use_is_refused_and_not_made() {
    use crate::ports::guarded::{Uses, guarded};
    let world = world("CASH", &json!({}));
    let ports = guarded(&world.ports(), &[Uses::NOTHING]);
    let row = world
        .store
        .rows(&comanda_domain::tables::CHECKOUTS)
        .remove(0);
    let write = crate::ports::Write {
        table: &comanda_domain::tables::CHECKOUTS,
        key: crate::rows::CheckoutRow::key_of(&key().client_id, &reference().checkout_id),
        condition: Condition::None,
        change: crate::ports::Change::Delete,
    };
    let refused = block_on(ports.store.write(vec![write]));
    assert_eq!(world.store.rows(&comanda_domain::tables::CHECKOUTS), [row]);
    // Nothing repeats it: it is no outage, but a fault that a person must see.
    let fault = Fault::from(refused.expect_err("it is not declared"));
    assert_eq!(
        fault.to_string(),
        "dynamodb refuses the request: this handler does not declare writing WhatsAppBotCheckouts"
    );
    assert_eq!(InvocationError::from(fault).error_type, UNEXPECTED);
}
