//! A text as a template carries it, and how it is known again.

/// The text in one line: a template's variable holds no line end, no tab and no run of spaces (Twilio's 21656).
#[must_use]
pub fn in_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether a message at the channel, with this body, says this text: alone, with the answers that it offers below it, or
/// within a template, which neither begins nor ends with what fills it (Meta approves no other).
#[must_use]
pub fn is_said_by(text: &str, body: &str) -> bool {
    // Most messages say something else, and a word of the text that is nowhere in them tells.
    let mut words = text.split_whitespace().peekable();
    words.peek().is_some()
        && words.all(|word| body.contains(word))
        && in_one_line(body).contains(&in_one_line(text))
}

#[cfg(test)]
mod tests {
    use super::{in_one_line, is_said_by};

    #[test]
    fn a_text_is_known_again_however_it_was_said() {
        let text = "Total: R$ 44,80.\nPague  com\tPIX.";
        assert_eq!(in_one_line(text), "Total: R$ 44,80. Pague com PIX.");
        for body in [
            text,
            "Total: R$ 44,80.\nPague  com\tPIX.\n1. Sim",
            "Olá! Total: R$ 44,80. Pague com PIX. Obrigado.",
        ] {
            assert!(is_said_by(text, body), "{body}");
        }
        assert!(!is_said_by(text, "Olá! Total: R$ 44,80. Obrigado."));
        assert!(!is_said_by("", "Olá!"), "an erased text is no message's");
    }
}
