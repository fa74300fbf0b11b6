//! Handlers and entry points in a world in memory: whole lives with accidents, the races of signals, and bad input.

mod contracts;
mod crash;
mod decisions;
mod entry;
mod fixture;
mod found;
mod races;
mod reconciliation;
