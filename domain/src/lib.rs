//! Orders, customers, money and tables: types and rules, no I/O.
//!
//! This crate knows the business and nothing else: no clock (instants come in as arguments), no AWS, no workflow,
//! no HTTP. What a handler may decide by looking at values alone is decided here; what needs a table, a queue or a
//! provider is `tasks/`.

pub mod audit;
pub mod checkout;
pub mod exception;
pub mod ids;
pub mod inbox;
pub mod instant;
pub mod invariants;
pub mod keys;
pub mod ledger;
pub mod loyalty;
pub mod menu;
pub mod money;
pub mod notification;
pub mod order;
pub mod payment;
pub mod people;
pub mod planted;
pub mod pricing;
pub mod statement;
pub mod store;
pub mod tables;
pub mod talk;
mod text;
