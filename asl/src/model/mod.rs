//! The language as plain data: one file per state type, and the parts that several of them share.
//!
//! Every type can be written down in Rust (`..Default::default()`, or the short constructors) and printed by
//! [`crate::print`]. The types hold what a document says, even where AWS would refuse it; judging is the validator's work.
//! A field that takes a number, a path or an expression under different names (`Seconds`, `SecondsPath`) is one [`Source`].

mod catch;
mod choice;
mod fail;
mod integrations;
mod machine;
mod map;
mod map_io;
mod operator;
mod parallel;
mod pass;
mod resource;
mod retry;
mod source;
mod state;
mod succeed;
mod task;
mod wait;

pub use catch::Catcher;
pub use choice::{Choice, ChoiceRule, Comparison, Condition, Operand};
pub use fail::Fail;
pub use integrations::Optimised;
pub use machine::{Branch, QueryLanguage, StateMachine, States, WorkflowKind};
pub use map::{ItemProcessor, ItemsSource, Map, ProcessorConfig, ProcessorMode};
pub use map_io::{
    CsvHeaderLocation, ItemBatcher, ItemReader, ReaderConfig, ResultWriter, WriterConfig,
};
pub use operator::{OperandType, Operator};
pub use parallel::Parallel;
pub use pass::Pass;
pub use resource::{Integration, Pattern, Resource};
pub use retry::{JitterStrategy, Retrier};
pub use source::Source;
pub use state::{Selection, State, StateKind, Transition};
pub use succeed::Succeed;
pub use task::{Credentials, Task};
pub use wait::{Wait, WaitFor};

/// A payload template: JSON whose `"name.$"` members (JSONPath) or `{% … %}` strings (JSONata) are computed.
pub type Template = serde_json::Value;

/// Members of a JSON object in document order.
pub type Fields = serde_json::Map<String, serde_json::Value>;
