//! Processes of every temper, as shell scripts that ask nothing, and a runtime in this process that asks properly.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    sync::Mutex,
};

use super::*;

fn function(script: &str, timeout: Duration) -> Function {
    Function {
        name: "greeter".to_owned(),
        arn: "arn:aws:lambda:sa-east-1:000000000000:function:greeter".to_owned(),
        handler: "greeting".to_owned(),
        timeout,
        program: "/bin/sh".into(),
        arguments: vec!["-c".to_owned(), script.to_owned()],
        variables: vec![("GREETING".to_owned(), "olá".to_owned())],
    }
}

/// An environment, and the lines that its process prints.
async fn started(script: &str, timeout: Duration) -> (Environment, Arc<Mutex<Vec<String>>>) {
    let lines = Arc::<Mutex<Vec<String>>>::default();
    let printed = Arc::clone(&lines);
    let log: Log = Arc::new(move |line| printed.lock().unwrap().push(line.to_owned()));
    let environment = Environment::start(&function(script, timeout), log).await;
    (environment.unwrap(), lines)
}

const LONG: Duration = Duration::from_secs(20);

async fn check(script: &str, timeout: Duration, error_type: &str, message_ends: &str) {
    let (mut environment, _) = started(script, timeout).await;
    let failure = environment.invoke(b"{}".to_vec()).await.unwrap_err();
    assert_eq!(failure.error_type, error_type, "{script}");
    let message = &failure.error_message;
    assert!(message.ends_with(message_ends), "{script}: {message}");
    assert!(failure.ends_environment(), "{script}");
}

#[tokio::test]
async fn a_process_that_ends_hangs_or_is_killed_fails_its_invocation_as_lambda_says_it() {
    let exited = "Runtime.ExitError";
    check(
        "exit 3",
        LONG,
        exited,
        "Runtime exited with error: exit status: 3",
    )
    .await;
    check("kill -9 $$", LONG, exited, "signal: 9 (SIGKILL)").await;
    let short = Duration::from_millis(300);
    let timed_out = "Task timed out after 0.30 seconds";
    check("sleep 60", short, "Sandbox.Timedout", timed_out).await;
}

#[tokio::test]
async fn a_process_sees_what_lambda_sets_and_nothing_of_this_machine() {
    let (mut environment, lines) = started("env; exit 0", LONG).await;
    environment.invoke(b"{}".to_vec()).await.unwrap_err();
    // The process has ended, and with it its prints; they are read by a task of their own.
    tokio::time::timeout(LONG, async {
        while !lines
            .lock()
            .unwrap()
            .iter()
            .any(|line| line == "GREETING=olá")
        {
            tokio::task::yield_now().await;
        }
    })
    .await
    .unwrap();
    let lines = lines.lock().unwrap();
    assert!(lines.iter().any(|line| line == "_HANDLER=greeting"));
    assert!(
        !lines.iter().any(|line| line.starts_with("CARGO")),
        "{lines:?}"
    );
}

/// One request on a connection of its own, off the tests' own thread; the answer as it came.
async fn ask(address: &str, request: &str, body: &str) -> String {
    let length = body.len();
    let text = format!(
        "{request} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}"
    );
    let address = address.to_owned();
    let asked = tokio::task::spawn_blocking(move || {
        let mut connection = TcpStream::connect(address).unwrap();
        connection.write_all(text.as_bytes()).unwrap();
        let mut answer = String::new();
        connection.read_to_string(&mut answer).unwrap();
        answer
    });
    asked.await.unwrap()
}

/// The process prints the address of its Runtime API; the test asks in its place.
async fn in_place_of_the_process() -> (Environment, String) {
    let script = "echo $AWS_LAMBDA_RUNTIME_API; sleep 60";
    let (environment, lines) = started(script, LONG).await;
    let address = tokio::time::timeout(LONG, async {
        loop {
            if let Some(line) = lines.lock().unwrap().first() {
                return line.clone();
            }
            tokio::task::yield_now().await;
        }
    });
    let address = address.await.unwrap();
    (environment, address)
}

const NEXT: &str = "GET /2018-06-01/runtime/invocation/next";

#[tokio::test]
async fn invocations_are_handed_over_and_their_answers_and_errors_taken() {
    let (mut environment, address) = in_place_of_the_process().await;
    let runtime = tokio::spawn(async move {
        let mut handed = Vec::new();
        for end in ["response", "error"] {
            let next = ask(&address, NEXT, "").await;
            let id = next
                .lines()
                .find_map(|line| line.strip_prefix("lambda-runtime-aws-request-id: "))
                .unwrap()
                .to_owned();
            // An answer to something else is nobody's.
            let strange = "POST /2018-06-01/runtime/invocation/strange/response";
            ask(&address, strange, "{}").await;
            let post = format!("POST /2018-06-01/runtime/invocation/{id}/{end}");
            let body = r#"{"errorType": "Sad", "errorMessage": "no greeting"}"#;
            let taken = ask(&address, &post, body).await;
            assert!(taken.starts_with("HTTP/1.1 202"), "{taken}");
            handed.push(next);
        }
        handed
    });
    let answer = environment.invoke(b"\"first\"".to_vec()).await.unwrap();
    assert!(answer.starts_with(b"{\"errorType\""));
    let failure = environment
        .invoke(b"\"second\"".to_vec())
        .await
        .unwrap_err();
    assert_eq!(
        (failure.error_type.as_str(), failure.error_message.as_str()),
        ("Sad", "no greeting")
    );
    assert!(!failure.ends_environment());
    let handed = runtime.await.unwrap();
    assert!(handed[0].ends_with("\"first\"") && handed[1].ends_with("\"second\""));
    assert!(handed[0].contains("lambda-runtime-deadline-ms: "));
}

#[tokio::test]
async fn a_process_that_cannot_start_says_why() {
    let (mut environment, address) = in_place_of_the_process().await;
    let post = "POST /2018-06-01/runtime/init/error";
    let body = r#"{"errorType": "Unexpected", "errorMessage": "X is not set"}"#;
    ask(&address, post, body).await;
    let failure = environment.invoke(b"{}".to_vec()).await.unwrap_err();
    assert_eq!(failure.error_message, "X is not set");
    assert!(failure.ends_environment());
}
