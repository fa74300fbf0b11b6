//! The reference implementation's sentences, which Step Functions passes on without their codes.

use jsonata_core::parser::ParserError;

/// `jsonata-core` names tokens as Rust names them; the reference implementation shows them as they are written.
const TOKENS: &[(&str, &str)] = &[
    ("Plus", "+"),
    ("Minus", "-"),
    ("Star", "*"),
    ("StarStar", "**"),
    ("Slash", "/"),
    ("Percent", "%"),
    ("Equal", "="),
    ("NotEqual", "!="),
    ("LessThan", "<"),
    ("LessThanOrEqual", "<="),
    ("GreaterThan", ">"),
    ("GreaterThanOrEqual", ">="),
    ("And", "and"),
    ("Or", "or"),
    ("In", "in"),
    ("Ampersand", "&"),
    ("Dot", "."),
    ("DotDot", ".."),
    ("Question", "?"),
    ("QuestionQuestion", "??"),
    ("QuestionColon", "?:"),
    ("Colon", ":"),
    ("ColonEqual", ":="),
    ("TildeArrow", "~>"),
    ("LeftParen", "("),
    ("RightParen", ")"),
    ("LeftBracket", "["),
    ("RightBracket", "]"),
    ("LeftBrace", "{"),
    ("RightBrace", "}"),
    ("Comma", ","),
    ("Semicolon", ";"),
    ("Caret", "^"),
    ("Pipe", "|"),
    ("Hash", "#"),
    ("At", "@"),
];

/// Why an expression cannot be read, as AWS says it.
pub(super) fn sentence(error: &ParserError, expression: &str) -> String {
    if matches!(error, ParserError::UnclosedString) && !ends_in_quotes(expression) {
        return "No terminating / in regular expression".to_owned();
    }
    let text = error.to_string();
    let text = text.strip_prefix("Invalid syntax: ").unwrap_or(&text);
    let text = without_code(text);
    if let Some(rest) = text.strip_prefix("Expected ") {
        if let Some(expected) = rest.strip_suffix(" before end of expression") {
            return format!("Expected {} before end of expression", written(expected));
        }
        if let Some((expected, found)) = rest.split_once(", got ") {
            return format!("Expected {}, got {}", written(expected), written(found));
        }
    }
    if let Some(token) = text.strip_prefix("Syntax error: ") {
        return format!("Syntax error: {}", written(token));
    }
    if let Some(rest) = text.strip_prefix("The symbol ")
        && let Some(token) = rest.strip_suffix(" cannot be used as a unary operator")
    {
        return format!(
            "The symbol {} cannot be used as a unary operator",
            written(token)
        );
    }
    match text {
        "Unclosed comment" => "Comment has no closing tag".to_owned(),
        _ => text.to_owned(),
    }
}

/// `S0202: Expected …` without its first part.
fn without_code(text: &str) -> &str {
    match text.split_once(": ") {
        Some((code, rest)) if code.len() == 5 && code.starts_with(['S', 'T', 'D']) => rest,
        _ => text,
    }
}

/// A token in quotes, as it is written in an expression.
fn written(token: &str) -> String {
    let symbol = TOKENS
        .iter()
        .find(|(name, _)| *name == token)
        .map(|(_, symbol)| *symbol);
    // `Number(2.0)`, `Identifier("x")`: what the token holds.
    let held = token
        .split_once('(')
        .and_then(|(_, rest)| rest.strip_suffix(')'))
        .map(|held| {
            let held = held.trim_matches('"');
            held.strip_suffix(".0").unwrap_or(held)
        });
    format!("\"{}\"", symbol.or(held).unwrap_or(token))
}

/// Whether the expression ends inside a string. The parser has one error for strings and regular expressions.
fn ends_in_quotes(expression: &str) -> bool {
    let mut open = None;
    let mut characters = expression.chars();
    while let Some(character) = characters.next() {
        match (open, character) {
            (Some(_), '\\') => {
                characters.next();
            }
            (Some(quote), _) if quote == character => open = None,
            (None, '"' | '\'') => open = Some(character),
            _ => {}
        }
    }
    open.is_some()
}
