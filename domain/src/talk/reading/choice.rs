//! Which of a customer's addresses, and what with it.

use super::{
    address::{COMPLEMENT, STREET},
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
    let removes = has(&[
        "remover", "remove", "apagar", "apaga", "excluir", "exclui", "tirar", "deletar",
    ]);
    let place = by_id(text, addresses).or_else(|| by_name(&said, addresses));
    let is_other = has(&["outro", "outra", "adicionar", "cadastrar", "incluir"]);
    // Many streets are new by name, and nobody has a new one removed.
    let is_new = is_other || has(&["novo", "nova"]) && place.is_none();
    if is_new && !removes {
        return Ok(Choice::New);
    }
    let position = || number(&words).filter(|at| *at < addresses.len());
    let named = place.or_else(position);
    // With one address "remove it" can mean no other, unless another was named.
    let only = addresses.len() == 1 && !names_a_street(&words);
    let meant = named.or(only.then_some(0));
    if removes {
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

/// A position from zero, where one number is said and is not the number of a street or a flat.
fn number(words: &[&str]) -> Option<usize> {
    let belongs = words.windows(2).any(|pair| {
        matches!(pair, [place, number] if is_a_number(number)
            && (STREET.contains(place) || COMPLEMENT.contains(place)))
    });
    let mut numbers = words.iter().filter_map(|word| word.parse::<usize>().ok());
    match (numbers.next(), numbers.next()) {
        (Some(number), None) if !belongs => number.checked_sub(1),
        _ => None,
    }
}

fn is_a_number(word: &str) -> bool {
    word.parse::<usize>().is_ok()
}

/// Whether a street is named, of whatever name.
fn names_a_street(words: &[&str]) -> bool {
    let mut pairs = words.windows(2);
    pairs.any(|pair| pair.first().is_some_and(|word| STREET.contains(word)))
}

/// The address whose id is said, as the answers that a question offers say it.
fn by_id(text: &str, addresses: &[Address]) -> Option<usize> {
    addresses.iter().position(|address| {
        let id = address.address_id.as_deref();
        id.is_some_and(|id| text.split(' ').any(|word| word == id))
    })
}

/// The address that a text names by its label or its street, in whole words; of several, the one that it names by more words.
fn by_name(said: &str, addresses: &[Address]) -> Option<usize> {
    let named = |name: &str| {
        let name = plain(name);
        let is_said = !name.is_empty() && format!(" {said} ").contains(&format!(" {name} "));
        if is_said { name.len() } else { 0 }
    };
    let length = |address: &Address| {
        let street = address.street.as_str();
        let house = format!("{street} {}", address.number);
        let names = [address.label.as_deref().unwrap_or_default(), street, &house];
        names.into_iter().map(named).max().unwrap_or_default()
    };
    let longest = addresses
        .iter()
        .map(length)
        .max()
        .filter(|length| *length > 0)?;
    let mut found =
        (addresses.iter().enumerate()).filter(|(_, address)| length(address) == longest);
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

    /// The number of a street is not a place in the list, and a street that is new by name is none to be told.
    #[test]
    fn by_what_a_street_is_called() {
        let two = addresses(&[("Rua 2", None), ("Rua Augusta", None), ("Rua Nova", None)]);
        for (text, expected) in [
            ("remover Rua 2", Choice::Remove(0)),
            ("remover o 2", Choice::Remove(1)),
            ("remover rua nova", Choice::Remove(2)),
            ("corrigir a rua nova", Choice::Edit(2)),
            ("usar rua 2, 1", Choice::Use(0)),
            ("um novo", Choice::New),
            ("outro na rua augusta 900", Choice::New),
        ] {
            assert_eq!(choice(text, &two, 0), Ok(expected), "{text}");
        }
        for text in ["remover rua 3", "remover Vila Nova", "remover apto 1"] {
            assert_eq!(choice(text, &two, 0), Err(Problem::WhichToRemove), "{text}");
        }
        assert_eq!(choice("usar rua 22", &two, 0), Err(Problem::NoChoice));
        let one = addresses(&[("Rua 1", None)]);
        let other = choice("remover a rua 15", &one, 0);
        assert_eq!(other, Err(Problem::WhichToRemove));
        let longer = addresses(&[("Rua 1", None), ("Rua 1 de Maio", None)]);
        let read = |text| choice(text, &longer, 0);
        assert_eq!(read("remover rua 1 de maio"), Ok(Choice::Remove(1)));
        assert_eq!(read("remover rua 1"), Ok(Choice::Remove(0)));
        // Twice the same: nothing is guessed.
        let same = addresses(&[("Rua A", None), ("Rua A", None)]);
        assert_eq!(
            choice("remover rua a", &same, 0),
            Err(Problem::WhichToRemove)
        );
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
