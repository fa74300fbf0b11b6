//! Which failures of a call mean "certainly not done", and which "nobody knows".
//!
//! INVARIANT: what is called [`OutageError::NotDone`] had no effect at the other side; a doubtful case is `Unknown`,
//! because a handler may repeat the first and must look before it repeats the second.
//!
//! Details never carry a body, an address with parameters or a message of the other side: those can hold personal data.

use aws_sdk_dynamodb::config::http::HttpResponse;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use comanda_tasks::ports::OutageError;
use std::{error::Error, io};

/// Codes with which AWS says that it did not even begin.
const THROTTLES: [&str; 9] = [
    "LimitExceededException",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
];

/// How the codes begin with which AWS says that we may not, or that what we ask is wrong: it says the same tomorrow.
const REFUSALS: [&str; 4] = [
    "AccessDenied",
    "KmsAccessDenied",
    "KMSAccessDenied",
    "ValidationException",
];

/// The outage behind a failed call of an AWS service.
pub(crate) fn of_aws<E>(party: &'static str, error: &SdkError<E, HttpResponse>) -> OutageError
where
    E: ProvideErrorMetadata + Error + 'static,
{
    match error {
        SdkError::ConstructionFailure(_) => not_done(party, "the request could not be built"),
        SdkError::TimeoutError(_) => unknown(party, "no answer in time"),
        SdkError::DispatchFailure(failure) => match failure.as_connector_error() {
            Some(cause) if was_refused(cause) => not_done(party, "the connection was refused"),
            Some(cause) if cause.is_user() => not_done(party, "the request could not be sent"),
            Some(cause) if cause.is_timeout() => unknown(party, "no answer in time"),
            _ => unknown(party, "the connection broke"),
        },
        SdkError::ServiceError(answer) => {
            let code = answer.err().code().unwrap_or("an error without a code");
            let status = answer.raw().status().as_u16();
            if REFUSALS.iter().any(|refusal| code.starts_with(refusal)) {
                refused(party, code)
            } else if THROTTLES.contains(&code) || (400..500).contains(&status) {
                not_done(party, code)
            } else {
                unknown(party, code)
            }
        }
        _ => unknown(party, "the answer could not be read"),
    }
}

/// A request that certainly had no effect.
pub(crate) fn not_done(party: &'static str, detail: impl Into<String>) -> OutageError {
    OutageError::NotDone {
        party,
        detail: detail.into(),
    }
}

/// A request that had no effect, and never would have.
pub(crate) fn refused(party: &'static str, detail: impl Into<String>) -> OutageError {
    OutageError::Refused {
        party,
        detail: detail.into(),
    }
}

/// A request whose effect nobody knows.
pub(crate) fn unknown(party: &'static str, detail: impl Into<String>) -> OutageError {
    OutageError::Unknown {
        party,
        detail: detail.into(),
    }
}

fn was_refused(error: &(dyn Error + 'static)) -> bool {
    let refused = error
        .downcast_ref::<io::Error>()
        .is_some_and(|cause| cause.kind() == io::ErrorKind::ConnectionRefused);
    refused || error.source().is_some_and(was_refused)
}
