//! The conversation function: what customers are asked, how their answers are read, what is entered of them. One file a
//! task.
//!
//! What a person says stays in the talk's row; what comes back to the execution is which way it goes on.

mod ask_question;
mod choose_address;
mod close_talk;
mod identify;
mod read_address_wish;
mod read_answer;
mod read_wish;
mod reading;
mod record_consent;
mod register_customer;
mod remove_address;
mod save_address;
mod save_customer;
mod table;
