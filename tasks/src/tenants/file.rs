//! A tenant's file: what a person writes of a tenant, and all that is wrong with it at once, each with place and remedy.
//!
//! What can be made from the rest (ids in every row, queues' addresses, secrets' names) is not written in it.

use std::collections::BTreeSet;

use comanda_domain::{
    ids::{ClientId, StoreId},
    menu::Menu,
    store::{OrderConfig, Shop, StoreConfig},
    tables::Row,
};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Map, Value, json};

use super::{SecretPurpose, Tenant, TenantStore};

/// SQS' limit for `comanda-<tenant>-<store>-dead.fifo`.
const QUEUE_NAME_CHARACTERS: usize = 80;
/// EventBridge Scheduler's limit for `comanda-<tenant>-reconciliation`.
const SCHEDULE_NAME_CHARACTERS: usize = 64;
/// A row that a file made was changed then, as far as anybody can tell by it: the same file makes the same rows.
const UPDATED_AT: &str = "2026-01-01T00:00:00Z";

/// A tenant: who it is, its stores, their numbers and menus. One file, for the local stack, the CDK app (`cdk/tenants/`) and AWS.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TenantFile {
    /// For editors: where this schema is.
    #[serde(default, rename = "$schema")]
    _schema: Option<String>,
    /// The tenant's id: letters, digits and dashes.
    pub client_id: ClientId,
    /// As people know it.
    pub name: String,
    /// The last part of its webhook's path; the id where it is left out.
    #[serde(default)]
    pub webhook_route: Option<String>,
    /// Names of its secrets, never their values; `comanda/<clientId>/…` where they are left out.
    #[serde(default)]
    pub secrets: Option<SecretNames>,
    /// The stages of the deployment on AWS that have it; all where it is left out.
    #[serde(default)]
    pub stages: Option<Vec<String>>,
    /// Its stores.
    pub stores: Vec<StoreFile>,
}

/// Names of a tenant's secrets.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SecretNames {
    /// The payment account's API key.
    pub payment_api_key: String,
    /// The messaging account's id.
    pub messaging_account: String,
    /// The messaging account's token.
    pub messaging_token: String,
    /// The token that the payment provider shows us.
    pub webhook_token: String,
}

/// One store.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StoreFile {
    /// The store's id: letters, digits and dashes.
    pub store_id: StoreId,
    /// Who and where it is: hours, zones, numbers.
    #[schemars(schema_with = "settings::<StoreConfig>")]
    pub config: Map<String, Value>,
    /// How it takes orders.
    #[schemars(schema_with = "settings::<OrderConfig>")]
    pub orders: Map<String, Value>,
    /// What it sells.
    #[schemars(schema_with = "settings::<Menu>")]
    pub menu: Map<String, Value>,
}

/// Members that are made from the rest of the file.
const MADE: &[&str] = &[
    "clientId",
    "storeId",
    "secrets",
    "queueUrl",
    "updatedAt",
    "version",
];

/// A row's schema without what is made.
fn settings<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    let mut schema = T::json_schema(generator);
    if let Some(members) = schema.get_mut("properties").and_then(Value::as_object_mut) {
        members.retain(|name, _| !MADE.contains(&name.as_str()));
    }
    if let Some(Value::Array(required)) = schema.get_mut("required") {
        required.retain(|name| {
            !name
                .as_str()
                .is_some_and(|name| MADE.contains(&name) || name == "name")
        });
    }
    schema
}

/// Something in a tenant's file that cannot stay so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, serde::Serialize)]
#[error("{place}: {what}")]
#[serde(rename_all = "camelCase")]
pub struct FileProblem {
    /// Where: `stores[0].config.openingHours`.
    pub place: String,
    /// What is wrong.
    pub what: String,
    /// What to write.
    pub help: String,
}

