//! The names that Step Functions gives to services' errors, by integration.

use comanda_asl::Integration;

use crate::{aws::ApiError, scheduler::TaskFailure};

/// How errors of one service are named.
struct Naming {
    /// In front of the dot.
    prefix: &'static str,
    /// The name of whatever the service's model does not name.
    general: &'static str,
    /// The service in the cause.
    service: &'static str,
}

fn naming(service: &str, is_sdk: bool) -> Naming {
    let (prefix, general, service) = match (service, is_sdk) {
        ("dynamodb", false) => ("DynamoDB", "AmazonDynamoDBException", "AmazonDynamoDBv2"),
        ("sqs", false) => ("SQS", "AmazonSQSException", "AmazonSQS"),
        ("lambda", _) => ("Lambda", "AWSLambdaException", "AWSLambda"),
        ("dynamodb", true) => ("DynamoDb", "DynamoDbException", "DynamoDb"),
        ("sqs", true) => ("Sqs", "SqsException", "Sqs"),
        ("sfn", true) => ("Sfn", "SfnException", "Sfn"),
        _ => (
            "StepFunctions",
            "AWSStepFunctionsException",
            "AWSStepFunctions",
        ),
    };
    Naming {
        prefix,
        general,
        service,
    }
}

/// Errors that are of all services and in no model.
fn is_unmodelled(service: &str, name: &str) -> bool {
    match name {
        "MissingParameter"
        | "InvalidParameterValue"
        | "SerializationException"
        | "UnknownOperationException"
        | "InternalFailure" => true,
        "ValidationException" => service == "dynamodb",
        _ => false,
    }
}

/// A service's error as `Retry` and `Catch` see it.
pub fn of_service(
    integration: &Integration,
    is_sdk: bool,
    error: &ApiError,
    request_id: &str,
) -> TaskFailure {
    let naming = naming(&integration.service, is_sdk);
    let name = if is_unmodelled(&integration.service, &error.name) {
        naming.general.to_owned()
    } else if error.name.ends_with("Exception") {
        error.name.clone()
    } else {
        format!("{}Exception", error.name)
    };
    let (message, service) = (&error.message, naming.service);
    let (status, code) = (error.status.as_u16(), &error.name);
    let cause = if is_sdk {
        format!(
            "{message} (Service: {service}, Status Code: {status}, Request ID: {request_id}) (SDK Attempt Count: 1)"
        )
    } else {
        format!(
            "{message} (Service: {service}; Status Code: {status}; Error Code: {code}; Request ID: {request_id}; Proxy: null)"
        )
    };
    TaskFailure {
        error: format!("{}.{name}", naming.prefix),
        cause,
    }
}

#[cfg(test)]
mod tests {
    use comanda_asl::Integration;

    use super::of_service;
    use crate::aws::ApiError;

    #[track_caller]
    fn check(service: &str, is_sdk: bool, name: &str, expected_error: &str, expected_cause: &str) {
        let integration = Integration::new(service, "action");
        let error = ApiError::common(name, "why");
        let failure = of_service(&integration, is_sdk, &error, "id");
        assert_eq!(failure.error, expected_error);
        assert_eq!(failure.cause, expected_cause);
    }

    /// The forms are those of recordings made on AWS.
    #[test]
    fn errors_are_named_as_aws_names_them() {
        check(
            "dynamodb",
            false,
            "ConditionalCheckFailedException",
            "DynamoDB.ConditionalCheckFailedException",
            "why (Service: AmazonDynamoDBv2; Status Code: 400; Error Code: ConditionalCheckFailedException; Request ID: id; Proxy: null)",
        );
        check(
            "dynamodb",
            false,
            "ValidationException",
            "DynamoDB.AmazonDynamoDBException",
            "why (Service: AmazonDynamoDBv2; Status Code: 400; Error Code: ValidationException; Request ID: id; Proxy: null)",
        );
        check(
            "dynamodb",
            true,
            "ValidationException",
            "DynamoDb.DynamoDbException",
            "why (Service: DynamoDb, Status Code: 400, Request ID: id) (SDK Attempt Count: 1)",
        );
        check(
            "sfn",
            true,
            "InvalidToken",
            "Sfn.InvalidTokenException",
            "why (Service: Sfn, Status Code: 400, Request ID: id) (SDK Attempt Count: 1)",
        );
    }
}
