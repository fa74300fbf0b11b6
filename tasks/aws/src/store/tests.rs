//! The store against dynoxide, which answers as DynamoDB does: conditions, transactions, pages.

use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection,
    ProjectionType, ScalarAttributeType,
};
use comanda_domain::{
    ids::ClientId,
    keys::PartitionKey,
    tables::{DataClass, Index},
};
use comanda_tasks::ports::{Condition, Cursor};
use serde_json::json;

use super::*;
use crate::{aws, config::AwsEndpoint};

static BY_STATUS: Index = Index {
    name: "ByStatus",
    partition_key: "statusKey",
    sort_key: Some("createdAt"),
};
static THINGS: Table = Table {
    name: "Things",
    about: "Rows of this test.",
    partition_key: "clientKey",
    sort_key: Some("thingId"),
    indexes: &[Index {
        name: "ByStatus",
        partition_key: "statusKey",
        sort_key: Some("createdAt"),
    }],
    time_to_live: None,
    data_class: DataClass::Business,
};

async fn store() -> DynamoStore {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let database = dynoxide::Database::memory().unwrap();
    tokio::spawn(dynoxide::server::serve_on(listener, database));
    let endpoint = AwsEndpoint::local(url);
    let store = DynamoStore::new(&aws::shared_config(&endpoint));
    let attribute = |name: &str| {
        let kind = ScalarAttributeType::S;
        let attribute = AttributeDefinition::builder()
            .attribute_name(name)
            .attribute_type(kind);
        attribute.build().unwrap()
    };
    let element = |name: &str, kind| {
        KeySchemaElement::builder()
            .attribute_name(name)
            .key_type(kind)
            .build()
            .unwrap()
    };
    let index = GlobalSecondaryIndex::builder()
        .index_name(BY_STATUS.name)
        .key_schema(element("statusKey", KeyType::Hash))
        .key_schema(element("createdAt", KeyType::Range))
        .projection(
            Projection::builder()
                .projection_type(ProjectionType::All)
                .build(),
        );
    store
        .client
        .create_table()
        .table_name(THINGS.name)
        .set_attribute_definitions(Some(
            ["clientKey", "thingId", "statusKey", "createdAt"]
                .map(attribute)
                .to_vec(),
        ))
        .key_schema(element("clientKey", KeyType::Hash))
        .key_schema(element("thingId", KeyType::Range))
        .global_secondary_indexes(index.build().unwrap())
        .billing_mode(BillingMode::PayPerRequest)
        .send()
        .await
        .unwrap();
    store
}

fn tenant() -> ClientId {
    ClientId::new("pizzaria").unwrap()
}

fn key(thing: &str) -> Key {
    Key::sorted(PartitionKey::new(&tenant(), "things"), thing)
}

fn item(thing: &str, more: serde_json::Value) -> Item {
    let mut item = Item::new();
    item.insert("clientKey".to_owned(), json!("pizzaria#things"));
    item.insert("thingId".to_owned(), json!(thing));
    item.extend(more.as_object().unwrap().clone());
    item
}

fn write(thing: &str, condition: Condition, change: Change) -> Write {
    Write {
        table: &THINGS,
        key: key(thing),
        condition,
        change,
    }
}

fn put(thing: &str, condition: Condition, more: serde_json::Value) -> Write {
    write(thing, condition, Change::Put(item(thing, more)))
}

#[tokio::test]
async fn rows_come_back_as_they_were_written() {
    let store = store().await;
    let row = json!({
        "version": 1, "total": 4_480, "big": u64::MAX, "less": -5, "empty": "", "nothing": null, "yes": true,
        "items": [{"name": "Pão de queijo", "options": []}], "deep": {"a": {"b": [1, "2", false]}},
    });
    store
        .write(vec![put("a", Condition::None, row.clone())])
        .await
        .unwrap();
    let read = store.get(&THINGS, &key("a")).await.unwrap();
    assert_eq!(read.as_deref().map(|row| &**row), Some(&item("a", row)));
    assert_eq!(store.get(&THINGS, &key("b")).await, Ok(None));
}

