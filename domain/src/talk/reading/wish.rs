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
    // One promotion is something to eat; all of them are something to hear of.
    let all_offers = has(&["promocoes", "novidades", "ofertas"]);
    let offers = all_offers || has(&["promocao", "novidade", "oferta"]);
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
        "sair" | "parar" | "pare" | "descadastrar" => return Ok(Wish::Withdraw),
        "nada" | "nao" | "so isso" | "nao obrigado" | "nao obrigada" | "obrigado" | "obrigada"
        | "tchau" | "valeu" | "nada mais" => return Ok(Wish::Nothing),
        _ => {}
    }
    match field_named(text) {
        _ if offers && stop => Ok(Wish::Withdraw),
        _ if all_offers && agrees(text, &words) => Ok(Wish::Consent),
        Some(Field::Address) if has(&["novo", "nova", "adicionar", "cadastrar", "outro"]) => {
            Ok(Wish::Change(Field::Address))
        }
        Some(Field::Address) => Ok(Wish::ChooseAddress),
        Some(field) => Ok(Wish::Change(field)),
        None => Err(Problem::NoWish),
    }
}

/// More words than a sentence that only says no to offers.
const WORDS_MAX: usize = 8;

/// Whether a text says no to offers and nothing else, which is heard at any question: an address may name a shop called
/// “Novidades” and say what there is not.
#[must_use]
pub fn withdraws(text: &str) -> bool {
    let is_answer = text.contains(|c: char| c.is_ascii_digit() || matches!(c, '@' | ','));
    let is_short = text.split_whitespace().count() <= WORDS_MAX;
    is_short && !is_answer && wish(text) == Ok(Wish::Withdraw)
}

/// A consent is never guessed: to receive them is what must be said, and not what there is today.
fn agrees(text: &str, words: &[&str]) -> bool {
    let has = |any: &[&str]| words.iter().any(|word| any.contains(word));
    let asks = text.contains('?')
        || has(&[
            "ver", "dia", "hoje", "qual", "quais", "tem", "como", "pedir", "pedido", "comprar",
        ]);
    has(&["receber", "aceito"]) && !asks
}

#[cfg(test)]
mod tests {
    use super::{Field, Problem, Wish, wish, withdraws};

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
            ("descadastrar", Wish::Withdraw),
            ("sim, aceito receber novidades", Wish::Consent),
            ("não quero receber ofertas hoje", Wish::Withdraw),
            ("só isso", Wish::Nothing),
        ] {
            assert_eq!(wish(text), Ok(expected), "{text}");
        }
        for text in [
            "quero um X-Salada",
            "promoção do dia?",
            "quero ver a promoção do dia",
            "pode mandar as ofertas de hoje?",
            "tem oferta? quero uma pizza",
            "quero receber as promoções de hoje",
            "aceito a oferta",
            "posso receber promoções?",
            "sim, as ofertas",
            "?",
        ] {
            assert_eq!(wish(text), Err(Problem::NoWish), "{text}");
        }
    }

    #[test]
    fn an_address_that_names_offers_withdraws_nothing() {
        for (text, expected) in [
            ("sair", true),
            ("não quero mais receber promoções", true),
            ("em frente à loja Novidades, não tem campainha", false),
            ("Rua das Ofertas 10 não tem portaria", false),
        ] {
            assert_eq!(withdraws(text), expected, "{text}");
        }
    }
}
