//! A sweep is bounded, and what is beyond its bounds is reached by the next ones, or said.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use comanda_domain::{
    exception::{Exception, ExceptionKind, ExceptionState},
    ids::{ChargeId, StoreId},
    ledger::{LedgerEntry, Movement},
    money::Money,
    order::{Order, OrderStatus, WaitingFor},
    store::StoreConfig,
    tables::{EXCEPTIONS, Row, to_item},
};
use comanda_workflows::contracts::{SweepPlan, Walk};
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::{
    fixture::{Step, call, key, last_charge, order, tenant, walk, world},
    found::before,
    races::{accept, close, paid, run},
    reconciliation::{awaiting_payment, pays_unheard, rows, sweep, sweep_through},
};
use crate::{
    ports::{
        Clock as _, Ports,
        intercept::{Call, Fate, Interceptor, ProviderCall, intercepted},
    },
    raise,
    registry::{InvocationError, invoke},
    testing::{World, block_on},
};

fn task(world: &World, name: &str, input: &Value) -> Value {
    let ports = world.ports();
    let called = block_on(invoke(&ports, call(name, input, None)));
    called.unwrap_or_else(|error| panic!("{error:?}"))
}

fn receive(world: &World, payments: usize) {
    for number in 0..payments {
        let id = ChargeId::new(format!("pay_foreign_{number}")).unwrap();
        world
            .provider
            .receive_foreign(&id, Money::from_centavos(1_000), None);
    }
}

/// Payments of others in the same account, whom a person knows.
fn receive_known(world: &World, payments: usize) {
    receive(world, payments);
    for number in 0..payments {
        let subject = format!("pay_foreign_{number}");
        let of = (subject.as_str(), ExceptionKind::OrphanMoney);
        let known = Exception {
            state: ExceptionState::Closed,
            ..Exception::raised(&tenant(), of, "of others", world.clock.now())
        };
        let row = to_item(&known).unwrap();
        world.store.seed(Exception::TABLE, row);
    }
}

fn is_of_others(exception: &Exception) -> bool {
    exception.kind == ExceptionKind::OrphanMoney && exception.state == ExceptionState::Closed
}

/// The walk along charges, as far as one sweep goes.
fn along_charges(world: &World) -> Walk {
    let mut walked = task(world, "SweepPage", &walk("CHARGES", Some("centro")));
    for _ in 1..20 {
        walked = task(world, "SweepPage", &walked);
    }
    serde_json::from_value(walked).unwrap()
}

fn orphans(world: &World) -> usize {
    let raised = rows::<Exception>(world).into_iter();
    raised
        .filter(|exception| exception.kind == ExceptionKind::OrphanMoney)
        .count()
}

/// Two thousand charges are what one sweep looks at; the next one goes on from there.
#[test]
fn a_list_that_is_longer_than_a_sweep_is_walked_to_its_end_by_the_next() {
    let world = awaiting_payment();
    receive(&world, 2_500);
    assert!(!along_charges(&world).complete);
    assert_eq!(orphans(&world), 1_800, "20 pages, 2 of them our own rows'");
    along_charges(&world);
    assert_eq!(orphans(&world), 2_500);
}

/// Our own old charges come before the provider's list, however long that is.
#[test]
fn an_old_charge_is_looked_at_though_the_list_is_endless() {
    let world = awaiting_payment();
    run(&world, &[close("PAYMENT_EXPIRED")]);
    pays_unheard(&world);
    world.clock.advance(SignedDuration::from_hours(24 * 6));
    receive(&world, 2_500);
    sweep(&world);
    assert_eq!(order(&world).status(), OrderStatus::Cancelled);
    assert!(order(&world).money_held() > Money::ZERO, "it was heard");
}

