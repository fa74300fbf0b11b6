//! Runs the Amazon States Language: a pure state machine and a virtual-time driver.
//!
//! [`step`] moves an [`Execution`] of a [`Definition`]: an [`Event`] comes in, [`Effect`]s come out. There is no clock, no
//! chance and no thread in here; whoever drives executions brings the time and does the tasks.
//! The folders mirror the specification: one file for each state type, and for `Retry`, `Catch`, paths and expressions.

mod branch;
mod catch;
mod context;
mod definition;
mod digest;
mod event;
mod execution;
mod failure;
mod flow;
mod history;
mod input;
mod integration_request;
pub mod intrinsic;
mod java;
mod json;
pub mod jsonata;
pub mod jsonpath;
mod left;
mod limits;
mod map_run;
mod payload_template;
mod redrive;
mod retry;
mod run;
mod scope;
mod seed;
mod spawn;
mod state;
mod step;
pub mod store;
mod task_events;
pub mod test_state;
mod timestamp;
mod trouble;
pub mod virtual_time;

pub use definition::{CompileError, Definition};
pub use event::{Effect, Event, Outcome, Status, TaskId, TaskRequest, TaskToken, TimerId};
pub use execution::{Execution, Start};
pub use failure::names;
pub use history::*;
pub use input::read as read_execution_input;
pub use json::Json;
pub use limits::{
    DATA_LIMIT_BYTES, DATA_LIMIT_LEVELS, HISTORY_LIMIT_EVENTS, VARIABLES_LIMIT_BYTES,
};
pub use map_run::{ChildStarted, MapRun, MapRunCounts};
pub use step::step;
pub use test_state::{StateTest, TestStateError, TestStatus, TestedState, test_state};
