//! Our Lambda functions, in this process: one registry of tasks behind all their names.

use std::panic::AssertUnwindSafe;

use comanda_tasks::{ports::Ports, registry};
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
            if !registry::has_function(&service) {
                return None;
            }
            let invoked = registry::invoke_function(&ports, &service, payload);
            // On AWS a panic ends its own invocation, whose caller is told.
            let invoked = AssertUnwindSafe(invoked).catch_unwind().await;
            let answer = invoked.unwrap_or_else(|_| Err(registry::panicked()));
            Some(answer.map_err(|error| FunctionError {
                error_type: error.error_type,
                error_message: error.error_message,
            }))
        })
    }
}
