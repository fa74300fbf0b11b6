//! What customers were told, as lines of the story.

use jiff::Timestamp;

use super::{Line, Tone};

/// More of a text than this is no line; the whole text is elsewhere.
const CHARACTERS: usize = 90;

/// One message to a customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// When it was to be said.
    pub at: Timestamp,
    /// The text as the customer reads it.
    pub text: String,
    /// How it went.
    pub went: Went,
}

/// How a message went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Went {
    /// It is being sent.
    Pending,
    /// The channel has it.
    Sent,
    /// The channel refused it for good.
    Refused,
    /// It was not said in time, and is not true any more.
    Overtaken,
}

/// One line a message, in the order given.
#[must_use]
pub fn told(messages: &[Message]) -> Vec<Line> {
    messages.iter().map(line).collect()
}

fn line(message: &Message) -> Line {
    let (says, tone) = match message.went {
        Went::Pending => ("the customer is being told", Tone::Waiting),
        Went::Sent => ("the customer was told", Tone::Done),
        Went::Refused => ("the channel refused a message", Tone::Trouble),
        Went::Overtaken => ("a message was overtaken before it was sent", Tone::Trouble),
    };
    Line {
        at: message.at,
        says: says.into(),
        detail: format!("“{}”", beginning(&message.text)),
        tone,
        state: None,
    }
}

/// The text in one line, cut where it is long.
fn beginning(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let line = words.join(" ");
    if line.chars().count() <= CHARACTERS {
        return line;
    }
    let kept: String = line.chars().take(CHARACTERS).collect();
    format!("{}…", kept.trim_end())
}

#[cfg(test)]
mod tests {
    use super::{Message, Went, told};

    #[track_caller]
    fn check(text: &str, went: Went, expected: &str) {
        let message = Message {
            at: jiff::Timestamp::UNIX_EPOCH,
            text: text.into(),
            went,
        };
        let [line] = told(&[message]).try_into().unwrap();
        assert_eq!(format!("{} {}", line.says, line.detail), expected);
    }

    #[test]
    fn messages_are_quoted_in_one_line() {
        check(
            "Pedido confirmado!\n\nTempo: 35 min",
            Went::Sent,
            "the customer was told “Pedido confirmado! Tempo: 35 min”",
        );
        check("Olá", Went::Refused, "the channel refused a message “Olá”");
        check(
            &"ção ".repeat(40),
            Went::Pending,
            &format!("the customer is being told “{}çã…”", "ção ".repeat(22)),
        );
    }
}
