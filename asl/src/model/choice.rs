//! The Choice state: branches on data.

use serde_json::Value;

use super::{Fields, Operator, Template};

/// What only a Choice has.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Choice {
    /// The rules; the first that holds decides.
    pub choices: Vec<ChoiceRule>,
    /// Where it goes when none holds; without it that is the error `States.NoChoiceMatched`.
    pub default: Option<String>,
}

/// One rule: a condition, and what follows from it.
#[derive(Debug, Clone, PartialEq)]
pub struct ChoiceRule {
    /// For people.
    pub comment: Option<String>,
    /// When the rule holds.
    pub condition: Condition,
    /// The state that goes on.
    pub next: String,
    /// Variables set when this rule holds.
    pub assign: Option<Fields>,
    /// JSONata: the output when this rule holds.
    pub output: Option<Template>,
    /// Members that the language does not know.
    pub unknown: Fields,
}

/// When a rule holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    /// JSONata, `{% … %}` included.
    Jsonata(String),
    /// JSONata: a boolean that was written down.
    Literal(bool),
    /// JSONPath: all of them.
    And(Vec<Condition>),
    /// JSONPath: any of them.
    Or(Vec<Condition>),
    /// JSONPath: not this.
    Not(Box<Condition>),
    /// JSONPath: one comparison.
    Compare(Comparison),
    /// JSONPath: one of the others inside another, and what it says for people.
    Commented(String, Box<Condition>),
}

/// A comparison of the value at a path.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// For people; may stand inside `And`, `Or` and `Not`.
    pub comment: Option<String>,
    /// The path of the value that is looked at.
    pub variable: String,
    /// How it is looked at.
    pub operator: Operator,
    /// What it is compared with.
    pub operand: Operand,
}

/// What a value is compared with.
#[derive(Debug, Clone, PartialEq)]
pub enum Operand {
    /// A value that was written down.
    Literal(Value),
    /// The value at a path, under the operator's `…Path` name.
    Path(String),
}

impl ChoiceRule {
    /// A rule that leads to a state.
    pub fn when(condition: Condition, next: impl Into<String>) -> ChoiceRule {
        ChoiceRule {
            comment: None,
            condition,
            next: next.into(),
            assign: None,
            output: None,
            unknown: Fields::new(),
        }
    }
}

impl Condition {
    /// A JSONata condition given without its delimiters.
    #[must_use]
    pub fn jsonata(expression: &str) -> Condition {
        Condition::Jsonata(crate::jsonata::wrap(expression))
    }

    /// A comparison with a value that is written down.
    pub fn compare(
        variable: impl Into<String>,
        operator: Operator,
        value: impl Into<Value>,
    ) -> Condition {
        Condition::Compare(Comparison {
            comment: None,
            variable: variable.into(),
            operator,
            operand: Operand::Literal(value.into()),
        })
    }
}
