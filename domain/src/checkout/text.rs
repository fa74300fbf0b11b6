//! Free text from customers, made fit for printers, screens and rows (F058).

use super::Refusal;

/// One line of text: outer spaces gone, no control characters, at most `limit` characters.
pub(crate) fn line(field: &str, text: &str, limit: usize) -> Result<String, Refusal> {
    check(field, text.trim(), limit, false)
}

/// Text that may have several lines.
pub(crate) fn lines(field: &str, text: &str, limit: usize) -> Result<String, Refusal> {
    check(field, text.trim(), limit, true)
}

fn check(field: &str, text: &str, limit: usize, many_lines: bool) -> Result<String, Refusal> {
    let text = text.replace("\r\n", "\n");
    let allowed = |c: char| !unprintable(c) || (many_lines && c == '\n');
    if text.chars().count() <= limit && text.chars().all(allowed) {
        Ok(text)
    } else {
        Err(Refusal::TextInvalid {
            field: field.to_owned(),
            limit: u32::try_from(limit).unwrap_or(u32::MAX),
        })
    }
}

/// Control characters (a receipt printer obeys them), and those that turn the direction of text around.
fn unprintable(c: char) -> bool {
    c.is_control() || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}')
}

#[cfg(test)]
mod tests {
    use super::{line, lines};

    #[test]
    fn printers_get_only_what_prints() {
        assert_eq!(
            line("notes", "  sem cebola, por favor 🙂 ", 40).expect("fine"),
            "sem cebola, por favor 🙂"
        );
        assert_eq!(lines("notes", "um\r\ndois", 40).expect("fine"), "um\ndois");
        for text in [
            "\u{1b}@corta",
            "um\ndois",
            "\u{202e}odasrevni",
            "a\u{0}b",
            "aaaaaa",
        ] {
            assert!(line("notes", text, 5).is_err(), "{text:?}");
        }
        assert!(line("notes", "aaaaa", 5).is_ok());
    }
}
