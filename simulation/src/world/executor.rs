//! Handlers as futures on one thread, and their answers as the engine expects them from `lambda:invoke`.

use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Waker},
};

use comanda_asl::{Pattern, Resource};
use comanda_engine::{
    Json,
    virtual_time::{TaskCall, TaskError, TaskRef},
};
use comanda_tasks::{
    ports::Ports,
    registry::{Invocation, InvocationError, invoke},
};
use serde::Deserialize as _;
use serde_json::{Value, json};

use super::{
    SharedTime,
    attendant::{Answered, Attendant, Called, Treatment, apart, called},
    lock,
};

type Running = Pin<Box<dyn Future<Output = ()> + Send>>;

/// What is under way.
#[derive(Default)]
pub(super) struct Executor {
    running: Vec<Running>,
    attendant: Option<Arc<dyn Attendant>>,
}

impl Executor {
    /// From now on this decides how tasks are carried out.
    pub fn attend(&mut self, attendant: Arc<dyn Attendant>) {
        self.attendant = Some(attendant);
    }

    /// Whether somebody does.
    pub fn is_attended(&self) -> bool {
        self.attendant.is_some()
    }

    /// Takes on a future that is nobody's task.
    pub fn spawn(&mut self, future: impl Future<Output = ()> + Send + 'static) {
        self.running.push(Box::pin(future));
    }

    /// Begins to answer a task of an execution.
    pub fn answer(&mut self, call: TaskCall, ports: &Ports, time: &SharedTime) {
        let (ports, time) = (ports.clone(), time.clone());
        let attendant = self.attendant.clone();
        self.spawn(async move {
            let (task, awaits_token) = (call.task.clone(), awaits_token(&call));
            let result = match invocation(&call) {
                Some(invocation) => {
                    let called = called(&call, &invocation);
                    carry_out(&ports, invocation, (&called, attendant.as_deref())).await
                }
                None => Some(Err(InvocationError {
                    error_type: "Unexpected".to_owned(),
                    error_message: format!("nobody answers {}", call.request.resource),
                })),
            };
            if let Some(result) = result {
                let _heard = complete(&time, &task, awaits_token, result);
            }
        });
    }

    /// Polls everything once; whether anything came to its end.
    pub fn poll(&mut self) -> bool {
        let before = self.running.len();
        let mut context = Context::from_waker(Waker::noop());
        self.running
            .retain_mut(|future| match future.as_mut().poll(&mut context) {
                Poll::Ready(()) => false,
                Poll::Pending => true,
            });
        self.running.len() < before
    }
}

/// Carries a call out as it is to be; `None` where nobody answers it.
async fn carry_out(
    ports: &Ports,
    invocation: Invocation,
    (called, attendant): (&Called, Option<&dyn Attendant>),
) -> Option<Answered> {
    let treatment = attendant.map_or(Treatment::Once, |attendant| attendant.treat(called));
    match treatment {
        Treatment::Once => Some(invoke(ports, invocation).await),
        Treatment::Twice => {
            let first = invoke(ports, invocation.clone()).await;
            let second = invoke(&apart(ports), invocation).await;
            if let Some(attendant) = attendant {
                attendant.repeated(called, (&first, &second));
            }
            Some(second)
        }
        Treatment::Fails { error, after } => {
            if after {
                let _lost = invoke(ports, invocation).await;
            }
            Some(Err(error))
        }
        Treatment::Silent { after } => {
            if after {
                let _lost = invoke(ports, invocation).await;
            }
            None
        }
    }
}

pub(crate) fn awaits_token(call: &TaskCall) -> bool {
    matches!(
        call.request.target(),
        Resource::Service(integration) if integration.pattern == Pattern::WaitForTaskToken
    )
}

/// Our own Lambda functions are the only service here.
pub(crate) fn invocation(call: &TaskCall) -> Option<Invocation> {
    match call.request.target() {
        Resource::Service(integration)
            if integration.service == "lambda" && integration.action == "invoke" =>
        {
            let payload = call.request.arguments.value().get("Payload")?;
            Invocation::deserialize(payload).ok()
        }
        _ => None,
    }
}

/// A task that is over meanwhile (timed out, stopped) wants no answer: answers whether this one was heard.
pub(crate) fn complete(
    time: &SharedTime,
    task: &TaskRef,
    awaits_token: bool,
    result: Result<Value, InvocationError>,
) -> bool {
    let mut time = lock(time);
    let heard = match result {
        Ok(payload) => {
            // Not by `json!`, which copies what it is given.
            let fields = [
                ("ExecutedVersion", Value::from("$LATEST")),
                ("Payload", payload),
                ("StatusCode", Value::from(200)),
            ];
            let fields = fields.map(|(name, value)| (name.to_owned(), value));
            let answer = Json::new(fields.into_iter().collect());
            if awaits_token {
                time.submitted(task, answer)
            } else {
                time.complete(task, Ok(answer))
            }
        }
        Err(error) => {
            let cause = json!({ "errorMessage": error.error_message, "errorType": error.error_type, "trace": [] });
            time.complete(
                task,
                Err(TaskError::new(error.error_type, cause.to_string())),
            )
        }
    };
    heard.is_ok()
}
