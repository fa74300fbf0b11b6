//! Carrying out one step on a state: the real handlers, from their first call to their last or to their death.

use std::{
    future::Future,
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll, Waker},
};

use comanda_asl::WorkflowKind;
use comanda_domain::{invariants::Breach, money::Money, order::Actor};
use comanda_engine::virtual_time::TaskCall;
use comanda_tasks::{
    api,
    ports::{Completion, Ports, Workflows as _, intercept::intercepted},
    pos::events::{self, Taken},
    registry::{self, InvocationError},
    testing, webhooks,
};
use serde_json::{Value, json};

use super::{
    live::Measured,
    live::{Live, Posted},
    meeting::{Meeting, Mishap},
    step::{How, Step, What},
};
use crate::{
    restaurant,
    world::{executor, lock, workflows::EngineWorkflows},
};

/// A handler at work.
type Work<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// How a run of a handler ended.
enum Run<T> {
    /// It came to its end and answered.
    Answered(T),
    /// It died, or its answer was lost.
    Died,
    /// The mishap cannot befall it: it has fewer effects, or fewer calls.
    Impossible,
}

impl Live {
    /// The state after a step; `None` where the step cannot be.
    pub(super) fn after(&self, step: &Step) -> Option<Self> {
        let mut next = self.fork();
        let possible = next.act(step);
        possible.then(|| {
            next.look();
            next
        })
    }

    /// What a handler does when nothing befalls it: until something does, it does the same.
    pub(super) fn measure(&self, what: What) -> Measured {
        let mut next = self.fork();
        let how = How::Well;
        next.act(&Step { what, how });
        next.measured
    }

    fn act(&mut self, step: &Step) -> bool {
        self.was_disturbed |= step.how != How::Well;
        match step.how {
            How::Well => {}
            How::DiesAfter(_) => self.left.crashes -= 1,
            How::Overtaken(..) => self.left.overtakes -= 1,
        }
        match step.what {
            What::Task(position) => self.task(position, step.how),
            What::Delivery(position) => self.delivery(position, step.how),
            What::DeliveryAndAgain(position) => {
                let Some(post) = self.posts.get(position).cloned() else {
                    return false;
                };
                self.was_disturbed = true;
                self.left.duplicates -= 1;
                self.posts.push(post);
                self.delivery(position, step.how)
            }
            What::Pays => self.pays(),
            What::Cancels => {
                self.left.cancels -= 1;
                self.post(Posted::Cancel);
                true
            }
            What::SaysYes => self.decides(json!({ "confirmed": { "readyInMinutes": 35 } })),
            What::SaysNo => self.decides(json!({ "rejected": { "reason": "Acabou o bacon" } })),
            What::GivesBack => self.refunds_end(true),
            What::RefusesToGiveBack => {
                self.left.denials -= 1;
                self.refunds_end(false)
            }
            What::RunsDry => {
                self.left.blocks -= 1;
                self.dry = true;
                let nothing = Money::from_centavos(-1);
                self.outside.provider.set_spare_balance(nothing);
                true
            }
            What::IsToppedUp => {
                self.dry = false;
                self.outside.provider.set_spare_balance(Money::ZERO);
                true
            }
            What::TimePasses => {
                if lock(&self.time).calls().next().is_some() {
                    self.was_disturbed = true;
                    self.left.delays -= 1;
                }
                self.time_passes()
            }
        }
    }

    pub(super) fn task(&mut self, position: usize, how: How) -> bool {
        let call = lock(&self.time).take_call(position);
        let Some(call) = call else { return false };
        let Some(invocation) = executor::invocation(&call) else {
            self.broke("W10", format!("nobody answers {}", call.request.resource));
            return true;
        };
        let run = self.run(how, |ports| {
            Box::pin(async move { registry::invoke(&ports, invocation).await })
        });
        match run {
            Run::Answered(result) => self.answer(&call, result),
            Run::Died => self.answer(&call, Err(died())),
            Run::Impossible => return false,
        }
        true
    }

