//! `comanda tenant show`: stores, numbers, queues and secrets' places, of the running stack or of a stage on AWS.

use std::{fmt::Write as _, path::Path, process::ExitCode};

use comanda_domain::store::StoreConfig;
use comanda_local::{
    seed::SecretsFile,
    stack::{Facts, StoreFacts},
};
use serde_json::{Value, json};

use super::{
    deployed::{Deployed, Route},
    running,
    vault::Place,
};
use crate::{failure::Failure, output::Output, verbs::table};

/// The tenants of the local stack; with the values of their secrets for who asks.
pub fn locally(
    client: Option<&str>,
    with_secrets: bool,
    data: &Path,
    output: &Output,
) -> Result<ExitCode, Failure> {
    let Facts { stores, .. } = running(data)?;
    let stores: Vec<_> = stores
        .into_iter()
        .filter(|store| client.is_none_or(|client| store.client_id == client))
        .collect();
    if let Some(client) = client.filter(|_| stores.is_empty()) {
        return Err(Failure::new(format!("the tenant {client} is not here"))
            .help("take it in: comanda tenant add FILE"));
    }
    let mut text = stores_told(&stores);
    let mut value = json!({ "stores": stores });
    if with_secrets {
        let file =
            SecretsFile::open(Some(data)).map_err(|error| Failure::new(error.to_string()))?;
        let mut shown = file.shown();
        let own = client.map(|client| format!("comanda/{client}/"));
        shown.retain(|reference, _| own.as_ref().is_none_or(|own| reference.starts_with(own)));
        let rows = shown
            .iter()
            .map(|(reference, secret)| vec![reference.clone(), secret.clone()]);
        let secrets = table(&["SECRET", "VALUE"], rows.collect());
        let _ = write!(text, "\n\n{secrets}");
        value = json!({ "stores": stores, "secrets": shown });
    }
    output.result(&value, &text)?;
    Ok(ExitCode::SUCCESS)
}

/// The tenants of a stage, as their rows say; of secrets whether there is a value, and since when.
pub async fn on_aws(
    client: Option<&str>,
    deployed: &Deployed,
    output: &Output,
) -> Result<ExitCode, Failure> {
    let routes = deployed.routes(client).await?;
    let mut stores = Vec::new();
    let mut secrets = Vec::new();
    for route in &routes {
        let rows = deployed.stores(&route.client_id).await?;
        for name in names(route, &rows) {
            let place = deployed.vault.look(&name).await?;
            secrets.push((route.client_id.clone(), name, place));
        }
        stores.extend(rows.iter().map(facts));
    }
    let webhooks = routes
        .iter()
        .map(|route| (&route.client_id, deployed.stage.webhook_url(&route.path)));
    let webhooks: Vec<_> = webhooks.collect();
    let webhook_rows = webhooks
        .iter()
        .map(|(client, url)| vec![(*client).clone(), url.clone()]);
    let secret_rows = secrets.iter().map(|(_, name, place)| {
        let (is, since) = said(place);
        vec![
            name.clone(),
            is.to_owned(),
            since.unwrap_or_default().to_owned(),
        ]
    });
    let text = format!(
        "{}\n\n{}\n\n{}",
        stores_told(&stores),
        table(
            &["TENANT", "THE PAYMENT PROVIDER CALLS"],
            webhook_rows.collect()
        ),
        table(&["SECRET", "VALUE", "SINCE"], secret_rows.collect()),
    );
    let value = json!({
        "stage": deployed.stage.name,
        "stores": stores,
        "webhooks": webhooks.iter().map(|(client, url)| json!({ "clientId": client, "url": url })).collect::<Vec<Value>>(),
        "secrets": secrets.iter().map(|(client, name, place)| {
            let (is, since) = said(place);
            json!({ "clientId": client, "name": name, "value": is, "since": since })
        }).collect::<Vec<Value>>(),
    });
    output.result(&value, &text)?;
    // A store without its secrets takes orders that nobody can pay.
    let whole = secrets
        .iter()
        .all(|(_, _, place)| matches!(place, Place::Filled { .. }));
    Ok(if whole {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// The names of a tenant's secrets, each once.
fn names(route: &Route, stores: &[StoreConfig]) -> Vec<String> {
    let of_stores = stores.iter().flat_map(|store| {
        let secrets = &store.secrets;
        [
            &secrets.payment_api_key,
            &secrets.messaging_account,
            &secrets.messaging_token,
        ]
    });
    let mut names: Vec<String> = of_stores.chain([&route.token_secret]).cloned().collect();
    names.sort();
    names.dedup();
    names
}

fn said(place: &Place) -> (&'static str, Option<&str>) {
    match place {
        Place::Missing => ("no such secret", None),
        Place::Empty => ("none", None),
        Place::Filled { since, .. } => ("there", since.as_deref()),
    }
}

fn facts(store: &StoreConfig) -> StoreFacts {
    let addresses = store.channel_addresses.iter();
    StoreFacts {
        client_id: store.client_id.to_string(),
        store_id: store.store_id.to_string(),
        name: store.name.clone(),
        cnpj: store.cnpj.clone(),
        channel_addresses: addresses
            .map(|address| address.as_str().to_owned())
            .collect(),
        queue_url: store.queue_url.clone(),
    }
}

fn stores_told(stores: &[StoreFacts]) -> String {
    let rows = stores.iter().map(|store| {
        vec![
            store.client_id.clone(),
            store.store_id.clone(),
            store.name.clone(),
            store
                .cnpj
                .as_ref()
                .map_or_else(|| "-".to_owned(), ToString::to_string),
            store.channel_addresses.join(", "),
            store.queue_url.clone(),
        ]
    });
    table(
        &["TENANT", "STORE", "NAME", "CNPJ", "NUMBER", "QUEUE"],
        rows.collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::{StoreFacts, stores_told};

    #[test]
    fn a_store_is_shown_with_the_business_that_sells() {
        let facts = |cnpj: Option<&str>| -> StoreFacts {
            serde_json::from_value(serde_json::json!({
                "clientId": "sabor", "storeId": "centro", "name": "Sabor", "cnpj": cnpj, "channelAddresses": [],
                "queueUrl": "",
            }))
            .unwrap()
        };
        let told = stores_told(&[facts(Some("12ABC34501DE35")), facts(None)]);
        assert!(told.contains("Sabor  12.ABC.345/01DE-35"), "{told}");
        assert!(told.contains("Sabor  -"), "{told}");
    }
}
