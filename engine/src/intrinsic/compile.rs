//! From a call as `comanda_asl` reads it to one that can be evaluated.

use std::sync::Arc;

use comanda_asl::intrinsic::{self as read, Function};
use serde_json::Value;

use super::{Argument, Call};
use crate::jsonpath::JsonPath;

/// A text that is no call of an intrinsic function.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{text}' is not a call of an intrinsic function: {reason}")]
pub struct IntrinsicSyntaxError {
    text: String,
    reason: String,
}

pub(super) fn call(text: &str) -> Result<Call, IntrinsicSyntaxError> {
    let failed = |reason| IntrinsicSyntaxError {
        text: text.to_owned(),
        reason,
    };
    let read = read::Call::parse(text).map_err(|error| failed(error.to_string()))?;
    compiled(&read).map_err(failed)
}

fn compiled(call: &read::Call) -> Result<Call, String> {
    let arguments = call.arguments.iter().enumerate();
    let arguments = arguments.map(|(place, argument)| {
        // `States.Format` tells `\\{}` from `{}` itself, in its template.
        let is_template = call.function == Function::Format && place == 0;
        self::argument(argument, is_template)
    });
    Ok(Call {
        text: Arc::from(call.text.as_str()),
        function: call.function,
        arguments: arguments.collect::<Result<_, _>>()?,
    })
}

fn argument(argument: &read::Argument, is_template: bool) -> Result<Argument, String> {
    Ok(Argument::Literal(match argument {
        read::Argument::Null => Value::Null,
        read::Argument::Boolean(truth) => Value::Bool(*truth),
        read::Argument::Number(number) => Value::Number(number.clone()),
        read::Argument::Text(text) if is_template => Value::String(text.raw.clone()),
        read::Argument::Text(text) => Value::String(text.value.clone()),
        read::Argument::Path(path) => {
            let path = JsonPath::of(path).map_err(|error| error.to_string())?;
            return Ok(Argument::Path(path));
        }
        read::Argument::Call(call) => return compiled(call).map(Argument::Call),
    }))
}
