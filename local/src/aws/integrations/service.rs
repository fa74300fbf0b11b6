//! Calls of the services of this stack, through the same door that SDKs use.

use std::sync::Arc;

use comanda_asl::Integration;
use serde_json::{Map, Value};

use super::failure;
use crate::{
    aws::{Service, Services},
    scheduler::TaskFailure,
};

/// Calls one action, optimised or `aws-sdk:`.
pub async fn call(
    services: &Arc<Services>,
    integration: &Integration,
    arguments: &Value,
    is_sdk: bool,
) -> Result<Value, TaskFailure> {
    let operation = first_letter(&integration.action, char::to_ascii_uppercase);
    let answered = match &*integration.service {
        "dynamodb" => {
            services
                .call(Service::DynamoDb, &operation, arguments)
                .await
        }
        "sqs" => {
            let request = with_text_bodies(arguments);
            services.call(Service::Sqs, &operation, &request).await
        }
        // Step Functions' own API has small first letters, its SDK integration large ones.
        _ => {
            let request = renamed(arguments, char::to_ascii_lowercase);
            let answered = services.call(Service::StepFunctions, &operation, &request);
            answered
                .await
                .map(|answer| renamed(&answer, char::to_ascii_uppercase))
        }
    };
    answered.map_err(|error| {
        failure::of_service(integration, is_sdk, &error, &services.clock.fresh_id())
    })
}

/// A message's body may be JSON in a definition; what is sent is its text.
fn with_text_bodies(arguments: &Value) -> Value {
    let mut arguments = arguments.clone();
    let to_text = |message: &mut Value| {
        if let Some(body) = message.get_mut("MessageBody")
            && !body.is_string()
        {
            *body = Value::String(body.to_string());
        }
    };
    to_text(&mut arguments);
    if let Some(entries) = arguments.get_mut("Entries").and_then(Value::as_array_mut) {
        entries.iter_mut().for_each(to_text);
    }
    arguments
}

fn renamed(value: &Value, case: fn(&char) -> char) -> Value {
    match value {
        Value::Object(members) => {
            let renamed: Map<String, Value> = members
                .iter()
                .map(|(name, value)| (first_letter(name, case), as_given(name, value, case)))
                .collect();
            Value::Object(renamed)
        }
        Value::Array(items) => items.iter().map(|item| renamed(item, case)).collect(),
        other => other.clone(),
    }
}

/// Documents travel as text: an `Input` or `Output` that is JSON in a definition becomes its text.
fn as_given(name: &str, value: &Value, case: fn(&char) -> char) -> Value {
    match name {
        "Input" | "Output" if !value.is_string() => Value::String(value.to_string()),
        _ => renamed(value, case),
    }
}

fn first_letter(name: &str, case: fn(&char) -> char) -> String {
    let mut letters = name.chars();
    let first = letters.next().map(|letter| case(&letter));
    first.into_iter().chain(letters).collect()
}
