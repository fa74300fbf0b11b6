//! Amazon States Language as data: parse, validate, print.
//!
//! This crate knows the language and nothing else. It runs nothing (that is `engine`), knows no business and does no I/O.

mod cursor;
pub mod document;
pub mod intrinsic;
pub mod json;
pub mod jsonata;
pub mod jsonpath;
pub mod model;

pub mod timestamp;
pub mod validate;

pub use document::{from_value, print, to_value};
pub use model::{
    Branch, Catcher, Choice, ChoiceRule, Comparison, Condition, Credentials, CsvHeaderLocation,
    Fail, Fields, Integration, ItemBatcher, ItemProcessor, ItemReader, ItemsSource, JitterStrategy,
    Map, Operand, OperandType, Operator, Parallel, Pass, Pattern, ProcessorConfig, ProcessorMode,
    QueryLanguage, ReaderConfig, Resource, ResultWriter, Retrier, Selection, Source, State,
    StateKind, StateMachine, States, Succeed, Task, Template, Transition, Wait, WaitFor,
    WorkflowKind, WriterConfig,
};
pub use validate::{Checked, Diagnostic, Origin, Severity, check, validate};