/// Reads a tenant's file. `queue_url` says where a queue of this name is.
pub fn read(text: &str, queue_url: &dyn Fn(&str) -> String) -> Result<Tenant, Vec<FileProblem>> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let file: TenantFile = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let place = error.path().to_string();
        vec![problem(
            &place,
            error.inner().to_string(),
            "see generated/schemas/tenant.json",
        )]
    })?;
    let mut problems = Vec::new();
    check_names(&file, &mut problems);
    let secrets = file
        .secrets
        .clone()
        .unwrap_or_else(|| SecretNames::usual(&file.client_id));
    let prefix = format!("comanda/{}/", file.client_id);
    for name in secrets.all() {
        if !name.starts_with(&prefix) {
            problems.push(problem(
                "secrets",
                format!("{name} is not the tenant's own"),
                &format!("secrets of this tenant begin with {prefix}"),
            ));
        }
    }
    let mut stores = Vec::new();
    for (index, store) in file.stores.iter().enumerate() {
        let place = format!("stores[{index}]");
        match store_of(&file, store, &secrets, &place, queue_url) {
            Ok(store) => stores.push(store),
            Err(found) => problems.extend(found),
        }
    }
    check_numbers(&stores, &mut problems);
    if !problems.is_empty() {
        return Err(problems);
    }
    Ok(Tenant {
        webhook_route: file
            .webhook_route
            .unwrap_or_else(|| file.client_id.to_string()),
        client_id: file.client_id,
        name: file.name,
        webhook_token: secrets.webhook_token,
        stores,
    })
}

impl SecretNames {
    fn usual(tenant: &ClientId) -> Self {
        let name = |purpose: SecretPurpose| purpose.usual_name(tenant.as_str());
        Self {
            payment_api_key: name(SecretPurpose::PaymentApiKey),
            messaging_account: name(SecretPurpose::MessagingAccount),
            messaging_token: name(SecretPurpose::MessagingToken),
            webhook_token: name(SecretPurpose::WebhookToken),
        }
    }

    fn all(&self) -> [&String; 4] {
        [
            &self.payment_api_key,
            &self.messaging_account,
            &self.messaging_token,
            &self.webhook_token,
        ]
    }
}

fn problem(place: &str, what: impl Into<String>, help: &str) -> FileProblem {
    FileProblem {
        place: if place.is_empty() { "the file" } else { place }.to_owned(),
        what: what.into(),
        help: help.to_owned(),
    }
}

/// What queues, secrets, stacks and paths all take in their names.
fn is_name(text: &str) -> bool {
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || letter == '-';
    !text.is_empty() && text.chars().all(allowed) && !text.starts_with('-') && !text.ends_with('-')
}

fn check_names(file: &TenantFile, problems: &mut Vec<FileProblem>) {
    const LETTERS: &str = "write letters, digits and dashes";
    let tenant = &file.client_id;
    if !is_name(tenant.as_str()) {
        problems.push(problem(
            "clientId",
            format!("`{tenant}` names no queue"),
            LETTERS,
        ));
    }
    if format!("comanda-{tenant}-reconciliation").len() > SCHEDULE_NAME_CHARACTERS {
        problems.push(problem(
            "clientId",
            "its schedule's name would be too long",
            "shorten the id",
        ));
    }
    if let Some(route) = file.webhook_route.as_ref().filter(|route| !is_name(route)) {
        problems.push(problem(
            "webhookRoute",
            format!("`{route}` is no part of a path"),
            LETTERS,
        ));
    }
    if file.stores.is_empty() {
        let what = "without a store there is no queue, and orders would reach nobody";
        problems.push(problem("stores", what, "add a store"));
    }
    let mut seen = BTreeSet::new();
    for (index, store) in file.stores.iter().enumerate() {
        let place = format!("stores[{index}].storeId");
        let id = &store.store_id;
        if !is_name(id.as_str()) {
            problems.push(problem(&place, format!("`{id}` names no queue"), LETTERS));
        }
        if id.as_str() == "dead" || id.as_str().ends_with("-dead") {
            problems.push(problem(
                &place,
                format!("`{id}` would have the queue of another's dead letters"),
                "dead letters lie in queues that end in -dead: choose another id",
            ));
        }
        if format!("comanda-{tenant}-{id}-dead.fifo").len() > QUEUE_NAME_CHARACTERS {
            problems.push(problem(
                &place,
                "its queue's name would be too long",
                "shorten the id",
            ));
        }
        if !seen.insert(id) {
            problems.push(problem(
                &place,
                format!("the store {id} is there twice"),
                "keep one",
            ));
        }
    }
}

