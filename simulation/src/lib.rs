//! Worlds in memory and virtual time around the real workflows and handlers.
//!
//! A [`world::World`] runs the workflows that go to AWS and the handlers that go to Lambda, against parties that a
//! [`script::Script`] plays. It knows no AWS SDK and no real time; faults and auditors come on top of it.

pub mod restaurant;
pub mod script;
pub mod story;
pub mod world;
