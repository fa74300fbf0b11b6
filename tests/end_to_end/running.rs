//! A running stack in a process of its own, and the ways to speak to it. What is to be true is the tests' to say.

use std::{
    ffi::OsStr,
    io::{BufRead as _, Read as _, Write as _},
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Output, Stdio},
    sync::{Arc, Mutex},
    time::Duration,
};

use serde_json::{Value, json};

/// Looks until something must have come about.
const LOOKS: usize = 200;
const BETWEEN_LOOKS: Duration = Duration::from_millis(50);
/// Looks for a message: who died as it was sent leaves a claim on it, and a step that waits for its end.
const LOOKS_FOR_A_MESSAGE: usize = 2_400;

/// What a command said and how it ended.
#[derive(Debug)]
pub struct Said {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl From<Output> for Said {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).expect("UTF-8"),
            err: String::from_utf8(output.stderr).expect("UTF-8"),
        }
    }
}

/// The command, as a shell would find it.
pub fn comanda() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_comanda"));
    command
        .env_remove("AWS_ACCESS_KEY_ID")
        .env_remove("AWS_REGION");
    command
}

/// A file of `examples/orders/`.
pub fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("examples/orders")
        .join(name)
}

/// A stack that dies with this (`SIGKILL`), whatever it was doing.
pub struct Running {
    pub process: Child,
    pub url: String,
    pub aws_url: String,
    pub data: PathBuf,
    http: reqwest::Client,
    told: Arc<Mutex<String>>,
}

impl Running {
    /// `comanda up` on free ports; its first output is where it is.
    pub fn start(data: &Path) -> Self {
        Self::start_with(data, &[])
    }

    /// The same with more words for `up`.
    pub fn start_with(data: &Path, words: &[&OsStr]) -> Self {
        let mut process = comanda()
            .args(["--json", "up", "--port", "0", "--aws-port", "0", "--data"])
            .arg(data)
            .args(words)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("a process");
        let output = process.stdout.as_mut().expect("its output");
        let facts = serde_json::Deserializer::from_reader(output.by_ref())
            .into_iter::<Value>()
            .next()
            .expect("facts")
            .expect("JSON");
        let told = drain(process.stdout.take().expect("its output"));
        let word = |key: &str| facts[key].as_str().expect("an address").to_owned();
        // reqwest asks for a provider even where only plain HTTP is spoken; an error means that it has one.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().no_proxy().tls_certs_only([]);
        Self {
            process,
            url: word("url"),
            aws_url: word("awsUrl"),
            data: data.to_owned(),
            http: http.build().expect("a client"),
            told,
        }
    }

    /// `kill -9`: no handler, no flush.
    pub fn kill(self) {}

    /// A verb with `--json`, pointed at this stack.
    pub fn run(&self, arguments: &[&str]) -> Said {
        let output = comanda()
            .arg("--json")
            .args(arguments)
            .env("COMANDA_URL", &self.url)
            .env("AWS_ENDPOINT_URL", &self.aws_url)
            .stdin(Stdio::null())
            .output();
        output.expect("a command that runs").into()
    }

    /// A verb for people, with this line typed into it every half second until it ends; what it printed.
    pub fn typed(&self, arguments: &[&str], line: &str) -> Said {
        let mut process = comanda()
            .args(arguments)
            .env("COMANDA_URL", &self.url)
            .env("AWS_ENDPOINT_URL", &self.aws_url)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("a process");
        let mut keyboard = process.stdin.take().expect("its input");
        for _ in 0..LOOKS {
            std::thread::sleep(Duration::from_millis(500));
            // A command that ended by itself is judged by what it said.
            let _ = writeln!(keyboard, "{line}");
            if process.try_wait().expect("a state").is_some() {
                break;
            }
        }
        let _ = process.kill();
        process.wait_with_output().expect("an end").into()
    }

    /// A verb that must succeed, and its result.
    pub fn result(&self, arguments: &[&str]) -> Value {
        let said = self.run(arguments);
        assert_eq!(said.code, Some(0), "{arguments:?}: {}", said.err);
        serde_json::from_str(&said.out).expect("JSON")
    }

    /// Places an example, each time as a checkout of its own; gives the order's id.
    pub fn place(&self, name: &str) -> String {
        let file = example(name);
        let placed = self.result(&["order", "place", file.to_str().expect("UTF-8")]);
        placed["order"]["orderId"]
            .as_str()
            .expect("an id")
            .to_owned()
    }

    pub fn order(&self, id: &str) -> Value {
        self.result(&["order", "show", id])["order"].take()
    }

    /// Orders of the store, newest first.
    pub fn orders(&self) -> Vec<Value> {
        let listed = self.result(&["order", "list"]);
        listed["orders"].as_array().expect("orders").clone()
    }

    /// What `up` told as it happened: a JSON object a line, with `order` and `says`.
    pub async fn until_up_tells(&self, order: &str, says: &str) {
        for _ in 0..LOOKS {
            let told = self.told.lock().expect("a lock").clone();
            // The line of the facts ends before the first of these.
            let mut lines = told
                .lines()
                .filter(|line| !line.is_empty())
                .map(|line| serde_json::from_str(line).expect("JSON"));
            if lines.any(|line: Value| line["order"] == order && line["says"] == says) {
                return;
            }
            tokio::time::sleep(BETWEEN_LOOKS).await;
        }
        panic!("`up` does not tell {says:?}: {:#?}", self.told);
    }

