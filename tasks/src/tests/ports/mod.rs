//! The parts in memory keep the contracts of the ports that they stand for (`testing::contract`), and parts that break one
//! in one way each are found out.

mod broken;
mod memory;

use jiff::Timestamp;

use self::memory::Memory;
use crate::testing::{World, block_on, contract};

pub(super) fn noon() -> Timestamp {
    "2026-11-22T15:00:00Z".parse().unwrap()
}

#[test]
fn the_tables_in_memory_keep_the_contract() {
    let world = World::new(noon(), 1);
    assert_eq!(block_on(contract::store::broken(&*world.store)), []);
}

#[test]
fn the_queues_in_memory_keep_the_contract() {
    assert_eq!(block_on(contract::queue::broken(&Memory::new())), []);
}

#[test]
fn the_executions_in_memory_keep_the_contract() {
    assert_eq!(block_on(contract::workflows::broken(&Memory::new())), []);
}

#[test]
fn the_provider_in_memory_keeps_the_contract() {
    assert_eq!(block_on(contract::provider::broken(&Memory::new())), []);
}

#[test]
fn the_channel_in_memory_keeps_the_contract() {
    assert_eq!(block_on(contract::channel::broken(&Memory::new())), []);
}

#[test]
fn the_clock_and_the_secrets_in_memory_keep_their_contracts() {
    let world = World::new(noon(), 1);
    assert_eq!(block_on(contract::clock::broken(&*world.clock)), []);
    let (reference, value) = contract::secrets::KNOWN;
    world.secrets.set(reference, value);
    assert_eq!(block_on(contract::secrets::broken(&*world.secrets)), []);
}
