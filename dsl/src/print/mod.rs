//! Printing: expressions as JSONata, the folded graph as a state machine.

pub(crate) mod jsonata;
pub(crate) mod machine;
pub(crate) mod template;
