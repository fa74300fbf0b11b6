//! The real parts keep the contracts of the ports (`comanda_tasks::testing::contract`): our AWS clients against the local
//! stack, our providers' clients against the simulators, over HTTP as in production.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may fail loudly"
)]

mod aws;
mod providers;

use aws::Aws;
use comanda_tasks::testing::contract;
use providers::Providers;

#[tokio::test(flavor = "multi_thread")]
async fn sqs_keeps_the_contract() {
    let aws = Aws::up().await;
    assert_eq!(contract::queue::broken(&aws).await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn step_functions_keeps_the_contract() {
    let aws = Aws::up().await;
    assert_eq!(contract::workflows::broken(&aws).await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn dynamodb_keeps_the_contract() {
    let aws = Aws::up().await;
    aws.make_table(&contract::store::THINGS).await;
    assert_eq!(contract::store::broken(&*aws.ports.store).await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn asaas_keeps_the_contract() {
    let providers = Providers::up().await;
    assert_eq!(contract::provider::broken(&providers).await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn twilio_keeps_the_contract() {
    let providers = Providers::up().await;
    assert_eq!(contract::channel::broken(&providers).await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_clock_and_the_secrets_keep_their_contracts() {
    let providers = Providers::up().await;
    let ports = &providers.ports;
    assert_eq!(contract::clock::broken(&*ports.clock).await, []);
    assert_eq!(contract::secrets::broken(&*ports.secrets).await, []);
}
