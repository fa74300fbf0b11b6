//! The simulator through the front door: our own client on one side, our webhooks' receiver on the other.

use std::sync::Mutex;

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
};
use comanda_domain::talk::{Offered, Spoken};
use comanda_tasks::ports::{
    Channel, ChannelError, ChoiceLimits, Content, OutageError, OutboundMessage, Sender as OurSender,
};
use comanda_tasks_aws::{AwsEndpoint, PortsConfig, SecretsEndpoint, TwilioEndpoint};
use serde_json::{Value, json};

use super::*;

const SID: &str = "ACbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
const NUMBER: &str = "whatsapp:+551140028922";
/// Another store's.
const OTHER_NUMBER: &str = "whatsapp:+551140028999";
const CUSTOMER: &str = "whatsapp:+5511987654321";
/// Our webhook does not answer while it has this one's message.
const SLOW: &str = "whatsapp:+5511900000000";
/// Our webhook answers the first report on a message to this one with an error.
const MISSED: &str = "whatsapp:+5511900000001";

type Seen = Arc<Mutex<Vec<(String, Vec<(String, String)>)>>>;

struct Scene {
    channel: Arc<dyn Channel>,
    sender: OurSender,
    address: String,
    http: reqwest::Client,
    seen: Seen,
    twilio: Arc<Twilio>,
}

async fn receive(
    State(seen): State<Seen>,
    headers: HeaderMap,
    axum::Form(form): axum::Form<Vec<(String, String)>>,
) -> StatusCode {
    let signature = headers["x-twilio-signature"].to_str().unwrap().to_owned();
    let is_slow = field(&form, "From") == SLOW;
    let is_missed = {
        let mut seen = seen.lock().unwrap();
        let to_missed = |form: &[(String, String)]| field(form, "To") == MISSED;
        let is_first = !seen.iter().any(|(_, form)| to_missed(form));
        let is_missed = to_missed(&form) && is_first;
        seen.push((signature, form));
        is_missed
    };
    if is_slow {
        std::future::pending::<()>().await;
    }
    if is_missed {
        return StatusCode::INTERNAL_SERVER_ERROR;
    }
    StatusCode::OK
}

async fn scene() -> Scene {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let database = Arc::new(Database::open(None).unwrap());
    let client = Client::new().unwrap();
    let twilio = Arc::new(Twilio::new(
        database,
        client,
        Pace(Duration::from_millis(5)),
    ));
    twilio
        .register(&Account {
            sid: SID.to_owned(),
            auth_token: "12345".to_owned(),
            senders: [NUMBER, OTHER_NUMBER]
                .map(|number| Sender {
                    address: number.to_owned(),
                    webhook_url: format!("{address}/webhook?a=1"),
                })
                .to_vec(),
            templates: vec![Template {
                sid: "HX1".to_owned(),
                text: "Olá {{1}}, total {{2}}. Obrigado!".to_owned(),
            }],
        })
        .unwrap();
    let seen = Seen::default();
    let app = Router::new()
        .route("/webhook", post(receive))
        .with_state(seen.clone())
        .nest("/simulators/twilio", router(twilio.clone()));
    tokio::spawn(async move { axum::serve(listener, app).await });
    tokio::spawn(twilio.clone().run());
    let ports = comanda_tasks_aws::connect(PortsConfig {
        aws: AwsEndpoint::local(address.clone()),
        asaas_local: Some("http://127.0.0.1:1".to_owned()),
        twilio: TwilioEndpoint {
            api: format!("{address}/simulators/twilio"),
            content: format!("{address}/simulators/twilio"),
            status_callback: format!("{address}/webhook"),
            within: TwilioEndpoint::PATIENCE,
        },
        secrets: SecretsEndpoint {
            url: "http://127.0.0.1:1".to_owned(),
            token: "x".into(),
        },
    });
    Scene {
        channel: ports.channel,
        sender: OurSender {
            address: NUMBER.to_owned(),
            account: SID.to_owned(),
            auth_token: "12345".into(),
        },
        address,
        http: reqwest::Client::builder()
            .no_proxy()
            .tls_certs_only([])
            .build()
            .unwrap(),
        seen,
        twilio,
    }
}

impl Scene {
    async fn send(&self, content: Content) -> Result<String, ChannelError> {
        let message = OutboundMessage {
            to: CUSTOMER.to_owned(),
            content,
        };
        self.channel.send(&self.sender, &message).await
    }

    async fn write(&self, body: Value) -> u16 {
        let address = format!("{}/simulators/twilio/control/inbound", self.address);
        self.http
            .post(address)
            .json(&body)
            .send()
            .await
            .unwrap()
            .status()
            .as_u16()
    }

    async fn phone(&self) -> Value {
        self.phone_of("").await
    }

