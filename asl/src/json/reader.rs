//! Reads JSON by recursive descent, with a bound on the depth.

use super::{Error, Kind, Member, Mistake, Node, Span, position};

/// Jackson allows 1,000. This is what serde_json allows, which reads what we print, and what the stack of a debug build
/// holds when every level is a Parallel in a Parallel.
const DEPTH_MAX: usize = 126;

pub(super) fn read(text: &str) -> Result<Node, Error> {
    let mut reader = Reader { text, offset: 0 };
    reader.skip_whitespace();
    if reader.peek().is_none() {
        return Err(reader.error(Mistake::Empty));
    }
    let node = reader.value(0)?;
    reader.skip_whitespace();
    match reader.next() {
        None => Ok(node),
        Some(character) => Err(reader.error(Mistake::Trailing(character))),
    }
}

struct Reader<'text> {
    text: &'text str,
    offset: usize,
}

impl Reader<'_> {
    fn value(&mut self, depth: usize) -> Result<Node, Error> {
        if depth > DEPTH_MAX {
            return Err(self.error(Mistake::TooDeep));
        }
        let start = self.offset;
        let kind = match self.peek() {
            Some('{') => self.object(depth)?,
            Some('[') => self.array(depth)?,
            Some('"') => Kind::Text(self.string()?),
            Some('-' | '0'..='9') => self.number()?,
            Some(character) => self.word(character)?,
            // A name without its value, as Jackson says it.
            None => return Err(self.error(Mistake::End(" within/between Object entries"))),
        };
        Ok(Node {
            kind,
            span: Span {
                start,
                end: self.offset,
            },
        })
    }

    fn object(&mut self, depth: usize) -> Result<Kind, Error> {
        let start = self.offset;
        self.next();
        let mut members = Vec::new();
        self.skip_whitespace();
        if self.eat('}') {
            return Ok(Kind::Object(members));
        }
        loop {
            self.skip_whitespace();
            if self.peek().is_none() {
                return Err(self.unclosed("Object", start));
            }
            members.push(self.member(depth)?);
            self.skip_whitespace();
            match self.next() {
                Some(',') => {}
                Some('}') => return Ok(Kind::Object(members)),
                Some(other) => {
                    return Err(self.error(Mistake::Character(
                        other,
                        "comma to separate Object entries",
                    )));
                }
                None => return Err(self.unclosed("Object", start)),
            }
        }
    }

    fn member(&mut self, depth: usize) -> Result<Member, Error> {
        let start = self.offset;
        if let Some(other) = self.peek().filter(|next| *next != '"') {
            self.next();
            return Err(self.error(Mistake::Character(
                other,
                "double-quote to start field name",
            )));
        }
        let name = self.string()?;
        let name_span = Span {
            start,
            end: self.offset,
        };
        self.skip_whitespace();
        match self.next() {
            Some(':') => {}
            Some(other) => {
                let expected = "a colon to separate field name and value";
                return Err(self.error(Mistake::Character(other, expected)));
            }
            None => return Err(self.error(Mistake::End(" within/between Object entries"))),
        }
        self.skip_whitespace();
        Ok(Member {
            name,
            name_span,
            node: self.value(depth + 1)?,
        })
    }

    fn array(&mut self, depth: usize) -> Result<Kind, Error> {
        let start = self.offset;
        self.next();
        let mut elements = Vec::new();
        self.skip_whitespace();
        if self.eat(']') {
            return Ok(Kind::Array(elements));
        }
        loop {
            self.skip_whitespace();
            if self.peek().is_none() {
                return Err(self.unclosed("Array", start));
            }
            elements.push(self.value(depth + 1)?);
            self.skip_whitespace();
            match self.next() {
                Some(',') => {}
                Some(']') => return Ok(Kind::Array(elements)),
                Some(other) => {
                    return Err(
                        self.error(Mistake::Character(other, "comma to separate Array entries"))
                    );
                }
                None => return Err(self.unclosed("Array", start)),
            }
        }
    }

    /// Finds the end of a string here and leaves its escapes to serde_json, which knows about surrogates.
    fn string(&mut self) -> Result<String, Error> {
        let start = self.offset;
        self.next();
        loop {
            match self.next() {
                Some('"') => break,
                Some('\\') => match self.next() {
                    Some('"' | '\\' | '/' | 'b' | 'f' | 'n' | 'r' | 't' | 'u') => {}
                    Some(other) => return Err(self.error(Mistake::Escape(other))),
                    None => return Err(self.error(Mistake::End(" in character escape sequence"))),
                },
                Some(control) if control < ' ' => return Err(self.error(Mistake::Control(control))),
                Some(_) => {}
                None => {
                    return Err(self.error(Mistake::End(
                        ": was expecting closing quote for a string value",
                    )));
                }
            }
        }
        let raw = self.text.get(start..self.offset).unwrap_or_default();
        serde_json::from_str(raw).map_err(|_| self.error(Mistake::Escape('u')))
    }

    fn number(&mut self) -> Result<Kind, Error> {
        let start = self.offset;
        while self
            .peek()
            .is_some_and(|next| next.is_ascii_alphanumeric() || "+-.".contains(next))
        {
            self.next();
        }
        let raw = self.text.get(start..self.offset).unwrap_or_default();
        serde_json::from_str(raw)
            .map(Kind::Number)
            .map_err(|_| self.error(Mistake::Number(raw.to_owned())))
    }

    fn word(&mut self, first: char) -> Result<Kind, Error> {
        let start = self.offset;
        while self
            .peek()
            .is_some_and(|next| next.is_alphanumeric() || next == '_' || next == '$')
        {
            self.next();
        }
        match self.text.get(start..self.offset).unwrap_or_default() {
            "null" => Ok(Kind::Null),
            "true" => Ok(Kind::Boolean(true)),
            "false" => Ok(Kind::Boolean(false)),
            "" => {
                self.next();
                let expected = "a valid value (JSON String, Number, Array, Object or token 'null', 'true' or 'false')";
                Err(self.error(Mistake::Character(first, expected)))
            }
            token => Err(self.error(Mistake::Token(token.to_owned()))),
        }
    }

    fn peek(&self) -> Option<char> {
        self.text.get(self.offset..)?.chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let character = self.peek()?;
        self.offset += character.len_utf8();
        Some(character)
    }

    fn eat(&mut self, expected: char) -> bool {
        let found = self.peek() == Some(expected);
        if found {
            self.offset += expected.len_utf8();
        }
        found
    }

    fn skip_whitespace(&mut self) {
        while self
            .peek()
            .is_some_and(|next| matches!(next, ' ' | '\t' | '\n' | '\r'))
        {
            self.offset += 1;
        }
    }

    fn unclosed(&self, container: &'static str, start: usize) -> Error {
        self.error(Mistake::Unclosed(container, position(self.text, start)))
    }

    fn error(&self, mistake: Mistake) -> Error {
        Error::new(mistake, self.text, self.offset)
    }
}
