//! The local stack: AWS endpoints, provider simulators, journal and console.

pub mod aws;
pub mod console;
pub mod journal;
pub mod scheduler;
pub mod simulators;
