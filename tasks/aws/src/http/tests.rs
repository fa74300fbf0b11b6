//! What is sent, and what each way of failing means, against sockets of this machine.

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};

use super::*;

const WITHIN: Duration = Duration::from_millis(300);

/// The address of somebody who hears one request, answers that and hangs up; or hears it and says nothing for a while.
async fn somebody(answer: Option<&'static str>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut heard = [0; 4096];
        let _ = stream.read(&mut heard).await;
        match answer {
            Some(answer) => stream.write_all(answer.as_bytes()).await.unwrap(),
            None => tokio::time::sleep(10 * WITHIN).await,
        }
    });
    address
}

async fn called(address: String) -> Result<Answer, Failure> {
    let client = Client::new(Reach::ThisMachine);
    client.post(address).timeout(WITHIN).send().await
}

async fn check_failure(address: String, expected: Failure) {
    let failure = called(address.clone()).await.err();
    assert_eq!(failure, Some(expected), "{address}");
}

#[tokio::test]
async fn failures_before_a_connection_are_told_from_those_after() {
    check_failure("http://127.0.0.1:9".to_owned(), Failure::NotConnected).await;
    // Nobody here is trusted, and what answers is no TLS either.
    let address = somebody(Some("HTTP/1.1 200 OK\r\n\r\n")).await;
    check_failure(address.replace("http", "https"), Failure::NotConnected).await;
    check_failure(somebody(None).await, Failure::Late).await;
    check_failure(somebody(Some("")).await, Failure::Lost).await;
    check_failure(somebody(Some("HTTP/1.1 200")).await, Failure::Lost).await;
    for address in ["", "http://", "/v3", "http://a b"] {
        check_failure(address.to_owned(), Failure::NotBuilt).await;
    }
    for (failure, is_certain) in [
        (Failure::NotBuilt, true),
        (Failure::NobodyToTrust, true),
        (Failure::NotConnected, true),
        (Failure::Late, false),
        (Failure::Lost, false),
    ] {
        let outage = failure.outage("x");
        assert_eq!(
            matches!(outage, OutageError::NotDone { .. }),
            is_certain,
            "{outage}"
        );
    }
}

#[tokio::test]
async fn a_body_that_breaks_off_leaves_the_status_and_no_body() {
    let address = somebody(Some("HTTP/1.1 400 X\r\nContent-Length: 9\r\n\r\n{}")).await;
    let answer = called(address).await.ok().unwrap();
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert_eq!(answer.json::<serde_json::Value>(), None);
}

#[tokio::test]
async fn redirects_are_answers_and_are_not_followed() {
    let elsewhere =
        "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\n\r\n";
    let answer = called(somebody(Some(elsewhere)).await).await.ok().unwrap();
    assert_eq!(answer.status, StatusCode::FOUND);
}

#[tokio::test]
async fn a_header_that_cannot_be_said_is_no_request() {
    let client = Client::new(Reach::ThisMachine);
    let request = client
        .get("http://127.0.0.1:9")
        .header("access_token", "a\nb");
    assert_eq!(
        request.json(&"x").send().await.err(),
        Some(Failure::NotBuilt)
    );
}

#[test]
fn parameters_are_added_to_those_that_are_there() {
    let client = Client::new(Reach::ThisMachine);
    let request = client
        .get("http://x/y?z=1")
        .query(&[("a[b]", "ç &"), ("c", "")]);
    assert_eq!(request.address, "http://x/y?z=1&a%5Bb%5D=%C3%A7+%26&c=");
}
