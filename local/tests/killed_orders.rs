//! Orders in a stack that is killed again and again (`kill -9`): what was acknowledged is not lost, and nothing that must
//! be done once is done twice (SPEC §4.10).
//!
//! The stack runs in a process of its own: this test binary, started again for the one ignored test below.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may fail loudly"
)]

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use comanda_local::{
    aws::Data,
    simulators::{asaas, twilio},
    stack::{Facts, Options, Port, Stack},
};
use serde_json::{Value, json};

const DIRECTORY: &str = "COMANDA_TEST_DIRECTORY";
const UP: &str = "stack is up";
const CUSTOMER: &str = "whatsapp:+5511987654321";
/// Milliseconds between a request and the kill.
const MOMENTS: [u64; 5] = [3, 20, 60, 150, 400];
/// Looks until something must have come about; a look is a request.
const LOOKS: usize = 400;
const BETWEEN_LOOKS: Duration = Duration::from_millis(25);
/// A claim on a message lasts 25 seconds, and the step that speaks is tried again for longer.
const SECONDS_UNTIL_SAID: u32 = 90;

#[test]
#[ignore = "the process that the other test kills"]
fn stack_to_kill() {
    let Ok(directory) = std::env::var(DIRECTORY) else {
        return;
    };
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let options = Options {
            port: Port::Exactly(0),
            aws_port: Port::Exactly(0),
            data: Data::Directory(directory.into()),
            asaas_pace: asaas::Pace {
                ladder_divisor: 100,
                ..asaas::Pace::default()
            },
            twilio_pace: twilio::Pace(Duration::from_millis(10)),
            sweep_every: None,
            functions: None,
        };
        let _stack = Stack::start(options).await.expect("a stack");
        println!("\n{UP}");
        std::future::pending::<()>().await;
    });
}

fn client() -> reqwest::Client {
    // An error means that it was chosen before.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let builder = reqwest::Client::builder().no_proxy().tls_certs_only([]);
    builder.build().expect("a client")
}

/// A stack in a process that dies with this.
struct Killable {
    process: Child,
    facts: Facts,
    http: reqwest::Client,
}

impl Killable {
    fn start(directory: &Path) -> Self {
        let mut process = Command::new(std::env::current_exe().expect("this binary"))
            .args(["--exact", "stack_to_kill", "--ignored", "--nocapture"])
            .env(DIRECTORY, directory)
            .stdout(Stdio::piped())
            .spawn()
            .expect("a process");
        let output = BufReader::new(process.stdout.take().expect("its output"));
        let mut lines = output.lines().map_while(Result::ok);
        assert!(lines.any(|line| line == UP), "it did not come up");
        Self {
            process,
            facts: Facts::read(directory).expect("its facts"),
            http: client(),
        }
    }

    async fn get(&self, path: &str) -> Value {
        let address = format!("{}{path}", self.facts.url);
        let answer = self.http.get(address).send().await.expect("an answer");
        answer.json().await.expect("JSON")
    }

    /// Status and body, unless the stack was killed meanwhile.
    async fn post(&self, path: &str, body: &Value) -> Option<(u16, Value)> {
        let address = format!("{}{path}", self.facts.url);
        let answer = self.http.post(address).json(body).send().await.ok()?;
        let status = answer.status().as_u16();
        Some((status, answer.json().await.ok()?))
    }

    async fn aws(&self, target: &str, body: Value) -> Option<Value> {
        let request = self.http.post(&self.facts.aws_url).json(&body);
        let answer = request.header("x-amz-target", target).send().await.ok()?;
        answer.json().await.ok()
    }

    async fn place(&self, checkout: &str) -> Option<(u16, Value)> {
        let order = json!({
            "clientId": "sabor-brasileiro", "storeId": "centro", "checkoutId": checkout,
            "customer": {"name": "Maria da Silva", "channelAddress": CUSTOMER, "cpf": "52998224725"},
            "items": [{"itemId": "burger_cheese_bacon", "quantity": 1}],
            "delivery": {"type": "PICKUP"}, "paymentMethod": "CREDIT",
        });
        self.post("/api/orders", &order).await
    }

    async fn pay(&self, order: &str) -> Option<(u16, Value)> {
        let path = format!("/simulators/asaas/control/payments/{order}/pay");
        self.post(&path, &json!({})).await
    }

    /// As a POS: says yes to every order on the queue that still waits for it.
    async fn confirm_all(&self) {
        let queue_url = &self.facts.stores[0].queue_url;
        let receive =
            json!({"QueueUrl": queue_url, "MaxNumberOfMessages": 10, "VisibilityTimeout": 1});
        let received = self
            .aws("AmazonSQS.ReceiveMessage", receive)
            .await
            .unwrap_or_default();
        for message in received["Messages"].as_array().into_iter().flatten() {
            let body: Value =
                serde_json::from_str(message["Body"].as_str().expect("a body")).expect("JSON");
            let yes = json!({
                "taskToken": body["data"]["taskToken"],
                "output": r#"{"confirmed": {"readyInMinutes": 35}}"#,
            });
            self.aws("AWSStepFunctions.SendTaskSuccess", yes).await;
        }
    }

