//! Worlds in memory and virtual time around the real workflows and handlers.

pub mod restaurant;
