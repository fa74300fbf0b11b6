//! The client against a tiny server with the answers of providers §2.4.

use std::sync::{Arc, Mutex};

use axum::{
    Router,
    extract::{Request, State},
    http::StatusCode,
};

use super::*;
use crate::http::{self, Reach};

const SENT: &str = r#"{"account_sid":"ACaaaa","api_version":"2010-04-01","body":"Olá","date_created":"Thu, 24 Aug 2023 05:01:45 +0000","date_sent":null,"direction":"outbound-api","error_code":null,"from":"whatsapp:+551140028922","num_media":"0","sid":"SM1","status":"queued","to":"whatsapp:+5511987654321"}"#;

type Seen = Arc<Mutex<Vec<String>>>;

async fn scene(status: u16, body: &str) -> (Twilio, Sender, Seen) {
    let seen = Seen::default();
    let answer = (StatusCode::from_u16(status).unwrap(), body.to_owned());
    let record = async |State((seen, answer)): State<(Seen, (StatusCode, String))>,
                        request: Request| {
        let line = format!("{} {}", request.method(), request.uri());
        let key = request.headers()["authorization"]
            .to_str()
            .unwrap()
            .to_owned();
        let body = axum::body::to_bytes(request.into_body(), 9_999)
            .await
            .unwrap();
        let body = String::from_utf8(body.to_vec()).unwrap();
        seen.lock().unwrap().extend([line, key, body]);
        answer
    };
    let router = Router::new()
        .fallback(record)
        .with_state((seen.clone(), answer));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    let sender = Sender {
        address: "whatsapp:+551140028922".to_owned(),
        account: "AC1".to_owned(),
        auth_token: "12345".into(),
    };
    (
        Twilio::new(http::client(Reach::ThisMachine).unwrap(), base),
        sender,
        seen,
    )
}

/// The form that a message becomes.
async fn check_form(content: Content, callback: Option<&str>, expected: &str) {
    let (twilio, sender, seen) = scene(201, SENT).await;
    let message = OutboundMessage {
        to: "whatsapp:+5511987654321".to_owned(),
        content,
        status_callback: callback.map(str::to_owned),
    };
    assert_eq!(twilio.send(&sender, &message).await, Ok("SM1".to_owned()));
    let seen = seen.lock().unwrap();
    assert_eq!(seen[0], "POST /2010-04-01/Accounts/AC1/Messages.json");
    assert_eq!(seen[1], "Basic QUMxOjEyMzQ1");
    let addresses = "To=whatsapp%3A%2B5511987654321&From=whatsapp%3A%2B551140028922&";
    assert_eq!(seen[2], format!("{addresses}{expected}"));
}

#[tokio::test]
async fn sends_the_form_that_the_api_wants() {
    let text = Content::Text("Olá & até".to_owned());
    check_form(
        text,
        Some("https://x/y"),
        "Body=Ol%C3%A1+%26+at%C3%A9&StatusCallback=https%3A%2F%2Fx%2Fy",
    )
    .await;
    let picture = Content::Media {
        url: "https://x/qr.png".to_owned(),
        caption: String::new(),
    };
    check_form(picture, None, "MediaUrl=https%3A%2F%2Fx%2Fqr.png").await;
    let template = Content::Template {
        id: "HX1".to_owned(),
        variables: vec!["João".to_owned(), "R$ 44,80".to_owned()],
    };
    let variables = "ContentSid=HX1&ContentVariables=%7B%221%22%3A%22Jo%C3%A3o%22%2C%222%22%3A%22R%24+44%2C80%22%7D";
    check_form(template, None, variables).await;
}

async fn check_refusal(status: u16, body: &str, expected: ChannelError) {
    let (twilio, sender, _) = scene(status, body).await;
    let message = OutboundMessage {
        to: "whatsapp:+55".to_owned(),
        content: Content::Text("x".to_owned()),
        status_callback: None,
    };
    assert_eq!(twilio.send(&sender, &message).await, Err(expected));
}

#[tokio::test]
async fn tells_refusals_from_outages() {
    let invalid = r#"{"code":21211,"message":"The 'To' number whatsapp:+55 is not a valid phone number.","more_info":"https://www.twilio.com/docs/errors/21211","status":400}"#;
    check_refusal(400, invalid, ChannelError::Refused { code: 21_211 }).await;
    check_refusal(
        429,
        r#"{"code":20429}"#,
        outage::not_done(PARTY, "HTTP 429").into(),
    )
    .await;
    check_refusal(413, "<html>", outage::not_done(PARTY, "HTTP 413").into()).await;
    check_refusal(503, "", outage::unknown(PARTY, "HTTP 503").into()).await;
}

#[tokio::test]
async fn finds_messages_since_an_instant() {
    let list = format!(r#"{{"messages":[{SENT}],"page":0,"page_size":50,"next_page_uri":null}}"#);
    let check = async |since: &str, expected: usize| {
        let (twilio, sender, seen) = scene(200, &list).await;
        let since = since.parse().unwrap();
        let found = twilio
            .sent_since(&sender, "whatsapp:+5511987654321", since)
            .await
            .unwrap();
        assert_eq!(found.len(), expected);
        assert_eq!(
            seen.lock().unwrap()[0],
            "GET /2010-04-01/Accounts/AC1/Messages.json?To=whatsapp%3A%2B5511987654321&From=whatsapp%3A%2B551140028922&PageSize=50"
        );
    };
    check("2023-08-24T05:01:45.9Z", 1).await;
    check("2023-08-24T05:01:46Z", 0).await;
}
