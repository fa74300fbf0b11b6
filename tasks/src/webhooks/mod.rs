//! What providers tell us unasked. A webhook verifies, stores and answers; the work is done by whoever waits for the news.

pub mod asaas;
mod signature;
pub mod twilio;
