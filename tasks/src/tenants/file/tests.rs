//! A file as it is good, and one mistake at a time.

use serde_json::{Value, json};

use super::read;

fn good() -> Value {
    let text = include_str!("../../../../examples/tenants/pizzaria-bella.json");
    serde_json::from_str(text).unwrap()
}

fn url(name: &str) -> String {
    format!("https://sqs/{name}")
}

#[track_caller]
fn refused(change: impl FnOnce(&mut Value), expected: &[&str]) {
    let mut file = good();
    change(&mut file);
    let told: Vec<String> = read(&file.to_string(), &url)
        .unwrap_err()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(told.len(), expected.len(), "{told:#?}");
    for (told, expected) in told.iter().zip(expected) {
        assert!(told.starts_with(expected), "{told} is not {expected}");
    }
}

#[test]
fn a_good_file_makes_whole_rows() {
    let tenant = read(&good().to_string(), &url).unwrap();
    assert_eq!(tenant.client_id.as_str(), "pizzaria-bella");
    assert_eq!(tenant.webhook_route, "pizzaria-bella");
    let [store] = tenant.stores.as_slice() else {
        panic!("one store")
    };
    assert_eq!(
        store.store.queue_url,
        "https://sqs/comanda-pizzaria-bella-jardins.fifo"
    );
    assert_eq!(
        store.store.secrets.payment_api_key,
        "comanda/pizzaria-bella/asaas-api-key"
    );
    assert_eq!(
        tenant.queue_names(),
        ["comanda-pizzaria-bella-jardins.fifo"]
    );
}

/// With letters, as businesses have it that are registered since July 2026.
#[test]
fn a_store_has_the_number_of_its_business() {
    let mut file = good();
    file["stores"][0]["config"]["cnpj"] = json!("12.abc.345/01de-35");
    let tenant = read(&file.to_string(), &url).unwrap();
    let cnpj = tenant.stores[0].store.cnpj.as_ref().unwrap();
    assert_eq!(cnpj.as_str(), "12ABC34501DE35");
    refused(
        |file| file["stores"][0]["config"]["cnpj"] = json!("12.ABC.345/01DE-36"),
        &["stores[0].config.cnpj: a CNPJ has 12 letters or digits"],
    );
}

#[test]
fn everything_wrong_is_said_at_once_with_its_place() {
    refused(
        |file| file["stores"] = json!([]),
        &["stores: without a store"],
    );
    refused(
        |file| file["typo"] = json!(1),
        &["typo: unknown field `typo`"],
    );
    refused(
        |file| {
            file["clientId"] = json!("pizzaria.bella");
            file["stores"][0]["config"]["channelAddresses"] = json!([]);
            file["stores"][0]["config"]
                .as_object_mut()
                .unwrap()
                .remove("name");
        },
        &[
            "clientId: `pizzaria.bella` names no queue",
            "stores[0]: channelAddresses is unsound",
        ],
    );
    refused(
        |file| file["stores"][0]["config"]["queueUrl"] = json!("x"),
        &["stores[0].config.queueUrl: it is made"],
    );
    refused(
        |file| file["stores"][0]["orders"]["refundTimeout"] = json!(20_000),
        &["stores[0].orders.refundTimeout: 20000 minutes is more than a week"],
    );
    refused(
        |file| {
            let _ = file["stores"][0]["config"]
                .as_object_mut()
                .unwrap()
                .remove("providerEnvironment");
        },
        &["stores[0].config: missing field `providerEnvironment`"],
    );
    refused(
        |file| {
            let twin = file["stores"][0].clone();
            file["stores"].as_array_mut().unwrap().push(twin);
        },
        &[
            "stores[1].storeId: the store jardins is there twice",
            "the store jardins: the number whatsapp:+551130405060 is another",
        ],
    );
    for id in ["dead", "jardins-dead"] {
        refused(
            |file| file["stores"][0]["storeId"] = json!(id),
            &["stores[0].storeId: `"],
        );
    }
    refused(
        |file| {
            file["secrets"] = json!({"paymentApiKey": "comanda/sabor-brasileiro/asaas-api-key",
            "messagingAccount": "comanda/pizzaria-bella/a", "messagingToken": "comanda/pizzaria-bella/b",
            "webhookToken": "comanda/pizzaria-bella/c"})
        },
        &["secrets: comanda/sabor-brasileiro/asaas-api-key is not the tenant's own"],
    );
}
