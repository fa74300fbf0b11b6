//! JSONata in definitions: what `{% … %}` is, what it holds, and what an expression refers to.
//!
//! Parsing is `jsonata-core`'s; what an expression yields is the engine's work.

mod analysis;
mod message;

pub use analysis::{References, analyse};

/// The expression inside `{% … %}`, trimmed, or `None` when the text is an ordinary string.
///
/// AWS takes a string as JSONata when it begins with `{%` and ends with `%}`; nothing may stand before or after.
#[must_use]
pub fn expression(text: &str) -> Option<&str> {
    // `{%}` begins with the one and ends with the other, with the percent sign shared: not an expression.
    text.strip_prefix("{%")?.strip_suffix("%}").map(str::trim)
}

/// Whether the text is a JSONata expression rather than an ordinary string.
#[must_use]
pub fn is_expression(text: &str) -> bool {
    expression(text).is_some()
}

/// Wraps an expression as ASL wants it.
#[must_use]
pub fn wrap(expression: &str) -> String {
    format!("{{% {} %}}", expression.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<&str>) {
        assert_eq!(expression(text), expected, "{text}");
    }

    #[test]
    fn tells_expressions_from_text() {
        check("{% $states.input %}", Some("$states.input"));
        check("{%1%}", Some("1"));
        check("{%%}", Some(""));
        check("{%}", None);
        check(" {% 1 %}", None);
        check("{% 1 %} ", None);
        check("${Substitution}", None);
        assert_eq!(wrap(" $x "), "{% $x %}");
    }
}
