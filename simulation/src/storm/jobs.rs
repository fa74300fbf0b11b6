//! Everything that runs at the same time in a world, as futures on one thread: handlers, and calls from outside.

use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Waker},
};

use comanda_engine::virtual_time::TaskRef;
use comanda_tasks::{
    http,
    ports::Ports,
    pos::events::Taken,
    registry::{self, Invocation, InvocationError},
};
use serde_json::Value;

use super::network::Job;

/// Who waits for a job, and what for.
#[derive(Debug, Clone)]
pub(crate) enum Caller {
    /// A task of an execution.
    Task { task: TaskRef, awaits_token: bool },
    /// A customer who places an order.
    Place {
        order: usize,
        attempt: u32,
        another: bool,
    },
    /// A customer or a person of ours who wants something of an order.
    Wish {
        order: usize,
        attempt: u32,
        wish: Wish,
    },
    /// The payment provider, with an event.
    Hook { lane: u64 },
    /// The events queue, with a message of the POS.
    Event { order: usize },
    /// The channel, with what a customer wrote or with a report.
    Channel { call: usize, attempt: u32 },
}

/// What somebody wants of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wish {
    /// That it is called off, by the customer.
    Cancel,
    /// That it is called off, by a person of ours.
    CancelAsOperator,
    /// To pay by PIX instead.
    PayByPix,
    /// To pay by card instead.
    PayByCard,
}

/// How a job ended.
pub(crate) enum Ended {
    Task(Result<Value, InvocationError>),
    Http(http::Answer),
    Event(Taken),
    /// Whether an operation was carried out or refused; `None` where it is to be tried again.
    Operation(Option<bool>),
    /// The process is gone; nobody was answered.
    Crashed,
}

/// Answers a task, and notes where it fails because somebody is away.
pub(crate) async fn answered(job: Arc<Job>, ports: Ports, invocation: Invocation) -> Ended {
    let answered = registry::invoke(&ports, invocation).await;
    if matches!(&answered, Err(error) if error.error_type == registry::OUTAGE) {
        job.was_held_up();
    }
    Ended::Task(answered)
}

type Running = Pin<Box<dyn Future<Output = Ended> + Send>>;

/// Jobs under way, each with who waits for it.
pub(crate) struct Jobs<C> {
    running: Vec<(C, Arc<Job>, Running)>,
}

impl<C> Default for Jobs<C> {
    fn default() -> Self {
        Self {
            running: Vec::new(),
        }
    }
}

impl<C: Clone> Jobs<C> {
    pub fn spawn(
        &mut self,
        caller: C,
        job: Arc<Job>,
        future: impl Future<Output = Ended> + Send + 'static,
    ) {
        self.running.push((caller, job, Box::pin(future)));
    }

    /// Polls each once, and gives those that ended.
    pub fn poll(&mut self) -> Vec<(C, Ended)> {
        let mut context = Context::from_waker(Waker::noop());
        let mut ended = Vec::new();
        self.running.retain_mut(|(caller, job, future)| {
            if job.is_over() {
                ended.push((caller.clone(), Ended::Crashed));
                return false;
            }
            let end = match future.as_mut().poll(&mut context) {
                Poll::Ready(end) => end,
                Poll::Pending if job.has_crashed() => Ended::Crashed,
                Poll::Pending => return true,
            };
            ended.push((caller.clone(), end));
            false
        });
        ended
    }
}
