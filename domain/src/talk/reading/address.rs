//! Addresses as people type them: `Rua das Flores, 123, Apto 45, Jardim Primavera, São Paulo - SP, 01234-567`.
//!
//! Parts are told apart by commas, line ends and dashes, and by the words they begin with. What lacks is asked for by name,
//! and what was said is kept meanwhile.

use serde::{Deserialize, Serialize};

use super::{declines, plain};
use crate::{
    checkout::line,
    people::{Address, PostalCode, State},
    store::Place,
    talk::{AddressAnswer, AddressPart, Problem},
};

/// Parts of an address that were said. Not `Debug`: it is where a person lives.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AddressParts {
    street: Option<String>,
    number: Option<String>,
    complement: Option<String>,
    neighborhood: Option<String>,
    city: Option<String>,
    state: Option<State>,
    postal_code: Option<PostalCode>,
    reference: Option<String>,
}

/// What flats and houses are called by.
pub(super) const COMPLEMENT: &[&str] = &[
    "apto",
    "apt",
    "ap",
    "apartamento",
    "bloco",
    "bl",
    "casa",
    "fundos",
    "sala",
    "conjunto",
    "conj",
    "cj",
    "loja",
    "torre",
    "andar",
    "lote",
    "lt",
    "quadra",
    "qd",
    "sobrado",
    "kitnet",
    "sobreloja",
    "terreo",
];
const REFERENCE: &[&str] = &[
    "perto",
    "proximo",
    "proxima",
    "ao lado",
    "em frente",
    "esquina",
    "atras",
    "referencia",
    "ponto de referencia",
    "ref",
    "depois",
    "antes",
];
/// What streets are called by.
pub(super) const STREET: &[&str] = &[
    "rua", "r", "avenida", "av", "alameda", "al", "travessa", "tv", "praca", "pca", "estrada",
    "estr", "rodovia", "rod", "largo", "viela", "beco", "ladeira", "servidao", "via", "vila",
    "quadra",
];

/// In no address: prices, markup, what programs read.
const NO_ADDRESS: [char; 10] = ['$', '<', '>', '{', '}', '[', ']', '|', '\\', '='];

impl AddressParts {
    /// What an answer to "where do you live?" says. `before` is what was said already, and the answer may be the part that
    /// lacked.
    pub fn read(before: Option<&Self>, text: &str, home: Option<&Place>) -> Self {
        let said = Self::split(text);
        let mut parts = match before {
            Some(before) if said.street.is_none() || !begins_with(text, STREET) => {
                before.with(said, text, home)
            }
            _ => said,
        };
        if parts.city.is_none()
            && let Some(home) = home
        {
            parts.city = Some(home.city.clone());
            parts.state = parts.state.or_else(|| Some(home.state.clone()));
        }
        parts
    }

    /// The address, or the first part that it cannot do without.
    pub fn complete(&self) -> Result<Address, Problem> {
        let lacks = |part| Problem::AddressLacks(part);
        let fits = |text: &Option<String>, limit| {
            let text = text.as_deref()?;
            line("address", text, limit)
                .ok()
                .filter(|text| !text.is_empty())
        };
        Ok(Address {
            address_id: None,
            label: None,
            street: fits(&self.street, 120).ok_or(Problem::NoAddress)?,
            number: fits(&self.number, 20).ok_or_else(|| lacks(AddressPart::Number))?,
            complement: fits(&self.complement, 80),
            neighborhood: fits(&self.neighborhood, 80)
                .ok_or_else(|| lacks(AddressPart::Neighborhood))?,
            city: fits(&self.city, 80).ok_or_else(|| lacks(AddressPart::City))?,
            state: self.state.clone().ok_or_else(|| lacks(AddressPart::City))?,
            postal_code: self.postal_code.clone(),
            reference: fits(&self.reference, 200),
        })
    }

