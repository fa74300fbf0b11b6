//! What the Lambda functions do: handlers over small ports.
//!
//! A handler is a plain `async fn` from a task's input to its output or its typed refusal. It knows no AWS SDK, no
//! HTTP and no clock of its own: all that comes through [`ports`].

pub mod fault;
pub mod http;
pub mod ports;
pub mod rows;
pub mod webhooks;

#[cfg(any(test, feature = "testing"))]
pub mod testing;
