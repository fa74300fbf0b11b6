//! The sweep over what live traffic left behind: lost webhooks, dead executions, money without an order; twice, and with an
//! accident at each of its calls.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use comanda_domain::{
    exception::{Exception, ExceptionKind, ExceptionState},
    ids::{ChargeId, StoreId},
    invariants::books_agree,
    ledger::{Balance, LedgerEntry},
    money::Money,
    order::{Order, OrderStatus, PaymentStatus, WaitingFor},
    payment::{Charge, Evidence, RefundIntent, RefundState},
    store::StoreConfig,
    tables::{Row, from_item, to_item},
};
use comanda_workflows::contracts::{SweepPlan, SweepReport, Walk};
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::{
    fixture::{Step, call, last_charge, order, tenant, token, world},
    races::{accept, close, confirm, paid, request_payment, run},
};
use crate::{
    ports::{
        Ports,
        intercept::{Call, Fate, Interceptor, intercepted},
    },
    registry::{InvocationError, invoke},
    testing::{TokenState, World, block_on},
};

pub(super) fn rows<R: Row>(world: &World) -> Vec<R> {
    let rows = world.store.rows(R::TABLE).into_iter();
    rows.map(|row| from_item(&row).unwrap()).collect()
}

/// What is raised or noted: kind, state, subject.
pub(super) fn exceptions(world: &World) -> Vec<(ExceptionKind, ExceptionState)> {
    let mut all: Vec<_> = rows::<Exception>(world)
        .iter()
        .map(|exception| (exception.kind, exception.state))
        .collect();
    all.sort();
    all
}

/// The tasks in the order in which the workflow calls them.
async fn sweep_with(ports: &Ports) -> Result<SweepReport, InvocationError> {
    let task = |name: &'static str, input: Value| invoke(ports, call(name, &input, None));
    let plan = task("PlanSweep", json!({ "clientId": tenant() })).await?;
    let plan: SweepPlan = serde_json::from_value(plan).unwrap();
    let mut walks = Vec::new();
    for walk in plan.walks {
        let mut walk = walk;
        for _ in 0..20 {
            let next = task("SweepPage", json!(walk)).await?;
            walk = serde_json::from_value::<Walk>(next).unwrap();
            if walk.ended {
                break;
            }
        }
        walks.push(walk);
    }
    let report = task(
        "CloseSweep",
        json!({ "clientId": tenant(), "walks": walks }),
    )
    .await?;
    Ok(serde_json::from_value(report).unwrap())
}

pub(super) fn sweep(world: &World) -> SweepReport {
    sweep_through(&world.ports())
}

pub(super) fn sweep_through(ports: &Ports) -> SweepReport {
    let report = block_on(sweep_with(ports));
    report.unwrap_or_else(|error| panic!("{error:?}"))
}

pub(super) fn pass(world: &World, hours: i64) {
    world.clock.advance(SignedDuration::from_hours(hours));
}

/// The customer pays, and no webhook comes.
pub(super) fn pays_unheard(world: &World) {
    let charge = last_charge(world).charge;
    world.provider.pay(&charge.id, charge.amount);
}

pub(super) fn start_order(world: &World) {
    use crate::ports::Workflows as _;
    let input = json!(super::fixture::reference());
    let started = block_on(world.workflows.start("order-lifecycle", "order_1", input));
    started.unwrap();
}

/// An order that waits for its PIX.
pub(super) fn awaiting_payment() -> World {
    let world = world("PIX", &json!({}));
    start_order(&world);
    run(&world, &[accept(), request_payment(1, "PIX")]);
    world
}

#[test]
fn a_payment_that_no_webhook_told_is_heard_once() {
    let world = awaiting_payment();
    pays_unheard(&world);
    let first = sweep(&world);
    assert!(first.complete);
    assert_eq!((first.healed, first.raised), (1, 0));
    let TokenState::Succeeded(signal) = world.workflows.token(&token(1, 0)).unwrap() else {
        panic!("the token is open");
    };
    assert!(signal.get("paid").is_some(), "{signal}");
    assert_eq!(
        exceptions(&world),
        [(ExceptionKind::MissedNews, ExceptionState::Healed)]
    );
    let second = sweep(&world);
    assert_eq!((second.healed, second.raised), (0, 0));
}

