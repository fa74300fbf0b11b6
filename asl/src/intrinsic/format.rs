//! The template of `States.Format`: text with holes.

/// A part of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Text as it comes out.
    Text(String),
    /// `{}`: the next argument.
    Hole,
}

/// Cuts a template at its holes. `\{`, `\}`, `\'` and `\\` are the characters; a lone brace is one too.
///
/// For a literal this wants [`super::Text::raw`]; a template that comes from data is taken as it is.
#[must_use]
pub fn format_template(raw: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut text = String::new();
    let mut characters = raw.chars().peekable();
    while let Some(character) = characters.next() {
        match (character, characters.peek().copied()) {
            ('\\', Some(escaped @ ('\'' | '{' | '}' | '\\'))) => {
                characters.next();
                text.push(escaped);
            }
            ('{', Some('}')) => {
                characters.next();
                if !text.is_empty() {
                    pieces.push(Piece::Text(std::mem::take(&mut text)));
                }
                pieces.push(Piece::Hole);
            }
            _ => text.push(character),
        }
    }
    if !text.is_empty() {
        pieces.push(Piece::Text(text));
    }
    pieces
}