    /// The parts, with the whole text as the one that lacks where nothing in it says otherwise.
    fn with(&self, said: Self, text: &str, home: Option<&Place>) -> Self {
        let mut parts = self.clone();
        let whole = || Some(text.trim().to_owned());
        let lacking = parts.complete().err();
        match lacking {
            Some(Problem::AddressLacks(AddressPart::Number)) => {
                parts.number = said.number.or_else(|| house_number(text)).or_else(whole);
            }
            Some(Problem::AddressLacks(AddressPart::Neighborhood)) => {
                parts.neighborhood = said.street.or(said.neighborhood).or_else(whole);
            }
            Some(Problem::AddressLacks(AddressPart::City)) => {
                let (city, state) = city_and_state(text);
                parts.city = Some(city);
                parts.state = state.or_else(|| home.map(|home| home.state.clone()));
            }
            _ => parts = said,
        }
        parts
    }

    fn split(text: &str) -> Self {
        let (text, postal_code) = without_postal_code(text);
        let text = text.replace(" - ", ",").replace(" – ", ",");
        let mut pieces = text
            .split([',', ';', '\n'])
            .map(str::trim)
            .filter(|piece| !piece.is_empty() && plain(piece) != "cep");
        let mut parts = Self {
            postal_code,
            ..Self::default()
        };
        let Some(street) = pieces.next() else {
            return parts;
        };
        let (street, number) = street_and_number(street);
        parts.street = street;
        parts.number = number;
        for piece in pieces {
            parts.take(piece);
        }
        parts
    }

    fn take(&mut self, piece: &str) {
        let kept = |before: &Option<String>, piece: &str| {
            Some(match before {
                Some(before) => format!("{before}, {piece}"),
                None => piece.to_owned(),
            })
        };
        if begins_with(piece, REFERENCE) {
            self.reference = kept(&self.reference, piece);
        } else if let (None, Some(number)) = (&self.number, house_number(piece)) {
            self.number = Some(number);
        } else if begins_with(piece, COMPLEMENT) {
            self.complement = kept(&self.complement, piece);
        } else if let (None, Ok(state)) = (&self.state, State::parse(piece)) {
            self.state = Some(state);
        } else if self.neighborhood.is_none() {
            let bare = piece.get(..7).filter(|word| plain(word) == "bairro");
            let name = bare.map_or(piece, |_| piece.get(7..).unwrap_or(piece));
            self.neighborhood = Some(name.trim().to_owned());
        } else if self.city.is_none() {
            let (city, state) = city_and_state(piece);
            self.city = Some(city);
            self.state = state.or_else(|| self.state.take());
        } else {
            self.reference = kept(&self.reference, piece);
        }
    }
}

/// What an answer says about the address, and what of it is to be kept where it is not complete.
pub fn read(
    before: Option<&AddressParts>,
    text: &str,
    home: Option<&Place>,
) -> Result<AddressAnswer, (Problem, Option<Box<AddressParts>>)> {
    if before.is_none() && declines(text) {
        return Ok(AddressAnswer::Declined);
    }
    if text.contains(NO_ADDRESS) {
        return Err((Problem::NoAddress, before.cloned().map(Box::new)));
    }
    let parts = AddressParts::read(before, text, home);
    match parts.complete() {
        Ok(address) => Ok(AddressAnswer::Given(Box::new(address))),
        // One word is no street: nothing worth keeping was said.
        Err(_) if before.is_none() && parts.number.is_none() && !begins_with(text, STREET) => {
            Err((Problem::NoAddress, None))
        }
        Err(problem @ Problem::AddressLacks(_)) => Err((problem, Some(Box::new(parts)))),
        Err(problem) => Err((problem, None)),
    }
}

fn begins_with(text: &str, words: &[&str]) -> bool {
    let text = plain(text);
    words.iter().any(|word| {
        let rest = text.strip_prefix(word);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(' ') || is_digit(rest))
    })
}