#[test]
fn late_money_that_no_webhook_told_goes_back() {
    let world = awaiting_payment();
    run(&world, &[close("PAYMENT_EXPIRED")]);
    assert_eq!(order(&world).status(), OrderStatus::Cancelled);
    pays_unheard(&world);
    sweep(&world);
    sweep(&world);
    let started = world.workflows.started();
    let refunds: Vec<_> = started
        .iter()
        .filter(|execution| execution.workflow == "refund")
        .collect();
    assert_eq!(refunds.len(), 1, "one refund for one charge");
    assert_eq!(order(&world).payment_status(), PaymentStatus::Refunding);
    let (charges, intents) = (rows::<Charge>(&world), rows::<RefundIntent>(&world));
    let books = (&*charges, &*intents, &*rows::<LedgerEntry>(&world));
    assert_eq!(books_agree(&order(&world), books), []);
}

#[test]
fn money_of_no_order_is_shown_once() {
    let world = awaiting_payment();
    let foreign = ChargeId::new("pay_foreign").unwrap();
    let amount = Money::from_centavos(5_000);
    world
        .provider
        .receive_foreign(&foreign, amount, Some("mesa 4"));
    assert_eq!(sweep(&world).raised, 1);
    assert_eq!(sweep(&world).raised, 0);
    let raised = rows::<Exception>(&world);
    assert_eq!(raised.len(), 1);
    assert_eq!(raised[0].kind, ExceptionKind::OrphanMoney);
    assert_eq!(raised[0].subject_id, "pay_foreign");
    assert_eq!(raised[0].amount, Some(amount));
}

/// A cash order that the store confirmed.
fn confirmed() -> World {
    let world = world("CASH", &json!({ "requiresConfirmation": false }));
    start_order(&world);
    run(&world, &[accept(), confirm()]);
    world.workflows.end("order-lifecycle", "order_1");
    world
}

#[test]
fn a_confirmed_order_without_news_waits_for_a_person_after_a_day() {
    let world = confirmed();
    pass(&world, 23);
    assert_eq!(sweep(&world).raised, 0);
    pass(&world, 2);
    assert_eq!(sweep(&world).raised, 1);
    assert_eq!(order(&world).waiting_for, Some(WaitingFor::Person));
    assert_eq!(sweep(&world).raised, 0);
    assert_eq!(
        exceptions(&world),
        [(ExceptionKind::NoDeliveryNews, ExceptionState::Open)]
    );
    // The store reports at last: the order goes on, and the next sweep closes what it had raised.
    let report = json!({
        "order": super::fixture::key(), "status": "PREPARING", "by": "RESTAURANT",
        "reason": null, "eventId": "pos-1", "readyInMinutes": null,
    });
    run(&world, &[Step::Call("ApplyStatus", report)]);
    sweep(&world);
    assert_eq!(order(&world).waiting_for, None);
    assert_eq!(
        exceptions(&world),
        [(ExceptionKind::NoDeliveryNews, ExceptionState::Closed)]
    );
}

/// Silent, heard of, and silent again: a person sees each silence for as long as it lasts.
#[test]
fn an_order_that_falls_silent_again_is_seen_again() {
    let world = confirmed();
    let reported = |status: &str| {
        let report = json!({
            "order": super::fixture::key(), "status": status, "by": "RESTAURANT",
            "reason": null, "eventId": format!("pos-{status}"), "readyInMinutes": null,
        });
        run(&world, &[Step::Call("ApplyStatus", report)]);
    };
    let is_seen = |state| {
        let kind = ExceptionKind::NoDeliveryNews;
        let waits = order(&world).waiting_for == Some(WaitingFor::Person);
        assert_eq!(exceptions(&world), [(kind, state)]);
        assert_eq!(waits, state == ExceptionState::Open);
    };
    for status in ["PREPARING", "READY"] {
        reported(status);
    }
    for silence in 0..2 {
        pass(&world, 25);
        assert_eq!(sweep(&world).raised, 1, "silence {silence}");
        is_seen(ExceptionState::Open);
        assert_eq!(sweep(&world).raised, 0);
        if silence == 0 {
            reported("DELIVERING");
            sweep(&world);
            is_seen(ExceptionState::Closed);
        }
    }
}

/// It was called off meanwhile, and waits for a person once more: for its refund, and not for news.
#[test]
fn nobody_waits_for_news_of_an_order_that_is_off() {
    let world = confirmed();
    pass(&world, 25);
    sweep(&world);
    let report = json!({
        "order": super::fixture::key(), "status": "CANCELLED", "by": "OPERATOR",
        "reason": null, "eventId": "api-1", "readyInMinutes": null,
    });
    run(&world, &[Step::Call("ApplyStatus", report)]);
    let mut off = order(&world);
    off.waiting_for = Some(WaitingFor::Person);
    world.store.seed(Order::TABLE, to_item(&off).unwrap());
    sweep(&world);
    let closed = (ExceptionKind::NoDeliveryNews, ExceptionState::Closed);
    assert!(exceptions(&world).contains(&closed));
}

