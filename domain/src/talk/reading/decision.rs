//! Yes, no, or what is wrong.

use super::{field_named, plain};
use crate::talk::{Field, Problem};

/// What was said to "is all of this right?".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// It is.
    Yes,
    /// This is not.
    Correct(Field),
}

/// A decision.
pub fn decision(text: &str) -> Result<Decision, Problem> {
    let said = plain(text);
    // A field that is named is what is wrong with it, unless that is said to be right.
    match (field_named(text), is_yes(&said)) {
        (_, true) => Ok(Decision::Yes),
        (Some(field), false) => Ok(Decision::Correct(field)),
        (None, false) if is_no(&said) => Err(Problem::WhatIsWrong),
        (None, false) => Err(Problem::NoDecision),
    }
}

/// A whole text that means yes.
pub(super) fn is_yes(said: &str) -> bool {
    let yes = [
        "sim",
        "s",
        "ss",
        "isso",
        "isso mesmo",
        "isso ai",
        "certo",
        "ta certo",
        "esta certo",
        "tudo certo",
        "correto",
        "esta correto",
        "tudo correto",
        "confirmo",
        "confirma",
        "confirmar",
        "confirmado",
        "pode",
        "pode confirmar",
        "ok",
        "okay",
        "beleza",
        "blz",
        "claro",
        "perfeito",
        "exato",
        "com certeza",
        "sim confirmo",
        "sim esta certo",
        "sim esta correto",
        "sim ta certo",
        "sim isso",
        "sim isso mesmo",
        "sim por favor",
        "esse mesmo",
        "pode ser",
    ];
    yes.contains(&said)
}

/// A whole text that means no.
pub(super) fn is_no(said: &str) -> bool {
    let first = said.split(' ').next().unwrap_or_default();
    matches!(
        first,
        "nao" | "n" | "negativo" | "errado" | "incorreto" | "corrigir" | "mudar"
    )
}

#[cfg(test)]
mod tests {
    use super::{Decision, Field, Problem, decision};

    #[test]
    fn in_words() {
        for text in ["Sim", "isso mesmo!", "tá certo", "OK", "pode confirmar"] {
            assert_eq!(decision(text), Ok(Decision::Yes), "{text}");
        }
        for (text, field) in [
            ("o nome está errado", Field::Name),
            ("corrigir e-mail", Field::Email),
            ("quero mudar o endereço", Field::Address),
        ] {
            assert_eq!(decision(text), Ok(Decision::Correct(field)), "{text}");
        }
        assert_eq!(decision("não"), Err(Problem::WhatIsWrong));
        assert_eq!(decision("talvez"), Err(Problem::NoDecision));
        assert_eq!(decision("9"), Err(Problem::NoDecision));
    }
}
