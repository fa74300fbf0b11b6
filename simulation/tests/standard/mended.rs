//! What the standard tests found once, each by its own name.

use comanda_domain::{
    order::Order,
    payment::RefundIntent,
    tables::{Row, from_item},
};
use comanda_simulation::world::World;

use super::{
    attending::{Failure, Plan},
    scenarios::{self, Lived, Scenario},
};

#[track_caller]
fn story(name: &str) -> Scenario {
    let mut stories = scenarios::all().into_iter();
    stories
        .find(|story| story.name == name)
        .expect("a story of this name")
}

/// Lives it with the first call of this state carried out twice.
#[track_caller]
fn repeated(name: &str, state: &str) -> (Lived, Lived) {
    let story = story(name);
    let once = story.live(Plan::Fair);
    let mut calls = once.seen.calls.iter();
    let number = calls
        .position(|called| called.state == state)
        .expect("the state");
    let twice = story.live(Plan::Repeat(number));
    (once, twice)
}

fn rows<R: Row>(world: &World) -> Vec<R> {
    let rows = world.outside.store.rows(R::TABLE).into_iter();
    rows.map(|row| from_item(&row).unwrap()).collect()
}

#[test]
fn a_hand_over_that_is_repeated_is_one_version_and_one_message() {
    let (once, twice) = repeated("PIX, paid and confirmed", "Await the store's answer");
    let versions = |lived: &Lived| {
        let orders = rows::<Order>(&lived.world);
        orders.iter().map(Order::version).collect::<Vec<_>>()
    };
    assert_eq!(versions(&once), versions(&twice));
    let asked = twice.world.outside.queue.messages().into_iter();
    let asked = asked.filter(|sent| sent.body.contains("REMOTE_ORDER_RECEIVED"));
    assert_eq!(asked.count(), 1);
}

#[test]
fn a_refund_request_that_is_repeated_is_no_further_attempt() {
    let name = "the store rejects, and the money goes back";
    let (_, twice) = repeated(name, "Ask for the refund");
    let intents = rows::<RefundIntent>(&twice.world);
    let attempts: Vec<u32> = intents.iter().map(|intent| intent.attempts).collect();
    assert_eq!(attempts, [1]);
}

#[test]
fn a_talk_that_breaks_at_once_does_not_begin_again_by_itself() {
    let broken = Failure {
        error: Some("Unexpected".to_owned()),
        after: false,
        for_good: true,
    };
    let lived = story("a customer is never understood").live(Plan::Fail(0, broken));
    assert!(lived.rested, "sessions follow each other for ever");
    // Four messages came.
    assert!(lived.world.executions().len() <= 4);
}
