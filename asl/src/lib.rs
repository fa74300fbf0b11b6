//! Amazon States Language as data: parse, validate, print.
//!
//! This crate knows the language and nothing else. It runs nothing (that is `engine`), knows no business and does no I/O.
//!
//! ```
//! use comanda_asl::{Pass, State, StateMachine, WorkflowKind, check, print};
//!
//! let mut machine = StateMachine::starting_at("Hello");
//! machine.states.insert("Hello".to_owned(), State::new(Pass::default()).then("Helo"));
//! machine.states.insert("Hello again".to_owned(), State::new(Pass::default()).ending());
//!
//! let text = print(&machine);
//! let checked = check(&text, WorkflowKind::Standard);
//! let messages: Vec<String> = checked.diagnostics.iter().map(|diagnostic| diagnostic.to_string()).collect();
//! assert_eq!(messages, [
//!     "MISSING_TRANSITION_TARGET: Missing 'Next' target: Helo at /States/Hello/Next",
//!     "MISSING_TRANSITION_TARGET: State \"Hello again\" is not reachable. at /States/Hello again",
//! ]);
//! let line = checked.diagnostics.first().and_then(|diagnostic| diagnostic.place).map(|place| place.position.line);
//! assert_eq!(line, Some(6), "in the printed text");
//! assert_eq!(checked.machine, Some(machine));
//! ```

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