    fn answer(&self, call: &TaskCall, result: Result<Value, InvocationError>) {
        let awaits_token = executor::awaits_token(call);
        executor::complete(&self.time, &call.task, awaits_token, result);
    }

    fn delivery(&mut self, position: usize, how: How) -> bool {
        let now = self.now();
        if self.posts.get(position).is_none_or(|post| post.due > now) {
            return false;
        }
        let what = self.posts.remove(position).what;
        let (shop, order, post) = (self.shop.clone(), self.order.clone(), what.clone());
        let run = self.run(how, |ports| {
            Box::pin(async move {
                match post {
                    Posted::Webhook(_, request) => {
                        let route = restaurant::WEBHOOK_ROUTE;
                        let answer = webhooks::asaas::receive(&ports, route, &request).await;
                        answer.status == 200
                    }
                    Posted::Event(body) => events::receive(&ports, &body).await == Taken::Done,
                    Posted::Cancel => {
                        let request = api::CancelRequest {
                            by: Actor::Customer,
                            reason: None,
                        };
                        let cancelled =
                            api::cancel_order(&ports, &shop, order.as_str(), request).await;
                        cancelled.status < 500
                    }
                }
            })
        });
        match run {
            Run::Answered(true) => {}
            // Whoever sent it sends it again.
            Run::Answered(false) | Run::Died => self.post_again(what),
            Run::Impossible => return false,
        }
        true
    }

    /// Lets a handler work until it ends, dies, or is overtaken.
    fn run<T>(&mut self, how: How, make: impl FnOnce(Ports) -> Work<T>) -> Run<T> {
        let (mishap, other) = match how {
            How::Well => (Mishap::None, None),
            How::DiesAfter(effects) => (Mishap::DiesAfter(effects), None),
            How::Overtaken(at, other) => (Mishap::OvertakenAt(at), Some(other)),
        };
        let meeting = Meeting::new(mishap, Self::tenant());
        let work = make(intercepted(&self.ports(), meeting.clone()));
        let ended = self.drive(work, (&meeting, other));
        if meeting.trespassed() {
            self.broke("T2", "a row of another tenant was touched");
        }
        if mishap == Mishap::None {
            self.measured = Measured {
                calls: meeting.calls(),
                effects: meeting.effects(),
            };
        }
        match (ended, mishap) {
            (None, Mishap::DiesAfter(_)) => Run::Died,
            (None, _) => Run::Impossible,
            // All effects came about, and nobody heard of it.
            (Some(_), Mishap::DiesAfter(effects)) if effects == meeting.effects() => Run::Died,
            (Some(_), Mishap::DiesAfter(effects)) if effects > meeting.effects() => Run::Impossible,
            (Some(_), Mishap::OvertakenAt(_)) if !meeting.was_overtaken() => Run::Impossible,
            (Some(end), _) => Run::Answered(end),
        }
    }

    /// `None` where the work died, or waits for what never comes.
    fn drive<T>(
        &mut self,
        work: Work<T>,
        (meeting, other): (&Arc<Meeting>, Option<What>),
    ) -> Option<T> {
        let mut work = pin!(work);
        let mut context = Context::from_waker(Waker::noop());
        loop {
            if let Poll::Ready(end) = work.as_mut().poll(&mut context) {
                return Some(end);
            }
            if meeting.took_death() {
                return None;
            }
            if meeting.waits() {
                let first = Step {
                    what: other?,
                    how: How::Well,
                };
                if !self.act(&first) {
                    return None;
                }
                meeting.open();
            } else if !self.go_on_inside((meeting, other)) {
                return None;
            }
        }
    }

