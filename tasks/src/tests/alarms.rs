//! An alarm is heard for as long as it is open: it rings again, tells a queue that stands still from one lost webhook, is not closed
//! over an order that still waits, and is found however many there are.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use comanda_domain::{
    exception::{Exception, ExceptionKind, ExceptionState},
    ids::OrderId,
    order::WaitingFor,
    tables::{Row, to_item},
};
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::{
    fixture::{Step, key, order, tenant, world},
    left_to_a_person::unanswered,
    races::run,
    reconciliation::{rows, sweep, sweep_through},
};
use crate::{
    api::{self, CloseRequest, Which},
    http::Answer,
    ports::{Clock as _, Ports, metered},
    testing::{World, block_on},
};

fn seed(world: &World, exception: &Exception) {
    let row = to_item(exception).unwrap();
    world.store.seed(Exception::TABLE, row);
}

fn raise(world: &World, (subject, kind): (&str, ExceptionKind)) -> Exception {
    Exception::raised(&tenant(), (subject, kind), "found", world.clock.now())
}

/// How often each kind's alarm rings while the books are swept for so many hours, as they are every quarter of one.
fn rings(world: &World, hours: u32) -> BTreeMap<String, u64> {
    let heard = Arc::new(Mutex::new(BTreeMap::new()));
    let sink = Arc::clone(&heard);
    let tell: metered::Tell = Arc::new(move |line: &str| {
        let line: Value = serde_json::from_str(line).unwrap();
        let kind = line[metered::KIND].as_str().unwrap_or_default().to_owned();
        let count = line[metered::EXCEPTION_RAISED].as_u64().unwrap();
        *sink.lock().unwrap().entry(kind).or_default() += count;
    });
    let ports = world.ports();
    let store = metered::metered(Arc::clone(&ports.store), Arc::clone(&ports.clock), tell);
    let ports = Ports { store, ..ports };
    for _ in 0..hours * 4 {
        world.clock.advance(SignedDuration::from_mins(15));
        sweep_through(&ports);
    }
    heard.lock().unwrap().clone()
}

/// An alarm counts what is written, so whoever raised it once and never again would be heard once.
#[test]
fn what_is_open_rings_each_hour_until_it_is_closed() {
    let by_themselves = [
        ExceptionKind::MissedNews,
        ExceptionKind::SweepIncomplete,
        ExceptionKind::MessageFailed,
    ];
    let kinds = ExceptionKind::ALL.into_iter();
    let kinds: Vec<_> = kinds.filter(|kind| !by_themselves.contains(kind)).collect();
    let world = world("PIX", &json!({}));
    for kind in &kinds {
        seed(&world, &raise(&world, ("subject", *kind)));
    }
    let raised_at = world.clock.now();
    let heard = rings(&world, 3);
    for kind in &kinds {
        assert_eq!(heard.get(kind.as_str()), Some(&3), "{kind}");
    }
    let open = rows::<Exception>(&world).into_iter();
    let open: Vec<_> = open.filter(|one| one.subject_id == "subject").collect();
    assert!(
        open.iter().all(|one| one.raised_at == raised_at),
        "{open:?}"
    );
    for kind in &kinds {
        assert_eq!(close(&world, ("subject", *kind)).status, 200);
    }
    assert_eq!(rings(&world, 3), BTreeMap::new());
}

fn close(world: &World, (subject, kind): (&str, ExceptionKind)) -> Answer {
    let request = CloseRequest {
        kind,
        subject_id: subject.to_owned(),
        notes: "looked into".to_owned(),
    };
    block_on(api::close_exception(&world.ports(), &tenant(), &request))
}

/// An order that only a sweep heard of, as the walk along charges notes it.
fn missed(world: &World, number: usize) {
    let news = format!("pay_{number}:paid");
    seed(
        world,
        &Exception {
            order_id: Some(OrderId::new(format!("order_{number}")).unwrap()),
            ..raise(world, (&news, ExceptionKind::MissedNews)).healed()
        },
    );
}

/// Where the alarm of the provider's webhooks stands.
fn webhooks(world: &World) -> Option<ExceptionState> {
    let mut all = rows::<Exception>(world).into_iter();
    let own =
        |one: &Exception| one.subject_id == "webhooks" && one.kind == ExceptionKind::MissedNews;
    all.find(own).map(|exception| exception.state)
}

