//! Why a text is not JSON, in the words of Jackson, which Step Functions passes on.

use std::fmt;

use super::{Position, position};

/// How much of the text Jackson quotes.
const SOURCE_CHARACTERS_MAX: usize = 500;

/// Why a text is not JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    /// What is wrong.
    pub mistake: Mistake,
    /// How far had been read, in bytes.
    pub offset: usize,
    /// The same as line and column.
    pub position: Position,
    source: String,
}

/// What is wrong with a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mistake {
    /// There is nothing.
    Empty,
    /// A word that is no value.
    Token(String),
    /// A character that cannot stand here, and what could.
    Character(char, &'static str),
    /// The text ends in the middle of something.
    End(&'static str),
    /// The text ends inside an `Object` or `Array` that began there.
    Unclosed(&'static str, Position),
    /// A control character inside a string.
    Control(char),
    /// A backslash before something that cannot follow one.
    Escape(char),
    /// A number that is none.
    Number(String),
    /// More nesting than anybody writes by hand or by tool.
    TooDeep,
    /// More after the value.
    Trailing(char),
}

impl Error {
    pub(super) fn new(mistake: Mistake, text: &str, offset: usize) -> Error {
        let truncated = text.chars().count().saturating_sub(SOURCE_CHARACTERS_MAX);
        let mut source: String = text.chars().take(SOURCE_CHARACTERS_MAX).collect();
        source.insert(0, '"');
        source.push('"');
        if truncated > 0 {
            source.push_str(&format!("[truncated {truncated} chars]"));
        }
        Error {
            mistake,
            offset,
            position: position(text, offset),
            source,
        }
    }

    /// Where, as Jackson writes it.
    #[must_use]
    pub fn place(&self) -> String {
        self.written(self.position)
    }

    fn written(&self, Position { line, column }: Position) -> String {
        format!(
            "[Source: (String){}; line: {line}, column: {column}]",
            self.source
        )
    }

    /// What is wrong, as Jackson writes it.
    #[must_use]
    pub fn sentence(&self) -> String {
        match self.mistake {
            Mistake::Unclosed(_, opened) => {
                format!(
                    "{} (start marker at {})",
                    self.mistake,
                    self.written(opened)
                )
            }
            _ => self.mistake.to_string(),
        }
    }

    /// What is wrong, and where, as Jackson writes it.
    #[must_use]
    pub fn message(&self) -> String {
        format!("{}\n at {}", self.sentence(), self.place())
    }

    /// The same without the text itself, as a later Jackson writes it, which points at a character rather than behind it.
    #[must_use]
    pub fn message_without_source(&self) -> String {
        let at = |Position { line, column }: Position| {
            format!(
                "[Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: {line}, column: {column}]"
            )
        };
        let mut place = self.position;
        if let Mistake::Character(..) | Mistake::Trailing(_) = self.mistake {
            place.column = place.column.saturating_sub(1).max(1);
        }
        let opened = match self.mistake {
            Mistake::Unclosed(_, opened) => format!(" (start marker at {})", at(opened)),
            _ => String::new(),
        };
        format!("{}{opened}\n at {}", self.mistake, at(place))
    }
}

impl std::error::Error for Error {}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Position { line, column } = self.position;
        write!(
            formatter,
            "{} at line {line}, column {column}",
            self.mistake
        )
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Mistake::Empty => formatter.write_str("No content to map due to end-of-input"),
            Mistake::Token(token) => write!(
                formatter,
                "Unrecognized token '{token}': was expecting (JSON String, Number, Array, Object or token 'null', \
                 'true' or 'false')"
            ),
            Mistake::Character(character, expected) => write!(
                formatter,
                "Unexpected character ('{character}' (code {})): was expecting {expected}",
                u32::from(*character)
            ),
            Mistake::End(within) => write!(formatter, "Unexpected end-of-input{within}"),
            Mistake::Unclosed(container, _) => write!(
                formatter,
                "Unexpected end-of-input: expected close marker for {container}"
            ),
            Mistake::Control(character) => write!(
                formatter,
                "Illegal unquoted character ((CTRL-CHAR, code {})): has to be escaped using backslash to be included \
                 in string value",
                u32::from(*character)
            ),
            Mistake::Escape(character) => write!(
                formatter,
                "Unrecognized character escape '{character}' (code {})",
                u32::from(*character)
            ),
            Mistake::Number(text) => write!(formatter, "Invalid numeric value: `{text}`"),
            Mistake::TooDeep => {
                formatter.write_str("Document nesting depth exceeds the maximum allowed")
            }
            Mistake::Trailing(character) => write!(
                formatter,
                "Unexpected character ('{character}' (code {})): Expected space separating root-level values",
                u32::from(*character)
            ),
        }
    }
}
