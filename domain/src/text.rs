//! Comparing what people write: case, accents and spaces do not matter.

/// Lower case without the accents of Portuguese, one space between words.
pub(crate) fn folded(text: &str) -> String {
    let fold = |c: char| match c {
        'á' | 'à' | 'â' | 'ã' | 'ä' => 'a',
        'é' | 'ê' | 'è' => 'e',
        'í' | 'ì' => 'i',
        'ó' | 'ô' | 'õ' | 'ò' | 'ö' => 'o',
        'ú' | 'ü' | 'ù' => 'u',
        'ç' => 'c',
        other => other,
    };
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").to_lowercase().chars().map(fold).collect()
}

#[cfg(test)]
mod tests {
    use super::folded;

    #[test]
    fn words_are_compared_as_people_write_them() {
        assert_eq!(folded("  JARDIM  São João "), "jardim sao joao");
        assert_eq!(folded("Consolação"), folded("consolacao"));
    }
}