    /// A handler waits for an express execution: its tasks are carried out, within the same run.
    fn go_on_inside(&mut self, (meeting, other): (&Arc<Meeting>, Option<What>)) -> bool {
        let position = {
            let time = lock(&self.time);
            time.calls().position(|call| {
                let execution = time.execution(&call.task.execution);
                execution.is_some_and(|execution| execution.start().kind == WorkflowKind::Express)
            })
        };
        let Some(position) = position else {
            // It pauses before it tries again.
            return lock(&self.time).next_timer().is_some() && self.time_passes();
        };
        let call = lock(&self.time).take_call(position);
        let Some((call, invocation)) = call.and_then(|call| {
            let invocation = executor::invocation(&call)?;
            Some((call, invocation))
        }) else {
            return false;
        };
        let ports = intercepted(&self.ports(), meeting.clone());
        let work = Box::pin(async move { registry::invoke(&ports, invocation).await });
        let result = self.drive(work, (meeting, other));
        self.answer(&call, result.unwrap_or_else(|| Err(died())));
        true
    }

    fn pays(&mut self) -> bool {
        let Some(truth) = self.charge() else {
            return false;
        };
        self.left.payments -= 1;
        let (id, amount) = (&truth.charge.id, truth.charge.amount);
        self.outside.provider.pay(id, amount);
        if let Some(paid) = self.outside.provider.charge(id) {
            self.webhook("PAYMENT_RECEIVED", &paid);
        }
        true
    }

    /// The store answers by the token that it was given last; by the events queue where that no longer counts.
    fn decides(&mut self, decision: Value) -> bool {
        let Some(token) = self.store_token() else {
            return false;
        };
        self.left.answers -= 1;
        let workflows = EngineWorkflows::new(self.time.clone());
        let completed = testing::block_on(workflows.succeed(&token, decision.clone()));
        if completed != Ok(Completion::Accepted) {
            let event = json!({
                "type": "ORDER_DECISION", "decision": decision,
                "clientId": self.shop.client_id, "storeId": self.shop.store_id,
                "orderId": self.order, "eventId": format!("pos-{}", self.left.answers),
            });
            self.post(Posted::Event(event.to_string()));
        }
        true
    }

    /// The token of the newest message that asks the store.
    pub(super) fn store_token(&self) -> Option<String> {
        let messages = self.outside.queue.messages();
        let bodies = messages.iter().rev();
        let mut bodies = bodies.filter_map(|sent| serde_json::from_str::<Value>(&sent.body).ok());
        bodies.find_map(|body| {
            let token = body.pointer("/data/taskToken").and_then(Value::as_str);
            token.map(str::to_owned)
        })
    }

    fn refunds_end(&mut self, done: bool) -> bool {
        let under_way = self.is_refunding();
        for truth in self.outside.provider.charges() {
            let id = &truth.charge.id;
            self.outside.provider.settle_refunds(id, done);
            let event = if done {
                "PAYMENT_REFUNDED"
            } else {
                "PAYMENT_REFUND_DENIED"
            };
            if let Some(now) = self.outside.provider.charge(id)
                && now.charge.refunds != truth.charge.refunds
            {
                self.webhook(event, &now);
            }
        }
        under_way
    }

    /// To the next timer, or to the next thing that comes again.
    pub(super) fn time_passes(&mut self) -> bool {
        let now = self.now();
        let timer = lock(&self.time).next_timer();
        let again = self.posts.iter().map(|post| post.due);
        let again = again.filter(|due| *due > now).min();
        let Some(next) = [timer, again].into_iter().flatten().min() else {
            return false;
        };
        self.outside.clock.set(next.max(now));
        if timer == Some(next) {
            lock(&self.time).fire_next_timer()
        } else {
            lock(&self.time).wait_until(next);
            true
        }
    }

    fn broke(&mut self, invariant: &'static str, detail: impl Into<String>) {
        self.breaches.push(Breach {
            invariant,
            detail: detail.into(),
        });
    }
}

/// What Step Functions says of a function that died.
fn died() -> InvocationError {
    InvocationError {
        error_type: "Lambda.Unknown".to_owned(),
        error_message: "the process exited".to_owned(),
    }
}
