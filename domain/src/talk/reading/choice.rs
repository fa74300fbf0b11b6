//! Which of a customer's addresses, and what with it.

use super::{
    decision::{is_no, is_yes},
    plain,
};
use crate::{people::Address, talk::Problem};

/// What was said to "which address?". Positions count from zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// This one.
    Use(usize),
    /// Another one, which is told next.
    New,
    /// This one is to be told anew.
    Edit(usize),
    /// This one is to go.
    Remove(usize),
}

/// A choice among addresses as the question listed them, the default one first in meaning: a plain yes is for it.
pub fn choice(text: &str, addresses: &[Address], default: usize) -> Result<Choice, Problem> {
    let said = plain(text);
    let words: Vec<&str> = said.split(' ').collect();
    let has = |any: &[&str]| words.iter().any(|word| any.contains(word));
    if has(&[
        "novo",
        "nova",
        "outro",
        "outra",
        "adicionar",
        "cadastrar",
        "incluir",
    ]) {
        return Ok(Choice::New);
    }
    let named = by_id(text, addresses).or_else(|| named(&words, addresses));
    // With one address "remove it" can mean no other.
    let meant = named.or((addresses.len() == 1).then_some(0));
    if has(&[
        "remover", "remove", "apagar", "apaga", "excluir", "exclui", "tirar", "deletar",
    ]) {
        return meant.map(Choice::Remove).ok_or(Problem::WhichToRemove);
    }
    if has(&["corrigir", "editar", "edita", "mudar", "alterar", "trocar"]) {
        return meant.map(Choice::Edit).ok_or(Problem::WhichToCorrect);
    }
    match named {
        Some(at) => Ok(Choice::Use(at)),
        None if is_yes(&said) && default < addresses.len() => Ok(Choice::Use(default)),
        None if number(&words) == Some(addresses.len()) => Ok(Choice::New),
        None if addresses.len() == 1 && is_no(&said) => Ok(Choice::New),
        None => Err(Problem::NoChoice),
    }
}

/// A position from zero, where one number is said.
fn number(words: &[&str]) -> Option<usize> {
    let mut numbers = words.iter().filter_map(|word| word.parse::<usize>().ok());
    match (numbers.next(), numbers.next()) {
        (Some(number), None) => number.checked_sub(1),
        _ => None,
    }
}

/// The address whose id is said, as the answers that a question offers say it.
fn by_id(text: &str, addresses: &[Address]) -> Option<usize> {
    addresses.iter().position(|address| {
        let id = address.address_id.as_deref();
        id.is_some_and(|id| text.split(' ').any(|word| word == id))
    })
}

/// The address that a text names: by its place in the list, by its label, or by its street.
fn named(words: &[&str], addresses: &[Address]) -> Option<usize> {
    if let Some(at) = number(words).filter(|at| *at < addresses.len()) {
        return Some(at);
    }
    let said = words.join(" ");
    let mut found = addresses.iter().enumerate().filter(|(_, address)| {
        let label = address.label.as_deref().map(plain);
        let label = label.is_some_and(|label| words.contains(&label.as_str()));
        label || said.contains(&plain(&address.street))
    });
    match (found.next(), found.next()) {
        (Some((at, _)), None) => Some(at),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Choice, Problem, choice};
    use crate::people::Address;

    fn addresses(streets: &[(&str, Option<&str>)]) -> Vec<Address> {
        let address = |(street, label): &(&str, Option<&str>)| {
            serde_json::from_value(serde_json::json!({
                "street": street, "number": "1", "neighborhood": "Centro", "city": "São Paulo",
                "state": "SP", "label": label,
            }))
            .expect("an address")
        };
        streets.iter().map(address).collect()
    }

    #[test]
    fn among_several() {
        let two = addresses(&[("Rua das Flores", Some("Casa")), ("Rua Augusta", None)]);
        for (text, expected) in [
            ("1", Choice::Use(0)),
            ("a 2, por favor", Choice::Use(1)),
            ("casa", Choice::Use(0)),
            ("na rua augusta", Choice::Use(1)),
            ("sim", Choice::Use(1)),
            ("3", Choice::New),
            ("outro endereço", Choice::New),
            ("remover 2", Choice::Remove(1)),
            ("corrigir a casa", Choice::Edit(0)),
        ] {
            assert_eq!(choice(text, &two, 1), Ok(expected), "{text}");
        }
        for text in ["7", "talvez", "0"] {
            assert_eq!(choice(text, &two, 1), Err(Problem::NoChoice), "{text}");
        }
        assert_eq!(choice("remover", &two, 1), Err(Problem::WhichToRemove));
        assert_eq!(choice("corrigir", &two, 1), Err(Problem::WhichToCorrect));
    }

    #[test]
    fn of_one() {
        let one = addresses(&[("Rua das Flores", None)]);
        for (text, expected) in [
            ("sim", Choice::Use(0)),
            ("não, outro", Choice::New),
            ("não", Choice::New),
            ("2", Choice::New),
            ("apagar", Choice::Remove(0)),
        ] {
            assert_eq!(choice(text, &one, 0), Ok(expected), "{text}");
        }
    }
}
