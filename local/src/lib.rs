//! The local stack: AWS endpoints, provider simulators, journal and console.

pub mod aws;
pub mod console;
pub mod deploy;
mod edge;
pub mod journal;
pub mod logs;
pub mod scheduler;
pub mod seed;
pub mod simulators;
pub mod stack;
