//! Where words go: results to stdout (text, or JSON with `--json`), everything else to stderr.

#[cfg(feature = "stack")]
use std::io::IsTerminal as _;
use std::io::Write as _;

use serde::Serialize;

use crate::failure::Failure;

/// How this run of the command speaks.
#[derive(Debug, Clone, Copy)]
pub struct Output {
    /// JSON instead of text.
    pub json: bool,
}

impl Output {
    /// `json` is the flag `--json`.
    pub fn new(json: bool) -> Self {
        Self { json }
    }

    /// The result: `value` as one JSON object, or `text`.
    pub fn result(&self, value: &impl Serialize, text: &str) -> Result<(), Failure> {
        if self.json {
            let json = serde_json::to_string_pretty(value).map_err(|error| {
                Failure::new(format!("the result cannot be printed as JSON: {error}"))
            })?;
            self.line(&json);
        } else {
            self.line(text.trim_end_matches('\n'));
        }
        Ok(())
    }

    /// One event of a verb that goes on, as only verbs of the stack do: one JSON object on a line, or `text`.
    #[cfg(feature = "stack")]
    pub fn event(&self, value: &impl Serialize, text: &str) {
        if !self.json {
            self.line(text);
        } else if let Ok(json) = serde_json::to_string(value) {
            self.line(&json);
        }
    }

    /// Something a person may want to know; not a result.
    pub fn note(&self, text: &str) {
        let _ = writeln!(anstream::stderr(), "{text}");
    }

    /// What to do next: on terminals only, so that scripts stay quiet.
    #[cfg(feature = "stack")]
    pub fn next(&self, text: &str) {
        if !self.json && std::io::stderr().is_terminal() {
            self.note(&format!("\nNext: {text}"));
        }
    }

    /// Why it did not work, with the advice.
    pub fn failure(&self, failure: &Failure) {
        if self.json {
            let error = serde_json::json!({
                "error": {
                    "code": failure.code, "message": failure.message,
                    "customerMessage": failure.customer_message, "help": failure.help,
                }
            });
            self.note(&error.to_string());
            return;
        }
        if let Some(drawn) = &failure.drawn {
            self.note(drawn.trim_end_matches('\n'));
            return;
        }
        let code = failure
            .code
            .as_ref()
            .map(|code| format!("[{code}]"))
            .unwrap_or_default();
        self.note(&format!("error{code}: {}", failure.message));
        if let Some(message) = &failure.customer_message {
            self.note(&format!("the customer reads: {message}"));
        }
        if let Some(help) = &failure.help {
            self.note(&format!("help: {help}"));
        }
    }

    /// A closed pipe (`comanda order list | head`) is no error.
    fn line(&self, text: &str) {
        let _ = writeln!(anstream::stdout(), "{text}");
    }
}