/// A store that never completes its orders: the newest are behind thousands that lie there confirmed.
#[test]
fn orders_behind_more_than_a_sweep_looks_at_are_looked_at_by_the_next() {
    let world = awaiting_payment();
    let pending = world.store.rows(Order::TABLE).remove(0);
    let lies = |id: &str, (created, changed): (i64, i64)| {
        let before = |hours| {
            let at = world.clock.now() - SignedDuration::from_hours(hours);
            json!(at.to_string())
        };
        let mut item = pending.clone();
        item.insert("orderId".into(), json!(format!("sabor#{id}")));
        item.insert("status".into(), json!("CONFIRMED"));
        item.insert("createdAt".into(), before(created));
        item.insert("updatedAt".into(), before(changed));
        let of_store = item["clientStoreStatus"].as_str().unwrap();
        let of_store = of_store.replace("PENDING", "CONFIRMED");
        item.insert("clientStoreStatus".into(), json!(of_store));
        world.store.seed(Order::TABLE, item);
    };
    for number in 0..2_500 {
        lies(&format!("lies_{number}"), (50, 1));
    }
    lies("late", (40, 30));
    let is_late = || {
        let raised = rows::<Exception>(&world);
        raised
            .iter()
            .any(|exception| exception.subject_id == "late")
    };
    assert!(!sweep(&world).complete);
    assert!(!is_late(), "it is behind two thousand");
    assert!(sweep(&world).complete);
    assert!(is_late());
    assert!(!sweep(&world).complete, "and again from the beginning");
}

fn statement(world: &World) -> Walk {
    let walked = task(world, "SweepPage", &walk("STATEMENT", Some("centro")));
    serde_json::from_value(walked).unwrap()
}

/// Two thousand payments of a day are read and compared, and rested off: on the average a sweep takes its share of the quota.
#[test]
fn a_busy_account_s_statement_is_compared_and_rested_off() {
    let world = paid_with_a_fee();
    receive_known(&world, 2_500);
    let first = statement(&world);
    assert_eq!((first.ended, first.complete), (true, true));
    assert_eq!((first.calls, first.days.len()), (51, 4));
    assert_eq!(fees(&world), 1);
    let again = task(&world, "SweepPage", &json!(first));
    assert_eq!(again["calls"], 51, "it is not read again");
    world.clock.advance(SignedDuration::from_mins(15));
    let resting = statement(&world);
    assert_eq!((resting.calls, resting.complete), (0, true));
    world.clock.advance(SignedDuration::from_mins(1));
    assert_eq!(statement(&world).calls, 51);
}

/// What is read of a statement that is longer than any reading is entered, its whole days are compared, and the rest is said.
#[test]
fn a_statement_that_is_too_long_is_compared_as_far_as_it_was_read() {
    let world = paid_with_a_fee();
    world.clock.advance(SignedDuration::from_hours(24));
    receive_known(&world, 20_000);
    let walked = statement(&world);
    assert_eq!((walked.ended, walked.complete), (true, false));
    assert_eq!((walked.calls, walked.days.len()), (400, 3));
    assert_eq!(fees(&world), 1);
    assert!(rows::<Exception>(&world).iter().all(is_of_others));
    // While it rests the sweeps know no more than that.
    let resting = statement(&world);
    assert_eq!((resting.calls, resting.complete), (0, false));
}

fn fees(world: &World) -> usize {
    let entries = rows::<LedgerEntry>(world).into_iter();
    entries
        .filter(|entry| entry.movement == Movement::Fee)
        .count()
}

/// An order with a fee, which no sweep has seen yet.
fn paid_with_a_fee() -> World {
    let world = awaiting_payment();
    world.provider.keep_fees();
    run(&world, &[Step::Hear("evt_1", paid)]);
    let confirm = json!({ "order": key(), "by": null, "readyInMinutes": null });
    run(&world, &[Step::Call("ConfirmOrder", confirm)]);
    world
}

fn pass_days(world: &World, days: i64) {
    world.clock.advance(SignedDuration::from_hours(24 * days));
}

/// Whatever was booked while nothing was swept is read, however long that was; a month at a time.
#[test]
fn after_a_gap_the_statement_is_read_from_where_the_last_reading_ended() {
    let world = awaiting_payment();
    assert!(statement(&world).complete);
    pass_days(&world, 1);
    world.provider.keep_fees();
    run(&world, &[Step::Hear("evt_1", paid)]);
    pass_days(&world, 40);
    let walked = statement(&world);
    assert_eq!((walked.complete, fees(&world)), (false, 1), "ten days more");
    assert!(statement(&world).complete);
    assert_eq!(statement(&world).days.len(), 4);
}

/// The first sweep of a tenant looks back a month.
#[test]
fn the_first_reading_of_a_statement_looks_back() {
    let world = paid_with_a_fee();
    pass_days(&world, 20);
    let walked = statement(&world);
    assert_eq!((walked.complete, fees(&world)), (true, 1));
    assert_eq!(
        walked.days.len(),
        5,
        "the last days, and the one with money"
    );
}

