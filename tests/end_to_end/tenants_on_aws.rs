//! A tenant on AWS: its rows and secrets' values written by `comanda tenant`, through AWS's own SDK. Tables and queues are the
//! local stack's, under AWS's names; the same goes onto MiniStack in `tests/scenario/on_ministack.py`.

use std::{io::Write as _, path::Path, process::Stdio};

use aws_sdk_sqs::types::QueueAttributeName;
use serde_json::{Value, json};

use super::{
    running::{Running, Said, comanda},
    tenants::{changed, file},
    vault::Vault,
};

const TENANT: &str = "pizzaria-bella";
const PURPOSES: [&str; 4] = [
    "asaas-api-key",
    "asaas-webhook-token",
    "twilio-account",
    "twilio-auth-token",
];
const VALUES: [(&str, &str); 3] = [
    ("COMANDA_PAYMENT_API_KEY", "$aact_hmlg_first"),
    (
        "COMANDA_MESSAGING_ACCOUNT",
        "AC00000000000000000000000000000001",
    ),
    ("COMANDA_MESSAGING_TOKEN", "first-messaging-token"),
];

/// AWS as the command sees it.
struct Aws {
    stack: Running,
    vault: Vault,
    vault_url: String,
}

impl Aws {
    async fn start(folder: &Path) -> Self {
        let vault = Vault::default();
        Self {
            vault_url: vault.serve().await,
            stack: Running::start(folder),
            vault,
        }
    }

    /// `comanda tenant … --aws emulator`, told these variables and this on its standard input.
    fn say(&self, words: &[&str], variables: &[(&str, &str)], input: &str) -> Said {
        let mut command = comanda();
        command
            .args(["--json", "tenant"])
            .args(words)
            .envs(variables.iter().copied())
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .env("AWS_ENDPOINT_URL", &self.stack.aws_url)
            .env("AWS_ENDPOINT_URL_SECRETS_MANAGER", &self.vault_url)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut process = command.spawn().expect("a process");
        let mut keyboard = process.stdin.take().expect("its input");
        keyboard.write_all(input.as_bytes()).expect("written");
        drop(keyboard);
        process.wait_with_output().expect("an end").into()
    }

    fn add(&self, file: &str, variables: &[(&str, &str)]) -> Said {
        self.say(&["add", file, "--aws", "emulator"], variables, "")
    }

    async fn make_queue(&self) {
        let config = aws_config::defaults(aws_config::BehaviorVersion::latest())
            .test_credentials()
            .region("sa-east-1")
            .endpoint_url(&self.stack.aws_url)
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .load()
            .await;
        let sqs = aws_sdk_sqs::Client::new(&config);
        let queue = sqs
            .create_queue()
            .queue_name(format!("comanda-{TENANT}-jardins.fifo"))
            .attributes(QueueAttributeName::FifoQueue, "true");
        queue.send().await.expect("a queue");
    }
}

#[track_caller]
fn refused(said: &Said, exit: i32, code: &str, words: &str) {
    assert_eq!(said.code, Some(exit), "{} {}", said.out, said.err);
    let error: Value = serde_json::from_str(said.err.trim()).expect("JSON");
    assert_eq!(error["error"]["code"], code, "{error:#}");
    let all = error["error"].to_string();
    assert!(all.contains(words), "{all} without {words}");
}

#[track_caller]
fn result(said: &Said) -> Value {
    assert_eq!(said.code, Some(0), "{} {}", said.out, said.err);
    serde_json::from_str(&said.out).expect("JSON")
}