#[tokio::test]
async fn a_float_is_refused_before_it_is_written() {
    let store = store().await;
    let answer = store
        .write(vec![put(
            "a",
            Condition::None,
            json!({"deep": [{"total": 44.8}]}),
        )])
        .await;
    let detail = "the attribute total holds a number that is not an integer";
    assert_eq!(answer, Err(outage::refused(PARTY, detail).into()));
    assert_eq!(store.get(&THINGS, &key("a")).await, Ok(None));
}

#[tokio::test]
async fn conditions_decide() {
    let store = store().await;
    let failed = |position| Err(StoreError::ConditionFailed { position });
    let check = async |writes: Vec<Write>, expected: Result<(), StoreError>| {
        assert_eq!(store.write(writes).await, expected);
    };
    let version = |n| json!({ "version": n });
    check(vec![put("a", Condition::Present, version(1))], failed(0)).await;
    check(vec![put("a", Condition::Absent, version(1))], Ok(())).await;
    check(vec![put("a", Condition::Absent, version(1))], failed(0)).await;
    check(vec![put("a", Condition::Version(1), version(2))], Ok(())).await;
    check(vec![put("a", Condition::Version(1), version(2))], failed(0)).await;
    check(
        vec![write("a", Condition::Version(2), Change::Check)],
        Ok(()),
    )
    .await;
    check(
        vec![write("a", Condition::Version(9), Change::Check)],
        failed(0),
    )
    .await;
    check(
        vec![write("a", Condition::Version(1), Change::Delete)],
        failed(0),
    )
    .await;
    let both = |second| {
        vec![
            put("b", Condition::Absent, version(1)),
            put("a", Condition::Version(second), version(3)),
        ]
    };
    check(both(1), failed(1)).await;
    assert_eq!(store.get(&THINGS, &key("b")).await, Ok(None));
    check(both(2), Ok(())).await;
    assert!(store.get(&THINGS, &key("b")).await.unwrap().is_some());
    check(vec![write("a", Condition::Present, Change::Delete)], Ok(())).await;
}

#[tokio::test]
async fn pages_follow_each_other_in_tables_and_indexes() {
    let store = store().await;
    for n in 1..=5 {
        let more = json!({"statusKey": "pizzaria#open", "createdAt": format!("2026-11-2{n}")});
        store
            .write(vec![put(&format!("t{n}"), Condition::None, more)])
            .await
            .unwrap();
    }
    store
        .write(vec![put("u1", Condition::None, json!({}))])
        .await
        .unwrap();
    let check = async |index, partition: &str, prefix: Option<&str>, descending, expected: &str| {
        let mut query = Query {
            table: &THINGS,
            index,
            partition: PartitionKey::new(&tenant(), partition),
            sort_prefix: prefix.map(str::to_owned),
            descending,
            limit: 2,
            start: None,
        };
        let mut pages = Vec::new();
        loop {
            let page = store.query(query.clone()).await.unwrap();
            let ids: Vec<_> = page
                .items
                .iter()
                .map(|row| row["thingId"].as_str().unwrap())
                .collect();
            pages.push(ids.join(" "));
            match page.next {
                Some(next) => query.start = Some(next),
                None => break,
            }
        }
        assert_eq!(pages.join(" | ").trim_end_matches([' ', '|']), expected);
    };
    check(None, "things", None, false, "t1 t2 | t3 t4 | t5 u1").await;
    check(None, "things", Some("t"), true, "t5 t4 | t3 t2 | t1").await;
    check(Some(&BY_STATUS), "open", None, true, "t5 t4 | t3 t2 | t1").await;
    check(Some(&BY_STATUS), "open", Some("2026-11-23"), false, "t3").await;
    check(None, "nothing", None, false, "").await;
}

#[tokio::test]
async fn a_cursor_that_is_not_ours_is_refused() {
    let store = store().await;
    let query = Query {
        table: &THINGS,
        index: None,
        partition: PartitionKey::new(&tenant(), "things"),
        sort_prefix: None,
        descending: false,
        limit: 2,
        start: Some(Cursor("nonsense".to_owned())),
    };
    let detail = "the cursor is not one of ours";
    assert_eq!(
        store.query(query).await.err(),
        Some(outage::not_done(PARTY, detail).into())
    );
}
