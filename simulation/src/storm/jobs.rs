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
    /// Nobody waits for it any longer; it goes on.
    TooLate,
}

impl Ended {
    /// Whether a task failed in a way that passes.
    pub fn is_to_be_tried_again(&self) -> bool {
        match self {
            Self::Task(Err(error)) => error.error_type == registry::OUTAGE,
            Self::Crashed => true,
            _ => false,
        }
    }

    /// What a task's execution hears.
    pub fn of_task(self) -> Result<Value, InvocationError> {
        match self {
            Self::Task(result) => result,
            // What Step Functions says of a function that died (Lambda.Unknown).
            _ => Err(InvocationError {
                error_type: "Lambda.Unknown".to_owned(),
                error_message: "the process exited".to_owned(),
            }),
        }
    }
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

/// Jobs under way, each with who waits for it, as long as they do.
pub(crate) struct Jobs<C> {
    running: Vec<(Option<C>, Arc<Job>, Running)>,
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
        self.running.push((Some(caller), job, Box::pin(future)));
    }

    /// Polls each once, and gives those that ended, or that whoever called waits for no longer.
    pub fn poll(&mut self) -> Vec<(C, Arc<Job>, Ended)> {
        let mut context = Context::from_waker(Waker::noop());
        let mut ended = Vec::new();
        self.running.retain_mut(|(caller, job, future)| {
            let end = match end_of(job, future, &mut context) {
                Some(end) => end,
                None if caller.is_some() && job.is_too_late() => Ended::TooLate,
                None => return true,
            };
            let goes_on = matches!(end, Ended::TooLate);
            ended.extend(caller.take().map(|caller| (caller, job.clone(), end)));
            goes_on
        });
        ended
    }
}

/// How it ended, if it did.
fn end_of(job: &Job, future: &mut Running, context: &mut Context<'_>) -> Option<Ended> {
    if job.is_over() {
        return Some(Ended::Crashed);
    }
    match future.as_mut().poll(context) {
        Poll::Ready(end) => Some(end),
        Poll::Pending => job.has_crashed().then_some(Ended::Crashed),
    }
}

#[cfg(test)]
mod tests {
    use std::{future::pending, sync::Arc};

    use comanda_tasks::testing::World;
    use jiff::{SignedDuration, Timestamp};

    use super::{Ended, Jobs};
    use crate::storm::{
        network::{Job, Network, Patience},
        weather::Weather,
    };

    fn at(seconds: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds)
    }

    /// What its caller hears of a call that never ends, and when; and when it is gone.
    #[track_caller]
    fn check((entry_point, patience): (&str, Patience), heard: &[(i64, &str)], gone: i64) {
        let world = World::new(at(0), 1);
        let network = Network::new(1, Weather::none(), world.clock.clone(), false);
        let name = "a call, try 1".to_owned();
        let job = Job::of_entry_point(&Arc::new(network), (name, "t"), (entry_point, patience));
        let mut jobs = Jobs::default();
        jobs.spawn((), job, pending());
        let mut found = Vec::new();
        let mut seconds = 0;
        while !jobs.running.is_empty() {
            world.clock.set(at(seconds));
            found.extend(jobs.poll().into_iter().map(|(_, _, end)| match end {
                Ended::TooLate => (seconds, "too late"),
                Ended::Crashed => (seconds, "crashed"),
                _ => (seconds, "answered"),
            }));
            seconds += 1;
        }
        assert_eq!((&*found, seconds - 1), (heard, gone), "{entry_point}");
    }

    #[test]
    fn whoever_calls_waits_no_longer_than_they_say_and_a_function_runs_no_longer_than_it_may() {
        check(("asaas", Patience::Provider), &[(10, "too late")], 20);
        check(("twilio", Patience::Channel), &[(15, "too late")], 20);
        check(("cancel_order", Patience::Gateway), &[(20, "crashed")], 20);
        check(("place_order", Patience::Gateway), &[(30, "too late")], 65);
        check(("events", Patience::Queue), &[(20, "crashed")], 20);
    }

    #[test]
    fn a_call_that_nobody_waits_for_is_carried_out_and_not_heard_of() {
        let world = World::new(at(0), 1);
        let network = Arc::new(Network::new(1, Weather::none(), world.clock.clone(), false));
        let call = ("place_order", Patience::Gateway);
        let job = Job::of_entry_point(&network, ("a call, try 1".to_owned(), "t"), call);
        let (clock, done) = (world.clock.clone(), Arc::new(std::sync::Mutex::new(false)));
        let mut jobs = Jobs::default();
        let noted = done.clone();
        jobs.spawn(
            (),
            job,
            std::future::poll_fn(move |_| {
                if comanda_tasks::ports::Clock::now(&*clock) < at(40) {
                    return std::task::Poll::Pending;
                }
                *crate::world::lock(&noted) = true;
                std::task::Poll::Ready(Ended::Operation(Some(true)))
            }),
        );
        let mut heard = 0;
        for seconds in 0..65 {
            world.clock.set(at(seconds));
            heard += jobs.poll().len();
        }
        assert!(*crate::world::lock(&done));
        assert_eq!((heard, jobs.running.len()), (1, 0));
    }
}