    /// What the customer read, oldest first.
    pub fn messages(&self) -> Vec<String> {
        let sent = self.result(&["messages"]);
        let messages = sent["messages"].as_array().expect("messages").iter();
        messages
            .map(|message| message["body"].as_str().expect("a text").to_owned())
            .collect()
    }

    /// How many messages have these words.
    pub fn told(&self, words: &str) -> usize {
        self.messages()
            .iter()
            .filter(|text| text.contains(words))
            .count()
    }

    /// Waits for a message with these words.
    pub async fn until_told(&self, words: &str) {
        for _ in 0..LOOKS_FOR_A_MESSAGE {
            if self.told(words) > 0 {
                return;
            }
            tokio::time::sleep(BETWEEN_LOOKS).await;
        }
        panic!("nobody was told {words:?}: {:#?}", self.messages());
    }

    /// The order once it fits.
    pub async fn until(&self, id: &str, fits: impl Fn(&Value) -> bool) -> Value {
        let path = format!("/api/orders/{id}");
        let mut shown = Value::Null;
        for _ in 0..LOOKS {
            shown = self.get(&path).await.1["order"].take();
            if fits(&shown) {
                return shown;
            }
            tokio::time::sleep(BETWEEN_LOOKS).await;
        }
        panic!("the order does not come to that: {shown:#}");
    }

    /// The order once its charge can be paid.
    pub async fn until_charged(&self, id: &str) -> Value {
        self.until(id, |order| order["paymentId"].is_string()).await
    }

    /// Placed, charged and paid; waits for the store.
    pub async fn placed_and_paid(&self) -> String {
        let id = self.place("pix-delivery.json");
        self.until_charged(&id).await;
        self.result(&["asaas", "pay", &id]);
        self.until(&id, |order| order["waitingFor"] == "STORE")
            .await;
        id
    }

    pub async fn get(&self, path: &str) -> (u16, Value) {
        let request = self.http.get(format!("{}{path}", self.url));
        answer(request).await
    }

    pub async fn post(&self, path: &str, body: &str, headers: &[(&str, &str)]) -> (u16, Value) {
        let mut request = self.http.post(format!("{}{path}", self.url));
        request = request.header("content-type", "application/json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        answer(request.body(body.to_owned())).await
    }

    async fn aws(&self) -> aws_config::SdkConfig {
        aws_config::defaults(aws_config::BehaviorVersion::latest())
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .region(aws_config::Region::new("sa-east-1"))
            .endpoint_url(&self.aws_url)
            .test_credentials()
            .load()
            .await
    }

    pub async fn step_functions(&self) -> aws_sdk_sfn::Client {
        aws_sdk_sfn::Client::new(&self.aws().await)
    }

    /// The next message to the store, taken off its queue.
    pub async fn store_message(&self) -> Value {
        let sqs = aws_sdk_sqs::Client::new(&self.aws().await);
        let url = queue(&sqs, "comanda-sabor-brasileiro-centro.fifo").await;
        let request = sqs.receive_message().queue_url(&url).wait_time_seconds(10);
        let received = request.send().await.expect("an answer").messages;
        let message = received
            .and_then(|some| some.into_iter().next())
            .expect("a message");
        let handle = message.receipt_handle.expect("a handle");
        let delete = sqs.delete_message().queue_url(&url).receipt_handle(handle);
        delete.send().await.expect("deleted");
        serde_json::from_str(&message.body.expect("a body")).expect("JSON")
    }

    /// As the POS: an event on our queue.
    pub async fn report(&self, order: &str, event_id: &str, event: Value) {
        let sqs = aws_sdk_sqs::Client::new(&self.aws().await);
        let mut body = json!({
            "clientId": "sabor-brasileiro", "storeId": "centro", "orderId": order, "eventId": event_id,
        });
        let fields = body.as_object_mut().expect("an object");
        fields.extend(event.as_object().expect("an object").clone());
        let request = sqs
            .send_message()
            .queue_url(queue(&sqs, "comanda-events.fifo").await)
            .message_group_id(order)
            .message_deduplication_id(event_id)
            .message_body(body.to_string());
        request.send().await.expect("taken");
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already, by the test's own doing.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Reads on, or `up` would wait for whoever does not read what it goes on telling.
fn drain(output: ChildStdout) -> Arc<Mutex<String>> {
    let told = Arc::<Mutex<String>>::default();
    let telling = Arc::clone(&told);
    std::thread::spawn(move || {
        for line in std::io::BufReader::new(output)
            .lines()
            .map_while(Result::ok)
        {
            let mut told = telling.lock().expect("a lock");
            told.push_str(&line);
            told.push('\n');
        }
    });
    told
}

async fn queue(sqs: &aws_sdk_sqs::Client, name: &str) -> String {
    let request = sqs.get_queue_url().queue_name(name);
    let answer = request.send().await.expect("a queue");
    answer.queue_url.expect("its address")
}

async fn answer(request: reqwest::RequestBuilder) -> (u16, Value) {
    let answer = request.send().await.expect("an answer");
    let status = answer.status().as_u16();
    let text = answer.text().await.expect("a body");
    (status, serde_json::from_str(&text).unwrap_or(Value::Null))
}