fn is_digit(rest: &str) -> bool {
    rest.starts_with(|c: char| c.is_ascii_digit())
}

/// `123`, `nº 123`, `123-A`, `s/n`.
fn house_number(piece: &str) -> Option<String> {
    let said = plain(piece);
    if matches!(said.as_str(), "s n" | "sn" | "sem numero") {
        return Some("s/n".to_owned());
    }
    let bare = ["numero ", "num ", "no ", "nº", "n ", "n."]
        .iter()
        .find_map(|before| piece.to_lowercase().strip_prefix(before).map(str::len));
    let rest = match bare {
        Some(length) => piece.get(piece.len().checked_sub(length)?..)?,
        None => piece,
    };
    let rest = rest.trim_matches(|c: char| c.is_whitespace() || matches!(c, '.' | 'º' | '°'));
    let short = rest.chars().count() <= 10 && !rest.contains(char::is_whitespace);
    (is_digit(rest) && short).then(|| rest.to_owned())
}

/// `Rua das Flores 123` has its number at the end.
fn street_and_number(piece: &str) -> (Option<String>, Option<String>) {
    let whole = |street: &str| Some(street.trim().to_owned()).filter(|street| !street.is_empty());
    if let Some(number) = house_number(piece) {
        return (None, Some(number));
    }
    if let Some((street, last)) = piece.rsplit_once(' ')
        && let Some(number) = house_number(last)
        && begins_with(piece, STREET)
    {
        let street = street.trim_end_matches(|c: char| c.is_whitespace() || matches!(c, 'º' | '.'));
        let street = ["nº", " n", " numero", " número"]
            .iter()
            .find_map(|word| street.strip_suffix(word))
            .unwrap_or(street);
        // `Rua 2` is called so: a street has a name before its houses have numbers.
        if !plain(street).contains(' ') {
            return (whole(piece), None);
        }
        return (whole(street), Some(number));
    }
    (whole(piece), None)
}

/// `São Paulo/SP`, `São Paulo SP`, `São Paulo`.
fn city_and_state(text: &str) -> (String, Option<State>) {
    let text = text.trim();
    let separated = text.rsplit_once(['/', ' ', '-', ',']);
    if let Some((city, state)) = separated
        && let Ok(state) = State::parse(state)
    {
        let city = city.trim_matches(|c: char| c.is_whitespace() || matches!(c, '/' | '-' | ','));
        return (city.to_owned(), Some(state));
    }
    (text.to_owned(), None)
}

