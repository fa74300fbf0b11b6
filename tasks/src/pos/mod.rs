//! The pos function: orders to the stores' points of sale, and what comes back. One file a task.

mod hand_to_store;
mod settle_store;
