//! A stand-in for AWS Secrets Manager, as far as `comanda tenant` asks it: a version never changes, the last one is current
//! and the one before it previous, until somebody moves the labels.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use axum::{
    Json, Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    routing::post,
};
use serde_json::{Value, json};

/// The versions of a secret that have a label, the current one last: name and value.
type Versions = Vec<(String, String)>;

/// Secrets by name; a place without a value has no versions.
#[derive(Clone, Default)]
pub struct Vault {
    secrets: Arc<Mutex<BTreeMap<String, Versions>>>,
    faster: Arc<Mutex<Option<String>>>,
}

impl Vault {
    /// Serves it; its address.
    pub async fn serve(&self) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let router = Router::new()
            .route("/", post(answer))
            .with_state(self.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        url
    }

    /// Makes a place.
    pub fn place(&self, name: &str) {
        self.secrets
            .lock()
            .expect("alive")
            .entry(name.to_owned())
            .or_default();
    }

    /// The current value.
    pub fn value(&self, name: &str) -> Option<String> {
        let secrets = self.secrets.lock().expect("alive");
        secrets.get(name)?.last().map(|(_, value)| value.clone())
    }

    /// Somebody moves the labels by hand: what was read before is read again.
    pub fn move_back(&self, name: &str) {
        let mut secrets = self.secrets.lock().expect("alive");
        let versions = secrets.get_mut(name).expect("a place");
        let current = versions.pop().expect("a value");
        versions.insert(versions.len() - 1, current);
    }

    /// Somebody else puts this value in right before the next one comes.
    pub fn somebody_is_faster(&self, value: &str) {
        *self.faster.lock().expect("alive") = Some(value.to_owned());
    }

    fn describe(&self, name: &str) -> Option<Value> {
        let secrets = self.secrets.lock().expect("alive");
        let versions = secrets.get(name)?;
        let mut described = json!({ "Name": name, "ARN": format!("arn:aws:secretsmanager:sa-east-1:000000000000:secret:{name}") });
        if let [.., (previous, _), _] = versions.as_slice() {
            described["VersionIdsToStages"][previous.as_str()] = json!(["AWSPREVIOUS"]);
        }
        if let Some((current, _)) = versions.last() {
            described["VersionIdsToStages"][current.as_str()] = json!(["AWSCURRENT"]);
            described["LastChangedDate"] = json!(1_790_000_000);
        }
        Some(described)
    }

    fn put(&self, name: &str, version: &str, value: &str) -> Result<Value, &'static str> {
        let mut secrets = self.secrets.lock().expect("alive");
        let versions = secrets.get_mut(name).ok_or("ResourceNotFoundException")?;
        if let Some(other) = self.faster.lock().expect("alive").take() {
            versions.push((version.to_owned(), other));
        }
        match versions.iter().find(|(id, _)| id == version) {
            Some((_, there)) if there != value => return Err("ResourceExistsException"),
            Some(_) => {}
            None => versions.push((version.to_owned(), value.to_owned())),
        }
        Ok(json!({ "Name": name, "VersionId": version, "VersionStages": ["AWSCURRENT"] }))
    }
}

async fn answer(
    State(vault): State<Vault>,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, Json<Value>) {
    let asked: Value = serde_json::from_slice(&body).expect("JSON");
    let word = |name: &str| asked[name].as_str().unwrap_or_default();
    let target = headers["x-amz-target"].to_str().expect("ASCII");
    let answer = match target {
        "secretsmanager.DescribeSecret" => vault
            .describe(word("SecretId"))
            .ok_or("ResourceNotFoundException"),
        "secretsmanager.PutSecretValue" => vault.put(
            word("SecretId"),
            word("ClientRequestToken"),
            word("SecretString"),
        ),
        other => panic!("{other} is not asked by this command"),
    };
    match answer {
        Ok(answer) => (StatusCode::OK, Json(answer)),
        Err(code) => (
            StatusCode::BAD_REQUEST,
            Json(json!({ "__type": code, "Message": code })),
        ),
    }
}
