//! Our Lambda functions, in this process: one registry of tasks behind all their names.

use std::panic::AssertUnwindSafe;

use comanda_tasks::{
    ports::Ports,
    registry::{self, ENTRIES, Invocation, UNEXPECTED},
};
use futures::FutureExt;
use serde_json::Value;

use crate::{
    aws::{FunctionError, LambdaInvoker},
    scheduler::Boxed,
};

/// Functions are named after their service.
const PREFIX: &str = "comanda-";

/// The functions over these ports.
pub(crate) struct Functions {
    ports: Ports,
}

impl Functions {
    pub(crate) fn new(ports: Ports) -> Self {
        Self { ports }
    }
}

impl LambdaInvoker for Functions {
    fn invoke(
        &self,
        function_name: &str,
        payload: Value,
    ) -> Boxed<Option<Result<Value, FunctionError>>> {
        let service = function_name
            .strip_prefix(PREFIX)
            .unwrap_or_default()
            .to_owned();
        let ports = self.ports.clone();
        Box::pin(async move {
            if !ENTRIES.iter().any(|entry| entry.function == service) {
                return None;
            }
            Some(call(&ports, &service, payload).await)
        })
    }
}

async fn call(ports: &Ports, service: &str, payload: Value) -> Result<Value, FunctionError> {
    let unexpected = |message: &str| FunctionError {
        error_type: UNEXPECTED.to_owned(),
        error_message: message.to_owned(),
    };
    // The error may quote the payload, which may be personal.
    let invocation: Invocation = serde_json::from_value(payload)
        .map_err(|_| unexpected("the payload is not a call of a task"))?;
    // On AWS a function has the permissions of its own tasks only.
    let is_its_own =
        |entry: &&registry::Entry| entry.function == service && entry.task == invocation.task;
    if ENTRIES.iter().find(is_its_own).is_none() {
        return Err(unexpected("this function has no such task"));
    }
    // On AWS a panic ends its own invocation, whose caller is told.
    let invoked = AssertUnwindSafe(registry::invoke(ports, invocation)).catch_unwind();
    let Ok(answer) = invoked.await else {
        return Err(unexpected("the function panicked"));
    };
    answer.map_err(|error| FunctionError {
        error_type: error.error_type,
        error_message: error.error_message,
    })
}
