//! Intrinsic functions (`States.Format(…)` and its like): a parser to an AST. Evaluation is the engine's work.

mod format;
mod function;
mod parser;

pub use format::{Piece, format_template};
pub use function::{Arity, Function};

use crate::jsonpath::{self, JsonPath};

/// A call of an intrinsic function.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// The call as it was written, for messages.
    pub text: String,
    /// What is called.
    pub function: Function,
    /// What it is called with.
    pub arguments: Vec<Argument>,
}

/// One argument of a call.
#[derive(Debug, Clone, PartialEq)]
pub enum Argument {
    /// `null`.
    Null,
    /// `true` or `false`.
    Boolean(bool),
    /// A JSON number.
    Number(serde_json::Number),
    /// Text in single quotes.
    Text(Text),
    /// The value at a path.
    Path(JsonPath),
    /// The result of another call.
    Call(Call),
}

/// Text in single quotes, with and without its backslashes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// What the text says.
    pub value: String,
    /// What was written: `States.Format` needs to know which braces were escaped.
    pub raw: String,
}

/// A computed value of a payload template, an `ErrorPath` and the like: a path or a call.
#[derive(Debug, Clone, PartialEq)]
pub enum Expression {
    /// A path.
    Path(JsonPath),
    /// A call.
    Call(Call),
}

/// Why a text is not a call.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{problem} at character {offset} of the intrinsic function")]
pub struct ParseError {
    /// The byte at which reading stopped.
    pub offset: usize,
    /// What is wrong there.
    pub problem: Problem,
}

/// What is wrong with a call.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum Problem {
    #[error("a function's name is expected")]
    NoFunction,
    #[error("there is no intrinsic function `{0}`")]
    UnknownFunction(String),
    #[error("`(` is expected")]
    NoParenthesis,
    #[error("`,` or `)` is expected")]
    OpenParenthesis,
    #[error(
        "an argument is expected: a path, a number, text in single quotes, `true`, `false`, `null` or a call"
    )]
    NoArgument,
    #[error("text is not closed by `'`")]
    OpenQuote,
    #[error("a backslash can only stand before `'`, `{{`, `}}` and itself")]
    Escape,
    #[error("calls can be nested ten deep")]
    TooDeep,
    #[error("unexpected text")]
    Trailing,
    #[error(transparent)]
    Path(#[from] jsonpath::Problem),
}

impl Call {
    /// Reads a whole text as a call.
    ///
    /// # Errors
    /// When the text is not a call from its first character to its last.
    pub fn parse(text: &str) -> Result<Call, ParseError> {
        parser::parse(text)
    }

    /// Every path among the arguments, also those of nested calls.
    #[must_use]
    pub fn paths(&self) -> Vec<&JsonPath> {
        self.arguments
            .iter()
            .flat_map(|argument| match argument {
                Argument::Path(path) => vec![path],
                Argument::Call(call) => call.paths(),
                _ => Vec::new(),
            })
            .collect()
    }
}

impl Expression {
    /// Reads a path or a call, as the text begins.
    ///
    /// # Errors
    /// When the text is neither from its first character to its last.
    pub fn parse(text: &str) -> Result<Expression, ParseError> {
        if text.starts_with('$') {
            JsonPath::parse(text)
                .map(Expression::Path)
                .map_err(|error| ParseError {
                    offset: error.offset,
                    problem: error.problem.into(),
                })
        } else {
            Call::parse(text).map(Expression::Call)
        }
    }

    /// Every path in it.
    #[must_use]
    pub fn paths(&self) -> Vec<&JsonPath> {
        match self {
            Expression::Path(path) => vec![path],
            Expression::Call(call) => call.paths(),
        }
    }
}

#[cfg(test)]
mod tests;
