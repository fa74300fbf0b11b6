//! The pages of `docs/errors/`, part of the command. `tests/error_pages.rs` holds them against the codes in the sources.

macro_rules! pages {
    ($($code:literal),* $(,)?) => {
        &[$(($code, include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/errors/", $code, ".md")))),*]
    };
}

/// Code and page, in the order of the codes.
pub const PAGES: &[(&str, &str)] = pages![
    "BEYOND_LIMITS",
    "CALLBACK_WITHOUT_TIMEOUT",
    "DUPLICATE_FIELD",
    "DUPLICATE_LABEL_NAME",
    "DUPLICATE_STATE_NAME",
    "EXPRESS_WAIT_TOO_LONG",
    "HEARTBEAT_AFTER_TIMEOUT",
    "HISTORY_AT_RISK",
    "INCOMPATIBLE",
    "INVALID_INPUT",
    "INVALID_JSONATA_EXPRESSION",
    "INVALID_JSON_DESCRIPTION",
    "INVALID_LABEL_NAME",
    "INVALID_MOCKS",
    "INVALID_STATE_NAME",
    "INVALID_VARIABLE_NAME",
    "InvalidDefinition",
    "InvalidExecutionInput",
    "MISSING_DEFAULT",
    "MISSING_END_STATE",
    "MISSING_TRANSITION_TARGET",
    "MOCKS_USED_UP",
    "NO_DOLLAR",
    "NO_MOCK",
    "PASS_RESULT_IS_STATIC",
    "RESERVED_VARIABLE_NAME",
    "SCHEMA_VALIDATION_FAILED",
    "States.ALL",
    "States.DataLimitExceeded",
    "States.ExceedToleratedFailureThreshold",
    "States.HeartbeatTimeout",
    "States.IntrinsicFailure",
    "States.ItemReaderFailed",
    "States.NoChoiceMatched",
    "States.QueryEvaluationError",
    "States.ResultPathMatchFailure",
    "States.ResultWriterFailed",
    "States.Runtime",
    "States.TaskFailed",
    "States.Timeout",
    "TASK_WITHOUT_RETRY",
    "TASK_WITHOUT_TIMEOUT",
    "TENANT_FILE",
    "UNBOUNDED_LOOP",
    "UNKNOWN_VARIABLE",
    "UNSUPPORTED_JSONATA_EXPRESSION",
    "UNUSED_VARIABLE",
    "ValidationException",
];
