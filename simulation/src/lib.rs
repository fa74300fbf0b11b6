//! Worlds in memory and virtual time around the real workflows and handlers.
//!
//! A [`world::World`] runs the workflows that go to AWS and the handlers that go to Lambda, against parties that a
//! [`script::Script`] plays. It knows no AWS SDK and no real time; faults and auditors come on top of it.

pub mod dialogues;
#[cfg(feature = "explore")]
pub mod explore;
mod people;
pub mod planted;
pub mod restaurant;
pub mod script;
pub mod slate;
pub mod storm;
pub mod story;
pub mod trials;
pub mod world;
