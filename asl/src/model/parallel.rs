//! The Parallel state: runs branches side by side.

use super::Branch;

/// What only a Parallel has.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Parallel {
    /// The branches; the output has one element for each, in this order.
    pub branches: Vec<Branch>,
}