    /// What the customer was sent, of what is asked for.
    async fn phone_of(&self, query: &str) -> Value {
        let address = format!(
            "{}/simulators/twilio/control/messages?to={}{query}",
            self.address,
            CUSTOMER.replace('+', "%2B")
        );
        self.http
            .get(address)
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap()
    }

    /// The forms that came, once there are so many.
    async fn calls(&self, count: usize) -> Vec<(String, Vec<(String, String)>)> {
        for _ in 0..1_000 {
            if self.seen.lock().unwrap().len() >= count {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        self.seen.lock().unwrap().clone()
    }
}

fn text(body: &str) -> Content {
    Content::Text(body.to_owned())
}

fn field<'a>(form: &'a [(String, String)], name: &str) -> &'a str {
    form.iter()
        .find(|(key, _)| key == name)
        .map_or("", |(_, value)| value)
}

fn hello() -> Value {
    json!({"from": CUSTOMER, "to": NUMBER, "body": "Olá, quero 2 X-Salada & 1 Coca", "profileName": "João"})
}

#[tokio::test]
async fn a_customer_writes_and_is_answered() {
    let scene = scene().await;
    assert_eq!(scene.write(hello()).await, 202);
    let (signed, form) = scene.calls(1).await[0].clone();
    assert_eq!(
        signed,
        signature::sign("12345", &format!("{}/webhook?a=1", scene.address), &form)
    );
    assert_eq!(field(&form, "Body"), "Olá, quero 2 X-Salada & 1 Coca");
    assert_eq!(field(&form, "WaId"), "5511987654321");
    assert_eq!(field(&form, "ProfileName"), "João");

    let since = jiff::Timestamp::now();
    let sid = scene.send(text("Recebemos o seu pedido.")).await.unwrap();
    let calls = scene.calls(3).await;
    let told: Vec<_> = calls[1..]
        .iter()
        .map(|(_, form)| field(form, "MessageStatus"))
        .collect();
    assert_eq!(told, ["sent", "delivered"]);
    assert!(
        calls[1..]
            .iter()
            .all(|(_, form)| field(form, "MessageSid") == sid)
    );
    let found = scene
        .channel
        .sent_since(&scene.sender, CUSTOMER, since)
        .await
        .unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(
        (&found[0].id, found[0].body.as_str()),
        (&sid, "Recebemos o seu pedido.")
    );
    let phone = scene.phone().await;
    assert_eq!(phone["messages"][0]["status"], "delivered");
    assert_eq!(phone["messages"][0]["body"], "Recebemos o seu pedido.");
}

#[tokio::test]
async fn whom_we_answer_late_holds_up_nobody_else() {
    let scene = scene().await;
    let slow = json!({"from": SLOW, "to": NUMBER, "body": "Oi"});
    assert_eq!(scene.write(slow.clone()).await, 202);
    assert_eq!(scene.calls(1).await.len(), 1);
    assert_eq!(scene.write(slow).await, 202);
    assert_eq!(scene.write(hello()).await, 202);
    let calls = scene.calls(2).await;
    let from: Vec<_> = calls.iter().map(|(_, form)| field(form, "From")).collect();
    assert_eq!(from, [SLOW, CUSTOMER], "their own next message waits");
}

#[tokio::test]
async fn a_report_that_we_miss_is_brought_again_and_holds_up_nothing() {
    let scene = scene().await;
    let written = json!({"from": MISSED, "to": NUMBER, "body": "Oi"});
    assert_eq!(scene.write(written).await, 202);
    scene.calls(1).await;
    let message = OutboundMessage {
        to: MISSED.to_owned(),
        content: text("Olá!"),
    };
    let sent = scene.channel.send(&scene.sender, &message).await;
    sent.expect("taken");
    let calls = scene.calls(4).await;
    let told = calls[1..]
        .iter()
        .map(|(_, form)| field(form, "MessageStatus"));
    assert_eq!(told.collect::<Vec<_>>(), ["sent", "delivered", "sent"]);
}

#[tokio::test]
async fn outside_the_window_only_a_template_arrives() {
    let scene = scene().await;
    scene.send(text("Recebemos o seu pedido.")).await.unwrap();
    let (_, form) = scene.calls(1).await[0].clone();
    assert_eq!(
        (field(&form, "MessageStatus"), field(&form, "ErrorCode")),
        ("undelivered", "63016")
    );
    let template = Content::Template {
        id: "HX1".to_owned(),
        variables: vec!["João".to_owned(), "R$ 44,80".to_owned()],
    };
    scene.send(template).await.unwrap();
    scene.calls(3).await;
    let phone = scene.phone().await;
    assert_eq!(phone["messages"][0]["error"], 63_016);
    assert_eq!(
        phone["messages"][1]["body"],
        "Olá João, total R$ 44,80. Obrigado!"
    );
    assert_eq!(phone["messages"][1]["status"], "delivered");
}

