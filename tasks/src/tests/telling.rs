//! Telling a customer once, where the channel makes it hard: answers that are lost, templates, reports that come first.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use comanda_domain::{
    exception::{Exception, ExceptionKind},
    people::ChannelAddress,
    store::StoreConfig,
    tables::{self, Row, from_item, to_item},
};
use jiff::SignedDuration;
use serde_json::json;

use super::fixture::{CUSTOMER, tenant, world};
use crate::{
    fault::Fault,
    ports::{
        Clock, Content, OutboundMessage, Ports,
        intercept::{Call, Fate, Interceptor, intercepted},
    },
    rows::{NotificationRow, NotificationState, ReceiptRow},
    shop::sender,
    tell::{Hearer, Saying, tell_hearer},
    testing::{World, block_on},
};

const LINES: &str = "Total: R$ 39,80.\nPague com PIX.";
const IN_A_TEMPLATE: &str = "HX1: Total: R$ 39,80. Pague com PIX.. Obrigado!";

fn all<R: Row>(world: &World) -> Vec<R> {
    let rows = world.store.rows(R::TABLE).into_iter();
    rows.map(|row| from_item(row).unwrap()).collect()
}

fn store(world: &World) -> StoreConfig {
    all::<StoreConfig>(world).remove(0)
}

fn customer() -> ChannelAddress {
    ChannelAddress::new(CUSTOMER).unwrap()
}

/// Tells the fixture's customer something of a kind that has a template.
fn told(world: &World, ports: &Ports, subject: &str, text: &str) -> Result<(), Fault> {
    let store = store(world);
    let hearer = Hearer {
        store: &store,
        subject,
        address: &customer(),
    };
    let saying = Saying {
        kind: "STATUS#X".to_owned(),
        text: text.to_owned(),
    };
    block_on(tell_hearer(ports, &hearer, saying))
}

fn row_of(world: &World, subject: &str) -> NotificationRow {
    let rows = all::<NotificationRow>(world).into_iter();
    let mut own = rows.filter(|row| row.subject_id == subject);
    own.next().unwrap()
}

/// The first message meets with this.
struct First {
    fate: Fate,
    met: AtomicBool,
}

impl Interceptor for First {
    fn fate(&self, call: &Call<'_>) -> Fate {
        if matches!(call, Call::Message(_)) && !self.met.swap(true, Ordering::Relaxed) {
            return self.fate.clone();
        }
        Fate::Proceed
    }
}

/// Tells it, with the first message's answer lost, and again when the claim has ended.
fn told_with_a_lost_answer(world: &World, fate: Fate, subject: &str, text: &str) {
    let met = AtomicBool::new(false);
    let disturbed = intercepted(&world.ports(), Arc::new(First { fate, met }));
    told(world, &disturbed, subject, text).unwrap_err();
    world.clock.advance(SignedDuration::from_secs(26));
    told(world, &world.ports(), subject, text).unwrap();
}

#[test]
fn a_text_of_several_lines_is_sent_as_a_template_in_one() {
    let world = world("PIX", &json!({}));
    world.clock.advance(SignedDuration::from_hours(25));
    told(&world, &world.ports(), "a", LINES).unwrap();
    assert_eq!(world.channel.texts(CUSTOMER), [IN_A_TEMPLATE]);
    assert_eq!(row_of(&world, "a").state, NotificationState::Sent);
}

#[test]
fn a_template_whose_answer_was_lost_is_not_said_twice() {
    for fate in [Fate::LostAfter, Fate::LostBefore] {
        let world = world("PIX", &json!({}));
        world.clock.advance(SignedDuration::from_hours(25));
        told_with_a_lost_answer(&world, fate, "a", LINES);
        assert_eq!(world.channel.texts(CUSTOMER), [IN_A_TEMPLATE]);
        let row = row_of(&world, "a");
        let receipts: Vec<ReceiptRow> = all(&world);
        assert_eq!(receipts.len(), 1);
        assert_eq!(receipts[0].intent(), Some(row.key()));
        assert_eq!(Some(&receipts[0].message_id), row.message_id.as_ref());
    }
}

#[test]
fn the_same_words_about_something_else_are_no_receipt() {
    let world = world("PIX", &json!({}));
    told(&world, &world.ports(), "session-1", "Seu nome, por favor?").unwrap();
    world.clock.advance(SignedDuration::from_secs(15));
    told_with_a_lost_answer(
        &world,
        Fate::LostBefore,
        "session-2",
        "Seu nome, por favor?",
    );
    assert_eq!(world.channel.texts(CUSTOMER).len(), 2);
    let ids = ["session-1", "session-2"].map(|subject| row_of(&world, subject).message_id);
    assert_ne!(ids[0], ids[1]);
}

/// The report of failure comes before the sender has written the receipt: its process was cut short, or is slow.
fn told_with_an_early_failure(world: &World, code: u32) -> NotificationRow {
    let now = world.clock.now();
    let failed = ReceiptRow::failed(&tenant(), &format!("SM{:032x}", 1), Some(code), now);
    world
        .store
        .seed(&tables::RECEIPTS, to_item(&failed).unwrap());
    told(world, &world.ports(), "a", LINES).unwrap();
    let receipts: Vec<ReceiptRow> = all(world);
    let row = row_of(world, "a");
    assert!(receipts.iter().all(|one| one.intent() == Some(row.key())));
    row
}

#[test]
fn a_failure_that_was_reported_before_the_receipt_is_followed_by_the_template() {
    let world = world("PIX", &json!({}));
    let row = told_with_an_early_failure(&world, 63_016);
    assert_eq!(world.channel.texts(CUSTOMER), [LINES, IN_A_TEMPLATE]);
    assert_eq!(row.state, NotificationState::Sent);
    assert_eq!(row.failed_message_id, Some(format!("SM{:032x}", 1)));
    assert_eq!(all::<Exception>(&world).len(), 0);
}

#[test]
fn a_failure_that_was_reported_before_the_receipt_is_seen_by_a_person() {
    let world = world("PIX", &json!({}));
    told_with_an_early_failure(&world, 63_024);
    assert_eq!(world.channel.texts(CUSTOMER), [LINES]);
    let seen: Vec<Exception> = all(&world);
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0].kind, ExceptionKind::MessageFailed);
}

#[test]
fn two_intents_of_the_same_words_are_two_messages() {
    let world = world("PIX", &json!({}));
    let store = store(&world);
    let ports = world.ports();
    let sender = block_on(sender(&ports, &store, &customer())).unwrap();
    let message = OutboundMessage {
        to: CUSTOMER.to_owned(),
        content: Content::Text(LINES.to_owned()),
    };
    // Taken for the first, whose receipt was lost; the second finds it as well, and is looked up once more.
    block_on(ports.channel.send(&sender, &message)).unwrap();
    told_with_a_lost_answer(&world, Fate::LostBefore, "a", LINES);
    told_with_a_lost_answer(&world, Fate::LostBefore, "b", LINES);
    assert_eq!(world.channel.texts(CUSTOMER).len(), 2);
    assert_ne!(
        row_of(&world, "a").message_id,
        row_of(&world, "b").message_id
    );
}
