//! The simulator through the front door: our own client and plain HTTP on one side, a webhook's receiver on the other.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
};

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use comanda_domain::{ids::OrderId, money::Money};
use comanda_tasks::ports::{
    Account as OurAccount, Charge, ChargeMethod, Environment, NewCharge, NewPayer, PaymentProvider,
};
use comanda_tasks_aws::{AwsEndpoint, PortsConfig, SecretsEndpoint, TwilioEndpoint};
use serde_json::{Value, json};

use super::*;

mod charges;
mod webhooks;

const KEY: &str = "$aact_local_1";

/// A webhook: what it answers next (200 when empty), and what it saw.
#[derive(Default)]
struct Webhook {
    answers: Mutex<VecDeque<u16>>,
    seen: Mutex<Vec<(String, Value)>>,
}

async fn receive(
    State(webhook): State<Arc<Webhook>>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> StatusCode {
    let token = headers["asaas-access-token"].to_str().unwrap().to_owned();
    webhook.seen.lock().unwrap().push((token, body));
    let answer = webhook
        .answers
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .pop_front();
    StatusCode::from_u16(answer.unwrap_or(200)).unwrap()
}

struct Scene {
    provider: Arc<dyn PaymentProvider>,
    account: OurAccount,
    webhook: Arc<Webhook>,
    base: String,
    http: reqwest::Client,
}

const FAST: Pace = Pace {
    refund: Duration::from_millis(20),
    ladder_divisor: 1_000,
};

async fn scene() -> Scene {
    let database = Arc::new(Database::open(None).unwrap());
    scene_on(database, Arc::default(), FAST).await
}

async fn scene_on(database: Arc<Database>, webhook: Arc<Webhook>, pace: Pace) -> Scene {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let base = format!("{address}/simulators/asaas");
    let client = Client::new().unwrap();
    let asaas = Arc::new(Asaas::new(database, client, base.clone(), pace));
    asaas
        .register(&Account {
            id: "sabor".to_owned(),
            name: "Restaurante Sabor".to_owned(),
            city: "São Paulo".to_owned(),
            api_key: KEY.to_owned(),
            webhook_url: format!("{address}/webhook"),
            webhook_token: "whsec_1".to_owned(),
            opening_balance_centavos: 0,
        })
        .unwrap();
    let app = Router::new()
        .route("/webhook", post(receive))
        .with_state(webhook.clone())
        .nest("/simulators/asaas", router(asaas.clone()));
    tokio::spawn(async move { axum::serve(listener, app).await });
    tokio::spawn(asaas.run());
    let ports = comanda_tasks_aws::connect(PortsConfig {
        aws: AwsEndpoint::local(address),
        asaas_local: Some(format!("{base}/v3")),
        twilio: TwilioEndpoint {
            api: "http://127.0.0.1:1".to_owned(),
            content: "http://127.0.0.1:1".to_owned(),
            status_callback: "http://127.0.0.1:1".to_owned(),
            within: TwilioEndpoint::PATIENCE,
        },
        secrets: SecretsEndpoint {
            url: "http://127.0.0.1:1".to_owned(),
            token: "x".into(),
        },
    });
    Scene {
        provider: ports.provider,
        account: OurAccount {
            environment: Environment::Local,
            api_key: KEY.into(),
        },
        webhook,
        base,
        http: reqwest::Client::builder()
            .no_proxy()
            .tls_certs_only([])
            .build()
            .unwrap(),
    }
}

impl Scene {
    async fn charge(&self, method: ChargeMethod, centavos: i64) -> Charge {
        let payer = NewPayer {
            name: "Maria da Silva".to_owned(),
            cpf: "24971563792".to_owned(),
            external_reference: "customer_1".to_owned(),
        };
        let payer = self
            .provider
            .create_payer(&self.account, &payer)
            .await
            .unwrap();
        let charge = NewCharge {
            payer,
            method,
            amount: Money::from_centavos(centavos),
            due_date: model::today(),
            order: order(),
            description: "Pedido 0001".to_owned(),
        };
        self.provider
            .create_charge(&self.account, &charge)
            .await
            .unwrap()
    }

    async fn read(&self, charge: &Charge) -> Charge {
        let read = self.provider.get_charge(&self.account, &charge.id).await;
        read.unwrap().unwrap()
    }

    async fn control(&self, method: reqwest::Method, path: &str, body: Value) -> (u16, Value) {
        let address = format!("{}/control/{path}", self.base);
        let answer = self
            .http
            .request(method, address)
            .json(&body)
            .send()
            .await
            .unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    async fn act(&self, charge: &Charge, action: &str) -> (u16, Value) {
        let path = format!("payments/{}/{action}", charge.id);
        self.control(reqwest::Method::POST, &path, json!({})).await
    }

    /// The events that came, once there are so many.
    async fn events(&self, count: usize) -> Vec<String> {
        for _ in 0..200 {
            if self.webhook.seen.lock().unwrap().len() >= count {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let seen = self.webhook.seen.lock().unwrap();
        seen.iter()
            .map(|(_, body)| body["event"].as_str().unwrap().to_owned())
            .collect()
    }
}

fn order() -> OrderId {
    OrderId::new("order_1").unwrap()
}
