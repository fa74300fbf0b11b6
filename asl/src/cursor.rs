//! A place in a text: what the small parsers of paths and intrinsic functions read with.

/// Reads characters from the front of a text and remembers how far it came.
#[derive(Debug, Clone)]
pub(crate) struct Cursor<'text> {
    text: &'text str,
    offset: usize,
}

impl<'text> Cursor<'text> {
    pub(crate) fn new(text: &'text str) -> Cursor<'text> {
        Cursor { text, offset: 0 }
    }

    /// How many bytes have been read.
    pub(crate) fn offset(&self) -> usize {
        self.offset
    }

    pub(crate) fn rest(&self) -> &'text str {
        self.text.get(self.offset..).unwrap_or_default()
    }

    pub(crate) fn is_at_end(&self) -> bool {
        self.offset >= self.text.len()
    }

    pub(crate) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub(crate) fn next(&mut self) -> Option<char> {
        let character = self.peek()?;
        self.offset += character.len_utf8();
        Some(character)
    }

    /// Reads the expected text if it is what comes next.
    pub(crate) fn eat(&mut self, expected: &str) -> bool {
        let found = self.rest().starts_with(expected);
        if found {
            self.offset += expected.len();
        }
        found
    }

    pub(crate) fn take_while(&mut self, accepts: impl Fn(char) -> bool) -> &'text str {
        let rest = self.rest();
        let length = rest
            .find(|character| !accepts(character))
            .unwrap_or(rest.len());
        self.offset += length;
        rest.get(..length).unwrap_or_default()
    }

    pub(crate) fn skip_whitespace(&mut self) {
        self.take_while(char::is_whitespace);
    }

    /// The text from an earlier offset up to here.
    pub(crate) fn since(&self, start: usize) -> &'text str {
        self.text.get(start..self.offset).unwrap_or_default()
    }

    /// A JSON number, if one comes next.
    pub(crate) fn number(&mut self) -> Option<serde_json::Number> {
        let start = self.clone();
        let text = self
            .take_while(|character| character.is_ascii_alphanumeric() || "+-.".contains(character));
        let number = serde_json::from_str(text).ok();
        if number.is_none() {
            *self = start;
        }
        number
    }
}
