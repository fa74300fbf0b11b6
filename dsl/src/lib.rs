//! Typed workflows that compile to the Amazon States Language.