#[test]
fn an_order_whose_execution_died_waits_for_a_person() {
    let world = awaiting_payment();
    world.workflows.end("order-lifecycle", "order_1");
    assert_eq!(sweep(&world).raised, 0, "its wait is not over");
    pass(&world, 2);
    assert_eq!(sweep(&world).raised, 1);
    assert_eq!(order(&world).waiting_for, Some(WaitingFor::Person));
    assert_eq!(
        exceptions(&world),
        [(ExceptionKind::OrderWithoutExecution, ExceptionState::Open)]
    );
}

/// A late payment whose refund is owed.
fn refund_owed() -> World {
    let world = awaiting_payment();
    run(
        &world,
        &[close("PAYMENT_EXPIRED"), Step::Hear("evt_1", paid)],
    );
    world
}

fn intent(world: &World) -> RefundIntent {
    rows::<RefundIntent>(world).remove(0)
}

#[test]
fn a_refund_that_ended_unrecorded_is_recorded() {
    let world = refund_owed();
    let owed = intent(&world);
    let ports = world.ports();
    let account = crate::ports::Account {
        environment: crate::ports::Environment::Local,
        api_key: "key".into(),
    };
    let asked = block_on(ports.provider.refund(
        &account,
        &owed.charge_id,
        owed.amount,
        owed.intent_id.as_str(),
    ));
    asked.unwrap();
    world.provider.settle_refunds(&owed.charge_id, true);
    world.workflows.end("refund", &owed.execution_name());
    pass(&world, 1);
    sweep(&world);
    assert_eq!(intent(&world).state, RefundState::Done);
    assert_eq!(order(&world).status(), OrderStatus::Refunded);
    assert_eq!(order(&world).money_held(), Money::ZERO);
    assert_eq!(sweep(&world).healed, 0);
}

#[test]
fn a_refund_that_nobody_started_is_started() {
    let world = refund_owed();
    let owed = intent(&world);
    // As a crash between the intent and the start leaves it.
    let mut other = owed.clone();
    other.intent_id = comanda_domain::ids::RefundIntentId::new("other").unwrap();
    world
        .store
        .seed(RefundIntent::TABLE, to_item(&other).unwrap());
    pass(&world, 1);
    sweep(&world);
    let started = world.workflows.started();
    let mut names = started.iter().map(|execution| execution.name.as_str());
    assert!(names.any(|name| name == other.execution_name()));
}

#[test]
fn the_days_books_agree_to_the_centavo_and_fees_are_entered_once() {
    let world = awaiting_payment();
    world.provider.keep_fees();
    run(&world, &[Step::Hear("evt_1", paid)]);
    let confirm = json!({ "order": super::fixture::key(), "by": null, "readyInMinutes": null });
    run(&world, &[Step::Call("ConfirmOrder", confirm)]);
    sweep(&world);
    let report = sweep(&world);
    let today = report.days.last().expect("today");
    assert_eq!(today.ledger, today.statement);
    assert_eq!(today.difference, Money::ZERO);
    let entries = rows::<LedgerEntry>(&world);
    let balance = Balance::of(&entries).unwrap();
    assert_eq!(balance.captured, order(&world).total);
    assert_eq!(balance.fees, Money::from_centavos(199));
    assert!(rows::<Exception>(&world).is_empty());
}

#[test]
fn a_ledger_that_claims_more_than_the_provider_has_is_shown() {
    let world = awaiting_payment();
    // As if a forged or misread event had been believed.
    let charge = last_charge(&world).charge;
    let ours = rows::<Charge>(&world).remove(0);
    let believed = ours
        .learn(
            Evidence::paid(charge.amount),
            "2026-11-22T15:00:00Z".parse().unwrap(),
        )
        .unwrap();
    world.store.seed(Charge::TABLE, to_item(&believed).unwrap());
    sweep(&world);
    assert_eq!(
        exceptions(&world),
        [(ExceptionKind::LedgerDifference, ExceptionState::Open)]
    );
}

/// The auditors of the simulation ask the same of every order when its world is at rest (`domain::invariants`).
#[test]
fn rows_that_contradict_each_other_are_shown_once() {
    let world = awaiting_payment();
    run(&world, &[Step::Hear("evt_1", paid)]);
    let confirm = json!({ "order": super::fixture::key(), "by": null, "readyInMinutes": null });
    run(&world, &[Step::Call("ConfirmOrder", confirm)]);
    world.clock.advance(SignedDuration::from_mins(10));
    sweep(&world);
    assert!(rows::<Exception>(&world).is_empty());
    // As if a row had been restored from a backup on its own.
    let mut item = to_item(&order(&world)).unwrap();
    item["paidAmount"] = json!(1);
    world.store.seed(Order::TABLE, item);
    assert_eq!(sweep(&world).raised, 1);
    assert_eq!(sweep(&world).raised, 0);
    let raised = rows::<Exception>(&world);
    assert_eq!(raised[0].kind, ExceptionKind::InvariantBroken);
    assert!(raised[0].detail.starts_with("P6: "), "{}", raised[0].detail);
}

