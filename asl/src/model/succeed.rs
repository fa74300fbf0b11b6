//! The Succeed state: ends its machine or branch well.

/// A Succeed has nothing of its own; what it passes on stands in [`super::State`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Succeed;
