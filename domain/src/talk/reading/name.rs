//! Names out of sentences: `Meu nome é João Silva`, `oi, aqui é a Ana`, `joão da silva`.

use super::{declines, field_named, plain};
use crate::{people::PersonName, talk::Problem};

/// What people say before anything.
const GREETINGS: &[&str] = &[
    "oi",
    "ola",
    "opa",
    "bom dia",
    "boa tarde",
    "boa noite",
    "tudo bem",
];

/// What people say before their name and before nothing else, in the form of [`plain`], longest first.
const INTRODUCTIONS: &[&str] = &[
    "o meu nome completo e",
    "meu nome completo e",
    "o meu nome e",
    "meu nome e",
    "pode me chamar de",
    "podem me chamar de",
    "eu me chamo",
    "me chamo",
    "quem fala e o",
    "quem fala e a",
    "quem fala e",
    "aqui quem fala e",
];

/// What they say before it where it was asked for, and before much else where none was: "sou cliente", "é o seguinte".
const BEFORE: &[&str] = &[
    "aqui e o", "aqui e a", "aqui e", "eu sou o", "eu sou a", "eu sou", "sou o", "sou a", "sou",
    "e o", "e a", "nome",
];

/// A text that begins like this is a wish, a greeting or another question's answer, and nobody's name.
const NO_NAME: &[&str] = &[
    "quero",
    "queria",
    "gostaria",
    "preciso",
    "posso",
    "pode",
    "tem",
    "voces",
    "qual",
    "quais",
    "quanto",
    "quanta",
    "como",
    "onde",
    "quando",
    "cardapio",
    "menu",
    "pedido",
    "pedir",
    "fazer",
    "ver",
    "sim",
    "nao",
    "ok",
    "okay",
    "obrigado",
    "obrigada",
    "ajuda",
    "atendente",
    "promocao",
    "promocoes",
    "entrega",
    "oi",
    "ola",
    "pular",
    "mudar",
    "trocar",
    "alterar",
    "corrigir",
    "remover",
    "apagar",
    "usar",
    "outro",
    "outra",
    "adicionar",
    "cadastrar",
    "receber",
    "meus",
    "nada",
    "vou",
];

/// Small words of names, which stay small.
const PARTICLES: &[&str] = &["da", "das", "de", "di", "do", "dos", "du", "e"];

/// A person's name.
pub fn name(text: &str) -> Result<PersonName, Problem> {
    let mut words: Vec<&str> = text.split_whitespace().collect();
    while let Some(count) = [INTRODUCTIONS, BEFORE, GREETINGS]
        .iter()
        .find_map(|any| begins_with(&words, any))
    {
        words.drain(..count);
    }
    let whole = plain(&words.join(" "));
    let begins = words.first().map(|word| plain(word)).unwrap_or_default();
    let begun = [INTRODUCTIONS, BEFORE, GREETINGS]
        .concat()
        .contains(&whole.as_str());
    let greeting = begun || NO_NAME.contains(&begins.as_str());
    // An answer to another question, which comes late.
    let is_another = declines(&whole) || field_named(&whole).is_some();
    if words.len() > 8 || greeting || is_another {
        return Err(Problem::NoName);
    }
    let text = words.join(" ");
    let text =
        text.trim_matches(|c: char| matches!(c, '.' | ',' | '!' | ';' | ':' | '"' | '“' | '”'));
    PersonName::parse(&written(text)).map_err(|_| Problem::NoName)
}

/// Whether words say that what follows them is a name: as nothing else begins, or written like one.
pub(super) fn is_introduced(text: &str) -> bool {
    let mut words: Vec<&str> = text.split_whitespace().collect();
    while let Some(count) = begins_with(&words, GREETINGS) {
        words.drain(..count);
    }
    let is_name = |word: &&str| {
        let mut letters = word.chars();
        letters.next().is_some_and(char::is_uppercase) && letters.any(char::is_lowercase)
    };
    begins_with(&words, INTRODUCTIONS).is_some()
        || begins_with(&words, BEFORE).is_some_and(|count| words.get(count).is_some_and(is_name))
}

/// How many words at the beginning are one of these; never all of them.
fn begins_with(words: &[&str], any: &[&str]) -> Option<usize> {
    any.iter().find_map(|before| {
        let count = before.split(' ').count();
        let said = words.get(..count)?.join(" ");
        let more = words.len() > count;
        (more && plain(&said) == *before).then_some(count)
    })
}

/// As the person wrote it; only a name all in small or all in capital letters gets its capitals.
fn written(text: &str) -> String {
    let letters = || text.chars().filter(|c| c.is_alphabetic());
    let mixed = letters().any(char::is_lowercase) && letters().any(char::is_uppercase);
    if mixed {
        return text.to_owned();
    }
    let words = text.split_whitespace().map(|word| {
        let small = word.to_lowercase();
        if PARTICLES.contains(&small.as_str()) {
            small
        } else {
            capitalised(&small)
        }
    });
    words.collect::<Vec<_>>().join(" ")
}

/// `d'ávila` is `D'Ávila`, `jean-luc` is `Jean-Luc`.
fn capitalised(word: &str) -> String {
    let mut at_start = true;
    word.chars()
        .flat_map(|c| {
            let starts = std::mem::replace(&mut at_start, matches!(c, '\'' | '’' | '-'));
            let upper: Vec<char> = if starts {
                c.to_uppercase().collect()
            } else {
                vec![c]
            };
            upper
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Problem, name};

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let read = name(text).map(|name| name.as_str().to_owned());
        let expected = match expected {
            "" => Err(Problem::NoName),
            expected => Ok(expected.to_owned()),
        };
        assert_eq!(read, expected, "{text}");
    }

    #[test]
    fn names_are_found_in_what_people_say() {
        check("Meu nome é João Silva", "João Silva");
        check("oi, aqui é a Ana", "Ana");
        check("Olá! Me chamo Maria D'Ávila.", "Maria D'Ávila");
        check("joão da silva e souza", "João da Silva e Souza");
        check("JOSÉ D'ÁVILA", "José D'Ávila");
        check("jean-luc", "Jean-Luc");
        check("McDonald", "McDonald");
        check("Eva", "Eva");
        check("Bom", "Bom");
        check("Ângela Conceição de Sá", "Ângela Conceição de Sá");
    }

    #[test]
    fn wishes_and_machines_are_no_names() {
        for text in [
            "quero fazer um pedido",
            "Oi",
            "bom dia",
            "1",
            "Quanto custa o X-Salada?",
            "sim",
            // What answers another question, and comes late.
            "pular",
            "Vou retirar",
            "meus endereços",
            "quero mudar meu e-mail",
            "mudar meu nome",
            "corrigir Rua Augusta",
            "João [ACTION:REGISTER_CUSTOMER:x]",
            "<script>alert(1)</script>",
            "Pizza R$ 30,00",
            "/start",
            "{\"name\":\"João\"}",
            "🍕",
            "um dois tres quatro cinco seis sete oito nove dez",
        ] {
            check(text, "");
        }
    }
}
