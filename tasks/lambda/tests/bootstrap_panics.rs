//! A handler that panics, under the Runtime API: its caller is answered in Lambda's words, the log tells the place and nothing
//! that was said, and the next invocation is served by another process. This program is both the test and the function; it is
//! called as it is because the log hears nobody else.
#![allow(clippy::panic, clippy::unwrap_used, reason = "a test may fail loudly")]

#[path = "../src/log.rs"]
#[allow(dead_code, reason = "lines that are JSON already are not this test's")]
mod log;

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use comanda_runtime_api::{Environment, Function, Log};
use lambda_runtime::{LambdaEvent, service_fn};
use serde_json::{Value, json};

#[tokio::main(flavor = "current_thread")]
async fn main() {
    match std::env::var("AWS_LAMBDA_RUNTIME_API") {
        Ok(_) => be_the_function().await,
        Err(_) => a_panic_is_answered_and_the_next_invocation_is_served().await,
    }
}

async fn be_the_function() {
    log::start();
    let handler = service_fn(|event: LambdaEvent<Value>| async move {
        if let Some(words) = event.payload.get("panic") {
            panic!("{words}");
        }
        Ok::<Value, lambda_runtime::Error>(event.payload)
    });
    lambda_runtime::run(handler).await.unwrap();
}

async fn a_panic_is_answered_and_the_next_invocation_is_served() {
    let function = Function {
        name: "comanda-panics".to_owned(),
        arn: "arn:aws:lambda:sa-east-1:000000000000:function:comanda-panics".to_owned(),
        handler: "panics".to_owned(),
        timeout: Duration::from_secs(60),
        program: std::env::current_exe().unwrap(),
        arguments: Vec::new(),
        variables: Vec::new(),
    };
    let lines = Arc::<Mutex<Vec<String>>>::default();
    let started = async || {
        let printed = Arc::clone(&lines);
        let log: Log = Arc::new(move |line| printed.lock().unwrap().push(line.to_owned()));
        Environment::start(&function, log).await.unwrap()
    };
    let call = json!({"order": 1}).to_string().into_bytes();
    let mut environment = started().await;
    assert_eq!(environment.invoke(call.clone()).await.unwrap(), call);
    let panicking = json!({"panic": "Maria, +5511987654321"}).to_string();
    let failure = environment
        .invoke(panicking.into_bytes())
        .await
        .unwrap_err();
    assert_eq!(failure.error_type, "Runtime.ExitError");
    assert!(!failure.error_message.contains("Maria"), "{failure:?}");
    assert!(failure.ends_environment());
    let mut next = started().await;
    assert_eq!(next.invoke(call.clone()).await.unwrap(), call);

    let told = async {
        while !lines
            .lock()
            .unwrap()
            .iter()
            .any(|line| line.contains("a panic"))
        {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), told)
        .await
        .unwrap();
    let lines = lines.lock().unwrap();
    assert!(
        lines
            .iter()
            .any(|line| line.contains("tests/bootstrap_panics.rs:")),
        "{lines:?}"
    );
    assert!(
        !lines.iter().any(|line| line.contains("Maria")),
        "{lines:?}"
    );
    println!("a panic is answered, told by its place, and the next invocation is served");
}
