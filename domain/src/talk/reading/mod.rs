//! From what a person wrote to a typed answer, by rules.
//!
//! A rule never guesses at money, identity or consent: what it is not sure of is a [`Problem`], and the customer is asked
//! again.

mod address;
mod choice;
mod decision;
mod email;
mod name;
mod wish;

pub use address::{AddressParts, read as address};
pub use choice::{Choice, choice};
pub use decision::{Decision, decision};
pub use email::email;
pub use name::name;
pub use wish::{Wish, wish, withdraws};

use super::{Draft, Field, Problem, Question, Said};
use crate::{store::Place, text::folded};

/// More than any answer needs; a name of ten thousand characters is not read at all.
const CHARACTERS_MAX: usize = 500;

/// What a customer may say at any question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// The question before, please.
    Back,
    /// Let us leave it.
    Cancel,
}

/// The text as it can be read, or why it cannot.
pub fn readable(text: &str) -> Result<&str, Problem> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Problem::NoText);
    }
    if text.chars().count() > CHARACTERS_MAX {
        return Err(Problem::TooLong);
    }
    Ok(text)
}

/// What was meant, in words: a tapped answer says its own, a number alone says the answer that was shown under it. `offered`
/// is what the answers of this question say; what is tapped under another question is not taken for an answer to this one,
/// unless it takes back a consent, which is heard wherever it is said.
pub fn meant<'a>(said: &'a Said, offered: &'a [String]) -> Result<&'a str, Problem> {
    let words = match said {
        Said::Choice { says, .. } if offered.contains(says) || withdraws(says) => says,
        Said::Choice { .. } => return Err(Problem::OldChoice),
        Said::Text(_) | Said::Media { .. } | Said::Other => said.words(),
    };
    let numbered = words
        .trim()
        .parse::<usize>()
        .ok()
        .and_then(|number| offered.get(number.checked_sub(1)?));
    readable(numbered.map_or(words, String::as_str))
}

/// Whether a whole answer means "back" or "leave it", whatever was asked.
#[must_use]
pub fn turn(text: &str) -> Option<Turn> {
    match plain(text).as_str() {
        "voltar" | "volta" | "volte" | "anterior" | "pergunta anterior" => Some(Turn::Back),
        "cancelar" | "cancela" | "cancele" | "desistir" | "desisto" | "deixa pra la"
        | "deixa para la" | "esquece" | "sair" | "parar" | "pare" | "descadastrar" => {
            Some(Turn::Cancel)
        }
        _ => None,
    }
}

/// Whether a text that comes after a silence answers the question that was open then; if not, it greets.
#[must_use]
pub fn answers(question: Question, text: &str, draft: &Draft, home: Option<&Place>) -> bool {
    match question {
        Question::Name => name(text).is_ok(),
        Question::Email => email(text).is_ok(),
        Question::Address => !matches!(address(draft.parts.as_ref(), text, home), Err((_, None))),
        Question::Confirmation => decision(text).is_ok(),
        Question::WhichAddress | Question::Wish => false,
    }
}

/// Whether a text that nobody asked for says by itself what it is: the wish of somebody who is known, the name of somebody
/// who is not.
#[must_use]
pub fn needs_no_question(text: &str, is_known: bool) -> bool {
    if is_known {
        return wish(text).is_ok_and(|wish| wish != Wish::Nothing);
    }
    name::is_introduced(text) && name(text).is_ok()
}