/// What became of all rows or secrets.
fn became(answer: &Value, what: &str) -> Vec<String> {
    let all = answer[what].as_array().expect("a list").iter();
    all.map(|one| one["written"].as_str().expect("a word").to_owned())
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tenant_is_taken_in_once_and_nothing_is_overwritten() {
    let folder = tempfile::tempdir().expect("a folder");
    let aws = Aws::start(folder.path()).await;
    let path = file();
    let path = path.to_str().expect("UTF-8");
    let name = |purpose: &str| format!("comanda/{TENANT}/{purpose}");

    refused(
        &aws.add(path, &VALUES),
        1,
        "NOT_DEPLOYED",
        "comanda-pizzaria-bella-jardins.fifo",
    );
    aws.make_queue().await;
    for purpose in PURPOSES.iter().skip(1) {
        aws.vault.place(&name(purpose));
    }
    refused(
        &aws.add(path, &VALUES),
        1,
        "NOT_DEPLOYED",
        "comanda/pizzaria-bella/asaas-api-key",
    );
    aws.vault.place(&name("asaas-api-key"));
    refused(
        &aws.add(path, &[]),
        2,
        "SECRET_MISSING",
        "COMANDA_PAYMENT_API_KEY",
    );
    let real_money = [
        ("COMANDA_PAYMENT_API_KEY", "$aact_prod_1"),
        VALUES[1],
        VALUES[2],
    ];
    refused(
        &aws.add(path, &real_money),
        2,
        "SECRET_UNFIT",
        "a key for real money",
    );
    let number = changed(folder.path(), |tenant| {
        tenant["stores"][0]["config"]["channelAddresses"] = json!(["whatsapp:+551140028922"]);
    });
    refused(
        &aws.add(&number, &VALUES),
        1,
        "NUMBER_TAKEN",
        "centro of sabor-brasileiro",
    );
    let dev = aws.say(&["add", path, "--aws", "dev"], &VALUES, "");
    refused(&dev, 1, "TENANT_FILE", "LOCAL");
    // Of all that was refused nothing was written.
    refused(
        &aws.say(&["show", TENANT, "--aws", "emulator"], &[], ""),
        1,
        "UNKNOWN_TENANT",
        "emulator",
    );
    assert!(
        PURPOSES
            .iter()
            .all(|purpose| aws.vault.value(&name(purpose)).is_none())
    );

    let said = aws.add(path, &VALUES);
    let added = result(&said);
    assert!(
        became(&added, "rows")
            .iter()
            .all(|written| written == "made"),
        "{added:#}"
    );
    assert!(
        became(&added, "secrets")
            .iter()
            .all(|written| written == "made"),
        "{added:#}"
    );
    assert_eq!(
        aws.vault.value(&name("asaas-api-key")).as_deref(),
        Some("$aact_hmlg_first")
    );
    let token = aws
        .vault
        .value(&name("asaas-webhook-token"))
        .expect("made at random");
    assert!(token.len() >= 32, "{} characters", token.len());
    for secret in VALUES
        .map(|(_, value)| value)
        .iter()
        .chain([&token.as_str()])
    {
        assert!(
            !said.out.contains(secret) && !said.err.contains(secret),
            "a value is shown"
        );
    }

    let others = VALUES.map(|(variable, _)| (variable, "AC00000000000000000000000000000002"));
    let again = result(&aws.add(path, &others));
    assert!(
        became(&again, "rows")
            .iter()
            .all(|written| written == "asItWas"),
        "{again:#}"
    );
    assert!(
        became(&again, "secrets")
            .iter()
            .all(|written| written == "asItWas"),
        "{again:#}"
    );
    assert_eq!(
        aws.vault.value(&name("asaas-api-key")).as_deref(),
        Some("$aact_hmlg_first")
    );
    assert_eq!(aws.vault.value(&name("asaas-webhook-token")), Some(token));

    let shown = result(&aws.say(&["show", TENANT, "--aws", "emulator"], &[], ""));
    assert_eq!(shown["stores"][0]["storeId"], "jardins", "{shown:#}");
    assert_eq!(
        shown["webhooks"][0]["url"],
        "https://comanda.localhost/webhooks/asaas/pizzaria-bella"
    );
    let secrets = shown["secrets"].as_array().expect("secrets");
    assert!(
        secrets.len() == 4 && secrets.iter().all(|secret| secret["value"] == "there"),
        "{shown:#}"
    );
    assert!(!shown.to_string().contains("$aact"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_secret_gets_another_value_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let aws = Aws::start(folder.path()).await;
    let name = |purpose: &str| format!("comanda/{TENANT}/{purpose}");
    aws.make_queue().await;
    for purpose in PURPOSES {
        aws.vault.place(&name(purpose));
    }
    let path = file();
    result(&aws.add(path.to_str().expect("UTF-8"), &VALUES));

    let rotate = |secret: &str, variables: &[(&str, &str)], input: &str| {
        let words = [
            "rotate",
            TENANT,
            secret,
            "--aws",
            "emulator",
            "--secrets",
            "-",
        ];
        aws.say(&words, variables, input)
    };
    let said = rotate(
        "payment-api-key",
        &[],
        r#"{"paymentApiKey": "$aact_hmlg_second"}"#,
    );
    let answer = result(&said);
    assert_eq!(
        aws.vault.value(&name("asaas-api-key")).as_deref(),
        Some("$aact_hmlg_second")
    );
    assert!(
        !said.out.contains("$aact")
            && answer["then"]
                .as_array()
                .is_some_and(|steps| steps.len() == 2)
    );

    let before = aws.vault.value(&name("asaas-webhook-token"));
    let answer = result(&rotate("webhook-token", &[], "{}"));
    assert_eq!(answer["madeAtRandom"], true);
    assert_ne!(aws.vault.value(&name("asaas-webhook-token")), before);

    refused(
        &rotate("messaging-token", &[], "{}"),
        2,
        "SECRET_MISSING",
        "COMANDA_MESSAGING_TOKEN",
    );
    let said = rotate("messaging-token", &[], r#"{"messagingToken": 12345}"#);
    assert_eq!(said.code, Some(2), "{}", said.out);
    assert!(
        said.err.contains("no file of secrets") && !said.err.contains("12345"),
        "{}",
        said.err
    );
    aws.vault.somebody_is_faster("theirs");
    let raced = rotate(
        "messaging-token",
        &[("COMANDA_MESSAGING_TOKEN", "ours")],
        "{}",
    );
    refused(&raced, 1, "SECRET_OVERTAKEN", "twilio-auth-token");
    assert_eq!(
        aws.vault.value(&name("twilio-auth-token")).as_deref(),
        Some("theirs")
    );
    let token = name("twilio-auth-token");
    aws.vault.move_back(&token);
    assert_ne!(aws.vault.value(&token).as_deref(), Some("theirs"));
    let third = [("COMANDA_MESSAGING_TOKEN", "third")];
    result(&rotate("messaging-token", &third, "{}"));
    assert_eq!(aws.vault.value(&token).as_deref(), Some("third"));

    let stages = folder.path().join("stages.json");
    let elsewhere = json!({ "prod": { "region": "sa-east-1", "account": "999999999999", "domain": "a.example", "emulator": {} } });
    std::fs::write(&stages, elsewhere.to_string()).expect("written");
    let stages = stages.to_str().expect("UTF-8");
    let file = path.to_str().expect("UTF-8");
    for what in [
        &["add", file][..],
        &["rotate", TENANT, "messaging-token"],
        &["show", TENANT],
    ] {
        let words = [what, &["--aws", "prod", "--stages", stages]].concat();
        let said = aws.say(&words, &VALUES, "");
        assert_eq!(said.code, Some(2), "{}", said.out);
        let why = "is in the account 999999999999";
        assert!(said.err.contains(why), "{what:?}: {}", said.err);
    }
}
