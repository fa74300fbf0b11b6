//! Names: serde's rename rules, and the names that derived things get.

use syn::{Error, LitStr, Result};

/// One of serde's `rename_all` rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rule {
    Lower,
    Upper,
    Pascal,
    Camel,
    Snake,
    ScreamingSnake,
    Kebab,
    ScreamingKebab,
}

const RULES: [(&str, Rule); 8] = [
    ("lowercase", Rule::Lower),
    ("UPPERCASE", Rule::Upper),
    ("PascalCase", Rule::Pascal),
    ("camelCase", Rule::Camel),
    ("snake_case", Rule::Snake),
    ("SCREAMING_SNAKE_CASE", Rule::ScreamingSnake),
    ("kebab-case", Rule::Kebab),
    ("SCREAMING-KEBAB-CASE", Rule::ScreamingKebab),
];

impl Rule {
    pub(crate) fn parse(text: &LitStr) -> Result<Self> {
        let value = text.value();
        let found = RULES.iter().find(|(name, _)| *name == value);
        found.map(|(_, rule)| *rule).ok_or_else(|| {
            let names: Vec<&str> = RULES.iter().map(|(name, _)| *name).collect();
            let message = format!("serde has no rule `{value}`; it has {}", names.join(", "));
            Error::new(text.span(), message)
        })
    }

    /// Serde's name for the rule.
    pub(crate) fn name(self) -> &'static str {
        RULES
            .iter()
            .find(|(_, rule)| *rule == self)
            .map_or("", |(name, _)| name)
    }

    /// A field, which Rust writes in snake case.
    pub(crate) fn field(self, name: &str) -> String {
        match self {
            Self::Lower | Self::Snake => name.to_owned(),
            Self::Upper | Self::ScreamingSnake => name.to_ascii_uppercase(),
            Self::Pascal => pascal(name),
            Self::Camel => first_lower(&pascal(name)),
            Self::Kebab => name.replace('_', "-"),
            Self::ScreamingKebab => name.to_ascii_uppercase().replace('_', "-"),
        }
    }

    /// A variant, which Rust writes in Pascal case.
    pub(crate) fn variant(self, name: &str) -> String {
        match self {
            Self::Pascal => name.to_owned(),
            Self::Lower => name.to_ascii_lowercase(),
            Self::Upper => name.to_ascii_uppercase(),
            Self::Camel => first_lower(name),
            Self::Snake => snake(name),
            Self::ScreamingSnake => snake(name).to_ascii_uppercase(),
            Self::Kebab => snake(name).replace('_', "-"),
            Self::ScreamingKebab => snake(name).to_ascii_uppercase().replace('_', "-"),
        }
    }
}

/// `BelowMinimum` → `below_minimum`, as serde does it.
pub(crate) fn snake(name: &str) -> String {
    let mut result = String::new();
    for (index, letter) in name.char_indices() {
        if index > 0 && letter.is_uppercase() {
            result.push('_');
        }
        result.push(letter.to_ascii_lowercase());
    }
    result
}

fn pascal(name: &str) -> String {
    let mut result = String::new();
    let mut upper = true;
    for letter in name.chars() {
        if letter == '_' {
            upper = true;
        } else if upper {
            result.push(letter.to_ascii_uppercase());
            upper = false;
        } else {
            result.push(letter);
        }
    }
    result
}

fn first_lower(name: &str) -> String {
    let mut letters = name.chars();
    let first = letters.next().map(|first| first.to_ascii_lowercase());
    first.into_iter().chain(letters).collect()
}

/// A name as an identifier; raw where it is a keyword.
pub(crate) fn identifier(name: &str, span: proc_macro2::Span) -> syn::Ident {
    syn::parse_str::<syn::Ident>(name).map_or_else(
        |_| syn::Ident::new_raw(name, span),
        |mut ident| {
            ident.set_span(span);
            ident
        },
    )
}

#[cfg(test)]
mod tests {
    use super::{Rule, snake};

    #[track_caller]
    fn check(rule: Rule, field: &str, variant: &str) {
        assert_eq!(rule.field("ready_in_minutes"), field);
        assert_eq!(rule.variant("BelowMinimum"), variant);
    }

    #[test]
    fn rules_rename_as_serde_does() {
        check(Rule::Lower, "ready_in_minutes", "belowminimum");
        check(Rule::Upper, "READY_IN_MINUTES", "BELOWMINIMUM");
        check(Rule::Pascal, "ReadyInMinutes", "BelowMinimum");
        check(Rule::Camel, "readyInMinutes", "belowMinimum");
        check(Rule::Snake, "ready_in_minutes", "below_minimum");
        check(Rule::ScreamingSnake, "READY_IN_MINUTES", "BELOW_MINIMUM");
        check(Rule::Kebab, "ready-in-minutes", "below-minimum");
        check(Rule::ScreamingKebab, "READY-IN-MINUTES", "BELOW-MINIMUM");
        assert_eq!(snake("PIX"), "p_i_x");
    }
}
