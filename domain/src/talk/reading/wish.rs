//! What a customer wants of their record.

use super::{field_named, plain};
use crate::talk::{Field, Problem};

/// A wish.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    /// Another name or e-mail; for the address, one more or another.
    Change(Field),
    /// Which address is used.
    ChooseAddress,
    /// To hear of offers.
    Consent,
    /// Not to hear of offers any more. As easily said as the yes was (LGPD art. 8).
    Withdraw,
    /// Nothing more.
    Nothing,
}

/// A wish.
pub fn wish(text: &str) -> Result<Wish, Problem> {
    let said = plain(text);
    let words: Vec<&str> = said.split(' ').collect();
    let has = |any: &[&str]| words.iter().any(|word| any.contains(word));
    let offers = has(&[
        "promocao",
        "promocoes",
        "novidade",
        "novidades",
        "oferta",
        "ofertas",
    ]);
    let stop = has(&[
        "parar",
        "pare",
        "sair",
        "nao",
        "cancelar",
        "descadastrar",
        "chega",
    ]);
    match said.as_str() {
        "sair" | "parar" | "pare" => return Ok(Wish::Withdraw),
        "nada" | "nao" | "so isso" | "nao obrigado" | "nao obrigada" | "obrigado" | "obrigada"
        | "tchau" | "valeu" | "nada mais" => return Ok(Wish::Nothing),
        _ => {}
    }
    match field_named(text) {
        _ if offers && stop => Ok(Wish::Withdraw),
        _ if offers && has(&["quero", "aceito", "sim", "receber", "pode"]) => Ok(Wish::Consent),
        Some(Field::Address) if has(&["novo", "nova", "adicionar", "cadastrar", "outro"]) => {
            Ok(Wish::Change(Field::Address))
        }
        Some(Field::Address) => Ok(Wish::ChooseAddress),
        Some(field) => Ok(Wish::Change(field)),
        None => Err(Problem::NoWish),
    }
}

#[cfg(test)]
mod tests {
    use super::{Field, Problem, Wish, wish};

    #[test]
    fn in_words() {
        for (text, expected) in [
            ("quero mudar meu nome", Wish::Change(Field::Name)),
            ("trocar o e-mail", Wish::Change(Field::Email)),
            ("meus endereços", Wish::ChooseAddress),
            ("adicionar um endereço novo", Wish::Change(Field::Address)),
            ("quero receber promoções", Wish::Consent),
            ("não quero mais promoções", Wish::Withdraw),
            ("SAIR", Wish::Withdraw),
            ("só isso", Wish::Nothing),
        ] {
            assert_eq!(wish(text), Ok(expected), "{text}");
        }
        for text in ["quero um X-Salada", "promoção do dia?", "?"] {
            assert_eq!(wish(text), Err(Problem::NoWish), "{text}");
        }
    }
}
