//! Whole lives of orders with one accident at every port call of every step: lost before, lost after, and the
//! caller gone before or after it. (A "no" is a decision and leads elsewhere; it has tests of its own.) The step is then done again, as Step Functions or the sender does, and the life goes on
//! to the same end.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use comanda_domain::{
    inbox::NewsKind,
    order::{Actor, Order},
    payment::RefundIntent,
    people::Customer,
    store::StoreConfig,
    tables::{Row, from_item},
};
use serde_json::{Value, json};

use super::fixture::{CUSTOMER, Step, key, last_charge, order, reference, world};
use crate::{
    customers::relay,
    ports::{
        Ports,
        intercept::{Call, Fate, Interceptor, intercepted},
    },
    tell::say_noted,
    testing::{Polled, World, block_on, poll_until_stuck},
};

const ACCIDENTS: [Fate; 4] = [
    Fate::CrashBefore,
    Fate::CrashAfter,
    Fate::LostBefore,
    Fate::LostAfter,
];

/// One accident at one call; every other call goes through.
struct Accident {
    at: usize,
    fate: Fate,
    calls: AtomicUsize,
}

impl Interceptor for Accident {
    fn fate(&self, _: &Call<'_>) -> Fate {
        let number = self.calls.fetch_add(1, Ordering::Relaxed);
        if number == self.at {
            self.fate.clone()
        } else {
            Fate::Proceed
        }
    }
}

/// What can be seen from outside when all is over: nothing here may depend on how often something was tried.
#[derive(Debug, PartialEq)]
struct End {
    order: Value,
    customer_heard: Vec<String>,
    store_heard: BTreeSet<String>,
    charges: Vec<(String, bool, i64, i64, usize)>,
    refunds: BTreeSet<String>,
    started: BTreeSet<String>,
}

fn end(world: &World) -> End {
    let order: Order = order(world);
    assert_eq!(order.version(), order.status_history().len() as u64, "O2");
    let refunds = world.store.rows(RefundIntent::TABLE).into_iter();
    let refunds = refunds.map(|row| from_item::<RefundIntent>(&row).unwrap());
    let store = world.queue.messages().into_iter().map(|message| {
        let body: Value = serde_json::from_str(&message.body).unwrap();
        body["type"].as_str().unwrap().to_owned()
    });
    End {
        order: json!({
            "status": order.status(), "payment": order.payment_status(),
            "waitingFor": order.waiting_for, "waits": order.wait.is_some(),
            "number": order.order_number, "paid": order.paid_amount,
            "refunded": order.refunded_amount, "charge": order.payment_id,
        }),
        customer_heard: heard_of(world),
        store_heard: store.collect(),
        charges: world
            .provider
            .charges()
            .into_iter()
            .map(|truth| {
                let id = truth.charge.id.as_str().to_owned();
                let (captured, refunded) = (truth.captured, truth.refunded);
                let asked = truth.charge.refunds.len();
                let amounts = (captured.centavos(), refunded.centavos());
                (id, truth.charge.deleted, amounts.0, amounts.1, asked)
            })
            .collect(),
        refunds: refunds
            .map(|intent| format!("{} {:?}", intent.execution_name(), intent.state))
            .collect(),
        started: world
            .workflows
            .started()
            .into_iter()
            .map(|execution| format!("{} {}", execution.workflow, execution.name))
            .collect(),
    }
}

/// No error names a person, a phone, a CPF, a token or a key.
fn check_discreet(error: &str) {
    for secret in [
        "Ana",
        "Souza",
        "987654321",
        "52998224725",
        "token-",
        "auth",
        "00020101",
    ] {
        assert!(!error.contains(secret), "{secret} is in {error}");
    }
}

/// What the customer heard, but for "received, awaiting the store": an outage may keep it unsaid until it is no longer true,
/// and then it is dropped (N2).
fn heard_of(world: &World) -> Vec<String> {
    let mut texts = world.channel.texts(CUSTOMER);
    texts.retain(|text| !text.contains("aguardando confirmação"));
    texts
}

