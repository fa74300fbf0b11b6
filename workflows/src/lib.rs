//! One file per business process, in the workflow DSL, and the contracts of its tasks.
