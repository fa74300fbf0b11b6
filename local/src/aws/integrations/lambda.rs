//! Lambda functions: in this process, behind a trait.

use comanda_asl::Integration;
use serde_json::{Value, json};

use super::failure;
use crate::{
    aws::{ApiError, names},
    scheduler::{Boxed, TaskFailure},
};

/// Calls functions by name.
pub trait LambdaInvoker: Send + Sync {
    /// Calls one function. None if there is no function of that name.
    fn invoke(
        &self,
        function_name: &str,
        payload: Value,
    ) -> Boxed<Option<Result<Value, FunctionError>>>;
}

/// A function's error.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{error_type}: {error_message}")]
pub struct FunctionError {
    /// The error's name, as `Retry` and `Catch` see it.
    pub error_type: String,
    /// What is said about it.
    pub error_message: String,
}

/// Calls the function that an ARN or a name names; its output is the payload itself.
pub async fn invoke(
    functions: &dyn LambdaInvoker,
    function: &str,
    payload: Value,
) -> Result<Value, TaskFailure> {
    let name = function_name(function);
    match functions.invoke(name, payload).await {
        Some(Ok(output)) => Ok(output),
        Some(Err(error)) => {
            let cause = json!({
                "errorMessage": error.error_message,
                "errorType": error.error_type,
                "trace": [],
            });
            Err(TaskFailure {
                cause: cause.to_string(),
                error: error.error_type,
            })
        }
        None => {
            let mut error = ApiError::common(
                "ResourceNotFoundException",
                format!("Function not found: {}:$LATEST", names::function_arn(name)),
            );
            error.status = axum::http::StatusCode::NOT_FOUND;
            let integration = Integration::new("lambda", "invoke");
            Err(failure::of_service(&integration, false, &error, "local"))
        }
    }
}

/// `lambda:invoke`: the payload inside an envelope.
pub async fn invoke_optimised(
    functions: &dyn LambdaInvoker,
    arguments: &Value,
) -> Result<Value, TaskFailure> {
    let function = arguments.get("FunctionName").and_then(Value::as_str);
    let Some(function) = function else {
        return Err(TaskFailure {
            error: "States.Runtime".to_owned(),
            cause: "the arguments of lambda:invoke have no FunctionName".to_owned(),
        });
    };
    let payload = arguments
        .get("Payload")
        .cloned()
        .unwrap_or_else(|| json!({}));
    let payload = invoke(functions, function, payload).await?;
    Ok(json!({
        "ExecutedVersion": "$LATEST",
        "Payload": payload,
        "SdkHttpMetadata": {"HttpStatusCode": 200},
        "StatusCode": 200,
    }))
}

/// A function by ARN, with or without a version, or by name.
fn function_name(function: &str) -> &str {
    let name = function
        .split_once(":function:")
        .map_or(function, |(_, name)| name);
    name.split(':').next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::function_name;

    #[test]
    fn functions_are_found_by_name_and_by_arn() {
        let check = |given: &str| assert_eq!(function_name(given), "comanda-orders");
        check("comanda-orders");
        check("comanda-orders:$LATEST");
        check("arn:aws:lambda:sa-east-1:000000000000:function:comanda-orders");
        check("arn:aws:lambda:sa-east-1:000000000000:function:comanda-orders:7");
    }
}
