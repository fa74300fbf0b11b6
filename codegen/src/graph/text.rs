//! How wide text will be, and where to break it. An estimate: the picture is laid out without a browser.

/// Width of an average character of a system font, in thousandths of its size. Generous, so that text fits.
const CHARACTER_WIDTH_THOUSANDTHS: usize = 560;

/// Breaks at spaces so that lines have at most `columns` characters; a longer word stays whole.
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= columns => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// The width in pixels of the longest of the lines at a font size in pixels.
pub fn width(lines: &[String], font_size: usize) -> usize {
    let characters = lines
        .iter()
        .map(|line| line.chars().count())
        .max()
        .unwrap_or(0);
    (characters * font_size * CHARACTER_WIDTH_THOUSANDTHS).div_ceil(1_000)
}

/// Text inside an element or a double-quoted attribute of XML.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            // Not allowed in XML 1.0, not even escaped.
            control if control.is_control() && control != '\n' && control != '\t' => {}
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::{escape, wrap};

    #[track_caller]
    fn check(text: &str, columns: usize, expected: &[&str]) {
        assert_eq!(wrap(text, columns), expected);
    }

    #[test]
    fn breaks_at_spaces_only() {
        check("Await payment", 20, &["Await payment"]);
        check("Await payment", 8, &["Await", "payment"]);
        check("Antidisestablishment", 8, &["Antidisestablishment"]);
        check("  two   words ", 20, &["two words"]);
        check("", 20, &[]);
    }

    #[test]
    fn escapes_what_xml_would_read() {
        assert_eq!(
            escape("a<b> & \"c\"\u{1}"),
            "a&lt;b&gt; &amp; &quot;c&quot;"
        );
    }
}
