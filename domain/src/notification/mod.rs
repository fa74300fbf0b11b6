//! What customers are told, and when: templates, texts, kinds. Sending is `tasks/`' business.

mod template;

pub use template::{InvalidTemplateError, Placeholder, Template, Values};
