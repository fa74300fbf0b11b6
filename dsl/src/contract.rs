//! The contract of a task: one type shared by the workflow that calls it and the handler that answers.
//!
//! A contract says nothing of how the task works; the handler's side is `tasks/`.

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::expression::{Data, Union};

/// A task: called, it answers or refuses.
///
/// On the wire the function gets `{"task": NAME, "input": Input, "execution": ARN}` and answers with the output; where the
/// step is retried it gets `retries` too, how often it was before. A refusal is a function error whose type is
/// [`TaskError::name`] and whose message is [`TaskError::payload`] as JSON.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a task",
    label = "no `Task` contract",
    note = "implement `Task` for it; what answers by a token later is an `Ask`, and is awaited with `await_signal`"
)]
pub trait Task: 'static {
    /// Its name on the wire.
    const NAME: &'static str;
    /// The service that answers it: `orders`.
    const FUNCTION: &'static str;
    /// How long one attempt may take.
    const TIMEOUT_SECONDS: u32;
    /// The slice of the workflow's state that it needs.
    type Input: Data;
    /// What it answers.
    type Output: Data;
    /// How it can refuse; [`NoRefusal`] where it cannot.
    type Error: TaskError;
    /// Whether it may be repeated: [`Idempotent`], [`Keyed`] or [`Once`].
    type Licence: Licence;
}

/// A task that asks somebody: it hands a token over, and whoever has the answer completes the token with a signal.
///
/// On the wire the function gets `token` beside what a [`Task`] gets. What the function itself answers is dropped.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not something that can be awaited",
    label = "no `Ask` contract",
    note = "implement `Ask` for it; a task that answers at once is a `Task`, and is called with `call` or `task`"
)]
pub trait Ask: 'static {
    /// Its name on the wire.
    const NAME: &'static str;
    /// The service that does the asking.
    const FUNCTION: &'static str;
    /// What it needs to ask.
    type Input: Data;
    /// What can be heard. An enum, because the one who completes the token may be anybody.
    type Signal: Union;
    /// How the asking can be refused; [`NoRefusal`] where it cannot, [`Outsider`] where others than our functions get the token.
    type Error: TaskError;
    /// Whether the asking may be repeated. Each attempt has its own token.
    type Licence: Licence;
}

/// Whether a task may be repeated.
pub trait Licence: sealed::Sealed + 'static {
    /// The licence's name, as reports print it.
    const NAME: &'static str;
    #[doc(hidden)]
    const MAY_REPEAT: bool;
}

/// The same input twice has the effect of once.
#[derive(Debug, Clone, Copy)]
pub struct Idempotent;

/// The same key twice has the effect of once: a call states its key with `.key(…)` before it may be retried.
#[derive(Debug, Clone, Copy)]
pub struct Keyed;

/// May not be repeated: twice is two effects.
#[derive(Debug, Clone, Copy)]
pub struct Once;

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::Idempotent {}
    impl Sealed for super::Keyed {}
    impl Sealed for super::Once {}
}

impl Licence for Idempotent {
    const NAME: &'static str = "idempotent";
    const MAY_REPEAT: bool = true;
}

impl Licence for Keyed {
    const NAME: &'static str = "keyed";
    const MAY_REPEAT: bool = true;
}

impl Licence for Once {
    const NAME: &'static str = "once";
    const MAY_REPEAT: bool = false;
}

/// A licence under which a call may be retried as it stands.
#[diagnostic::on_unimplemented(
    message = "this task may not be retried: its licence is `{Self}`",
    label = "a repetition could have its effect twice",
    note = "make the task safe to repeat and say `type Licence = Idempotent`, or give it a key: `Keyed`, and `.key(…)` before `.retry(…)`"
)]
pub trait MayRepeat: Licence {}

#[diagnostic::do_not_recommend]
impl MayRepeat for Idempotent {}

