//! The bounds of the Step Functions API, operation by operation, as its service model gives them.

use super::{
    Field, Rule,
    rules::{
        ALIAS_NAME, ARN, CAUSE, CLIENT_TOKEN, DATA, DEFINITION, DESCRIPTION, ENCRYPTION, ERROR,
        EXECUTIONS_TOKEN, FIELD_VALIDATION, INCLUDED, INSPECTION, KEY_REUSE, KIND, LOG_LEVEL,
        LONG_ARN, NAME, NO_LESS_THAN_0, PERCENTAGE, REDRIVE_FILTER, RESULTS, ROUTES, SEVERITY,
        STATUS, TAG_KEY, TAG_VALUE, TASK_TOKEN, TOKEN, TRACE_HEADER,
    },
};

const fn required(path: &'static str, rules: &'static [Rule]) -> Field {
    Field {
        path,
        is_required: true,
        rules,
    }
}

const fn optional(path: &'static str, rules: &'static [Rule]) -> Field {
    Field {
        path,
        is_required: false,
        rules,
    }
}

/// The members of an operation's request that have bounds.
pub(super) fn of(operation: &str) -> &'static [Field] {
    match operation {
        "StartExecution"
        | "StartSyncExecution"
        | "StopExecution"
        | "DescribeExecution"
        | "ListExecutions"
        | "GetExecutionHistory"
        | "RedriveExecution" => of_executions(operation),
        "DescribeMapRun" | "ListMapRuns" | "UpdateMapRun" => of_map_runs(operation),
        "SendTaskSuccess" | "SendTaskFailure" | "SendTaskHeartbeat" => of_tokens(operation),
        "CreateActivity" | "DescribeActivity" | "DeleteActivity" | "ListActivities"
        | "GetActivityTask" => of_activities(operation),
        "TagResource" | "UntagResource" | "ListTagsForResource" => of_tags(operation),
        "TestState" | "ValidateStateMachineDefinition" => of_tests(operation),
        _ => of_machines(operation),
    }
}

fn of_machines(operation: &str) -> &'static [Field] {
    match operation {
        "CreateStateMachine" => {
            const {
                &[
                    required("name", NAME),
                    required("definition", DEFINITION),
                    required("roleArn", ARN),
                    optional("type", KIND),
                    optional("loggingConfiguration.level", LOG_LEVEL),
                    optional("versionDescription", DESCRIPTION),
                    optional("encryptionConfiguration.type", ENCRYPTION),
                    optional(
                        "encryptionConfiguration.kmsDataKeyReusePeriodSeconds",
                        KEY_REUSE,
                    ),
                    required("tags.member.key", TAG_KEY),
                    optional("tags.member.value", TAG_VALUE),
                ]
            }
        }
        "UpdateStateMachine" => {
            const {
                &[
                    required("stateMachineArn", ARN),
                    optional("definition", DEFINITION),
                    optional("roleArn", ARN),
                    optional("loggingConfiguration.level", LOG_LEVEL),
                    optional("versionDescription", DESCRIPTION),
                    optional("encryptionConfiguration.type", ENCRYPTION),
                    optional(
                        "encryptionConfiguration.kmsDataKeyReusePeriodSeconds",
                        KEY_REUSE,
                    ),
                ]
            }
        }
        "DescribeStateMachine" => {
            const {
                &[
                    required("stateMachineArn", ARN),
                    optional("includedData", INCLUDED),
                ]
            }
        }
        "DescribeStateMachineForExecution" => {
            const {
                &[
                    required("executionArn", ARN),
                    optional("includedData", INCLUDED),
                ]
            }
        }
        "DeleteStateMachine" => const { &[required("stateMachineArn", ARN)] },
        "ListStateMachines" => {
            const {
                &[
                    optional("maxResults", RESULTS),
                    optional("nextToken", TOKEN),
                ]
            }
        }
        "ListStateMachineVersions" | "ListStateMachineAliases" => {
            const {
                &[
                    required("stateMachineArn", ARN),
                    optional("maxResults", RESULTS),
                    optional("nextToken", TOKEN),
                ]
            }
        }
        "PublishStateMachineVersion" => {
            const {
                &[
                    required("stateMachineArn", ARN),
                    optional("description", DESCRIPTION),
                ]
            }
        }
        "DeleteStateMachineVersion" => const { &[required("stateMachineVersionArn", LONG_ARN)] },
        "CreateStateMachineAlias" => {
            const {
                &[
                    required("name", ALIAS_NAME),
                    optional("description", DESCRIPTION),
                    required("routingConfiguration", ROUTES),
                    required("routingConfiguration.member.stateMachineVersionArn", ARN),
                    required("routingConfiguration.member.weight", PERCENTAGE),
                ]
            }
        }
        "UpdateStateMachineAlias" => {
            const {
                &[
                    required("stateMachineAliasArn", ARN),
                    optional("description", DESCRIPTION),
                    optional("routingConfiguration", ROUTES),
                    required("routingConfiguration.member.stateMachineVersionArn", ARN),
                    required("routingConfiguration.member.weight", PERCENTAGE),
                ]
            }
        }
        "DescribeStateMachineAlias" | "DeleteStateMachineAlias" => {
            const { &[required("stateMachineAliasArn", ARN)] }
        }
        _ => &[],
    }
}