/// Lives the life with this accident in the step at this position. Answers whether the accident came to pass.
fn live(
    start: &dyn Fn() -> World,
    life: &[Step],
    accident: Option<(usize, usize, Fate)>,
) -> (World, bool) {
    let world = start();
    let clean = world.ports();
    let mut happened = false;
    for (position, step) in life.iter().enumerate() {
        if let Some((at_step, at, fate)) = accident.clone().filter(|(step, ..)| *step == position) {
            let accident = Arc::new(Accident {
                at,
                fate,
                calls: AtomicUsize::new(0),
            });
            let ports = intercepted(&clean, accident.clone());
            let tried = poll_until_stuck(step.take(&world, &ports, (position, 1)));
            if let Polled::Done(Err(error)) = &tried {
                check_discreet(&format!("{error:?}"));
            }
            happened = accident.calls.load(Ordering::Relaxed) > at;
            if happened {
                // Whoever tries again pauses first, so that what another had claimed is free.
                world.clock.advance(jiff::SignedDuration::from_secs(30));
            }
            // An accident that the step swallowed needs no second try, and gets none; what it left unsaid is the sweep's.
            if happened && matches!(tried, Polled::Done(Ok(_))) {
                say_what_is_noted(&world, &clean);
                continue;
            }
            assert!(
                happened || matches!(tried, Polled::Done(Ok(_))),
                "step {at_step} failed by itself: {tried:?}"
            );
            if !happened {
                continue;
            }
        }
        if let Err(error) = block_on(step.take(&world, &clean, (position, 2))) {
            panic!("step {position}, accident {accident:?}: {error:?}");
        }
    }
    (world, happened)
}

fn say_what_is_noted(world: &World, ports: &Ports) {
    if world.store.rows(Order::TABLE).is_empty() {
        return;
    }
    let store = world.store.rows(StoreConfig::TABLE).remove(0);
    let store: StoreConfig = from_item(&store).unwrap();
    block_on(say_noted(ports, &store, &order(world))).unwrap();
    for customer in world.store.rows(Customer::TABLE) {
        let customer: Customer = from_item(&customer).unwrap();
        let of = (&customer.client_id, &customer.customer_id);
        let mut away = std::collections::BTreeSet::new();
        block_on(relay(ports, of, &mut away)).unwrap();
        assert!(away.is_empty(), "{away:?}");
    }
}

/// Accidents happen from step `from` on: the steps before it are tried in another life.
#[track_caller]
fn check(start: impl Fn() -> World, from: usize, life: &[Step], look: impl Fn(&End)) {
    let (world, _) = live(&start, life, None);
    let expected = end(&world);
    look(&expected);
    let mut accidents = 0;
    for position in from..life.len() {
        for fate in ACCIDENTS {
            for at in 0.. {
                let accident = Some((position, at, fate.clone()));
                let (world, happened) = live(&start, life, accident.clone());
                if !happened {
                    break;
                }
                accidents += 1;
                assert_eq!(end(&world), expected, "{accident:?}");
            }
        }
    }
    assert!(accidents > 20, "only {accidents} accidents");
}

fn call(task: &'static str, input: Value) -> Step {
    Step::Call(task, input)
}

fn accept() -> Step {
    call("AcceptOrder", json!(reference()))
}

fn request_payment() -> Step {
    Step::Ask(
        "RequestPayment",
        json!({ "order": key(), "method": "PIX", "attempt": 1 }),
    )
}

fn pay() -> Step {
    Step::World(|world| {
        let charge = last_charge(world).charge;
        world.provider.pay(&charge.id, charge.amount);
    })
}

fn hear_paid(id: &'static str) -> Step {
    Step::Hear(id, paid)
}

fn paid(world: &World) -> NewsKind {
    let charge = last_charge(world).charge;
    NewsKind::Paid {
        charge_id: charge.id,
        amount: charge.amount,
    }
}