#[tokio::test]
async fn bad_messages_are_refused_with_twilios_codes() {
    let scene = scene().await;
    let answer = async |sender: OurSender, to: &str, content: Content| {
        let message = OutboundMessage {
            to: to.to_owned(),
            content,
        };
        scene.channel.send(&sender, &message).await
    };
    let check = async |sender: OurSender, to: &str, content: Content, code: u32| {
        let answer = answer(sender, to, content).await;
        assert_eq!(answer, Err(ChannelError::Refused { code }));
    };
    let sender = || scene.sender.clone();
    check(sender(), "whatsapp:+55", text("x"), 21_211).await;
    check(sender(), "whatsapp:BR.", text("x"), 21_211).await;
    check(sender(), CUSTOMER, text(""), 21_619).await;
    check(sender(), CUSTOMER, text(&"é".repeat(1_601)), 21_617).await;
    let template = Content::Template {
        id: "HX2".to_owned(),
        variables: Vec::new(),
    };
    check(sender(), CUSTOMER, template, 21_655).await;
    let address = "whatsapp:+551140028923".to_owned();
    check(
        OurSender {
            address,
            ..sender()
        },
        CUSTOMER,
        text("x"),
        63_007,
    )
    .await;
    let another = OurSender {
        auth_token: "54321".into(),
        ..sender()
    };
    let answer = answer(another, CUSTOMER, text("x")).await;
    assert_eq!(answer, Err(ChannelError::Unauthorised));
    assert_eq!(
        scene
            .write(json!({"from": "João", "to": NUMBER, "body": "x"}))
            .await,
        422
    );
    assert_eq!(
        scene
            .write(json!({"from": CUSTOMER, "to": CUSTOMER, "body": "x"}))
            .await,
        404
    );
}

#[tokio::test]
async fn the_fault_dial_loses_and_doubles() {
    let scene = scene().await;
    let turn = async |dial: Value| {
        let address = format!("{}/simulators/twilio/control/fault", scene.address);
        let answer = scene.http.put(address).json(&dial).send().await.unwrap();
        assert_eq!(answer.status(), 200);
    };
    turn(json!({"fault": "duplicated", "times": 1})).await;
    scene.write(hello()).await;
    let calls = scene.calls(2).await;
    assert_eq!(calls[0], calls[1]);

    let lost = |answer: Result<String, ChannelError>| {
        matches!(
            answer,
            Err(ChannelError::Outage(OutageError::Unknown { .. }))
        )
    };
    let since = jiff::Timestamp::now();
    let sent = async || {
        let found = scene
            .channel
            .sent_since(&scene.sender, CUSTOMER, since)
            .await
            .unwrap();
        found.len()
    };
    turn(json!({"fault": "lost-before", "times": 1})).await;
    assert!(lost(scene.send(text("a")).await));
    assert_eq!(sent().await, 0);
    turn(json!({"fault": "lost-after", "times": 1})).await;
    assert!(lost(scene.send(text("a")).await));
    assert_eq!(sent().await, 1);
}

fn offering(titles: &[&str], limits: &ChoiceLimits) -> Content {
    let offered = titles
        .iter()
        .map(|title| Offered::new(format!("diz {title}"), *title));
    let spoken = Spoken {
        text: "Está certo?".to_owned(),
        offered: offered.collect(),
    };
    Content::spoken(&spoken, limits)
}

/// What is offered is shown, and what is tapped reaches our webhook in the words of the channel.
async fn check_tap(titles: &[&str], [id, title]: [&str; 2]) {
    let scene = scene().await;
    scene.write(hello()).await;
    scene.calls(1).await;
    let content = offering(titles, &ChoiceLimits::WHATSAPP);
    let sid = scene.send(content).await.unwrap();
    scene.calls(3).await;
    let shown = scene.phone().await["messages"][0].clone();
    assert_eq!(shown["body"], "Está certo?");
    assert_eq!(shown["choices"][1]["title"], titles[1]);
    let choice = shown["choices"][1]["id"].clone();
    let tap = json!({"from": CUSTOMER, "to": NUMBER, "tap": {"message": sid, "choice": choice}});
    assert_eq!(scene.write(tap).await, 202);
    let (_, form) = scene.calls(4).await[3].clone();
    assert_eq!(field(&form, "MessageType"), "interactive");
    assert_eq!(field(&form, id), format!("diz {}", titles[1]));
    assert_eq!(field(&form, title), titles[1]);
    assert_eq!(field(&form, "Body"), titles[1]);
    assert_eq!(field(&form, "OriginalRepliedMessageSid"), sid);
    let unoffered = json!({"from": CUSTOMER, "to": NUMBER, "tap": {"message": sid, "choice": "x"}});
    assert_eq!(scene.write(unoffered).await, 404);
    let anothers = json!({"from": "whatsapp:+5511911111111", "to": NUMBER, "tap": {"message": sid, "choice": choice}});
    assert_eq!(scene.write(anothers).await, 404);
}

