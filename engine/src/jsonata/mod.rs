//! JSONata expressions as AWS evaluates them: JSONata 2 without `$eval`, with six functions more,
//! deterministic from the execution's seed and time. The language itself is the crate `jsonata-core`.

mod alone;
mod bounds;
mod convert;
mod evaluate;
mod functions;
mod guard;
mod shape;
mod simple;

use std::cell::Cell;
use std::sync::Arc;

use jiff::Timestamp;
use jsonata_core::ast::AstNode;

use crate::context::ContextSource;
use crate::json::Json;
use crate::scope::Variables;
use crate::seed::Chance;
pub use alone::EvaluationFailed;
use shape::Uses;
use simple::Simple;

/// A compiled expression, shareable between threads.
#[derive(Debug, Clone)]
pub struct Expression {
    source: Arc<str>,
    ast: Arc<AstNode>,
    /// Whether guards stand in it, so that they must be there when it runs.
    is_guarded: bool,
    uses: Uses,
    simple: Option<Simple>,
}

/// A text that is no JSONata, in the words of the parser.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the JSONata expression '{expression}' cannot be read: {reason}")]
pub struct ExpressionSyntaxError {
    /// The expression, without its delimiters.
    pub expression: String,
    /// What is wrong with it.
    pub reason: String,
}

/// Why an evaluation gave no JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum EvaluationError {
    /// It threw, with JSONata's code and words.
    Threw(String),
    /// It gave nothing.
    Undefined,
    /// It gave a function.
    Unsupported,
}

/// What an expression can see: `$states` and the variables.
#[derive(Clone, Copy)]
pub(crate) struct Surroundings<'run> {
    pub(crate) input: &'run Json,
    pub(crate) result: Option<&'run Json>,
    pub(crate) error_output: Option<&'run Json>,
    pub(crate) context: &'run ContextSource<'run>,
    pub(crate) variables: &'run Variables,
    pub(crate) chance: &'run Cell<Chance>,
    pub(crate) now: Timestamp,
}

impl Expression {
    /// Compiles an expression given without its delimiters.
    pub fn parse(source: &str) -> Result<Expression, ExpressionSyntaxError> {
        let source = source.trim();
        let mut ast =
            jsonata_core::parser::parse(source).map_err(|error| ExpressionSyntaxError {
                expression: source.to_owned(),
                reason: error.to_string(),
            })?;
        let simple = Simple::of(&ast);
        let is_guarded = bounds::put_in(&mut ast);
        Ok(Expression {
            source: Arc::from(source),
            uses: Uses::of(source),
            simple,
            is_guarded,
            ast: Arc::new(ast),
        })
    }

    /// The expression, without its delimiters.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// What the expression gives.
    pub(crate) fn evaluate(
        &self,
        surroundings: &Surroundings<'_>,
    ) -> Result<Json, EvaluationError> {
        let simple = self.simple.as_ref();
        match simple.and_then(|simple| simple.evaluate(surroundings)) {
            Some(answer) => answer,
            None => evaluate::run(self, surroundings),
        }
    }
}
