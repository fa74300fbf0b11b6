//! Telling Lambda why the function does not start: the one call of the Runtime API that `lambda_runtime` keeps to itself.

use std::time::Duration;

use serde_json::json;

use crate::settings::SettingsError;

/// What the caller sees as the error's name.
const ERROR_TYPE: &str = "Unexpected";
/// Nobody waits longer for a function that does not start anyway.
const TIMEOUT: Duration = Duration::from_secs(2);

/// Tells it, if there is a Runtime API; the process ends either way, and its log says the same.
pub(crate) async fn tell(error: &SettingsError) {
    let Ok(api) = std::env::var("AWS_LAMBDA_RUNTIME_API") else {
        return;
    };
    let told =
        json!({ "errorType": ERROR_TYPE, "errorMessage": error.to_string(), "stackTrace": [] });
    let address = format!("http://{api}/2018-06-01/runtime/init/error");
    let header = ("Lambda-Runtime-Function-Error-Type", ERROR_TYPE);
    // It is told for the caller's sake only.
    comanda_tasks_aws::tell_this_machine(&address, header, &told, TIMEOUT).await;
}