#[tokio::test]
async fn buttons_and_lists_are_shown_and_tapped() {
    check_tap(&["Sim", "Não"], ["ButtonPayload", "ButtonText"]).await;
    check_tap(&["A", "B", "C", "D"], ["ListId", "ListTitle"]).await;
}

#[tokio::test]
async fn what_exceeds_the_channels_limits_is_refused() {
    let scene = scene().await;
    let beyond = |change: fn(&mut ChoiceLimits)| {
        let mut limits = ChoiceLimits::WHATSAPP;
        change(&mut limits);
        limits
    };
    let long = "x".repeat(73);
    for (titles, limits, code) in [
        (
            vec!["1", "2", "3", "4"],
            beyond(|limits| limits.replies = 4),
            20_001,
        ),
        (vec!["1"; 11], beyond(|limits| limits.items = 11), 20_001),
        (
            vec!["um título grande demais"],
            beyond(|limits| limits.reply_title = 99),
            63_005,
        ),
        (
            vec![long.as_str()],
            beyond(|limits| limits.item_description = 99),
            63_005,
        ),
    ] {
        let refused = scene.send(offering(&titles, &limits)).await;
        // A content that cannot be made is said as text; one that exists and is filled too full is refused.
        match code {
            20_001 => assert!(refused.is_ok(), "{refused:?}"),
            code => assert_eq!(refused, Err(ChannelError::Refused { code })),
        }
    }
    let shown = scene.phone().await;
    let bodies: Vec<&str> = shown["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|message| message["body"].as_str().unwrap())
        .collect();
    assert_eq!(bodies.len(), 2);
    assert!(bodies[0].ends_with("3. 3\n4. 4"), "{bodies:?}");
}

#[tokio::test]
async fn what_is_looked_at_is_read_and_told_once() {
    let scene = scene().await;
    scene.write(hello()).await;
    scene.send(text("Olá!")).await.unwrap();
    scene.calls(3).await;
    let look = async || {
        let address = format!("{}/simulators/twilio/control/read", scene.address);
        let looking = json!({"from": CUSTOMER, "to": NUMBER});
        let answer = scene
            .http
            .post(address)
            .json(&looking)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 204);
    };
    look().await;
    look().await;
    let calls = scene.calls(4).await;
    assert_eq!(field(&calls[3].1, "MessageStatus"), "read");
    assert_eq!(field(&calls[3].1, "EventType"), "READ");
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(scene.calls(4).await.len(), 4);
}

#[tokio::test]
async fn pictures_come_as_media() {
    let scene = scene().await;
    let picture =
        json!({"from": CUSTOMER, "to": NUMBER, "media": "image/jpeg", "body": "minha casa"});
    assert_eq!(scene.write(picture).await, 202);
    let (_, form) = scene.calls(1).await[0].clone();
    for (name, value) in [
        ("NumMedia", "1"),
        ("MessageType", "image"),
        ("MediaContentType0", "image/jpeg"),
        ("Body", "minha casa"),
    ] {
        assert_eq!(field(&form, name), value, "{name}");
    }
    assert!(field(&form, "MediaUrl0").starts_with("https://"));
}

/// Who writes to two stores has two chats, and neither shows what the other says.
#[tokio::test]
async fn each_number_is_a_chat_of_its_own() {
    let mut scene = scene().await;
    for number in [NUMBER, OTHER_NUMBER] {
        let written = json!({"from": CUSTOMER, "to": number, "body": "oi"});
        assert!(scene.write(written).await < 300);
        scene.sender.address = number.to_owned();
        let told = Content::Text(format!("Olá de {number}"));
        scene.send(told).await.unwrap();
    }
    let chat = |number: &str| (CUSTOMER.to_owned(), number.to_owned());
    let chats = scene.twilio.chats(9).unwrap();
    assert_eq!(chats, [chat(OTHER_NUMBER), chat(NUMBER)]);
    for number in [NUMBER, OTHER_NUMBER] {
        let query = format!("&from={}", number.replace('+', "%2B"));
        let messages = scene.phone_of(&query).await["messages"].clone();
        let bodies: Vec<_> = messages
            .as_array()
            .unwrap()
            .iter()
            .map(|one| &one["body"])
            .collect();
        assert_eq!(bodies, [&json!(format!("Olá de {number}"))]);
    }
}
