//! What customers are told, and when: templates, texts, kinds. Sending is `tasks/`' business.
//!
//! The texts are those of 002 §5.2 and §4.1; a store may replace those of a status. Every text can be written for every
//! order: no value can be missing (N4).

mod kind;
mod line;
mod payment;
mod status;
mod template;
#[cfg(test)]
mod tests;

pub use kind::{NotificationKind, is_overtaken};
pub use line::{in_one_line, is_said_by};
pub use payment::{
    another_method, card_link, needs_person, paid_late, paid_twice, payment_confirmed,
    pix_instructions, pix_qr_caption, refund_blocked, refund_done,
};
pub use status::{EndReason, default_template, delivery_time_text, is_told, status_text, values};
pub use template::{InvalidTemplateError, Placeholder, Template, Values};