/// Of an order that is paid at the door the provider has no charge, and of an old one it lists none.
#[test]
fn an_order_without_a_charge_is_held_against_its_rows_too() {
    let world = confirmed();
    let mut item = to_item(&order(&world)).unwrap();
    item["paidAmount"] = json!(1);
    world.store.seed(Order::TABLE, item);
    world.clock.advance(SignedDuration::from_mins(10));
    assert_eq!(sweep(&world).raised, 1);
    let raised = rows::<Exception>(&world);
    assert_eq!(raised[0].kind, ExceptionKind::InvariantBroken);
    world.clock.advance(SignedDuration::from_mins(20));
    assert_eq!(sweep(&world).raised, 0);
}

/// A tenant's ledger has the stores of all its accounts; a statement has one account's.
#[test]
fn an_account_s_statement_is_held_against_its_own_stores_only() {
    let world = awaiting_payment();
    let charge = rows::<Charge>(&world).remove(0);
    let mut other = rows::<StoreConfig>(&world).remove(0);
    other.store_id = StoreId::new("bairro").unwrap();
    other.secrets.payment_api_key = "another".to_owned();
    world.secrets.set("another", "key");
    world
        .store
        .seed(StoreConfig::TABLE, to_item(&other).unwrap());
    let mut elsewhere = charge.clone();
    elsewhere.charge_id = ChargeId::new("pay_elsewhere").unwrap();
    elsewhere.store_id = other.store_id.clone();
    let yesterday = "2026-11-21T15:00:00Z".parse().unwrap();
    let paid = elsewhere
        .learn(Evidence::paid(elsewhere.amount), yesterday)
        .unwrap();
    world.store.seed(Charge::TABLE, to_item(&paid).unwrap());
    for entry in LedgerEntry::between(Evidence::default(), &paid, yesterday) {
        world
            .store
            .seed(LedgerEntry::TABLE, to_item(&entry).unwrap());
    }
    let walk = super::fixture::walk("STATEMENT", Some("centro"));
    let walk = call("SweepPage", &walk, None);
    let walked = block_on(invoke(&world.ports(), walk)).unwrap();
    assert_eq!(walked["raised"], 0, "{walked:#}");
    assert!(exceptions(&world).is_empty());
}

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

/// What must not depend on how often something was tried.
fn end(world: &World) -> Value {
    let order: Order = order(world);
    let balance = Balance::of(&rows::<LedgerEntry>(world)).unwrap();
    let started = world.workflows.started();
    let started: Vec<_> = started.iter().map(|execution| &execution.name).collect();
    json!({
        "status": order.status(), "payment": order.payment_status(), "paid": order.paid_amount,
        "waitingFor": order.waiting_for, "refunds": rows::<RefundIntent>(world).len(),
        "asked": last_charge(world).charge.refunds.len(), "books": balance, "started": started,
    })
}

/// A sweep that loses a call or an answer at any place, and the sweep after it, come to what one whole sweep comes to.
#[test]
fn an_accident_at_any_call_of_a_sweep_does_no_harm() {
    let scene = || {
        let world = awaiting_payment();
        run(&world, &[close("PAYMENT_EXPIRED")]);
        pays_unheard(&world);
        world
    };
    // A refund that was owed within the last moments is its bearer's to start: the second sweep comes later.
    let again = |world: &World| {
        world.clock.advance(SignedDuration::from_mins(10));
        sweep(world);
    };
    let whole = scene();
    sweep(&whole);
    again(&whole);
    let expected = end(&whole);
    let mut accidents = 0;
    for fate in [Fate::LostBefore, Fate::LostAfter] {
        for at in 0.. {
            let world = scene();
            let accident = Arc::new(Accident {
                at,
                fate: fate.clone(),
                calls: AtomicUsize::new(0),
            });
            let ports = intercepted(&world.ports(), accident.clone());
            let _broken = block_on(sweep_with(&ports));
            again(&world);
            assert_eq!(end(&world), expected, "{fate:?} at call {at}");
            accidents += 1;
            if accident.calls.load(Ordering::Relaxed) <= at {
                break;
            }
        }
    }
    assert!(accidents > 100, "{accidents}");
}
