//! Running a handler without an async runtime: in-memory ports answer at once, so a future that waits will wait for ever.

use std::{
    future::Future,
    pin::pin,
    task::{Context, Poll, Waker},
};

/// What a future came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Polled<T> {
    /// Its end.
    Done(T),
    /// It waits for something that will not come: its caller has crashed, and it was dropped.
    Stuck,
}

/// Runs a future over in-memory ports, and drops it where it waits for ever. That drop is the crash.
pub fn poll_until_stuck<T>(future: impl Future<Output = T>) -> Polled<T> {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    match future.as_mut().poll(&mut context) {
        Poll::Ready(end) => Polled::Done(end),
        Poll::Pending => Polled::Stuck,
    }
}

/// Runs a future that nobody interrupts.
///
/// # Panics
/// If it waits: in-memory ports never make a handler wait.
#[expect(clippy::panic, reason = "a test helper; the alternative is to hang")]
pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    match poll_until_stuck(future) {
        Polled::Done(end) => end,
        Polled::Stuck => panic!("the future waits for something that in-memory ports never give"),
    }
}
