//! Talking with customers: what is asked, how an answer is read, in which words (000 §5).
//!
//! Values only: a text comes in, a typed answer or a named problem goes out. Who asks when is a workflow's business; where
//! the talk stands is kept by `tasks/`. The rules here are the understanding that production falls back to when no model
//! answers, so each reads free text, and a number of a list or a tapped button is one more way to say the same.

mod draft;
mod offers;
mod question;
pub mod reading;
mod said;
pub mod words;

pub use draft::{AddressAnswer, Draft, EmailAnswer};
pub use question::{AddressPart, Field, Preface, Problem, Question};
pub use said::{Offered, Said, Spoken, numbered};
