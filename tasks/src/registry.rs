//! Every task by its name: the one place where a name on the wire becomes a typed call.

use std::{future::Future, pin::Pin};

use comanda_domain::order::TaskToken;
use comanda_dsl::TaskError;
use comanda_workflows::contracts as c;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    fault::{Failure, Fault},
    handler::{AskHandler, Handler},
    ports::{
        Ports,
        guarded::{Uses, guarded, guarded_within},
    },
};

/// A call as Step Functions makes it. Not `Debug`: it may hold a token.
#[derive(Clone, Serialize, Deserialize)]
pub struct Invocation {
    /// The task's name.
    pub task: String,
    /// Its input.
    pub input: Value,
    /// The token of the waiting step, for asks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// The execution that calls.
    #[serde(default)]
    pub execution: String,
    /// How often the step was tried before. None where nobody tries it again by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retries: Option<u32>,
}

/// How a call failed, as a Lambda function error.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InvocationError {
    /// `<Enum>.<Variant>` for a refusal, [`OUTAGE`] or [`UNEXPECTED`].
    pub error_type: String,
    /// The refusal's payload as JSON text, else a sentence.
    pub error_message: String,
}

/// The error type of a failure that may pass: the same call later may come out right.
pub const OUTAGE: &str = "Outage";
/// The error type of a fault of ours: a person must look.
pub const UNEXPECTED: &str = "Unexpected";

/// One task and what it uses.
#[derive(Clone, Copy)]
pub struct Entry {
    /// The task's name on the wire.
    pub task: &'static str,
    /// The service whose function answers it.
    pub function: &'static str,
    /// Whether it is called with a token.
    pub is_ask: bool,
    /// What it uses of the world.
    pub uses: &'static [Uses],
    /// How long a try may take. Of those with a token the state machine says it.
    pub timeout_seconds: Option<u32>,
    /// In how many of its tries it fails where the customer cannot be told.
    pub tells_again: u32,
    run: Run,
}

type Run = for<'a> fn(
    &'a Ports,
    Invocation,
) -> Pin<Box<dyn Future<Output = Result<Value, InvocationError>> + Send + 'a>>;

/// Every task there is. A test holds it against the contracts.
pub static ENTRIES: &[Entry] = &[
    task::<c::AcceptOrder>(),
    task::<c::RefuseOrder>(),
    task::<c::ConfirmOrder>(),
    task::<c::CloseOrder>(),
    task::<c::CallPerson>(),
    task::<c::ApplyStatus>(),
    ask::<c::RequestPayment>(),
    ask::<c::OfferAnotherMethod>(),
    task::<c::SettlePayment>(),
    ask::<c::RequestRefund>(),
    task::<c::SettleRefund>(),
    task::<c::MarkRefundBlocked>(),
    task::<c::RecordRefund>(),
    ask::<c::HandToStore>(),
    task::<c::SettleStore>(),
    task::<c::NotifyStatus>(),
    task::<c::PlanSweep>(),
    task::<c::SweepPage>(),
    task::<c::CloseSweep>(),
    task::<c::Identify>(),
    ask::<c::AskQuestion>(),
    task::<c::ReadAnswer>(),
    task::<c::ReadWish>(),
    task::<c::ReadAddressWish>(),
    task::<c::RegisterCustomer>(),
    task::<c::SaveCustomer>(),
    task::<c::SaveAddress>(),
    task::<c::ChooseAddress>(),
    task::<c::RemoveAddress>(),
    task::<c::RecordConsent>(),
    task::<c::CloseTalk>(),
];

/// Whether there is a service of this name that answers tasks.
#[must_use]
pub fn has_function(service: &str) -> bool {
    ENTRIES.iter().any(|entry| entry.function == service)
}

/// Answers what Step Functions sends the function of one service: a call of one of its own tasks, for on AWS a function
/// has the permissions of those only.
pub async fn invoke_function(
    ports: &Ports,
    service: &str,
    payload: Value,
) -> Result<Value, InvocationError> {
    // serde's error may quote the payload, which may be personal.
    let call: Invocation = serde_json::from_value(payload)
        .map_err(|_| unexpected("the payload is not a call of a task"))?;
    let is_its_own = |entry: &&Entry| entry.function == service && entry.task == call.task;
    if ENTRIES.iter().find(is_its_own).is_none() {
        return Err(unexpected("this function has no such task"));
    }
    invoke(ports, call).await
}

/// What is said of a call whose handler panicked; what the panic itself says may be personal.
#[must_use]
pub fn panicked() -> InvocationError {
    unexpected("the function panicked")
}

/// Answers a call, with nothing in reach but what the task declares.
pub async fn invoke(ports: &Ports, call: Invocation) -> Result<Value, InvocationError> {
    let Some(entry) = ENTRIES.iter().find(|entry| entry.task == call.task) else {
        return Err(InvocationError {
            error_type: UNEXPECTED.into(),
            error_message: "no task has this name".into(),
        });
    };
    let mut ports = match entry.timeout_seconds {
        Some(seconds) => guarded_within(ports, entry.uses, seconds),
        None => guarded(ports, entry.uses),
    };
    ports.is_tried_again = call.retries.is_some_and(|tried| tried < entry.tells_again);
    (entry.run)(&ports, call).await
}

const fn task<H: Handler>() -> Entry {
    Entry {
        task: H::NAME,
        function: H::FUNCTION,
        is_ask: false,
        uses: H::USES,
        timeout_seconds: Some(H::TIMEOUT_SECONDS),
        tells_again: H::TELLS_AGAIN,
        run: |ports, call| {
            Box::pin(async move {
                let input = read::<H::Input>(call.input)?;
                let output = H::handle(ports, input).await.map_err(failed)?;
                serde_json::to_value(output).map_err(|_| unexpected("the answer is not JSON"))
            })
        },
    }
}

const fn ask<H: AskHandler>() -> Entry {
    Entry {
        task: H::NAME,
        function: H::FUNCTION,
        is_ask: true,
        uses: H::USES,
        timeout_seconds: None,
        tells_again: H::TELLS_AGAIN,
        run: |ports, call| {
            Box::pin(async move {
                let input = read::<H::Input>(call.input)?;
                let token = call
                    .token
                    .ok_or_else(|| unexpected("the token is missing"))?;
                H::ask(ports, input, TaskToken::new(token))
                    .await
                    .map_err(failed)?;
                Ok(Value::Null)
            })
        },
    }
}

/// serde's message may quote a value; only its place is kept.
fn read<T: serde::de::DeserializeOwned>(input: Value) -> Result<T, InvocationError> {
    serde_json::from_value(input).map_err(|_| unexpected("the input does not fit the contract"))
}

fn failed<E: TaskError>(failure: Failure<E>) -> InvocationError {
    match failure {
        Failure::Refused(refusal) => match refusal.payload() {
            Ok(payload) => InvocationError {
                error_type: refusal.name().into(),
                error_message: payload.to_string(),
            },
            Err(_) => unexpected("the refusal is not JSON"),
        },
        Failure::Fault(fault) => fault.into(),
    }
}

fn unexpected(what: &str) -> InvocationError {
    Fault::unexpected(what).into()
}

impl From<Fault> for InvocationError {
    fn from(fault: Fault) -> Self {
        let error_type = if fault.is_retryable() {
            OUTAGE
        } else {
            UNEXPECTED
        };
        Self {
            error_type: error_type.into(),
            error_message: fault.to_string(),
        }
    }
}