/// Takes the CEP out, wherever it stands.
fn without_postal_code(text: &str) -> (String, Option<PostalCode>) {
    for word in text.split([' ', ',', ';', '\n', ':']) {
        let word = word.trim_matches('.');
        if let Ok(code) = PostalCode::parse(word) {
            return (text.replacen(word, "", 1), Some(code));
        }
    }
    (text.to_owned(), None)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn home() -> Place {
        Place {
            city: "São Paulo".to_owned(),
            state: State::parse("SP").expect("valid"),
        }
    }

    #[track_caller]
    fn check(text: &str, expected: [&str; 8]) {
        let answer = read(None, text, Some(&home()));
        let Ok(AddressAnswer::Given(address)) = answer else {
            panic!("{text} is not understood");
        };
        let optional = |text: &Option<String>| text.clone().unwrap_or_default();
        let postal_code = address.postal_code.as_ref().map(PostalCode::as_str);
        let found = [
            address.street.clone(),
            address.number.clone(),
            optional(&address.complement),
            address.neighborhood.clone(),
            address.city.clone(),
            address.state.as_str().to_owned(),
            postal_code.unwrap_or_default().to_owned(),
            optional(&address.reference),
        ];
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn the_ways_people_write_an_address() {
        check(
            "Rua das Flores, 123, Apto 45, Jardim Primavera",
            [
                "Rua das Flores",
                "123",
                "Apto 45",
                "Jardim Primavera",
                "São Paulo",
                "SP",
                "",
                "",
            ],
        );
        check(
            "Rua das Flores 123, Apto 45, Bloco B, bairro Jardim Primavera, Campinas/SP, CEP 01234-567, perto do mercado",
            [
                "Rua das Flores",
                "123",
                "Apto 45, Bloco B",
                "Jardim Primavera",
                "Campinas",
                "SP",
                "01234-567",
                "perto do mercado",
            ],
        );
        check(
            "Av. Brasil, nº 1000 - Centro - Rio de Janeiro - RJ - 20040002",
            [
                "Av. Brasil",
                "1000",
                "",
                "Centro",
                "Rio de Janeiro",
                "RJ",
                "20040-002",
                "",
            ],
        );
        check(
            "R.Augusta 500, Centro",
            ["R.Augusta", "500", "", "Centro", "São Paulo", "SP", "", ""],
        );
        check(
            "Rua 2, 10, Centro",
            ["Rua 2", "10", "", "Centro", "São Paulo", "SP", "", ""],
        );
        check(
            "Estrada Velha\ns/n\nZona Rural",
            [
                "Estrada Velha",
                "s/n",
                "",
                "Zona Rural",
                "São Paulo",
                "SP",
                "",
                "",
            ],
        );
    }

    #[test]
    fn what_lacks_is_named_and_the_rest_is_kept() {
        let home = home();
        let (problem, parts) = read(None, "Rua das Flores", Some(&home))
            .err()
            .expect("lacks");
        assert_eq!(problem, Problem::AddressLacks(AddressPart::Number));
        let (problem, parts) = read(parts.as_deref(), "123", Some(&home))
            .err()
            .expect("lacks");
        assert_eq!(problem, Problem::AddressLacks(AddressPart::Neighborhood));
        let answer = read(parts.as_deref(), "Jardim Primavera", Some(&home));
        let Ok(AddressAnswer::Given(address)) = answer else {
            panic!("it is complete");
        };
        assert_eq!(address.number, "123");
        assert_eq!(address.neighborhood, "Jardim Primavera");
        let (problem, kept) = read(parts.as_deref(), "<b>Centro</b>", Some(&home))
            .err()
            .expect("no address");
        assert_eq!(problem, Problem::NoAddress);
        assert!(kept == parts, "what was said before stays");
        let (problem, parts) = read(None, "Rua A, 1, Centro", None).err().expect("lacks");
        assert_eq!(problem, Problem::AddressLacks(AddressPart::City));
        let Ok(AddressAnswer::Given(address)) = read(parts.as_deref(), "Recife - PE", None) else {
            panic!("it is complete");
        };
        assert_eq!(
            (address.city.as_str(), address.state.as_str()),
            ("Recife", "PE")
        );
    }

    #[test]
    fn a_whole_address_replaces_what_was_begun() {
        let home = home();
        let (_, parts) = read(None, "Rua das Flores", Some(&home))
            .err()
            .expect("lacks");
        let answer = read(parts.as_deref(), "Rua Augusta, 5, Consolação", Some(&home));
        assert!(
            matches!(answer, Ok(AddressAnswer::Given(address)) if address.street == "Rua Augusta")
        );
    }

    #[test]
    fn no_address_and_none_wanted() {
        for text in [
            "oi",
            "quero pizza",
            "?",
            "Rua <b>A</b>, 1, Centro",
            "1x X-Salada R$ 0,01, 2x Coca R$ 0,02",
        ] {
            let (problem, parts) = read(None, text, Some(&home())).err().expect("no address");
            assert_eq!(problem, Problem::NoAddress, "{text}");
            assert!(parts.is_none(), "{text}");
        }
        let declined = read(None, "vou retirar", Some(&home()));
        assert!(matches!(declined, Ok(AddressAnswer::Declined)));
    }
}
