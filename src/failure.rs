//! Why a verb did not do what was asked: one sentence, and the exact edit or command that helps.

use std::process::ExitCode;

/// A failure as a person reads it: `error[CODE]: what`, then `help: what to do`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// A stable code, where there is one: AWS's own, or a refusal's.
    pub code: Option<String>,
    /// What is the case, in lower case, without a full stop.
    pub message: String,
    /// What the customer reads about it, where one does.
    pub customer_message: Option<String>,
    /// What to do about it.
    pub help: Option<String>,
    /// All of it with its places in rustc's look, for people; in place of the message and the help.
    pub drawn: Option<Box<str>>,
    usage: bool,
}

impl Failure {
    /// The verb looked or tried, and it is not fine (exit code 1).
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            code: None,
            message: message.into(),
            customer_message: None,
            help: None,
            drawn: None,
            usage: false,
        }
    }

    /// The verb could not start: wrong arguments, or no stack to talk to (exit code 2).
    pub fn usage(message: impl Into<String>) -> Self {
        Self {
            usage: true,
            ..Self::new(message)
        }
    }

    /// Adds the advice.
    #[must_use]
    pub fn help(self, help: impl Into<String>) -> Self {
        Self {
            help: Some(help.into()),
            ..self
        }
    }

    /// Adds the same with its places, drawn.
    #[must_use]
    pub fn drawn(self, drawn: impl Into<String>) -> Self {
        Self {
            drawn: Some(drawn.into().into_boxed_str()),
            ..self
        }
    }

    /// Adds the code.
    #[must_use]
    pub fn code(self, code: impl Into<String>) -> Self {
        Self {
            code: Some(code.into()),
            ..self
        }
    }

    /// 2 for wrong usage, else 1.
    pub fn exit_code(&self) -> ExitCode {
        ExitCode::from(if self.usage { 2 } else { 1 })
    }
}
