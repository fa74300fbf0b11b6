//! The client against a tiny server with the answers of providers §2.4.

use std::sync::{Arc, Mutex};

use axum::{
    Router,
    extract::{Request, State},
    http::StatusCode,
};

use comanda_domain::talk::{Offered, Spoken};
use comanda_tasks::ports::{Choice, OutageError};

use super::*;
use crate::http::transport::Reach;

const SENT: &str = r#"{"account_sid":"ACaaaa","api_version":"2010-04-01","body":"Olá","date_created":"Thu, 24 Aug 2023 05:01:45 +0000","date_sent":null,"direction":"outbound-api","error_code":null,"from":"whatsapp:+551140028922","num_media":"0","sid":"SM1","status":"queued","to":"whatsapp:+5511987654321"}"#;

type Seen = Arc<Mutex<Vec<String>>>;

const CALLBACK: &str = "https://x/y";

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
    let endpoint = TwilioEndpoint {
        content: base.clone(),
        api: base,
        status_callback: CALLBACK.to_owned(),
        within: TwilioEndpoint::PATIENCE,
    };
    (
        Twilio::new(Client::new(Reach::ThisMachine), endpoint),
        sender,
        seen,
    )
}

/// The form that a message becomes, the address for reports included.
async fn check_form(content: Content, expected: &str) {
    let (twilio, sender, seen) = scene(201, SENT).await;
    let message = OutboundMessage {
        to: "whatsapp:+5511987654321".to_owned(),
        content,
    };
    assert_eq!(twilio.send(&sender, &message).await, Ok("SM1".to_owned()));
    let seen = seen.lock().unwrap();
    assert_eq!(seen[0], "POST /2010-04-01/Accounts/AC1/Messages.json");
    assert_eq!(seen[1], "Basic QUMxOjEyMzQ1");
    let addresses = "To=whatsapp%3A%2B5511987654321&From=whatsapp%3A%2B551140028922&";
    let reports = "&StatusCallback=https%3A%2F%2Fx%2Fy%23rc%3D5%26rp%3Dall";
    assert_eq!(seen[2], format!("{addresses}{expected}{reports}"));
}

#[tokio::test]
async fn sends_the_form_that_the_api_wants() {
    let text = Content::Text("Olá & até".to_owned());
    check_form(text, "Body=Ol%C3%A1+%26+at%C3%A9").await;
    let picture = Content::Media {
        url: "https://x/qr.png".to_owned(),
        caption: String::new(),
    };
    check_form(picture, "MediaUrl=https%3A%2F%2Fx%2Fqr.png").await;
    let template = Content::Template {
        id: "HX1".to_owned(),
        variables: vec!["João".to_owned(), "R$ 44,80".to_owned()],
    };
    let variables = "ContentSid=HX1&ContentVariables=%7B%221%22%3A%22Jo%C3%A3o%22%2C%222%22%3A%22R%24+44%2C80%22%7D";
    check_form(template, variables).await;
}

