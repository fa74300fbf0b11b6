//! Answers for calls whose answers were not recorded: what the tests' own functions and buckets give.

use comanda_asl::Resource;
use comanda_engine::Json;
use comanda_engine::virtual_time::{TaskCall, TaskError, TaskResult};
use serde_json::{Value, json};

pub fn answer(fixtures: &Value, output: &Value, call: &TaskCall) -> Option<TaskResult> {
    let arguments = call.request.arguments.value();
    match call.request.target() {
        Resource::Lambda { arn } => function(fixtures, arn.rsplit(':').next()?, arguments),
        Resource::Service(service) => match (service.service.as_str(), service.action.as_str()) {
            ("lambda", "invoke") => {
                let name = arguments["FunctionName"]
                    .as_str()?
                    .rsplit(':')
                    .next()?
                    .to_owned();
                let result = function(fixtures, &name, &arguments["Payload"])?;
                Some(result.map(|payload| {
                    let mut envelope = envelope(output).cloned().unwrap_or_else(
                        || json!({ "ExecutedVersion": "$LATEST", "Payload": null, "StatusCode": 200 }),
                    );
                    envelope["Payload"] = payload.into_value();
                    Json::new(envelope)
                }))
            }
            ("s3", "getObject") => {
                let object = objects(fixtures).find(|object| object["Key"] == arguments["Key"])?;
                Some(Ok(Json::new(json!({ "Body": object["Body"] }))))
            }
            ("s3", "listObjectsV2") => {
                Some(Ok(Json::new(json!({ "Contents": listing(fixtures) }))))
            }
            ("s3", "putObject") => Some(Ok(Json::new(json!({})))),
            _ => None,
        },
        _ => None,
    }
}

/// What came around a function's payload, where the execution's output shows it: request ids and the like.
fn envelope(output: &Value) -> Option<&Value> {
    match output {
        Value::Object(fields) => {
            let is_envelope = ["Payload", "StatusCode", "SdkHttpMetadata"]
                .iter()
                .all(|field| fields.contains_key(*field));
            // The envelope may be inside what a later state put beside it.
            let inner = fields.values().find_map(envelope);
            inner.or_else(|| is_envelope.then_some(output))
        }
        Value::Array(items) => items.iter().find_map(envelope),
        _ => None,
    }
}

fn objects(fixtures: &Value) -> impl Iterator<Item = &Value> {
    fixtures["s3_objects"].as_array().into_iter().flatten()
}

fn listing(fixtures: &Value) -> Vec<Value> {
    let entry = |object: &Value| {
        json!({
            "Etag": "etag",
            "LastModified": 1_700_000_000,
            "Key": object["Key"],
            "Size": object["Body"].as_str().map_or(0, str::len),
            "StorageClass": "STANDARD",
        })
    };
    objects(fixtures).map(entry).collect()
}

/// The tests' functions, known by their files.
fn function(fixtures: &Value, name: &str, input: &Value) -> Option<TaskResult> {
    let file = fixtures["lambdas"][name]["handler_file"].as_str()?;
    match file.rsplit('/').next()? {
        "id_function.py" => Some(Ok(Json::new(input.clone()))),
        "raise_exception.py" => {
            let cause = json!({
                "errorMessage": "Some exception was raised.",
                "errorType": "Exception",
                "requestId": "00000000-0000-0000-0000-000000000000",
                "stackTrace": [
                    "  File \"/var/task/handler.py\", line 2, in handler\n    raise Exception(\"Some exception was raised.\")\n"
                ],
            });
            Some(Err(TaskError::new("Exception", cause.to_string())))
        }
        _ => None,
    }
}
