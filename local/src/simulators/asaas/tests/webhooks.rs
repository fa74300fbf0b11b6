//! Webhooks: their order, their repeats, their pause, and the fault dial.

use std::{sync::Arc, time::Duration};

use comanda_tasks::ports::{ChargeMethod, OutageError, ProviderError};
use serde_json::{Value, json};

use super::{
    super::{Pace, delivery},
    FAST, Webhook, scene, scene_on,
};
use crate::simulators::Database;

#[tokio::test]
async fn events_come_in_order_until_we_answer_200() {
    let scene = scene().await;
    scene
        .webhook
        .answers
        .lock()
        .unwrap()
        .extend([500, 204, 201]);
    let card = scene.charge(ChargeMethod::Card, 5_000).await;
    scene.act(&card, "fail").await;
    scene.act(&card, "pay").await;
    let failed = "PAYMENT_CREDIT_CARD_CAPTURE_REFUSED";
    assert_eq!(
        scene.events(5).await,
        [failed, failed, failed, failed, "PAYMENT_CONFIRMED"]
    );
    let seen = scene.webhook.seen.lock().unwrap();
    assert_eq!(seen[0].1["id"], seen[3].1["id"]);
}

#[tokio::test]
async fn fifteen_failures_pause_the_queue_until_it_is_resumed() {
    let database = Arc::new(Database::open(None).unwrap());
    let pace = Pace {
        ladder_divisor: 1_000_000,
        ..FAST
    };
    let scene = scene_on(database, Arc::default(), pace).await;
    scene.webhook.answers.lock().unwrap().extend([503; 15]);
    let charge = scene.charge(ChargeMethod::Pix, 5_000).await;
    scene.act(&charge, "pay").await;
    assert_eq!(scene.events(15).await.len(), 15);
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(scene.events(15).await.len(), 15);
    let (_, queue) = scene
        .control(reqwest::Method::GET, "webhooks", Value::Null)
        .await;
    assert_eq!(queue["waiting"][0]["failures"], 15);
    scene
        .control(reqwest::Method::POST, "webhooks/resume", json!({}))
        .await;
    assert_eq!(scene.events(16).await.len(), 16);
}

#[tokio::test]
async fn what_was_not_delivered_is_delivered_by_the_next_process() {
    let folder =
        std::env::temp_dir().join(format!("comanda-asaas-{:032x}", rand::random::<u128>()));
    std::fs::create_dir(&folder).unwrap();
    let file = folder.join("simulators.sqlite");
    let webhook = Arc::new(Webhook::default());
    {
        let database = Arc::new(Database::open(Some(&file)).unwrap());
        let slow = Pace {
            ladder_divisor: 1,
            ..FAST
        };
        let scene = scene_on(database, webhook.clone(), slow).await;
        scene.webhook.answers.lock().unwrap().push_back(500);
        let charge = scene.charge(ChargeMethod::Pix, 5_000).await;
        scene.act(&charge, "pay").await;
        assert_eq!(scene.events(1).await.len(), 1);
    }
    let database = Arc::new(Database::open(Some(&file)).unwrap());
    // The next process does not wait out the 30 seconds that the first one wrote down.
    database.transact(delivery::resume).unwrap();
    let scene = scene_on(database, webhook, FAST).await;
    assert_eq!(scene.events(2).await.len(), 2);
    let seen = scene.webhook.seen.lock().unwrap();
    assert_eq!(seen[0].1["id"], seen[1].1["id"]);
    drop(seen);
    std::fs::remove_dir_all(folder).unwrap();
}

#[tokio::test]
async fn the_fault_dial_strikes_as_it_says() {
    let scene = scene().await;
    let charge = scene.charge(ChargeMethod::Pix, 5_000).await;
    let turn = async |dial: Value| scene.control(reqwest::Method::PUT, "fault", dial).await;
    let delete = async || {
        scene
            .provider
            .delete_charge(&scene.account, &charge.id)
            .await
    };
    let lost = |answer: Result<(), ProviderError>| {
        matches!(
            answer,
            Err(ProviderError::Outage(OutageError::Unknown { .. }))
        )
    };
    turn(json!({"fault": "refused", "times": 1})).await;
    assert!(matches!(delete().await, Err(ProviderError::Refused { .. })));
    turn(json!({"fault": "lost-before", "times": 1})).await;
    assert!(lost(delete().await));
    assert!(!scene.read(&charge).await.deleted);
    turn(json!({"fault": "lost-after", "times": 1})).await;
    assert!(lost(delete().await));
    assert!(scene.read(&charge).await.deleted);
    assert_eq!(scene.events(1).await, ["PAYMENT_DELETED"]);

    let other = scene.charge(ChargeMethod::Pix, 5_000).await;
    turn(json!({"fault": "duplicated", "times": 1})).await;
    scene.act(&other, "pay").await;
    assert_eq!(scene.events(3).await.len(), 3);
    let seen = scene.webhook.seen.lock().unwrap().clone();
    assert_eq!(seen[1].1["id"], seen[2].1["id"]);
    let (_, dial) = turn(json!({"fault": "ok"})).await;
    assert_eq!(dial, json!({"fault": "ok"}));
    let (status, dial) = scene
        .control(reqwest::Method::GET, "fault", Value::Null)
        .await;
    assert_eq!((status, dial), (200, json!({"fault": "ok"})));
}