/// What a function that is out of order says, and what the services say of it. Nobody who merely has a task token sends these.
///
/// A `Catch` knows no pattern, so each is named: our program's own two; the errors of Lambda's Invoke API and of the client that calls
/// it, as Step Functions reports them (`Lambda.` before the name; what is about networks, file systems and snapshots of functions
/// too, which ours have none of); and the fatal errors that Lambda's runtime emulator knows (`aws-lambda-runtime-interface-emulator`).
/// `States.TaskFailed` is not among them: it would match everything.
pub(crate) const OWN_FAILURES: [&str; 74] = [
    "Outage",
    "Unexpected",
    "Lambda.Unknown",
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.ClientExecutionTimeoutException",
    "Lambda.TooManyRequestsException",
    "Lambda.CodeArtifactUserDeletedException",
    "Lambda.CodeArtifactUserFailedException",
    "Lambda.CodeArtifactUserPendingException",
    "Lambda.EC2AccessDeniedException",
    "Lambda.EC2ThrottledException",
    "Lambda.EC2UnexpectedException",
    "Lambda.EFSIOException",
    "Lambda.EFSMountConnectivityException",
    "Lambda.EFSMountFailureException",
    "Lambda.EFSMountTimeoutException",
    "Lambda.ENILimitReachedException",
    "Lambda.ENINotReadyException",
    "Lambda.InvalidParameterValueException",
    "Lambda.InvalidRequestContentException",
    "Lambda.InvalidRuntimeException",
    "Lambda.InvalidSecurityGroupIDException",
    "Lambda.InvalidSubnetIDException",
    "Lambda.InvalidZipFileException",
    "Lambda.KMSAccessDeniedException",
    "Lambda.KMSDisabledException",
    "Lambda.KMSInvalidStateException",
    "Lambda.KMSNotFoundException",
    "Lambda.LambdaException",
    "Lambda.ModeNotSupportedException",
    "Lambda.NoPublishedVersionException",
    "Lambda.RecursiveInvocationException",
    "Lambda.RequestTooLargeException",
    "Lambda.ResourceConflictException",
    "Lambda.ResourceNotFoundException",
    "Lambda.ResourceNotReadyException",
    "Lambda.SerializedRequestEntityTooLargeException",
    "Lambda.ServiceQuotaExceededException",
    "Lambda.SnapStartException",
    "Lambda.SnapStartNotReadyException",
    "Lambda.SnapStartRegenerationFailureException",
    "Lambda.SnapStartTimeoutException",
    "Lambda.SubnetIPAddressLimitReachedException",
    "Lambda.UnsupportedMediaTypeException",
    "Lambda.AccessDeniedException",
    "Extension.LaunchError",
    "Extension.InitError",
    "Extension.ExitError",
    "Extension.Crash",
    "Function.ResponseSizeTooLarge",
    "Function.Unknown",
    "Runtime.InitError",
    "Runtime.InvalidWorkingDir",
    "Runtime.InvalidEntrypoint",
    "Runtime.InvalidTaskConfig",
    "Runtime.MarshalError",
    "Runtime.ExitError",
    "Runtime.Unknown",
    "Runtime.OutOfMemory",
    "Runtime.TruncatedResponse",
    "Runtime.InvalidResponseModeHeader",
    "Runtime.InvokeResponseInProgress",
    "Runtime.ErrorResponseInProgress",
    "Runtime.InvokeResponseWasSent",
    "Runtime.InvalidInvokeId",
    "Runtime.InvokeTimeout",
    "Runtime.TooManyIdleRuntimes",
    "Sandbox.Timedout",
    "Sandbox.Timeout",
    "Sandbox.Failure",
    "Sandbox.TimeoutResponseTrailer",
    "States.Permissions",
];

/// A task's refusals. Implemented by `#[derive(TaskError)]` only, so that an error's name is written in one place.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a task's error",
    label = "its error names are not known",
    note = "derive `TaskError` for the enum, or use `NoRefusal` for a task that cannot refuse"
)]
pub trait TaskError: serde::Serialize + DeserializeOwned + 'static {
    /// Every refusal, in order of declaration.
    const REFUSALS: &'static [Refusal];

    /// Whether others than our functions may fail the task.
    #[doc(hidden)]
    const FROM_OUTSIDE: bool = false;

    /// Which of [`REFUSALS`](Self::REFUSALS) this is.
    #[doc(hidden)]
    fn index(&self) -> usize;

    /// The JSON Schemas of the payloads, in the same order; `null` for a refusal that carries nothing.
    #[doc(hidden)]
    fn payload_schemas() -> Vec<Value>;

    /// The error's name as Retry and Catch match it: `AcceptOrderError.BelowMinimum`.
    fn name(&self) -> &'static str {
        Self::REFUSALS
            .get(self.index())
            .map_or("", |refusal| refusal.name)
    }

    /// What the refusal carries, which is what goes into the function error's message as JSON.
    fn payload(&self) -> Result<Value, serde_json::Error> {
        // Externally tagged (the derive macro refuses anything else): a text for a unit variant, else one member.
        Ok(match serde_json::to_value(self)? {
            Value::Object(members) => members
                .into_iter()
                .next()
                .map_or(Value::Null, |(_, payload)| payload),
            _ => Value::Null,
        })
    }

    /// The refusal that a function error stands for, or `None` if it is not one of these.
    fn read(name: &str, payload: Value) -> Option<Self> {
        let refusal = Self::REFUSALS.iter().find(|refusal| refusal.name == name)?;
        let value = if refusal.unit {
            Value::from(refusal.wire)
        } else {
            Value::Object(std::iter::once((refusal.wire.to_owned(), payload)).collect())
        };
        serde_json::from_value(value).ok()
    }
}

/// One way to refuse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal {
    /// The error's name: `AcceptOrderError.BelowMinimum`.
    pub name: &'static str,
    /// The variant as serde writes it.
    pub wire: &'static str,
    /// The case's name: `below_minimum`.
    pub case: &'static str,
    /// Whether it carries nothing.
    pub unit: bool,
}

/// The error of a task that cannot refuse: it answers, or it is out of order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum NoRefusal {}

impl TaskError for NoRefusal {
    const REFUSALS: &'static [Refusal] = &[];

    fn index(&self) -> usize {
        match *self {}
    }

    fn payload_schemas() -> Vec<Value> {
        Vec::new()
    }
}

/// The error of an ask whose token leaves our functions: whoever has it may fail the task by any name (`SendTaskFailure`). That
/// is an answer, and is told from what the asking itself fails by: only this is retried, and `OutsiderCases` has both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Outsider {}

impl TaskError for Outsider {
    const REFUSALS: &'static [Refusal] = &[];
    const FROM_OUTSIDE: bool = true;

    fn index(&self) -> usize {
        match *self {}
    }

    fn payload_schemas() -> Vec<Value> {
        Vec::new()
    }
}

/// The error of a task that cannot refuse, so that it may be called without saying what happens then.
#[diagnostic::on_unimplemented(
    message = "this task can be refused with `{Self}`; say what happens then",
    label = "called as if it always answered",
    note = "use `w.call(…).or({Self}Cases {{ … }})`; `w.task(…)` is for tasks with `type Error = NoRefusal`"
)]
pub trait CannotRefuse: TaskError {}

#[diagnostic::do_not_recommend]
impl CannotRefuse for NoRefusal {}
