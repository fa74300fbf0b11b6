//! Queues through the real SDK: what is acknowledged survives a restart, long polls hear at once, errors are typed.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may fail loudly"
)]

#[path = "common/mod.rs"]
mod common;

use std::time::{Duration, Instant};

use aws_sdk_sqs::{Client, error::ProvideErrorMetadata, types::QueueAttributeName};
use common::Running;

async fn fifo_queue(client: &Client, name: &str) -> String {
    client
        .create_queue()
        .queue_name(name)
        .attributes(QueueAttributeName::FifoQueue, "true")
        .send()
        .await
        .expect("a queue")
        .queue_url
        .expect("its URL")
}

async fn send(client: &Client, url: &str, body: &str, id: &str) {
    client
        .send_message()
        .queue_url(url)
        .message_body(body)
        .message_group_id("group")
        .message_deduplication_id(id)
        .send()
        .await
        .expect("sent");
}

async fn receive(
    client: &Client,
    url: &str,
    wait_seconds: i32,
) -> Vec<aws_sdk_sqs::types::Message> {
    client
        .receive_message()
        .queue_url(url)
        .max_number_of_messages(10)
        .wait_time_seconds(wait_seconds)
        .send()
        .await
        .expect("an answer")
        .messages
        .unwrap_or_default()
}

fn bodies(messages: &[aws_sdk_sqs::types::Message]) -> Vec<&str> {
    messages
        .iter()
        .filter_map(|message| message.body())
        .collect()
}

#[tokio::test]
async fn messages_receipts_and_deduplication_survive_a_restart() {
    let directory = tempfile::tempdir().expect("a directory");
    let running = Running::on(directory.path().to_path_buf()).await;
    let client = Client::new(&running.sdk().await);
    let url = fifo_queue(&client, "comanda-events.fifo").await;
    send(&client, &url, "one", "1").await;
    send(&client, &url, "two", "2").await;
    let first = receive(&client, &url, 0).await;
    assert_eq!(bodies(&first), ["one", "two"]);
    running.close().await;

    let running = Running::on(directory.path().to_path_buf()).await;
    let client = Client::new(&running.sdk().await);
    send(&client, &url, "two again", "2").await;
    send(&client, &url, "three", "3").await;
    assert_eq!(
        bodies(&receive(&client, &url, 0).await),
        [""; 0],
        "in flight as before"
    );
    for message in &first {
        let handle = message.receipt_handle().expect("a receipt");
        let delete = client
            .delete_message()
            .queue_url(&url)
            .receipt_handle(handle);
        delete.send().await.expect("the receipt is still good");
    }
    assert_eq!(bodies(&receive(&client, &url, 0).await), ["three"]);
    running.close().await;
}

#[tokio::test]
async fn a_long_poll_hears_a_message_at_once_and_ends_with_the_stack() {
    let running = Running::ephemeral().await;
    let client = Client::new(&running.sdk().await);
    let url = fifo_queue(&client, "store.fifo").await;
    let (heard, ()) = tokio::join!(receive(&client, &url, 20), async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        send(&client, &url, "hello", "1").await;
    });
    assert_eq!(bodies(&heard), ["hello"]);

    let begun = Instant::now();
    let poll = tokio::spawn(async move { receive(&client, &url, 20).await.len() });
    tokio::time::sleep(Duration::from_millis(50)).await;
    running.close().await;
    assert_eq!(poll.await.expect("an answer"), 0);
    assert!(
        begun.elapsed() < Duration::from_secs(5),
        "the poll held the shutdown"
    );
}

#[tokio::test]
async fn errors_have_the_names_the_sdk_knows() {
    let running = Running::ephemeral().await;
    let client = Client::new(&running.sdk().await);
    let missing = client.get_queue_url().queue_name("nowhere").send().await;
    let error = missing.expect_err("no such queue").into_service_error();
    assert!(error.is_queue_does_not_exist(), "{error:?}");

    let url = fifo_queue(&client, "a.fifo").await;
    let garbage = client
        .delete_message()
        .queue_url(&url)
        .receipt_handle("x")
        .send()
        .await;
    let error = garbage.expect_err("not a receipt").into_service_error();
    assert!(error.is_receipt_handle_is_invalid(), "{error:?}");

    let no_group = client
        .send_message()
        .queue_url(&url)
        .message_body("x")
        .send()
        .await;
    let error = no_group.expect_err("no group").into_service_error();
    assert_eq!(error.code(), Some("MissingParameter"));
}
