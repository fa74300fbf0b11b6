//! The local stack: AWS endpoints, provider simulators, journal and console.

pub mod aws;
pub mod console;
mod edge;
pub mod journal;
pub mod logs;
pub mod processes;
pub mod queues;
pub mod scheduler;
pub mod seed;
pub mod simulators;
pub mod stack;
pub mod tenancy;
mod whole_files;
