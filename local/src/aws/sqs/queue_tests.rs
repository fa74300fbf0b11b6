//! Stories of one queue, time passed in: order within groups, deduplication, visibility, redrive; and after each story
//! the stored changes give the same queue back.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::{Accepted, Change, Queue, Received};
use crate::aws::sqs::{
    message::Message,
    settings::{Redrive, Settings},
};

/// What is done, and what comes of it.
enum Do {
    /// Send this body in this group under this deduplication id; whether it is new.
    Send(&'static str, &'static str, &'static str, bool),
    /// Receive at most so many, hidden for so many seconds; these bodies come, and these are dead.
    Receive(usize, i64, &'static [&'static str], &'static [&'static str]),
    /// Delete what came last with this body; whether that is allowed.
    Delete(&'static str, bool),
    /// Hide what came last with this body for so many seconds; whether that is allowed.
    Hide(&'static str, i64, bool),
    /// So many seconds pass.
    Pass(i64),
}
use Do::{Delete, Hide, Pass, Receive, Send};

const SECOND: SignedDuration = SignedDuration::from_secs(1);

fn message(body: &str, group: &str, deduplication_id: &str, now: Timestamp) -> Message {
    Message {
        sequence: 0,
        id: format!("id of {body}"),
        body: body.to_owned(),
        attributes: BTreeMap::new(),
        system_attributes: BTreeMap::new(),
        sent_at: now,
        visible_at: now,
        group: Some(group.to_owned()),
        deduplication_id: Some(deduplication_id.to_owned()),
        receive_count: 0,
        first_received_at: None,
        receipt: None,
        dead_letter_source: None,
    }
}

/// What the disk would hold.
#[derive(Default)]
struct Stored {
    messages: BTreeMap<u64, Message>,
    accepted: BTreeMap<String, Accepted>,
}

impl Stored {
    fn apply(&mut self, changes: Vec<Change>) {
        for change in changes {
            match change {
                Change::Message(message) => {
                    self.messages.insert(message.sequence, *message);
                }
                Change::Gone(sequence) => {
                    self.messages.remove(&sequence).expect("it was stored");
                }
                Change::Purged => self.messages.clear(),
                Change::Accepted(key, accepted) => {
                    self.accepted.insert(key, accepted);
                }
                Change::Forgotten(keys) => self.accepted.retain(|key, _| !keys.contains(key)),
            }
        }
    }
}

fn bodies(messages: &[Message]) -> Vec<&str> {
    messages
        .iter()
        .map(|message| message.body.as_str())
        .collect()
}

#[track_caller]
fn check(settings: &Settings, story: &[Do]) {
    let mut now: Timestamp = "2026-11-22T12:00:00Z".parse().expect("an instant");
    let mut queue = Queue::new(settings.clone(), BTreeMap::new(), BTreeMap::new(), now);
    let mut stored = Stored::default();
    let mut held: BTreeMap<String, (u64, String)> = BTreeMap::new();
    let mut receipts = 0;
    for (step, what) in story.iter().enumerate() {
        let mut changes = Vec::new();
        match what {
            Send(body, group, id, is_new) => {
                let sent = queue.send(message(body, group, id, now), now, &mut changes);
                assert_eq!(
                    sent.message_id == format!("id of {body}"),
                    *is_new,
                    "step {step}"
                );
            }
            Receive(maximum, seconds, expected, dead) => {
                let Received {
                    messages,
                    dead: buried,
                } = queue
                    .receive(
                        *maximum,
                        SECOND * i32::try_from(*seconds).expect("small"),
                        true,
                        now,
                        &mut || {
                            receipts += 1;
                            format!("receipt {receipts}")
                        },
                        &mut changes,
                    )
                    .expect("below the limit");
                assert_eq!(bodies(&messages), *expected, "step {step}");
                assert_eq!(bodies(&buried), *dead, "step {step}");
                for message in messages {
                    let receipt = message.receipt.clone().expect("a receipt");
                    held.insert(message.body.clone(), (message.sequence, receipt));
                }
            }
            Delete(body, allowed) => {
                let (sequence, receipt) = &held[*body];
                let deleted = queue.delete(*sequence, receipt, now, &mut changes);
                assert_eq!(deleted.is_ok(), *allowed, "step {step}");
            }
            Hide(body, seconds, allowed) => {
                let (sequence, receipt) = &held[*body];
                let visibility = SECOND * i32::try_from(*seconds).expect("small");
                let hidden =
                    queue.change_visibility(*sequence, receipt, visibility, now, &mut changes);
                assert_eq!(hidden.is_ok(), *allowed, "step {step}");
            }
            Pass(seconds) => now += SECOND * i32::try_from(*seconds).expect("small"),
        }
        stored.apply(changes);
        let reopened = Queue::new(
            settings.clone(),
            stored.messages.clone(),
            stored.accepted.clone(),
            now,
        );
        assert_eq!(reopened.messages, queue.messages, "step {step}");
        assert_eq!(reopened.accepted, queue.accepted, "step {step}");
    }
}

fn fifo() -> Settings {
    Settings {
        fifo: true,
        ..Settings::default()
    }
}

#[test]
fn a_group_waits_for_its_message_in_flight() {
    check(
        &fifo(),
        &[
            Send("a1", "a", "1", true),
            Send("a2", "a", "2", true),
            Send("b1", "b", "3", true),
            Receive(1, 30, &["a1"], &[]),
            Receive(10, 30, &["b1"], &[]),
            Receive(10, 30, &[], &[]),
            Delete("a1", true),
            Receive(10, 30, &["a2"], &[]),
        ],
    );
    // One receive may have several of a group, in order.
    check(
        &fifo(),
        &[
            Send("a1", "a", "1", true),
            Send("b1", "b", "2", true),
            Send("a2", "a", "3", true),
            Receive(10, 30, &["a1", "b1", "a2"], &[]),
            // The second is done, the first comes again: nothing overtakes it.
            Delete("a2", true),
            Send("a3", "a", "4", true),
            Receive(10, 30, &[], &[]),
            Hide("a1", 0, true),
            Receive(10, 30, &["a1", "a3"], &[]),
        ],
    );
}

#[test]
fn visibility_ends_by_itself_and_an_old_receipt_with_it() {
    check(
        &fifo(),
        &[
            Send("a1", "a", "1", true),
            Receive(1, 30, &["a1"], &[]),
            Pass(29),
            Receive(1, 30, &[], &[]),
            Hide("a1", 10, true),
            Pass(9),
            Receive(1, 30, &[], &[]),
            Pass(1),
            Delete("a1", false),
            Hide("a1", 10, false),
            Receive(1, 30, &["a1"], &[]),
            Delete("a1", true),
            Delete("a1", true),
            Pass(60),
            Receive(1, 30, &[], &[]),
        ],
    );
    // A standard queue takes a late delete, but not one with the receipt of an earlier receive.
    check(
        &Settings::default(),
        &[
            Send("a", "", "", true),
            Receive(1, 10, &["a"], &[]),
            Pass(11),
            Delete("a", true),
            Receive(1, 10, &[], &[]),
        ],
    );
}

#[test]
fn a_duplicate_is_dropped_for_five_minutes_even_if_the_first_is_gone() {
    check(
        &fifo(),
        &[
            Send("first", "a", "1", true),
            Send("again", "a", "1", false),
            Send("again elsewhere", "b", "1", false),
            Receive(10, 30, &["first"], &[]),
            Delete("first", true),
            Pass(299),
            Send("still again", "a", "1", false),
            Pass(1),
            Send("anew", "a", "1", true),
            Receive(10, 30, &["anew"], &[]),
        ],
    );
    let by_group = Settings {
        deduplicate_by_group: true,
        ..fifo()
    };
    check(
        &by_group,
        &[
            Send("first", "a", "1", true),
            Send("elsewhere", "b", "1", true),
            Send("again", "a", "1", false),
        ],
    );
    // A standard queue knows no deduplication.
    check(
        &Settings::default(),
        &[Send("a", "", "1", true), Send("b", "", "1", true)],
    );
}

#[test]
fn what_was_received_too_often_is_a_dead_letter_and_frees_its_group() {
    let settings = Settings {
        redrive: Some(Redrive {
            target_arn: "arn:aws:sqs:sa-east-1:000000000000:dead.fifo".to_owned(),
            max_receive_count: 2,
        }),
        ..fifo()
    };
    check(
        &settings,
        &[
            Send("a1", "a", "1", true),
            Send("a2", "a", "2", true),
            Receive(1, 5, &["a1"], &[]),
            Pass(5),
            Receive(1, 5, &["a1"], &[]),
            Pass(5),
            Receive(1, 5, &["a2"], &["a1"]),
        ],
    );
}

#[test]
fn a_message_is_gone_after_its_retention() {
    let settings = Settings {
        retention: SECOND * 60,
        ..fifo()
    };
    check(
        &settings,
        &[
            Send("a1", "a", "1", true),
            Pass(59),
            Receive(1, 0, &["a1"], &[]),
            Pass(1),
            Receive(1, 0, &[], &[]),
        ],
    );
}