fn of_executions(operation: &str) -> &'static [Field] {
    match operation {
        "StartExecution" | "StartSyncExecution" => {
            const {
                &[
                    required("stateMachineArn", ARN),
                    optional("name", NAME),
                    optional("input", DATA),
                    optional("traceHeader", TRACE_HEADER),
                    optional("includedData", INCLUDED),
                ]
            }
        }
        "StopExecution" => {
            const {
                &[
                    required("executionArn", ARN),
                    optional("error", ERROR),
                    optional("cause", CAUSE),
                ]
            }
        }
        "DescribeExecution" => {
            const {
                &[
                    required("executionArn", ARN),
                    optional("includedData", INCLUDED),
                ]
            }
        }
        "ListExecutions" => {
            const {
                &[
                    optional("stateMachineArn", ARN),
                    optional("statusFilter", STATUS),
                    optional("maxResults", RESULTS),
                    optional("nextToken", EXECUTIONS_TOKEN),
                    optional("mapRunArn", LONG_ARN),
                    optional("redriveFilter", REDRIVE_FILTER),
                ]
            }
        }
        "GetExecutionHistory" => {
            const {
                &[
                    required("executionArn", ARN),
                    optional("maxResults", RESULTS),
                    optional("nextToken", TOKEN),
                ]
            }
        }
        _ => {
            const {
                &[
                    required("executionArn", ARN),
                    optional("clientToken", CLIENT_TOKEN),
                ]
            }
        }
    }
}

fn of_map_runs(operation: &str) -> &'static [Field] {
    match operation {
        "ListMapRuns" => {
            const {
                &[
                    required("executionArn", ARN),
                    optional("maxResults", RESULTS),
                    optional("nextToken", TOKEN),
                ]
            }
        }
        "UpdateMapRun" => {
            const {
                &[
                    required("mapRunArn", LONG_ARN),
                    optional("maxConcurrency", NO_LESS_THAN_0),
                    optional("toleratedFailurePercentage", PERCENTAGE),
                    optional("toleratedFailureCount", NO_LESS_THAN_0),
                ]
            }
        }
        _ => const { &[required("mapRunArn", LONG_ARN)] },
    }
}

fn of_tokens(operation: &str) -> &'static [Field] {
    match operation {
        "SendTaskSuccess" => {
            const { &[required("taskToken", TASK_TOKEN), required("output", DATA)] }
        }
        "SendTaskFailure" => {
            const {
                &[
                    required("taskToken", TASK_TOKEN),
                    optional("error", ERROR),
                    optional("cause", CAUSE),
                ]
            }
        }
        _ => const { &[required("taskToken", TASK_TOKEN)] },
    }
}

fn of_activities(operation: &str) -> &'static [Field] {
    match operation {
        "CreateActivity" => {
            const {
                &[
                    required("name", NAME),
                    required("tags.member.key", TAG_KEY),
                    optional("tags.member.value", TAG_VALUE),
                    optional("encryptionConfiguration.type", ENCRYPTION),
                ]
            }
        }
        "ListActivities" => {
            const {
                &[
                    optional("maxResults", RESULTS),
                    optional("nextToken", TOKEN),
                ]
            }
        }
        "GetActivityTask" => {
            const { &[required("activityArn", ARN), optional("workerName", NAME)] }
        }
        _ => const { &[required("activityArn", ARN)] },
    }
}

fn of_tags(operation: &str) -> &'static [Field] {
    match operation {
        "TagResource" => {
            const {
                &[
                    required("resourceArn", ARN),
                    required("tags", &[]),
                    required("tags.member.key", TAG_KEY),
                    optional("tags.member.value", TAG_VALUE),
                ]
            }
        }
        "UntagResource" => {
            const {
                &[
                    required("resourceArn", ARN),
                    required("tagKeys", &[]),
                    optional("tagKeys.member", TAG_KEY),
                ]
            }
        }
        _ => const { &[required("resourceArn", ARN)] },
    }
}

fn of_tests(operation: &str) -> &'static [Field] {
    match operation {
        "TestState" => {
            const {
                &[
                    required("definition", DEFINITION),
                    optional("roleArn", ARN),
                    optional("input", DATA),
                    optional("inspectionLevel", INSPECTION),
                    optional("variables", DATA),
                    optional("stateName", NAME),
                    optional("mock.result", DATA),
                    optional("mock.errorOutput.error", ERROR),
                    optional("mock.errorOutput.cause", CAUSE),
                    optional("mock.fieldValidationMode", FIELD_VALIDATION),
                    optional("context", DATA),
                    optional("stateConfiguration.retrierRetryCount", NO_LESS_THAN_0),
                    optional("stateConfiguration.errorCausedByState", NAME),
                    optional(
                        "stateConfiguration.mapIterationFailureCount",
                        NO_LESS_THAN_0,
                    ),
                    optional("stateConfiguration.mapItemReaderData", DATA),
                ]
            }
        }
        _ => {
            const {
                &[
                    required("definition", DEFINITION),
                    optional("type", KIND),
                    optional("severity", SEVERITY),
                    optional("maxResults", PERCENTAGE),
                ]
            }
        }
    }
}
