//! What is said about a definition: a code, a sentence and a place.

use std::fmt;

use crate::json::{Location, Position, Span};

/// One finding.
#[derive(Debug, Clone, PartialEq)]
pub struct Diagnostic {
    /// Whether the definition can be used.
    pub severity: Severity,
    /// Who says so.
    pub origin: Origin,
    /// A stable name, such as `MISSING_TRANSITION_TARGET`.
    pub code: &'static str,
    /// What is wrong. Where AWS has words for it, they are AWS's.
    pub message: String,
    /// Where in the document; none when it is about the whole, or about text that is not JSON.
    pub location: Option<Location>,
    /// The member that is meant, where AWS's location is the object around it.
    pub member: Option<String>,
    /// Where in the text, if the definition was read from one.
    pub place: Option<Place>,
    /// What to do about it, for a person.
    pub help: Option<String>,
}

/// Where in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// In bytes.
    pub span: Span,
    /// In lines and columns.
    pub position: Position,
}

/// Whether the definition can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// It can, but somebody should look.
    Warning,
    /// AWS would refuse it.
    Error,
}

/// Whose rule it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// The Amazon States Language: every implementation refuses it.
    Language,
    /// The Step Functions service: resources, limits, kinds of workflow.
    Service,
    /// Ours: allowed, and likely to be regretted.
    Advice,
}

impl Severity {
    /// The severity as AWS spells it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Warning => "WARNING",
            Severity::Error => "ERROR",
        }
    }
}

impl Diagnostic {
    /// Whether AWS would refuse the definition because of this.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }

    /// The location as AWS writes it.
    #[must_use]
    pub fn location_text(&self) -> Option<String> {
        self.location.as_ref().map(Location::to_string)
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.code, self.message)?;
        match &self.location {
            Some(location) => write!(formatter, " at {location}"),
            None => Ok(()),
        }
    }
}
