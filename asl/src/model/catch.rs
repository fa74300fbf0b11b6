//! `Catch`: where errors lead.

use super::{Fields, Selection, Template};

/// One rule of a `Catch` list.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Catcher {
    /// For people.
    pub comment: Option<String>,
    /// The errors that this rule is for.
    pub error_equals: Vec<String>,
    /// JSONPath: where the error is put into the state's input.
    pub result_path: Option<Selection>,
    /// Variables set when this rule applies.
    pub assign: Option<Fields>,
    /// JSONata: the input of the next state.
    pub output: Option<Template>,
    /// The state that goes on.
    pub next: String,
    /// Members that the language does not know.
    pub unknown: Fields,
}

impl Catcher {
    /// A rule that leads the given errors to a state.
    pub fn on<S: Into<String>>(
        errors: impl IntoIterator<Item = S>,
        next: impl Into<String>,
    ) -> Catcher {
        Catcher {
            error_equals: errors.into_iter().map(Into::into).collect(),
            next: next.into(),
            ..Catcher::default()
        }
    }
}
