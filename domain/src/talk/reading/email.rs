//! An e-mail address somewhere in a text, or that none is given.

use super::{declines, plain};
use crate::{
    people::Email,
    talk::{EmailAnswer, Problem},
};

/// What was said about an e-mail.
pub fn email(text: &str) -> Result<EmailAnswer, Problem> {
    let around = |c: char| !c.is_ascii_alphanumeric();
    let mut words = text.split_whitespace();
    let address = words
        .find(|word| word.contains('@'))
        .map(|word| word.trim_matches(around));
    match address {
        Some(address) => Email::parse(address)
            .map(EmailAnswer::Given)
            .map_err(|_| Problem::NoEmail),
        None if declines(text) => Ok(EmailAnswer::Declined),
        None if removes(text) => Ok(EmailAnswer::Removed),
        None => Err(Problem::NoEmail),
    }
}

/// Whether the one on record is to go.
fn removes(text: &str) -> bool {
    let text = plain(text);
    let verb = text.split(' ').next().unwrap_or_default();
    let rest = text.get(verb.len()..).unwrap_or_default().trim_start();
    let verbs = [
        "remover", "remove", "remova", "apagar", "apaga", "apague", "excluir", "exclua",
    ];
    let what = [
        "",
        "email",
        "e mail",
        "o email",
        "o e mail",
        "meu email",
        "meu e mail",
        "o meu email",
        "o meu e mail",
    ];
    verbs.contains(&verb) && what.contains(&rest)
}

#[cfg(test)]
mod tests {
    use super::{Problem, email};
    use crate::talk::EmailAnswer;

    #[test]
    fn found_declined_or_not_understood() {
        for text in [
            "joao.silva@email.com",
            "é joao.silva@email.com, pode anotar",
            "<Joao.Silva@Email.com>",
        ] {
            match email(text) {
                Ok(EmailAnswer::Given(found)) => assert_eq!(found.as_str(), "joao.silva@email.com"),
                _ => panic!("{text}"),
            }
        }
        assert!(matches!(email("Não tenho"), Ok(EmailAnswer::Declined)));
        for text in ["Apagar", "remover o meu e-mail"] {
            assert!(matches!(email(text), Ok(EmailAnswer::Removed)), "{text}");
        }
        for text in ["joao arroba email", "@", "joao@", "sim"] {
            assert!(matches!(email(text), Err(Problem::NoEmail)), "{text}");
        }
    }
}
