//! The contract of [`Queue`], and of what its readers see: SQS FIFO's order, deduplication, groups and visibility.

use std::time::Duration;

use super::{Doing, Held, answered, same, suite, that};
use crate::ports::{Queue, QueueMessage};

/// A message that a reader took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// The text.
    pub body: String,
    /// What it is deleted by.
    pub receipt: String,
}

/// The other end of the queues, and time.
pub trait QueueRig: Sync {
    /// The port.
    fn queue(&self) -> &dyn Queue;
    /// The address of an empty FIFO queue of this name, whose messages stay invisible for 30 seconds when they are taken.
    fn fresh(&self, name: &'static str) -> Doing<'_, String>;
    /// Takes the next message that is to be had, without waiting.
    fn take<'a>(&'a self, url: &'a str) -> Doing<'a, Option<Taken>>;
    /// Deletes a message that was taken.
    fn delete<'a>(&'a self, url: &'a str, taken: &'a Taken) -> Doing<'a, ()>;
    /// Time passes.
    fn pass(&self, time: Duration) -> Doing<'_, ()>;
}

suite! {
    /// Runs every case.
    on &dyn QueueRig;
    a_group_is_in_order,
    a_repeat_is_dropped_for_five_minutes,
    queues_remember_each_for_itself,
    a_group_waits_for_its_first_message,
    what_was_not_deleted_comes_again_in_its_place,
}

/// An hour in which nothing happens would end every window; a minute ends the invisibility and no window.
const MINUTE: Duration = Duration::from_secs(60);

async fn send(rig: &dyn QueueRig, url: &str, (group, id, body): (&str, &str, &str)) -> Held {
    let message = QueueMessage {
        queue_url: url.to_owned(),
        body: body.to_owned(),
        group_id: group.to_owned(),
        deduplication_id: id.to_owned(),
    };
    answered("sending", rig.queue().send(message).await)
}

/// Takes and deletes everything that is to be had.
async fn drain(rig: &dyn QueueRig, url: &str) -> Result<Vec<String>, String> {
    let mut bodies = Vec::new();
    while let Some(taken) = rig.take(url).await {
        rig.delete(url, &taken).await;
        bodies.push(taken.body);
        that(bodies.len() < 100, "the queue never ends")?;
    }
    Ok(bodies)
}

async fn take(rig: &dyn QueueRig, url: &str, expected: &str) -> Result<Taken, String> {
    let taken = rig.take(url).await;
    let body = taken.as_ref().map(|taken| taken.body.as_str());
    same("the next message", body, Some(expected))?;
    taken.ok_or_else(|| "nothing was taken".to_owned())
}

async fn nothing(rig: &dyn QueueRig, url: &str) -> Held {
    same("the next message", rig.take(url).await, None)
}

async fn a_group_is_in_order(rig: &dyn QueueRig) -> Held {
    let url = rig.fresh("order").await;
    for number in ["1", "2", "3", "4", "5"] {
        send(rig, &url, ("group", number, number)).await?;
    }
    same(
        "drained",
        drain(rig, &url).await?,
        ["1", "2", "3", "4", "5"].map(str::to_owned).to_vec(),
    )
}

/// Also when the first is long taken and deleted, and whatever it says; but not in another group only by chance.
async fn a_repeat_is_dropped_for_five_minutes(rig: &dyn QueueRig) -> Held {
    let url = rig.fresh("repeats").await;
    send(rig, &url, ("group", "id", "once")).await?;
    send(rig, &url, ("group", "id", "twice")).await?;
    send(rig, &url, ("another", "id", "elsewhere")).await?;
    same("at once", drain(rig, &url).await?, vec!["once".to_owned()])?;
    rig.pass(MINUTE * 4).await;
    send(rig, &url, ("group", "id", "thrice")).await?;
    same("after four minutes", drain(rig, &url).await?, Vec::new())?;
    // The window is the first one's: a repeat does not lengthen it.
    rig.pass(MINUTE * 2).await;
    send(rig, &url, ("group", "id", "again")).await?;
    same(
        "after six minutes",
        drain(rig, &url).await?,
        vec!["again".to_owned()],
    )
}

async fn queues_remember_each_for_itself(rig: &dyn QueueRig) -> Held {
    let (one, other) = (rig.fresh("one").await, rig.fresh("other").await);
    send(rig, &one, ("group", "id", "here")).await?;
    send(rig, &other, ("group", "id", "there")).await?;
    same("in one", drain(rig, &one).await?, vec!["here".to_owned()])?;
    same(
        "in the other",
        drain(rig, &other).await?,
        vec!["there".to_owned()],
    )
}

async fn a_group_waits_for_its_first_message(rig: &dyn QueueRig) -> Held {
    let url = rig.fresh("groups").await;
    for (group, body) in [("a", "a1"), ("a", "a2"), ("b", "b1")] {
        send(rig, &url, (group, body, body)).await?;
    }
    let first = take(rig, &url, "a1").await?;
    let other = take(rig, &url, "b1").await?;
    nothing(rig, &url).await?;
    rig.delete(&url, &other).await;
    nothing(rig, &url).await?;
    rig.delete(&url, &first).await;
    let second = take(rig, &url, "a2").await?;
    rig.delete(&url, &second).await;
    nothing(rig, &url).await
}

async fn what_was_not_deleted_comes_again_in_its_place(rig: &dyn QueueRig) -> Held {
    let url = rig.fresh("again").await;
    for body in ["1", "2"] {
        send(rig, &url, ("group", body, body)).await?;
    }
    let lost = take(rig, &url, "1").await?;
    nothing(rig, &url).await?;
    rig.pass(MINUTE).await;
    let again = take(rig, &url, "1").await?;
    that(again.receipt != lost.receipt, "a receipt is used twice")?;
    rig.delete(&url, &again).await;
    same("the rest", drain(rig, &url).await?, vec!["2".to_owned()])
}
