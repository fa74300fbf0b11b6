//! The program under a Runtime API: what it says when it cannot start, and how it answers what is none of its business.
#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test may fail loudly"
)]

use std::{sync::Arc, time::Duration};

use comanda_runtime_api::{Environment, Failure, Function};
use serde_json::{Value, json};

/// Nobody is there.
const NOWHERE: &str = "http://127.0.0.1:9";

fn function(handler: &str, variables: &[(&str, &str)]) -> Function {
    Function {
        name: format!("comanda-{handler}"),
        arn: format!("arn:aws:lambda:sa-east-1:000000000000:function:comanda-{handler}"),
        handler: handler.to_owned(),
        timeout: Duration::from_secs(60),
        program: env!("CARGO_BIN_EXE_bootstrap").into(),
        arguments: Vec::new(),
        variables: variables
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
    }
}

const WHOLE: [(&str, &str); 8] = [
    ("AWS_REGION", "sa-east-1"),
    ("AWS_SESSION_TOKEN", "session"),
    ("AWS_ENDPOINT_URL", NOWHERE),
    ("COMANDA_ACCOUNT", "000000000000"),
    ("COMANDA_PUBLIC_URL", "https://comanda.example"),
    ("COMANDA_TWILIO_URL", NOWHERE),
    ("COMANDA_TWILIO_CONTENT_URL", NOWHERE),
    ("COMANDA_SECRETS_URL", NOWHERE),
];

async fn started(handler: &str, variables: &[(&str, &str)]) -> Environment {
    let function = function(handler, variables);
    let started = Environment::start(&function, Arc::new(|_: &str| {})).await;
    started.unwrap()
}

async fn invoke(environment: &mut Environment, payload: &Value) -> Result<Value, Failure> {
    let answer = environment.invoke(payload.to_string().into_bytes()).await?;
    Ok(serde_json::from_slice(&answer).unwrap())
}

#[tokio::test]
async fn a_function_that_cannot_start_tells_its_caller_why() {
    let mut without_account = WHOLE.to_vec();
    without_account.retain(|(name, _)| *name != "COMANDA_ACCOUNT");
    for (handler, variables, said) in [
        (
            "orders",
            without_account.as_slice(),
            "COMANDA_ACCOUNT is not set",
        ),
        (
            "bootstrap",
            &WHOLE,
            "_HANDLER is `bootstrap`, and no service is called that",
        ),
    ] {
        let mut environment = started(handler, variables).await;
        let failure = invoke(&mut environment, &json!({})).await.unwrap_err();
        assert!(failure.error_message.starts_with(said), "{failure:?}");
        assert!(failure.ends_environment());
    }
}

#[tokio::test]
async fn errors_are_named_as_workflows_know_them() {
    let mut environment = started("orders", &WHOLE).await;
    let mut check = async |payload: Value, error_type: &str, said: &str| {
        let failure = invoke(&mut environment, &payload).await.unwrap_err();
        assert_eq!(
            (failure.error_type.as_str(), failure.error_message.as_str()),
            (error_type, said)
        );
        assert!(!failure.ends_environment());
    };
    let task = |name: &str, input: Value| json!({"task": name, "input": input, "execution": "e"});
    check(
        json!({"hello": "world"}),
        "Unexpected",
        "the event is neither a call of a task, nor a request, nor messages of a queue",
    )
    .await;
    let of_payments = task("SettlePayment", json!({}));
    check(of_payments, "Unexpected", "this function has no such task").await;
    check(
        task("CloseOrder", json!({"colour": "red"})),
        "Unexpected",
        "the input does not fit the contract",
    )
    .await;
    check(
        json!({"Records": []}),
        "Unexpected",
        "this function has no queue",
    )
    .await;
    let order = json!({"clientId": "sabor", "storeId": "centro", "orderId": "order_1"});
    // DynamoDB is nowhere: that may pass, and the state machine tries again.
    check(
        task(
            "CallPerson",
            json!({"order": order, "reason": "UNEXPECTED"}),
        ),
        "Outage",
        "dynamodb did not take the request: the connection was refused",
    )
    .await;
}

#[tokio::test]
async fn requests_and_messages_are_answered_in_the_gateways_and_the_pollers_words() {
    let request = |path: &str, query: &str| {
        json!({
            "version": "2.0", "rawPath": path, "rawQueryString": query, "headers": {"host": "evil.example"},
            "requestContext": {"http": {"method": "GET"}, "stage": "$default"}, "isBase64Encoded": false,
        })
    };
    let mut orders = started("orders", &WHOLE).await;
    for (path, query, status, code) in [
        ("/api/orders/1", "", 400, "STORE_NOT_NAMED"),
        ("/api/nothing", "", 404, "NO_SUCH_ADDRESS"),
        ("/api/customers/1", "", 500, "MISROUTED"),
        (
            "/api/orders/1",
            "clientId=sabor&storeId=centro",
            503,
            "OUTAGE",
        ),
    ] {
        let answer = invoke(&mut orders, &request(path, query)).await.unwrap();
        let body: Value = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
        assert_eq!(
            (&answer["statusCode"], &body["error"]["code"]),
            (&json!(status), &json!(code))
        );
    }
    let mut pos = started("pos", &WHOLE).await;
    let record = |id: &str, group: &str| json!({"messageId": id, "body": "x", "attributes": {"MessageGroupId": group}});
    let messages = json!({"Records": [record("1", "a"), record("2", "a")]});
    let answer = invoke(&mut pos, &messages).await.unwrap();
    let again = json!({"batchItemFailures": [{"itemIdentifier": "1"}, {"itemIdentifier": "2"}]});
    assert_eq!(answer, again);
}
