//! The providers' simulators on one port, and our clients of them. Whatever happens there is a control action.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{Router, body::Bytes, extract::State, http::HeaderMap, routing::post};
use comanda_domain::{ids::ChargeId, ledger::day_of, money::Money};
use comanda_local::simulators::{
    Client, Database,
    asaas::{self, Asaas},
    secrets::{self, Extension},
    twilio::{self, Twilio},
};
use comanda_tasks::{
    http::WebhookRequest,
    ports::{Account, Channel, Environment, PaymentProvider, Ports, Sender},
    testing::contract::{
        Doing, Struck,
        channel::{ChannelRig, TEMPLATE},
        provider::{Happening, ProviderRig},
        secrets::KNOWN,
    },
};
use comanda_tasks_aws::{AwsEndpoint, PortsConfig, SecretsEndpoint, TwilioEndpoint};
use jiff::{Timestamp, civil::Date};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::net::TcpListener;

const SID: &str = "ACbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
const NUMBERS: [&str; 2] = ["whatsapp:+551140028922", "whatsapp:+551140028923"];
const TOKEN: &str = "12345";

/// The providers and our clients of them.
pub struct Providers {
    pub ports: Ports,
    base: String,
    http: reqwest::Client,
    heard: Heard,
}

/// Calls of our webhook.
type Heard = Arc<Mutex<Vec<WebhookRequest>>>;

/// Our ports, with AWS at one address and the providers at another.
pub fn connect(aws: &str, providers: &str) -> Ports {
    let config = PortsConfig {
        aws: AwsEndpoint::local(aws.to_owned()),
        asaas_local: Some(format!("{providers}/simulators/asaas/v3")),
        twilio: TwilioEndpoint {
            api: format!("{providers}/simulators/twilio"),
            content: format!("{providers}/simulators/twilio"),
            status_callback: format!("{providers}/reports"),
            within: TwilioEndpoint::PATIENCE,
        },
        secrets: SecretsEndpoint {
            url: format!("{providers}/simulators/secrets"),
            token: TOKEN.into(),
        },
    };
    comanda_tasks_aws::connect(config)
}

async fn hear(
    State((url, heard)): State<(String, Heard)>,
    headers: HeaderMap,
    body: Bytes,
) -> &'static str {
    let text = |value: &axum::http::HeaderValue| value.to_str().unwrap_or_default().to_owned();
    let headers = headers
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), text(value)))
        .collect();
    let request = WebhookRequest {
        url,
        headers,
        body: body.to_vec(),
    };
    heard.lock().expect("unpoisoned").push(request);
    ""
}

fn key(number: usize) -> String {
    format!("$aact_local_{number}")
}

fn account(key: String) -> Account {
    Account {
        environment: Environment::Local,
        api_key: key.into(),
    }
}

fn asaas(database: &Arc<Database>, base: &str) -> Arc<Asaas> {
    let client = Client::new().expect("a client");
    let pace = asaas::Pace {
        // As long as the cases take: what is under way ends when a case says so.
        refund: Duration::from_secs(3_600),
        ladder_divisor: 1,
    };
    let asaas = Asaas::new(
        database.clone(),
        client,
        format!("{base}/simulators/asaas"),
        pace,
    );
    for number in 0..3 {
        let made = asaas.register(&asaas::Account {
            id: format!("account-{number}"),
            name: "Restaurante Sabor".to_owned(),
            city: "São Paulo".to_owned(),
            api_key: key(number),
            webhook_url: format!("{base}/events"),
            webhook_token: "whsec_1".to_owned(),
            opening_balance_centavos: 0,
        });
        made.expect("an account");
    }
    Arc::new(asaas)
}

fn twilio(database: &Arc<Database>, base: &str) -> Arc<Twilio> {
    let client = Client::new().expect("a client");
    let pace = twilio::Pace(Duration::from_millis(5));
    let twilio = Twilio::new(database.clone(), client, pace);
    let senders = NUMBERS.map(|address| twilio::Sender {
        address: address.to_owned(),
        webhook_url: format!("{base}/inbound"),
    });
    let made = twilio.register(&twilio::Account {
        sid: SID.to_owned(),
        auth_token: TOKEN.to_owned(),
        senders: senders.to_vec(),
        templates: vec![twilio::Template {
            sid: TEMPLATE.to_owned(),
            text: "Olá {{1}}, total {{2}}. Obrigado!".to_owned(),
        }],
    });
    made.expect("an account");
    Arc::new(twilio)
}