fn hand_over() -> Step {
    Step::Ask(
        "HandToStore",
        json!({ "order": key(), "answerWithinSeconds": 3_600 }),
    )
}

fn confirm() -> Step {
    call(
        "ConfirmOrder",
        json!({ "order": key(), "by": null, "readyInMinutes": 35 }),
    )
}

fn close(reason: &str) -> Step {
    call(
        "CloseOrder",
        json!({ "order": key(), "reason": reason, "by": null }),
    )
}

/// The refund of the last charge, as its request would name it.
fn refund(reason: &str) -> Vec<Step> {
    let request = json!({
        "order": key(), "chargeId": "pay_0000000000000001", "intentId": "whole",
        "amount": 3_980, "reason": reason,
    });
    vec![
        Step::Ask("RequestRefund", request.clone()),
        Step::World(|world| {
            world
                .provider
                .settle_refunds(&last_charge(world).charge.id, true)
        }),
        call("SettleRefund", request.clone()),
        call("RecordRefund", request),
    ]
}

#[test]
fn a_pix_order_is_confirmed() {
    let life = [
        accept(),
        request_payment(),
        pay(),
        hear_paid("evt_1"),
        hand_over(),
        Step::Hear("pos_1", |_| NewsKind::StoreConfirmed {
            ready_in_minutes: Some(35),
        }),
        confirm(),
    ];
    check(
        || world("PIX", &json!({})),
        0,
        &life,
        |end| {
            assert_eq!(end.order["status"], "CONFIRMED");
            assert_eq!(
                (&end.order["payment"], &end.order["paid"]),
                (&json!("PAID"), &json!(3_980))
            );
            assert_eq!(end.order["waitingFor"], Value::Null);
            assert_eq!(end.customer_heard.len(), 5, "{:?}", end.customer_heard);
            assert_eq!(end.charges.len(), 1);
        },
    );
}

#[test]
fn a_cash_order_is_confirmed_by_itself() {
    let automatic = json!({ "requiresConfirmation": false });
    let confirm = call(
        "ConfirmOrder",
        json!({ "order": key(), "by": "SYSTEM", "readyInMinutes": null }),
    );
    check(
        || world("CASH", &automatic),
        1,
        &[accept(), confirm],
        |end| {
            assert_eq!(end.order["status"], "CONFIRMED");
            assert_eq!(end.order["payment"], "NOT_APPLICABLE");
            assert_eq!(
                end.store_heard
                    .iter()
                    .map(String::as_str)
                    .collect::<Vec<_>>(),
                ["REMOTE_ORDER_RECEIVED"]
            );
            assert_eq!(end.customer_heard.len(), 1);
        },
    );
}

#[test]
fn a_rejected_order_is_refunded_once() {
    let mut life = vec![
        accept(),
        request_payment(),
        pay(),
        hear_paid("evt_1"),
        hand_over(),
        Step::Hear("pos_1", |_| NewsKind::StoreRejected {
            reason: Some("sem pão".into()),
        }),
        close("REJECTED"),
    ];
    life.extend(refund("REJECTED"));
    check(
        || world("PIX", &json!({})),
        5,
        &life,
        |end| {
            assert_eq!(
                (&end.order["status"], &end.order["payment"]),
                (&json!("REFUNDED"), &json!("REFUNDED"))
            );
            assert_eq!(end.order["refunded"], 3_980);
            assert!(end.store_heard.contains("ORDER_CANCELLED"));
            assert_eq!(
                end.charges,
                [("pay_0000000000000001".to_owned(), false, 3_980, 3_980, 1)]
            );
        },
    );
}

