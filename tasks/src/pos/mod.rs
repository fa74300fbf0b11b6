//! The pos function: orders to the stores' points of sale, and what comes back. One file a task, and the events queue.

mod customers;
pub mod events;
mod hand_to_store;
mod settle_store;
