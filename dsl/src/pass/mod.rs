//! Passes over the draft: checks first, then what makes it cheaper.

mod substitute;

pub(crate) use substitute::substitute;
