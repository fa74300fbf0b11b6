//! Runs the Amazon States Language: a pure state machine and a virtual-time driver.

mod history;
pub mod intrinsic;
mod json;
pub mod jsonata;
pub mod jsonpath;
mod scope;
mod seed;
mod timestamp;

pub use history::*;
pub use json::Json;