#[test]
fn an_unpaid_order_ends_and_its_late_money_goes_back() {
    let life = [
        accept(),
        request_payment(),
        call("SettlePayment", json!(key())),
        close("PAYMENT_EXPIRED"),
        pay(),
        hear_paid("evt_late"),
    ];
    check(
        || world("PIX", &json!({})),
        2,
        &life,
        |end| {
            assert_eq!(
                (&end.order["status"], &end.order["payment"]),
                (&json!("CANCELLED"), &json!("REFUNDING"))
            );
            assert_eq!(end.started.len(), 1, "{:?}", end.started);
            assert!(end.charges.iter().all(|(_, deleted, ..)| *deleted));
        },
    );
}

#[test]
fn a_customer_cancels_a_paid_order_that_waits_for_the_store() {
    let life = [
        accept(),
        request_payment(),
        pay(),
        hear_paid("evt_1"),
        hand_over(),
        Step::Hear("cancel_1", |_| NewsKind::CancelRequested {
            by: Actor::Customer,
            reason: None,
        }),
        close("CANCELLED"),
    ];
    check(
        || world("PIX", &json!({})),
        5,
        &life,
        |end| {
            assert_eq!(
                (&end.order["status"], &end.order["payment"]),
                (&json!("CANCELLED"), &json!("REFUNDING"))
            );
            assert_eq!(end.refunds.len(), 1);
        },
    );
}

#[test]
fn a_silent_store_whose_rule_is_not_to_refund_leaves_it_to_a_person() {
    let rule = json!({ "refundUnconfirmedOrders": false });
    let life = [
        accept(),
        request_payment(),
        pay(),
        hear_paid("evt_1"),
        hand_over(),
        call("SettleStore", json!({ "order": key(), "atDeadline": true })),
        close("UNANSWERED"),
        call(
            "CallPerson",
            json!({ "order": key(), "reason": "UNCONFIRMED" }),
        ),
    ];
    check(
        || world("PIX", &rule),
        5,
        &life,
        |end| {
            assert_eq!(
                (&end.order["status"], &end.order["waitingFor"]),
                (&json!("PENDING"), &json!("PERSON"))
            );
            assert_eq!(
                (&end.order["paid"], &end.order["refunded"]),
                (&json!(3_980), &json!(0))
            );
            assert!(end.refunds.is_empty(), "R6: {:?}", end.refunds);
        },
    );
}

#[test]
fn a_kitchen_reports_and_a_confirmed_order_is_cancelled() {
    let report = |status: &str, id: &str| {
        let by = "RESTAURANT";
        let input = json!({ "order": key(), "status": status, "by": by, "reason": "faltou luz", "eventId": id, "readyInMinutes": null });
        call("ApplyStatus", input)
    };
    let life = [
        accept(),
        request_payment(),
        pay(),
        hear_paid("evt_1"),
        hand_over(),
        confirm(),
        report("PREPARING", "pos_2"),
        call(
            "NotifyStatus",
            json!({ "order": key(), "status": "PREPARING", "version": 9 }),
        ),
        report("CANCELLED", "pos_3"),
    ];
    check(
        || world("PIX", &json!({})),
        6,
        &life,
        |end| {
            assert_eq!(
                (&end.order["status"], &end.order["payment"]),
                (&json!("CANCELLED"), &json!("REFUNDING"))
            );
            assert!(end.store_heard.contains("ORDER_CANCELLED"));
        },
    );
}

#[test]
fn a_blocked_refund_is_told_once_and_goes_through_later() {
    let mut life = vec![
        accept(),
        request_payment(),
        pay(),
        hear_paid("evt_1"),
        hand_over(),
        close("REJECTED"),
    ];
    let request = json!({
        "order": key(), "chargeId": "pay_0000000000000001", "intentId": "whole",
        "amount": 3_980, "reason": "REJECTED",
    });
    life.push(call("MarkRefundBlocked", request));
    life.extend(refund("REJECTED"));
    check(
        || world("PIX", &json!({})),
        6,
        &life,
        |end| {
            assert_eq!(end.order["status"], "REFUNDED");
            let told = end
                .customer_heard
                .iter()
                .filter(|text| text.contains("em processamento"));
            assert_eq!(told.count(), 1);
        },
    );
}
