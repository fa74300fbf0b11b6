//! The state machine, its branches, and which query language holds where.

use indexmap::IndexMap;

use super::{Fields, State};

/// States by name, in the order of the document.
pub type States = IndexMap<String, State>;

/// A whole definition.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct StateMachine {
    /// For people.
    pub comment: Option<String>,
    /// The query language of every state that does not name its own; JSONPath when absent.
    pub query_language: Option<QueryLanguage>,
    /// The version of the language, `1.0` when absent.
    pub version: Option<String>,
    /// The execution fails with `States.Timeout` after this long.
    pub timeout_seconds: Option<u64>,
    /// The name of the first state.
    pub start_at: String,
    /// The states, in the order of the document.
    pub states: States,
    /// Members that the language does not know: reported by the parser, printed back.
    pub unknown: Fields,
}

/// A machine inside a state: a branch of Parallel, the processor of Map.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Branch {
    /// For people.
    pub comment: Option<String>,
    /// The query language of the states inside; that of the enclosing state's machine when absent.
    pub query_language: Option<QueryLanguage>,
    /// The name of the first state.
    pub start_at: String,
    /// The states, in the order of the document.
    pub states: States,
    /// Members that the language does not know.
    pub unknown: Fields,
}

/// What paths and expressions are written in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum QueryLanguage {
    /// The first language of ASL, and the default.
    #[default]
    JsonPath,
    /// Expressions in `{% … %}`.
    Jsonata,
}

/// The two kinds of workflow that Step Functions runs. Not part of a definition, but it decides what one may contain.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum WorkflowKind {
    /// Durable, at most once, up to a year.
    #[default]
    Standard,
    /// At least once, up to five minutes; neither callbacks nor `.sync`, nor activities.
    Express,
}

impl StateMachine {
    /// A machine that starts at the given state, without any states yet.
    pub fn starting_at(start_at: impl Into<String>) -> StateMachine {
        StateMachine {
            start_at: start_at.into(),
            ..StateMachine::default()
        }
    }

    /// The language that holds for a state that names none.
    #[must_use]
    pub fn language(&self) -> QueryLanguage {
        self.query_language.unwrap_or_default()
    }
}

impl Branch {
    /// A branch that starts at the given state, without any states yet.
    pub fn starting_at(start_at: impl Into<String>) -> Branch {
        Branch {
            start_at: start_at.into(),
            ..Branch::default()
        }
    }
}

impl QueryLanguage {
    /// The language as ASL spells it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            QueryLanguage::JsonPath => "JSONPath",
            QueryLanguage::Jsonata => "JSONata",
        }
    }

    /// The language by ASL's spelling, which is exact.
    #[must_use]
    pub fn parse(text: &str) -> Option<QueryLanguage> {
        match text {
            "JSONPath" => Some(QueryLanguage::JsonPath),
            "JSONata" => Some(QueryLanguage::Jsonata),
            _ => None,
        }
    }
}
