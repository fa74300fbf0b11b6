//! One function: an event in, an answer out, and one line of log about it.

use std::{sync::Arc, time::Instant};

use comanda_tasks::{
    fault::Fault,
    http::Answer,
    ports::{Ports, metered::metered},
    registry::{self, InvocationError, OUTAGE, UNEXPECTED},
    routes::{self, Entrance},
};
use lambda_runtime::{Context, Diagnostic};
use serde_json::Value;

use crate::{
    event::{Event, UnknownEvent},
    gateway::{self, GatewayRequest},
    log,
    queue::{self, Record},
    settings::{Settings, SettingsError},
};

/// The service and the world that it is in.
pub(crate) struct Function {
    service: &'static str,
    ports: Ports,
    public_url: String,
}

/// What the log tells of an invocation beside its end: names of ours and counts, nothing that somebody wrote.
#[derive(Default)]
struct Told {
    kind: &'static str,
    task: String,
    execution: String,
    status: u16,
    messages: usize,
    again: usize,
    wrong: Vec<Wrong>,
}

/// What went wrong, in our own words, which hold nothing personal (`comanda_tasks::fault`).
enum Wrong {
    /// Somebody was away: no fault of ours, and no alarm.
    Outage(String),
    /// A person must look.
    Ours(String),
}

impl From<&Fault> for Wrong {
    fn from(fault: &Fault) -> Self {
        if fault.is_retryable() {
            Self::Outage(fault.to_string())
        } else {
            Self::Ours(fault.to_string())
        }
    }
}

impl Wrong {
    /// Nothing of a refusal, which is an answer and may be personal.
    fn of_task(error: &InvocationError) -> Option<Self> {
        let words = || error.error_message.clone();
        match error.error_type.as_str() {
            UNEXPECTED => Some(Self::Ours(words())),
            OUTAGE => Some(Self::Outage(words())),
            _ => None,
        }
    }

    /// A status of ours without a fault behind it says itself what is wrong.
    fn of_answer(answer: &Answer) -> Option<Self> {
        match &answer.fault {
            Some(fault) => Some(fault.as_ref().into()),
            None if answer.status == 500 => {
                let words = answer
                    .body
                    .pointer("/error/message")
                    .and_then(Value::as_str);
                Some(Self::Ours(words.unwrap_or_default().to_owned()))
            }
            None => None,
        }
    }
}

/// An error as Lambda hands it on to the caller. Not the log's: a refusal's payload may be personal.
pub(crate) struct Answered(InvocationError);

impl Answered {
    /// As the runtime wants it.
    pub(crate) fn diagnostic(self) -> Diagnostic {
        Diagnostic {
            error_type: self.0.error_type,
            error_message: self.0.error_message,
        }
    }
}

impl Function {
    pub(crate) fn new(settings: Settings) -> Result<Self, SettingsError> {
        let mut ports = comanda_tasks_aws::connect(settings.ports);
        let clock = Arc::clone(&ports.clock);
        ports.store = metered(ports.store, clock, Arc::new(log::line));
        Ok(Self {
            service: settings.service,
            ports,
            public_url: settings.public_url,
        })
    }

    /// Answers one invocation.
    pub(crate) async fn invoke(
        &self,
        payload: Value,
        context: &Context,
    ) -> Result<Value, Answered> {
        let began = Instant::now();
        let mut told = Told::default();
        let answer = self.answer(payload, &mut told).await;
        let error = answer.as_ref().err();
        told.wrong.extend(error.and_then(Wrong::of_task));
        self.tell(&told, error, context, began);
        answer.map_err(Answered)
    }

    async fn answer(&self, payload: Value, told: &mut Told) -> Result<Value, InvocationError> {
        match Event::read(payload) {
            Ok(Event::Task(payload)) => self.task(payload, told).await,
            Ok(Event::Request(request)) => self.request(*request, told).await,
            Ok(Event::Messages(records)) => self.messages(records, told).await,
            Err(UnknownEvent) => Err(unexpected(
                "the event is neither a call of a task, nor a request, nor messages of a queue",
            )),
        }
    }

    async fn task(&self, payload: Value, told: &mut Told) -> Result<Value, InvocationError> {
        let word = |key: &str| payload.get(key).and_then(Value::as_str).unwrap_or_default();
        told.kind = "task";
        word("task").clone_into(&mut told.task);
        word("execution").clone_into(&mut told.execution);
        registry::invoke_function(&self.ports, self.service, payload).await
    }

    async fn request(
        &self,
        request: GatewayRequest,
        told: &mut Told,
    ) -> Result<Value, InvocationError> {
        told.kind = "request";
        let entrance = Entrance {
            ports: &self.ports,
            url: &self.public_url,
            default_shop: None,
            function: Some(self.service),
        };
        let answer = match request.request() {
            Some(request) => routes::answer(entrance, &request).await,
            None => routes::body_not_read(),
        };
        told.status = answer.status;
        told.wrong.extend(Wrong::of_answer(&answer));
        Ok(gateway::response(&answer))
    }

    async fn messages(
        &self,
        records: Vec<Record>,
        told: &mut Told,
    ) -> Result<Value, InvocationError> {
        told.kind = "messages";
        if !self.is_of_the_queue() {
            return Err(unexpected("this function has no queue"));
        }
        let outcome = queue::take(&self.ports, records).await;
        (told.messages, told.again) = (outcome.messages, outcome.again.len());
        told.wrong.extend(outcome.faults.iter().map(Wrong::from));
        Ok(queue::response(&outcome))
    }

    fn is_of_the_queue(&self) -> bool {
        comanda_tasks::entry_points::function_of("events") == Some(self.service)
    }

    fn tell(
        &self,
        told: &Told,
        error: Option<&InvocationError>,
        context: &Context,
        began: Instant,
    ) {
        // Whole milliseconds are what is asked for.
        let milliseconds = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        let Told {
            kind,
            task,
            execution,
            status,
            messages,
            again,
            wrong,
        } = told;
        let error_type = error.map_or("", |error| error.error_type.as_str());
        let request_id = context.request_id.as_str();
        let trace = context.xray_trace_id.as_deref().unwrap_or_default();
        let service = self.service;
        macro_rules! line {
            ($level:ident) => {
                tracing::$level!(
                    service,
                    kind,
                    task,
                    execution,
                    status,
                    messages,
                    again,
                    error_type,
                    milliseconds,
                    request_id,
                    trace,
                    "answered"
                )
            };
        }
        for wrong in wrong {
            match wrong {
                Wrong::Outage(outage) => tracing::warn!(request_id, outage, "somebody is away"),
                Wrong::Ours(error) => tracing::error!(request_id, error, "a fault of ours"),
            }
        }
        if wrong.iter().any(|wrong| matches!(wrong, Wrong::Ours(_))) {
            line!(error);
        } else {
            line!(info);
        }
    }
}

fn unexpected(what: &str) -> InvocationError {
    InvocationError {
        error_type: UNEXPECTED.to_owned(),
        error_message: what.to_owned(),
    }
}