async fn check_refusal(status: u16, body: &str, expected: ChannelError) {
    let (twilio, sender, _) = scene(status, body).await;
    let message = OutboundMessage {
        to: "whatsapp:+55".to_owned(),
        content: Content::Text("x".to_owned()),
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
    let token = r#"{"code":20003,"message":"Authenticate","more_info":"https://www.twilio.com/docs/errors/20003","status":401}"#;
    for status in [401, 403] {
        check_refusal(status, token, ChannelError::Unauthorised).await;
        let theirs = outage::not_done(PARTY, format!("HTTP {status}"));
        check_refusal(status, "<html>", theirs.into()).await;
    }
    check_refusal(413, "<html>", outage::not_done(PARTY, "HTTP 413").into()).await;
    check_refusal(503, "", outage::unknown(PARTY, "HTTP 503").into()).await;
}

/// Nobody knows what became of it: the next who says it looks first.
#[tokio::test]
async fn a_call_has_as_long_as_its_endpoint_says() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let silent = format!("http://{}", listener.local_addr().unwrap());
    let (_, sender, _) = scene(200, "").await;
    let endpoint = TwilioEndpoint {
        content: silent.clone(),
        api: silent,
        status_callback: CALLBACK.to_owned(),
        within: std::time::Duration::from_millis(50),
    };
    let twilio = Twilio::new(Client::new(Reach::ThisMachine), endpoint);
    let message = OutboundMessage {
        to: "whatsapp:+5511987654321".to_owned(),
        content: Content::Text("x".to_owned()),
    };
    let asked = twilio.send(&sender, &message);
    let answer = tokio::time::timeout(std::time::Duration::from_secs(5), asked).await;
    let unknown = outage::unknown(PARTY, "no answer in time");
    assert_eq!(answer.unwrap(), Err(unknown.into()));
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

/// Twilio with contents: lists none until one is made, and then takes the message.
async fn scene_of_contents(made: StatusCode) -> (Twilio, Sender, Seen) {
    let (_, sender, seen) = scene(200, "").await;
    let answer = async move |State(seen): State<Seen>, request: Request| {
        let line = format!("{} {}", request.method(), request.uri().path());
        let body = axum::body::to_bytes(request.into_body(), 9_999)
            .await
            .unwrap();
        let body = String::from_utf8(body.to_vec()).unwrap();
        let answer = match line.as_str() {
            "GET /v1/Content" => (
                StatusCode::OK,
                r#"{"contents":[{"sid":"HX0","friendly_name":"other"}],"meta":{"next_page_url":null}}"#,
            ),
            "POST /v1/Content" if made.is_success() => {
                (made, r#"{"sid":"HX1","friendly_name":"x"}"#)
            }
            "POST /v1/Content" => (made, r#"{"code":20403}"#),
            _ => (StatusCode::CREATED, SENT),
        };
        seen.lock().unwrap().extend([line, body]);
        answer
    };
    let router = Router::new().fallback(answer).with_state(seen.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    let endpoint = TwilioEndpoint {
        content: base.clone(),
        api: base,
        status_callback: CALLBACK.to_owned(),
        within: TwilioEndpoint::PATIENCE,
    };
    let twilio = Twilio::new(Client::new(Reach::ThisMachine), endpoint);
    (twilio, sender, seen)
}

fn with_buttons(titles: &[&str]) -> OutboundMessage {
    let offered = titles
        .iter()
        .map(|title| Offered::new(title.to_lowercase(), *title));
    let spoken = Spoken {
        text: "Está certo?".to_owned(),
        offered: offered.collect(),
    };
    OutboundMessage {
        to: "whatsapp:+5511987654321".to_owned(),
        content: Content::spoken(&spoken, &ChoiceLimits::WHATSAPP),
    }
}

#[tokio::test]
async fn what_can_be_tapped_is_a_content_made_once_that_holds_no_words() {
    let (twilio, sender, seen) = scene_of_contents(StatusCode::CREATED).await;
    for titles in [["Sim", "Não"], ["Nome", "E-mail"]] {
        let sent = twilio.send(&sender, &with_buttons(&titles)).await;
        assert_eq!(sent, Ok("SM1".to_owned()));
    }
    let seen = seen.lock().unwrap();
    let calls: Vec<&str> = seen.iter().step_by(2).map(String::as_str).collect();
    let message = "POST /2010-04-01/Accounts/AC1/Messages.json";
    assert_eq!(
        calls,
        ["GET /v1/Content", "POST /v1/Content", message, message]
    );
    let made: serde_json::Value = serde_json::from_str(&seen[3]).unwrap();
    let reply = &made["types"]["twilio/quick-reply"];
    assert_eq!(reply["body"], "{{1}}");
    assert_eq!(
        reply["actions"][1],
        serde_json::json!({"type": "QUICK_REPLY", "title": "{{4}}", "id": "{{5}}"})
    );
    assert_eq!(made["variables"]["5"], "x");
    for (body, expected) in [(&seen[5], "n%C3%A3o"), (&seen[7], "e-mail")] {
        assert!(body.contains("ContentSid=HX1"), "{body}");
        assert!(body.contains(expected), "{body}");
    }
}

#[tokio::test]
async fn a_list_is_a_content_by_what_stands_below_its_items() {
    let (twilio, sender, seen) = scene_of_contents(StatusCode::CREATED).await;
    let message = with_buttons(&["Rua das Flores, 123, Jardim Primavera", "B", "C", "D"]);
    twilio.send(&sender, &message).await.unwrap();
    let seen = seen.lock().unwrap();
    let made: serde_json::Value = serde_json::from_str(&seen[3]).unwrap();
    assert_eq!(made["friendly_name"], "comanda-list-picker-dnnn");
    let list = &made["types"]["twilio/list-picker"];
    assert_eq!(list["button"], "{{2}}");
    assert_eq!(list["items"][0]["description"], "{{5}}");
    assert_eq!(
        list["items"][1],
        serde_json::json!({"item": "{{6}}", "id": "{{7}}"})
    );
}

/// A variable holds no line end (21656), so that a body of several lines is as many variables.
#[test]
fn a_body_of_several_lines_is_a_variable_for_each() {
    let shape = |text: &str, titles: &[&str]| {
        let choice = |title: &&str| Choice {
            says: (*title).to_owned(),
            title: (*title).to_owned(),
            description: None,
        };
        let replies = titles.iter().map(choice).collect();
        let text = text.to_owned();
        Shape::of(&Content::QuickReplies { text, replies }).unwrap()
    };
    let (several, words) = shape("Confira:\nNome: João\n\nCerto?", &["Sim"]);
    assert_eq!(words, ["Confira:", "Nome: João", "Certo?", "Sim", "Sim"]);
    let several = serde_json::to_value(several.request()).unwrap();
    assert_eq!(several["friendly_name"], "comanda-quick-reply-1-llel");
    let body = &several["types"]["twilio/quick-reply"]["body"];
    assert_eq!(body, "{{1}}\n{{2}}\n\n{{3}}");
    let (one, _) = shape("Certo?", &["Sim"]);
    assert_eq!(one.request()["friendly_name"], "comanda-quick-reply-1");
}

#[tokio::test]
async fn an_account_without_contents_says_it_as_text() {
    let (twilio, sender, seen) = scene_of_contents(StatusCode::FORBIDDEN).await;
    twilio.send(&sender, &with_buttons(&["Sim"])).await.unwrap();
    let body = seen.lock().unwrap()[5].clone();
    assert!(body.contains("Body=Est%C3%A1+certo%3F%0A1.+Sim"), "{body}");
}

#[tokio::test]
async fn contents_that_cannot_be_reached_leave_the_message_unsent() {
    let (twilio, sender, _) = scene_of_contents(StatusCode::BAD_GATEWAY).await;
    let sent = twilio.send(&sender, &with_buttons(&["Sim"])).await;
    assert!(
        matches!(sent, Err(ChannelError::Outage(OutageError::NotDone { .. }))),
        "{sent:?}"
    );
}
