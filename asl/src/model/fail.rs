//! The Fail state: ends its machine or branch with an error.

use super::Source;

/// What only a Fail has.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Fail {
    /// The error's name; as a path it is written `ErrorPath`.
    pub error: Option<Source<String>>,
    /// What happened, for people; as a path it is written `CausePath`.
    pub cause: Option<Source<String>>,
}