    /// Everything that customers were told, however often.
    async fn told(&self) -> BTreeMap<String, u32> {
        let answer = self.get("/simulators/twilio/control/messages").await;
        let mut times = BTreeMap::new();
        for message in answer["messages"].as_array().into_iter().flatten() {
            let text = message["body"].as_str().expect("a text").to_owned();
            *times.entry(text).or_default() += 1;
        }
        times
    }

    async fn until(&self, order: &str, fits: impl Fn(&Value) -> bool) {
        let mut shown = Value::Null;
        for _ in 0..LOOKS {
            shown = self.get(&format!("/api/orders/{order}")).await;
            if fits(&shown["order"]) {
                return;
            }
            self.confirm_all().await;
            tokio::time::sleep(BETWEEN_LOOKS).await;
        }
        panic!("the order does not come to that: {shown:#}");
    }
}

impl Drop for Killable {
    /// `SIGKILL`: no handler, no flush.
    fn drop(&mut self) {
        self.process.kill().expect("killed");
        self.process.wait().expect("ended");
    }
}

/// Begins something in a stack of its own and kills that stack a moment later; gives what was answered by then.
async fn killed<T>(
    directory: &Path,
    moment: u64,
    work: impl AsyncFn(&Killable) -> Option<T>,
) -> Option<T> {
    let stack = Killable::start(directory);
    let begun = work(&stack);
    tokio::time::timeout(Duration::from_millis(moment), begun)
        .await
        .ok()
        .flatten()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn orders_come_through_kills_at_any_moment() {
    let folder = tempfile::tempdir().expect("a folder");
    let directory = folder.path();
    let mut orders = Vec::new();
    for moment in MOMENTS {
        let checkout = format!("carrinho-{moment}");
        let first = killed(directory, moment, async |stack| {
            stack.place(&checkout).await
        })
        .await;
        let stack = Killable::start(directory);
        let (status, body) = stack.place(&checkout).await.expect("an answer");
        let id = body["order"]["orderId"].as_str().expect("an id").to_owned();
        if let Some((acknowledged, first)) = first {
            assert_eq!((acknowledged, status), (201, 200));
            assert_eq!(first["order"]["orderId"], *id);
        }
        stack
            .until(&id, |order| order["paymentId"].is_string())
            .await;
        drop(stack);
        killed(directory, moment, async |stack| {
            let paid = stack.pay(&id).await;
            tokio::time::sleep(Duration::from_millis(moment)).await;
            paid
        })
        .await;
        let stack = Killable::start(directory);
        // Paid before the kill or now; the provider knows.
        let (status, body) = stack.pay(&id).await.expect("an answer");
        assert!(matches!(status, 200 | 409), "{body}");
        stack
            .until(&id, |order| {
                order["waitingFor"] == "STORE" || order["status"] == "CONFIRMED"
            })
            .await;
        drop(stack);
        killed(directory, moment, async |stack| {
            stack.confirm_all().await;
            Some(())
        })
        .await;
        orders.push(id);
    }
    let stack = Killable::start(directory);
    for id in &orders {
        stack
            .until(id, |order| order["status"] == "CONFIRMED")
            .await;
        let shown = stack.get(&format!("/api/orders/{id}")).await;
        let history = shown["order"]["statusHistory"]
            .as_array()
            .expect("a history");
        let confirmed = history
            .iter()
            .filter(|entry| entry["status"] == "CONFIRMED")
            .count();
        assert_eq!(confirmed, 1, "{history:#?}");
    }
    // What a process was about to say that was killed is said when its claim on the message has ended.
    let mut times = stack.told().await;
    for _ in 0..SECONDS_UNTIL_SAID {
        if times.len() >= 2 * orders.len() {
            break;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
        times = stack.told().await;
    }
    drop(stack);
    let simulators =
        rusqlite::Connection::open(directory.join("simulators.sqlite")).expect("the file");
    let charges = |id: &String| -> u32 {
        let sql = "SELECT count(*) FROM asaas_payments WHERE external_reference = ?1";
        simulators
            .query_row(sql, [id], |row| row.get(0))
            .expect("a count")
    };
    let counts: Vec<_> = orders.iter().map(charges).collect();
    assert_eq!(counts, [1; MOMENTS.len()]);
    // Every text names its order: none is read twice.
    assert!(
        times.len() >= 2 * orders.len(),
        "too little was said: {times:#?}"
    );
    assert!(times.values().all(|times| *times == 1), "{times:#?}");
}
