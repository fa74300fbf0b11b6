//! The derive macro of the workflow DSL.