/// A day that fills a whole reading is read once, and those after it are reached.
#[test]
fn a_day_that_is_too_long_holds_up_no_other() {
    let world = a_day_of(20_000);
    assert_eq!((statement(&world).complete, fees(&world)), (false, 0));
    world.clock.advance(SignedDuration::from_hours(2));
    assert_eq!((statement(&world).complete, fees(&world)), (false, 0));
    world.clock.advance(SignedDuration::from_hours(2));
    assert_eq!((statement(&world).complete, fees(&world)), (true, 1));
}

/// A day on which so many charges are paid, and one that has a fee on the day after it; three weeks ago.
fn a_day_of(charges: usize) -> World {
    let world = awaiting_payment();
    assert!(statement(&world).complete);
    world.provider.keep_fees();
    let own = last_charge(&world).charge;
    receive_known(&world, charges);
    pass_days(&world, 1);
    world.provider.pay(&own.id, own.amount);
    pass_days(&world, 20);
    world
}

/// What time cuts short again and again is given up like what is too long, and those after it are reached.
#[test]
fn a_day_that_always_takes_too_long_holds_up_no_other() {
    // At a provider that tells nine thousand lines in the time of a reading.
    let world = a_day_of(10_000);
    // The first reading comes as far as that day, and eight begin with it.
    for _ in 0..9 {
        let walked = statement_by(&slow(&world, 2, 0)).unwrap();
        assert!(walked.calls < 100, "{}", walked.calls);
        assert_eq!((walked.complete, fees(&world)), (false, 0));
        world.clock.advance(SignedDuration::from_hours(2));
    }
    let walked = statement_by(&slow(&world, 2, 0)).unwrap();
    assert_eq!((walked.complete, fees(&world)), (true, 1));
}

/// A provider that is slow for hours costs a day nothing but time.
#[test]
fn a_day_that_took_too_long_for_a_while_is_read_whole() {
    let world = a_day_of(10_000);
    for _ in 0..8 {
        statement_by(&slow(&world, 2, 0)).unwrap();
        world.clock.advance(SignedDuration::from_hours(2));
    }
    let walked = statement(&world);
    assert_eq!((walked.complete, fees(&world)), (true, 1));
    assert!(walked.calls > 100, "{}", walked.calls);
}

#[test]
fn every_store_of_a_tenant_has_its_turn() {
    let world = awaiting_payment();
    let store = rows::<StoreConfig>(&world).remove(0);
    let mut all = BTreeSet::from([store.store_id.clone()]);
    for number in 0..120 {
        let mut other = store.clone();
        other.store_id = StoreId::new(format!("loja-{number}")).unwrap();
        all.insert(other.store_id.clone());
        world
            .store
            .seed(StoreConfig::TABLE, to_item(&other).unwrap());
    }
    let mut swept = BTreeSet::new();
    for _ in 0..all.len().div_ceil(SweepPlan::STORES_MAX) {
        let plan = task(&world, "PlanSweep", &json!({ "clientId": tenant() }));
        let plan: SweepPlan = serde_json::from_value(plan).unwrap();
        swept.extend(plan.walks.into_iter().filter_map(|walk| walk.store_id));
    }
    assert_eq!(swept, all);
}

/// A row that cannot be read, or looked at, is a person's; all others are looked at.
#[test]
fn a_broken_row_stops_no_walk() {
    let world = awaiting_payment();
    let mut broken = world.store.rows(Order::TABLE).remove(0);
    broken.insert("orderId".into(), json!("sabor#order_0"));
    broken.insert("status".into(), json!("PENDING"));
    broken.insert("createdAt".into(), json!("2026-01-01T00:00:00Z"));
    broken.insert("total".into(), json!("much"));
    world.store.seed(Order::TABLE, broken);
    world.workflows.end("order-lifecycle", "order_1");
    world.clock.advance(SignedDuration::from_hours(2));
    assert!(sweep(&world).complete);
    let raised: Vec<_> = rows::<Exception>(&world)
        .into_iter()
        .map(|exception| (exception.kind, exception.subject_id))
        .collect();
    assert!(
        raised.contains(&(ExceptionKind::UnexpectedFailure, "order_0".to_owned())),
        "{raised:?}"
    );
    assert!(
        raised.contains(&(ExceptionKind::OrderWithoutExecution, "order_1".to_owned())),
        "{raised:?}"
    );
}