fn check_numbers(stores: &[TenantStore], problems: &mut Vec<FileProblem>) {
    let mut seen = BTreeSet::new();
    for of in stores {
        let place = format!("the store {}", of.store.store_id);
        for address in &of.store.channel_addresses {
            if !seen.insert(address.as_str()) {
                let what = format!("the number {} is another store's too", address.as_str());
                problems.push(problem(&place, what, "a number leads to one store"));
            }
        }
    }
}

fn store_of(
    file: &TenantFile,
    store: &StoreFile,
    secrets: &SecretNames,
    place: &str,
    queue_url: &dyn Fn(&str) -> String,
) -> Result<TenantStore, Vec<FileProblem>> {
    let queue = format!("comanda-{}-{}.fifo", file.client_id, store.store_id);
    let owner = json!({ "clientId": file.client_id, "storeId": store.store_id });
    let config = json!({
        "name": file.name, "queueUrl": queue_url(&queue),
        "secrets": {
            "paymentApiKey": secrets.payment_api_key, "messagingAccount": secrets.messaging_account,
            "messagingToken": secrets.messaging_token,
        },
    });
    let at = |member: &str| format!("{place}.{member}");
    let rows = (
        row::<StoreConfig>(&at("config"), [&owner, &config], &store.config),
        row::<OrderConfig>(
            &at("orders"),
            [&owner, &json!({"updatedAt": UPDATED_AT})],
            &store.orders,
        ),
        row::<Menu>(
            &at("menu"),
            [&owner, &json!({"version": 1, "updatedAt": UPDATED_AT})],
            &store.menu,
        ),
    );
    let (config, orders, menu) = match rows {
        (Ok(config), Ok(orders), Ok(menu)) => (config, orders, menu),
        (config, orders, menu) => {
            let found = [config.err(), orders.err(), menu.err()];
            return Err(found.into_iter().flatten().collect());
        }
    };
    Shop::new(
        Some(orders.clone()),
        Some(config.clone()),
        Some(menu.clone()),
    )
    .map_err(|error| {
        vec![problem(
            place,
            error.to_string(),
            "no order could be priced by it; put it right",
        )]
    })?;
    Ok(TenantStore {
        orders,
        store: config,
        menu,
    })
}

/// A row from what the file says and what is made of the rest.
fn row<R: Row + DeserializeOwned>(
    place: &str,
    made: [&Value; 2],
    said: &Map<String, Value>,
) -> Result<R, FileProblem> {
    let mut members = Map::new();
    for made in made.iter().filter_map(|made| made.as_object()) {
        members.extend(made.clone());
    }
    if let Some(name) = said.keys().find(|name| MADE.contains(&name.as_str())) {
        let what = "it is made from the rest of the file";
        return Err(problem(&format!("{place}.{name}"), what, "leave it out"));
    }
    members.extend(said.clone());
    serde_path_to_error::deserialize(Value::Object(members)).map_err(|error| {
        let at = match error.path().to_string().as_str() {
            "." | "" => place.to_owned(),
            inside => format!("{place}.{inside}"),
        };
        problem(
            &at,
            error.inner().to_string(),
            "see generated/schemas/tenant.json",
        )
    })
}

#[cfg(test)]
mod tests;
