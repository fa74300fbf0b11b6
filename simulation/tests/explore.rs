//! Everything that can happen to one order within so many steps, in every order: as far as fits a test.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test's helpers fail the test"
)]

use std::num::NonZeroUsize;

use comanda_simulation::explore::{Bounds, Exploration, Subject, explore};

fn exploration(subject: Subject, bounds: Bounds, steps: usize) -> Exploration {
    Exploration {
        subject,
        bounds,
        steps_max: NonZeroUsize::new(steps),
        generated_max: None,
        threads: 2,
        depth_first: false,
        planted: None,
    }
}

#[track_caller]
fn holds(subject: Subject, steps: usize, ends: &[&str]) {
    let exploration = exploration(subject, subject.small(), steps);
    let explored = explore(&exploration, &mut |_| {}).unwrap();
    println!("{:?}", explored.progress);
    if let Some(story) = &explored.broken {
        panic!("{:?}\n{}", story.broken, story.lines.join("\n"));
    }
    let states = explored.progress.states;
    assert!(states >= 300, "only {states} states");
    for end in ends {
        assert!(explored.ends.contains(&(*end, true)), "no order was {end}");
    }
}

#[test]
fn an_order_s_first_steps_break_nothing() {
    holds(Subject::Order, 11, &["cancelled"]);
}

#[test]
fn the_signal_protocol_s_first_steps_break_nothing() {
    holds(Subject::Signal, 5, &[]);
}

#[test]
fn a_refund_s_first_steps_break_nothing() {
    holds(Subject::Refund, 6, &["blocked"]);
}