/// The provider's statement at its bad hour: pages cost time, and one of them does not come.
struct Slow {
    world: World,
    seconds: i64,
    lost: usize,
    read: AtomicUsize,
}

impl Interceptor for Slow {
    fn fate(&self, call: &Call<'_>) -> Fate {
        if !matches!(call, Call::Provider(ProviderCall::Statement)) {
            return Fate::Proceed;
        }
        let pause = SignedDuration::from_secs(self.seconds);
        self.world.clock.advance(pause);
        let page = self.read.fetch_add(1, Ordering::Relaxed) + 1;
        if page == self.lost {
            Fate::LostBefore
        } else {
            Fate::Proceed
        }
    }
}

fn slow(world: &World, seconds: i64, lost: usize) -> Ports {
    let slow = Slow {
        world: world.clone(),
        seconds,
        lost,
        read: AtomicUsize::new(0),
    };
    intercepted(&world.ports(), Arc::new(slow))
}

fn statement_by(ports: &Ports) -> Result<Walk, InvocationError> {
    let walked = call("SweepPage", &walk("STATEMENT", Some("centro")), None);
    let walked = block_on(invoke(ports, walked))?;
    Ok(serde_json::from_value(walked).unwrap())
}

/// A long reading that fails is a long reading: what it took of the quota is rested off, and that nothing came of it is said.
#[test]
fn a_long_reading_that_fails_is_rested_off_too() {
    let world = awaiting_payment();
    world.provider.keep_fees();
    receive_known(&world, 4_000);
    statement_by(&slow(&world, 0, 60)).unwrap_err();
    for minutes in [0, 15] {
        world.clock.advance(SignedDuration::from_mins(minutes));
        let resting = statement(&world);
        assert_eq!((resting.calls, resting.complete), (0, false));
    }
    world.clock.advance(SignedDuration::from_mins(16));
    let walked = statement(&world);
    assert_eq!((walked.calls, walked.complete), (80, true));
}

/// A call has an end: what a slow provider does not tell in time is said to be missing, and what it told is compared.
#[test]
fn a_slow_statement_is_read_for_so_long_and_no_longer() {
    let world = awaiting_payment();
    world.clock.advance(SignedDuration::from_hours(24));
    world.provider.keep_fees();
    receive_known(&world, 8_000);
    let began = world.clock.now();
    let walked = statement_by(&slow(&world, 2, 0)).unwrap();
    let took = world.clock.now().duration_since(began);
    assert!(took < SignedDuration::from_mins(4), "{took}");
    assert!(walked.calls > 50 && !walked.complete, "{}", walked.calls);
    assert_eq!(walked.days.len(), 3, "of the last one lines are missing");
}

/// A person has the order, and why: that a sweep breaks on one of its rows as well does not take that away.
#[test]
fn what_a_sweep_breaks_on_does_not_hide_why_a_person_was_called() {
    let world = world("CASH", &json!({ "requiresConfirmation": false }));
    let call_person = json!({ "order": key(), "reason": "UNEXPECTED", "refund": null });
    run(&world, &[accept()]);
    // The text of it cannot be said, and neither can a sweep say it: the channel's account has no secret.
    let has_account = |reference: &str| {
        let mut store = world.store.rows(StoreConfig::TABLE).remove(0);
        store["secrets"]["messagingAccount"] = json!(reference);
        world.store.seed(StoreConfig::TABLE, store);
    };
    has_account("gone");
    let ports = world.ports();
    let called = block_on(invoke(&ports, call("CallPerson", &call_person, None)));
    called.unwrap_err();
    world.clock.advance(SignedDuration::from_mins(10));
    task(&world, "SweepPage", &walk("MESSAGES", None));
    let seen = || {
        rows::<Exception>(&world).into_iter().find(|exception| {
            exception.kind == ExceptionKind::UnexpectedFailure && exception.subject_id == "order_1"
        })
    };
    let detail = "a step failed in a way that no rule covers";
    assert_eq!(seen().unwrap().detail, detail);
    has_account("account");
    let confirmed = json!({
        "order": key(), "status": "CONFIRMED", "by": "OPERATOR", "eventId": "person-1", "readyInMinutes": null,
    });
    run(&world, &[Step::Call("ApplyStatus", confirmed)]);
    sweep(&world);
    assert_eq!(seen().unwrap().state, ExceptionState::Closed);
}