/// Without accents, case and punctuation: what a short answer is compared by.
pub(super) fn plain(text: &str) -> String {
    let spaced: String = folded(text)
        .chars()
        .map(|c| {
            if c.is_alphanumeric() || c == '@' {
                c
            } else {
                ' '
            }
        })
        .collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether something that may be left out is left out.
#[must_use]
pub fn declines(text: &str) -> bool {
    let text = plain(text);
    let said = [
        "nao",
        "n",
        "pular",
        "pula",
        "depois",
        "agora nao",
        "sem",
        "nenhum",
        "nenhuma",
        "passo",
        "nao tenho",
        "nao quero",
        "prefiro nao",
        "prefiro nao informar",
        "nao obrigado",
        "nao obrigada",
        "nao precisa",
        "sem email",
        "sem e mail",
        "nao uso",
        "nao tenho email",
        "nao tenho e mail",
        "vou retirar",
        "retirada",
        "retiro",
        "retiro no balcao",
    ];
    said.contains(&text.as_str())
}

/// The field that a text names.
pub(super) fn field_named(text: &str) -> Option<Field> {
    let text = plain(text);
    let mut words = text.split(' ');
    words.find_map(|word| match word {
        "nome" => Some(Field::Name),
        "email" | "mail" => Some(Field::Email),
        "endereco" | "enderecos" | "rua" | "entrega" => Some(Field::Address),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::{
        Draft, Problem, Question, Said, Turn, answers, declines, meant, needs_no_question,
        readable, turn,
    };

    #[test]
    fn back_and_leave_it_are_understood_anywhere() {
        assert_eq!(turn("Voltar!"), Some(Turn::Back));
        assert_eq!(turn(" deixa pra lá "), Some(Turn::Cancel));
        // Nobody's name, though it could be one.
        assert_eq!(turn("Sair"), Some(Turn::Cancel));
        assert_eq!(turn("Rua Volta Redonda, 10"), None);
    }

    #[test]
    fn what_cannot_be_read_has_a_name() {
        assert_eq!(readable(" \n"), Err(Problem::NoText));
        assert_eq!(readable(&"a".repeat(10_000)), Err(Problem::TooLong));
        assert_eq!(readable(" João "), Ok("João"));
    }

    #[test]
    fn a_tap_a_number_and_words_mean_the_same() {
        let offered = ["sim".to_owned(), "corrigir".to_owned()];
        let tap = |says: &str| Said::Choice {
            says: says.to_owned(),
            title: "Corrigir".to_owned(),
        };
        let text = |text: &str| Said::Text(text.to_owned());
        for said in [tap("corrigir"), text(" 2 "), text("corrigir")] {
            assert_eq!(meant(&said, &offered), Ok("corrigir"));
        }
        assert_eq!(meant(&tap("pular"), &offered), Err(Problem::OldChoice));
        let stop = "não quero promoções";
        assert_eq!(meant(&tap(stop), &offered), Ok(stop));
        for number in ["0", "3", "18446744073709551616", "-1"] {
            assert_eq!(meant(&text(number), &offered), Ok(number));
        }
        let media = |caption: &str| Said::Media {
            kind: "image".to_owned(),
            caption: caption.to_owned(),
        };
        assert_eq!(meant(&media(""), &offered), Err(Problem::NoText));
        assert_eq!(meant(&Said::Other, &offered), Err(Problem::NoText));
        assert_eq!(meant(&media("sim, é aqui"), &offered), Ok("sim, é aqui"));
    }

    #[test]
    fn a_late_answer_is_told_from_a_greeting() {
        let draft = Draft::default();
        for (question, text, expected) in [
            (Question::Name, "João Silva", true),
            (Question::Name, "Oi", false),
            (Question::Email, "a@b.com", true),
            (Question::Address, "Rua A, 1, Centro", true),
            (Question::Address, "voltei", false),
            (Question::Confirmation, "sim", true),
            (Question::Confirmation, "voltei!", false),
            (Question::Wish, "1", false),
        ] {
            assert_eq!(answers(question, text, &draft, None), expected, "{text}");
        }
    }

    #[test]
    fn what_needs_no_question_says_what_it_is() {
        for (text, is_known, expected) in [
            ("Meu nome é João Silva", false, true),
            ("Oi, aqui é a Ana", false, true),
            ("João Silva", false, false),
            ("tudo bem com vocês", false, false),
            ("sou <script>", false, false),
            ("é o seguinte", false, false),
            ("sou cliente de vocês", false, false),
            ("eu sou o cliente de ontem", false, false),
            ("aqui é a segunda vez que peço", false, false),
            ("SOU CLIENTE", false, false),
            ("sou o João", false, true),
            ("e a pizza de ontem", false, false),
            ("quero mudar meu nome", false, false),
            ("quero mudar meu nome", true, true),
            ("Meu nome é João Silva", true, true),
            ("SAIR", true, true),
            ("obrigado", true, false),
            ("quero um X-Salada", true, false),
        ] {
            assert_eq!(needs_no_question(text, is_known), expected, "{text}");
        }
    }

    #[test]
    fn declining_is_said_in_many_ways() {
        for text in ["Não", "agora não", "Prefiro não informar.", "pular"] {
            assert!(declines(text), "{text}");
        }
        assert!(!declines("não sei, talvez joao@email.com"));
    }
}
