//! JSONPath as Step Functions reads it: a parser to an AST. Evaluation is the engine's work.
//!
//! AWS uses the dialect of the Java library Jayway, which differs from RFC 9535: `$.[0]` is allowed, filters stand in
//! parentheses, functions such as `.length()` end a path. `$$` is the context object and `$name` a variable.

mod ast;
mod filter;
mod parser;

pub use ast::{Comparator, Filter, FilterOperand, Function, JsonPath, Root, Segment, Selector};

pub(crate) use parser::parse_prefix;

/// Why a text is not a path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{problem} at character {offset} of the path")]
pub struct ParseError {
    /// The byte at which reading stopped.
    pub offset: usize,
    /// What is wrong there.
    pub problem: Problem,
}

/// What is wrong with a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum Problem {
    #[error("a path begins with `$`")]
    NoRoot,
    #[error("a name is missing")]
    NoName,
    #[error("a bracket is not closed")]
    OpenBracket,
    #[error("a quote is not closed")]
    OpenQuote,
    #[error("an index, a name in quotes, `*` or a filter is expected")]
    NoSelector,
    #[error("a step goes forward")]
    NoStep,
    #[error("several things in a bracket are names, or indices")]
    Mixed,
    #[error("an operand is expected")]
    NoOperand,
    #[error("there is no function of that name")]
    UnknownFunction,
    #[error("a filter is nested too deeply")]
    TooDeep,
    #[error("unexpected text")]
    Trailing,
}

impl JsonPath {
    /// Reads a whole text as a path.
    ///
    /// # Errors
    /// When the text is not a path from its first character to its last.
    pub fn parse(text: &str) -> Result<JsonPath, ParseError> {
        parser::parse(text)
    }
}

#[cfg(test)]
mod tests;