/// An account that had customers before Comanda: its first sweep calls nobody for what came in weeks ago, and a later one for all that
/// came in since.
#[test]
fn money_of_no_order_is_found_on_the_statement_however_old_its_charge_is() {
    let world = awaiting_payment();
    receive(&world, 1);
    pass_days(&world, 10);
    assert_eq!((statement(&world).raised, orphans(&world)), (0, 0));
    let charge = ChargeId::new("pay_old").unwrap();
    let amount = Money::from_centavos(5_000);
    world.provider.receive_foreign(&charge, amount, None);
    pass_days(&world, 10);
    // The walk along charges reads three days, and sees none.
    along_charges(&world);
    assert_eq!(orphans(&world), 0);
    assert_eq!(statement(&world).raised, 1);
    let raised = rows::<Exception>(&world);
    assert_eq!(raised[0].subject_id, "pay_old");
    assert_eq!(raised[0].amount, Some(amount));
}

/// What a person is done with is not found again by each sweep, for as long as the provider lists it.
#[test]
fn money_of_no_order_that_a_person_closed_stays_closed() {
    let world = awaiting_payment();
    receive(&world, 1);
    let own = |one: &Exception| one.kind == ExceptionKind::OrphanMoney;
    let state = || {
        rows::<Exception>(&world)
            .into_iter()
            .find(own)
            .unwrap()
            .state
    };
    sweep(&world);
    assert_eq!(state(), ExceptionState::Open);
    let of = (&tenant(), "pay_foreign_0", ExceptionKind::OrphanMoney);
    let closed = block_on(raise::close(
        &world.ports(),
        of,
        "mesa 4",
        world.clock.now(),
    ));
    assert_eq!(closed, Ok(raise::Closed::Now));
    sweep(&world);
    assert_eq!(state(), ExceptionState::Closed);
}

/// It happened once more between the sweep's look and its write: the alarm is another one by then, whoever raised it.
#[test]
fn what_is_raised_anew_while_a_sweep_closes_it_stays_open() {
    let world = world("CASH", &json!({ "requiresConfirmation": false }));
    let call_person = Step::Call(
        "CallPerson",
        json!({ "order": key(), "reason": "UNEXPECTED" }),
    );
    let confirmed = json!({
        "order": key(), "status": "CONFIRMED", "by": "OPERATOR", "eventId": "person-1", "readyInMinutes": null,
    });
    let steps = [
        accept(),
        call_person.clone(),
        Step::Call("ApplyStatus", confirmed),
    ];
    run(&world, &steps);
    let state = || rows::<Exception>(&world)[0].state;
    assert_eq!(state(), ExceptionState::Open);
    world.clock.advance(SignedDuration::from_mins(10));
    let other = world.ports();
    let again = before(
        &world,
        |call| matches!(call, Call::Write(writes) if writes[0].table.name == EXCEPTIONS.name),
        move || {
            let Step::Call(task, input) = call_person else {
                return;
            };
            block_on(invoke(&other, call(task, &input, None))).unwrap();
        },
    );
    sweep_through(&again);
    assert_eq!(order(&world).waiting_for, Some(WaitingFor::Person));
    assert_eq!(state(), ExceptionState::Open);
}

/// Whoever reads the alarm knows where to look, and does not wait for a key to come back.
#[test]
fn what_a_sweep_could_not_read_is_named_with_its_store_and_its_cause() {
    let world = awaiting_payment();
    world.provider.revoke("key");
    assert!(!sweep(&world).complete);
    let raised = rows::<Exception>(&world);
    let incomplete = raised
        .iter()
        .find(|one| one.kind == ExceptionKind::SweepIncomplete);
    let detail = &incomplete.unwrap().detail;
    for walk in ["Charges", "Statement"] {
        let said = format!("{walk} of centro (the provider does not accept the account's key)");
        assert!(detail.contains(&said), "{detail}");
    }
    assert!(!detail.contains("Orders"), "{detail}");
}

/// What one reading cannot show of it is left to the next, and that is said.
#[test]
fn more_money_of_no_order_than_one_reading_shows_is_shown_by_the_next() {
    let world = awaiting_payment();
    receive(&world, 2_100);
    let first = statement(&world);
    assert_eq!(
        (first.raised, first.left, first.complete),
        (2_000, 100, false)
    );
    world.clock.advance(SignedDuration::from_mins(16));
    let next = statement(&world);
    assert_eq!((next.raised, next.left, next.complete), (100, 0, true));
    assert_eq!(orphans(&world), 2_100);
}