impl Providers {
    pub async fn up() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let base = format!("http://{}", listener.local_addr().expect("an address"));
        let database = Arc::new(Database::open(None).expect("a database"));
        let (asaas, twilio) = (asaas(&database, &base), twilio(&database, &base));
        let (reference, value) = KNOWN;
        let extension = Arc::new(Extension {
            token: TOKEN.into(),
            secrets: BTreeMap::from([(reference.to_owned(), value.into())]).into(),
        });
        let heard = Heard::default();
        let app = Router::new()
            .route("/reports", post(hear))
            .with_state((format!("{base}/reports"), heard.clone()))
            .route("/events", post(async || ""))
            .route("/inbound", post(async || ""))
            .nest("/simulators/asaas", asaas::router(asaas.clone()))
            .nest("/simulators/twilio", twilio::router(twilio.clone()))
            .nest("/simulators/secrets", secrets::router(extension));
        tokio::spawn(async move { axum::serve(listener, app).await });
        tokio::spawn(asaas.run());
        tokio::spawn(twilio.run());
        let http = reqwest::Client::builder().no_proxy().tls_certs_only([]);
        Self {
            ports: connect("http://127.0.0.1:1", &base),
            base,
            http: http.build().expect("a client"),
            heard,
        }
    }

    async fn control(&self, provider: &str, (method, path): (Method, &str), body: Value) -> Value {
        let address = format!("{}/simulators/{provider}/control/{path}", self.base);
        let request = self.http.request(method, address).json(&body);
        let answer = request.send().await.expect("an answer");
        let status = answer.status();
        let body = answer.json().await.unwrap_or(Value::Null);
        assert!(status.is_success(), "{path}: {status} {body}");
        body
    }

    async fn turn_dial(&self, provider: &str, next: Struck) {
        let fault = match next {
            Struck::Refused => "refused",
            Struck::LostBefore => "lost-before",
            Struck::LostAfter => "lost-after",
        };
        let dial = json!({ "fault": fault, "times": 1 });
        self.control(provider, (Method::PUT, "fault"), dial).await;
    }

    /// Waits until nothing of the charge is on its way back.
    async fn arrived(&self, charge: &ChargeId) {
        let path = format!("payments/{charge}");
        for _ in 0..500 {
            let read = self
                .control("asaas", (Method::GET, &path), Value::Null)
                .await;
            let refunds = read["refunds"].as_array().cloned().unwrap_or_default();
            if refunds.iter().all(|refund| refund["status"] != "PENDING") {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("the refund of {charge} does not arrive");
    }
}

impl ProviderRig for Providers {
    fn provider(&self) -> &dyn PaymentProvider {
        &*self.ports.provider
    }

    fn account(&self, number: usize) -> Account {
        account(key(number))
    }

    fn no_account(&self) -> Account {
        account("$aact_local_nobody".to_owned())
    }

    fn today(&self) -> Date {
        day_of(Timestamp::now())
    }

    fn happens<'a>(&'a self, charge: &'a ChargeId, what: Happening) -> Doing<'a, ()> {
        Box::pin(async move {
            let action = match what {
                Happening::Paid => "pay",
                Happening::Overdue => "expire",
                Happening::RefundDone => "finish-refund",
                Happening::RefundDenied => "deny-refund",
                Happening::RefundHeld => "hold-refund",
                Happening::RefundAuthorised => "authorise-refund",
                Happening::Disputed => "chargeback",
            };
            let path = format!("payments/{charge}/{action}");
            self.control("asaas", (Method::POST, &path), json!({}))
                .await;
            if what == Happening::RefundDone {
                self.arrived(charge).await;
            }
        })
    }

    fn top_up(&self, number: usize, amount: Money) -> Doing<'_, ()> {
        Box::pin(async move {
            let account = format!("account-{number}");
            let balances = self
                .control("asaas", (Method::GET, "balance"), Value::Null)
                .await;
            let before = balances[&account].as_i64().expect("a balance");
            let body = json!({ "account": account, "centavos": before + amount.centavos() });
            self.control("asaas", (Method::PUT, "balance"), body).await;
        })
    }

    fn strike(&self, next: Struck) -> Doing<'_, ()> {
        Box::pin(self.turn_dial("asaas", next))
    }
}

impl ChannelRig for Providers {
    fn channel(&self) -> &dyn Channel {
        &*self.ports.channel
    }

    fn sender(&self) -> Sender {
        Sender {
            address: NUMBERS[0].to_owned(),
            account: SID.to_owned(),
            auth_token: TOKEN.into(),
        }
    }

    fn other_sender(&self) -> Sender {
        Sender {
            address: NUMBERS[1].to_owned(),
            ..self.sender()
        }
    }

    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn pass_a_second(&self) -> Doing<'_, ()> {
        Box::pin(tokio::time::sleep(Duration::from_millis(1_050)))
    }

    fn writes<'a>(&'a self, customer: &'a str) -> Doing<'a, ()> {
        Box::pin(async move {
            let body = json!({ "from": customer, "to": NUMBERS[0], "body": "oi" });
            self.control("twilio", (Method::POST, "inbound"), body)
                .await;
        })
    }

    fn strike(&self, next: Struck) -> Doing<'_, ()> {
        Box::pin(self.turn_dial("twilio", next))
    }

    fn reports<'a>(&'a self, id: &'a str) -> Doing<'a, Vec<WebhookRequest>> {
        Box::pin(async move {
            let said = |request: &WebhookRequest, text: &str| {
                String::from_utf8_lossy(&request.body).contains(text)
            };
            for _ in 0..500 {
                let heard = self.heard.lock().expect("unpoisoned").clone();
                let own: Vec<_> = heard.into_iter().filter(|call| said(call, id)).collect();
                let ended = |call: &WebhookRequest| {
                    said(call, "MessageStatus=delivered") || said(call, "MessageStatus=undelivered")
                };
                if own.iter().any(ended) {
                    return own;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            panic!("no report tells the end of {id}");
        })
    }
}
