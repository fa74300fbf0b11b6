//! The program under a Runtime API: what it says when it cannot start, and how it answers what is none of its business.
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may fail loudly"
)]

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

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

/// What a function prints, line by line.
#[derive(Clone, Default)]
struct Printed(Arc<Mutex<Vec<Value>>>);

impl Printed {
    /// All lines of the next call: its own line is the last of them, and comes by a pipe that nobody waits for.
    async fn of_a_call(&self) -> Vec<Value> {
        let whole = || {
            let mut lines = self.0.lock().unwrap();
            let is_whole = lines
                .last()
                .is_some_and(|line| line["message"] == "answered");
            is_whole.then(|| std::mem::take(&mut *lines))
        };
        for _ in 0..200 {
            if let Some(lines) = whole() {
                return lines;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("the function printed no line of its call");
    }
}

async fn heard(handler: &str, variables: &[(&str, &str)]) -> (Environment, Printed) {
    let printed = Printed::default();
    let lines = Arc::clone(&printed.0);
    let log = Arc::new(move |line: &str| {
        let line = serde_json::from_str(line).unwrap_or_else(|_| line.into());
        lines.lock().unwrap().push(line);
    });
    let started = Environment::start(&function(handler, variables), log).await;
    (started.unwrap(), printed)
}

/// An AWS that lets nobody do anything.
async fn forbidding() -> String {
    let forbid = || async {
        let body =
            r#"{"__type": "com.amazon.coral.service#AccessDeniedException", "message": "no"}"#;
        (axum::http::StatusCode::BAD_REQUEST, body)
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let router = axum::Router::new().fallback(forbid);
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

/// Levels, and what the line of a fault or an outage says.
fn said(lines: &[Value]) -> Vec<(&str, &str)> {
    lines
        .iter()
        .map(|line| {
            let named = |name: &str| line[name].as_str();
            let said = named("error").or_else(|| named("outage"));
            let said = said.or_else(|| named("message")).unwrap_or_default();
            (named("level").unwrap_or_default(), said)
        })
        .collect()
}

const AN_ORDER: &str = "clientId=sabor&storeId=centro";

fn request(path: &str, query: &str) -> Value {
    json!({
        "version": "2.0", "rawPath": path, "rawQueryString": query, "headers": {"host": "evil.example"},
        "requestContext": {"http": {"method": "GET"}, "stage": "$default"}, "isBase64Encoded": false,
    })
}

fn messages() -> Value {
    let record = |id: &str, group: &str| json!({"messageId": id, "body": "x", "attributes": {"MessageGroupId": group}});
    json!({"Records": [record("1", "a"), record("2", "a")]})
}

#[tokio::test]
async fn who_is_away_is_logged_by_name_and_is_no_error() {
    const AWAY: &str = "dynamodb did not take the request: the connection was refused";
    let (mut orders, printed) = heard("orders", &WHOLE).await;
    invoke(&mut orders, &request("/api/orders/1", AN_ORDER))
        .await
        .unwrap();
    let lines = printed.of_a_call().await;
    assert_eq!(said(&lines), [("WARN", AWAY), ("INFO", "answered")]);
    let order = json!({"clientId": "sabor", "storeId": "centro", "orderId": "order_1"});
    let task = json!({
        "task": "CallPerson", "input": {"order": order, "reason": "UNEXPECTED"}, "execution": "e",
    });
    invoke(&mut orders, &task).await.unwrap_err();
    let lines = printed.of_a_call().await;
    assert_eq!(said(&lines), [("WARN", AWAY), ("INFO", "answered")]);
    let (mut pos, printed) = heard("pos", &WHOLE).await;
    invoke(&mut pos, &messages()).await.unwrap();
    let lines = printed.of_a_call().await;
    // The second only waits for the first.
    assert_eq!(said(&lines), [("WARN", AWAY), ("INFO", "answered")]);
    assert_eq!(lines[1]["again"], 2);
}

#[tokio::test]
async fn a_fault_of_ours_is_logged_in_its_own_words_whichever_way_it_came() {
    const OURS: &str = "dynamodb refuses the request: AccessDeniedException";
    let address = forbidding().await;
    let mut variables = WHOLE.to_vec();
    for (name, value) in &mut variables {
        if *name == "AWS_ENDPOINT_URL" {
            *value = &address;
        }
    }
    let faulty = [("ERROR", OURS), ("ERROR", "answered")];
    let (mut orders, printed_of_orders) = heard("orders", &variables).await;
    let answer = invoke(&mut orders, &request("/api/orders/1", AN_ORDER))
        .await
        .unwrap();
    assert_eq!(answer["statusCode"], 500);
    assert_eq!(said(&printed_of_orders.of_a_call().await), faulty);
    let (mut pos, printed) = heard("pos", &variables).await;
    invoke(&mut pos, &messages()).await.unwrap();
    assert_eq!(said(&printed.of_a_call().await), faulty);
    // A gateway whose routes are not the manifest's.
    invoke(&mut orders, &request("/api/customers/1", ""))
        .await
        .unwrap();
    let lines = printed_of_orders.of_a_call().await;
    let misrouted = ("ERROR", "another function answers this address");
    assert_eq!(said(&lines), [misrouted, ("ERROR", "answered")]);
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
    let mut orders = started("orders", &WHOLE).await;
    for (path, query, status, code) in [
        ("/api/orders/1", "", 400, "STORE_NOT_NAMED"),
        ("/api/nothing", "", 404, "NO_SUCH_ADDRESS"),
        ("/api/customers/1", "", 500, "MISROUTED"),
        ("/api/orders/1", AN_ORDER, 503, "OUTAGE"),
    ] {
        let answer = invoke(&mut orders, &request(path, query)).await.unwrap();
        let body: Value = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
        assert_eq!(
            (&answer["statusCode"], &body["error"]["code"]),
            (&json!(status), &json!(code))
        );
    }
    let mut pos = started("pos", &WHOLE).await;
    let answer = invoke(&mut pos, &messages()).await.unwrap();
    let again = json!({"batchItemFailures": [{"itemIdentifier": "1"}, {"itemIdentifier": "2"}]});
    assert_eq!(answer, again);
}
