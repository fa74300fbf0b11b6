//! Where the value of a field comes from: the definition, an expression, a path or a deployment.

/// A value that is written down, or computed when the state runs.
///
/// `TimeoutSeconds: 5`, `TimeoutSeconds: "{% $x %}"` and `TimeoutSecondsPath: "$.x"` are one field here.
/// Text is kept with its delimiters, exactly as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source<T> {
    /// The value itself.
    Literal(T),
    /// A JSONata expression, `{% … %}` included.
    Jsonata(String),
    /// A reference path or intrinsic function, printed under the field's `…Path` (or `….$`) name.
    Path(String),
    /// `${…}`, replaced when the definition is deployed.
    Substitution(String),
}

impl<T> Source<T> {
    /// The value, if it is written down.
    pub fn literal(&self) -> Option<&T> {
        match self {
            Source::Literal(value) => Some(value),
            Source::Jsonata(_) | Source::Path(_) | Source::Substitution(_) => None,
        }
    }

    /// Whether the value is only known when the state runs.
    pub fn is_computed(&self) -> bool {
        matches!(self, Source::Jsonata(_) | Source::Path(_))
    }

    /// A JSONata expression given without its delimiters.
    pub fn jsonata(expression: &str) -> Source<T> {
        Source::Jsonata(crate::jsonata::wrap(expression))
    }

    /// A reference path.
    pub fn path(path: impl Into<String>) -> Source<T> {
        Source::Path(path.into())
    }
}

impl<T> From<T> for Source<T> {
    fn from(value: T) -> Source<T> {
        Source::Literal(value)
    }
}