#[test]
fn a_webhook_queue_that_stands_still_is_seen_and_one_lost_webhook_is_none() {
    let world = world("PIX", &json!({}));
    missed(&world, 1);
    // The same order's refund, whose webhook was lost as well.
    let refund = ("pay_1:refunded", ExceptionKind::MissedNews);
    seed(
        &world,
        &Exception {
            order_id: Some(OrderId::new("order_1").unwrap()),
            ..raise(&world, refund).healed()
        },
    );
    missed(&world, 2);
    assert_eq!(rings(&world, 1), BTreeMap::new());
    assert_eq!(webhooks(&world), None);
    missed(&world, 3);
    let heard = rings(&world, 2);
    assert_eq!(heard.get("MISSED_NEWS"), Some(&2));
    assert_eq!(webhooks(&world), Some(ExceptionState::Open));
    // A person set the queue going again: what was missed before is done with, and what is missed after it is news.
    close(&world, ("webhooks", ExceptionKind::MissedNews));
    assert_eq!(rings(&world, 2), BTreeMap::new());
    for number in 4..7 {
        missed(&world, number);
    }
    sweep(&world);
    assert_eq!(webhooks(&world), Some(ExceptionState::Open));
    rings(&world, 24);
    assert_eq!(
        webhooks(&world),
        Some(ExceptionState::Closed),
        "the queue runs"
    );
}

/// Nothing but its alarm would call a person again for an order that was paid and waits for one.
#[test]
fn an_alarm_is_not_closed_over_an_order_that_waits() {
    for (reason, kind) in [
        ("UNCONFIRMED", ExceptionKind::PaidUnconfirmed),
        ("UNEXPECTED", ExceptionKind::UnexpectedFailure),
    ] {
        let world = unanswered();
        let call = json!({ "order": key(), "reason": reason });
        run(&world, &[Step::Call("CallPerson", call)]);
        assert_eq!(order(&world).waiting_for, Some(WaitingFor::Person));
        let refused = close(&world, ("order_1", kind));
        assert_eq!(
            (refused.status, &refused.body["error"]["code"]),
            (409, &json!("STILL_WAITS"))
        );
        let help = refused.body["error"]["help"].as_str().unwrap();
        assert!(help.starts_with(kind.next_step()), "{help}");
        assert_eq!(rows::<Exception>(&world)[0].state, ExceptionState::Open);
        let report = json!({
            "order": key(), "status": "CANCELLED", "by": "OPERATOR", "reason": null, "eventId": "api-1",
            "readyInMinutes": null,
        });
        run(&world, &[Step::Call("ApplyStatus", report)]);
        sweep(&world);
        assert_eq!(rows::<Exception>(&world)[0].state, ExceptionState::Closed);
        let before = close(&world, ("order_1", kind));
        assert_eq!(
            (before.status, &before.body["closed"]),
            (200, &json!(false))
        );
    }
}

/// The oldest is what is stuck longest, and comes last.
#[test]
fn every_open_alarm_is_listed_a_page_at_a_time() {
    let world = world("PIX", &json!({}));
    for number in 0..250 {
        let subject = format!("pay_{number}");
        seed(
            &world,
            &raise(&world, (&subject, ExceptionKind::OrphanMoney)),
        );
        world.clock.advance(SignedDuration::from_secs(1));
    }
    let ask = |which: &Which| block_on(api::exceptions(&world.ports(), &tenant(), which));
    let (mut which, mut seen) = (Which::default(), Vec::new());
    loop {
        let page = ask(&which).body;
        seen.extend(page["open"].as_array().unwrap().clone());
        let Some(next) = page["next"]["open"].as_str() else {
            break;
        };
        which = Which {
            status: Some("OPEN".to_owned()),
            cursor: Some(next.to_owned()),
        };
    }
    assert_eq!(seen.len(), 250);
    assert_eq!(seen[249]["subjectId"], "pay_0");
    let nonsense = Which {
        status: None,
        ..which
    };
    assert_eq!(ask(&nonsense).body["error"]["code"], "UNKNOWN_STATUS");
}
