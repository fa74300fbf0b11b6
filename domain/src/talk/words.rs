//! The words of the talk, in Portuguese as customers read it (000 §5). Rendering is total: a text needs nothing that may
//! be missing.

use super::{AddressPart, Preface, Problem, Question, Spoken, offers};
use crate::{
    people::{Address, Email, PersonName},
    store::Zone,
};
use jiff::Timestamp;

/// The text of the consent to offers, by its version: what was agreed to is kept with the answer.
pub const CONSENT_VERSION: &str = "promocoes-2026-11";

/// What may be said about a customer while talking.
#[derive(Default)]
pub struct About<'a> {
    /// The restaurant's name.
    pub store: &'a str,
    /// The name given, or on record.
    pub name: Option<&'a PersonName>,
    /// The e-mail given, if one was.
    pub email: Option<&'a Email>,
    /// The address given, if one was.
    pub address: Option<&'a Address>,
    /// Whether there is one on record, which can be kept or taken away.
    pub has_email: bool,
    /// The addresses on record.
    pub addresses: &'a [Address],
    /// Which of them is used, counted from zero.
    pub default_address: usize,
    /// When they ordered last.
    pub last_order: Option<(Timestamp, &'a Zone)>,
}

/// What opens a list of answers, where a channel has such lists.
pub const SEE_OPTIONS: &str = "Ver opções";

/// One message: what comes before, the question, and the answers that it offers.
#[must_use]
pub fn ask(question: Question, preface: Option<Preface>, about: &About<'_>) -> Spoken {
    let asked = question_text(question, preface, about);
    let text = match preface.and_then(|preface| preface_text(preface, about)) {
        Some(before) => format!("{before}\n\n{asked}"),
        None => asked,
    };
    Spoken {
        text,
        offered: offers::of(question, preface, about),
    }
}

/// When the customer left it, or was not understood again and again.
#[must_use]
pub fn goodbye(understood: bool) -> String {
    if understood {
        "Tudo bem, paramos por aqui. Quando quiser continuar, é só mandar uma mensagem.".to_owned()
    } else {
        "Desculpe, não consegui entender. Paramos por aqui; quando quiser tentar de novo, é só mandar uma mensagem."
            .to_owned()
    }
}

/// When nothing more is wanted.
#[must_use]
pub fn until_next_time() -> String {
    "Por nada! Quando precisar, é só chamar.".to_owned()
}

/// When a session did as much as one does, and what was done at last. Who has written on already (`goes_on`) is answered by
/// the next session, and need not write again.
#[must_use]
pub fn pause(done: Option<Preface>, goes_on: bool, about: &About<'_>) -> Option<String> {
    let done = done.and_then(|done| preface_text(done, about));
    if goes_on {
        return done;
    }
    let pause = "Já resolvemos bastante coisa nesta conversa, então vou fazer uma pausa. Para continuar, é só mandar outra mensagem.";
    Some(match done {
        Some(done) => format!("{done}\n\n{pause}"),
        None => pause.to_owned(),
    })
}

/// When something of ours did not work at all.
#[must_use]
pub fn out_of_order() -> String {
    "Desculpe, tivemos um problema por aqui. Mande uma mensagem daqui a pouco e continuamos de onde paramos.".to_owned()
}

/// `Rua das Flores, 123, Apto 45, Jardim Primavera`, and the city where it is said too.
#[must_use]
pub fn address_line(address: &Address) -> String {
    let mut parts = vec![address.street.as_str(), address.number.as_str()];
    parts.extend(address.complement.as_deref());
    parts.push(&address.neighborhood);
    parts.join(", ")
}

fn question_text(question: Question, preface: Option<Preface>, about: &About<'_>) -> String {
    let first = about.name.map(PersonName::first);
    match question {
        Question::Name if preface.is_some() => "Qual é o seu nome?".to_owned(),
        Question::Name => format!(
            "Olá! Bem-vindo ao {}. Para começarmos, gostaria de saber seu nome, por favor?",
            about.store
        ),
        Question::Email if about.has_email => {
            "Qual é o seu e-mail? Para deixar como está, responda “pular”; para apagar o que temos, responda “apagar”."
                .to_owned()
        }
        Question::Email if preface.is_some() => {
            "Qual é o seu e-mail? Se preferir não informar, responda “pular”.".to_owned()
        }
        Question::Email => {
            let thanks = first.map(|first| format!("Obrigado, {first}! É um prazer atendê-lo. "));
            format!(
                "{}Gostaria de informar seu e-mail para receber atualizações sobre seu pedido? É opcional: se preferir, responda “pular”.",
                thanks.unwrap_or_default()
            )
        }
        Question::Address => address_question(preface),
        Question::Confirmation => confirmation(preface, about),
        Question::WhichAddress => which_address(preface, about),
        Question::Wish => "Como posso ajudá-lo hoje?".to_owned(),
    }
}

fn address_question(preface: Option<Preface>) -> String {
    match preface {
        Some(Preface::Problem(Problem::AddressLacks(part))) => match part {
            AddressPart::Street => "Qual é a rua?",
            AddressPart::Number => "Qual é o número? Se não tiver, responda “s/n”.",
            AddressPart::Neighborhood => "Qual é o bairro?",
            AddressPart::City => "Qual é a cidade e o estado? Por exemplo: Campinas - SP.",
        }
        .to_owned(),
        Some(Preface::Problem(Problem::AddressKnown)) => {
            "Qual é o outro endereço completo (rua, número, complemento, bairro)? Para deixar como está, responda “cancelar”."
                .to_owned()
        }
        Some(Preface::Changing) => {
            "Qual é o endereço completo (rua, número, complemento, bairro)?".to_owned()
        }
        _ => "Para entregas, precisamos do seu endereço. Poderia informar seu endereço completo (rua, número, complemento, bairro)? Se for retirar no balcão, responda “pular”.".to_owned(),
    }
}

fn confirmation(preface: Option<Preface>, about: &About<'_>) -> String {
    if preface == Some(Preface::Problem(Problem::WhatIsWrong)) {
        return "O que devo corrigir: nome, e-mail ou endereço?".to_owned();
    }
    let name = about.name.map_or("—", PersonName::as_str);
    let email = about.email.map_or("não informado", Email::as_str);
    let address = about.address.map(address_line);
    let address = address.as_deref().unwrap_or("não informado");
    format!(
        "Confira, por favor:\nNome: {name}\nE-mail: {email}\nEndereço: {address}\n\nEstá tudo certo? Ao confirmar, guardamos esses dados para atender os seus pedidos."
    )
}

fn which_address(preface: Option<Preface>, about: &About<'_>) -> String {
    match (preface, about.addresses) {
        (Some(Preface::Problem(Problem::WhichToCorrect)), _) => {
            "Qual endereço devo corrigir?".to_owned()
        }
        (Some(Preface::Problem(Problem::WhichToRemove)), _) => {
            "Qual endereço devo remover?".to_owned()
        }
        (_, [only]) => format!(
            "Entregamos em {}? Para remover esse endereço, responda “remover”.",
            address_line(only)
        ),
        _ => "Para qual endereço entregamos?".to_owned(),
    }
}

fn preface_text(preface: Preface, about: &About<'_>) -> Option<String> {
    let first = about.name.map(PersonName::first);
    let text = match preface {
        Preface::Problem(problem) => return problem_text(problem).map(str::to_owned),
        Preface::WelcomeBack => {
            let mut text = match first {
                Some(first) => format!("Olá, {first}! Que bom ver você novamente!"),
                None => "Olá! Que bom ver você novamente!".to_owned(),
            };
            if let Some((at, zone)) = about.last_order {
                let day = zone.at(at).strftime("%d/%m/%Y").to_string();
                text.push_str(&format!(" Seu último pedido foi em {day}."));
            }
            return Some(text);
        }
        Preface::Resume => match first {
            Some(first) => return Some(format!("Oi, {first}! Vamos continuar de onde paramos.")),
            None => "Oi! Vamos continuar de onde paramos.",
        },
        Preface::Registered => match first {
            Some(first) => {
                return Some(format!(
                    "Obrigado, {first}! Seu cadastro foi realizado com sucesso."
                ));
            }
            None => "Seu cadastro foi realizado com sucesso.",
        },
        Preface::Correcting => "Sem problema, vamos corrigir.",
        Preface::Changing => return None,
        Preface::Saved => "Pronto, seus dados foram atualizados!",
        Preface::AddressChosen => {
            let used = about.addresses.get(about.default_address)?;
            return Some(format!("Perfeito! Entregaremos em {}.", address_line(used)));
        }
        Preface::AddressRemoved => "Pronto, o endereço foi removido.",
        Preface::AddressesFull => {
            "Você já tem 10 endereços. Remova um deles antes de cadastrar outro."
        }
        Preface::ConsentGiven => {
            "Combinado! Você vai receber nossas promoções por aqui. Para parar, responda “sair” quando quiser."
        }
        Preface::ConsentWithdrawn => "Tudo bem, você não vai mais receber promoções.",
        Preface::LeftAsItWas => "Tudo bem, deixei como estava.",
        Preface::Sorry => "Desculpe, algo deu errado por aqui e nada foi alterado.",
    };
    Some(text.to_owned())
}

fn problem_text(problem: Problem) -> Option<&'static str> {
    Some(match problem {
        Problem::NoText => "Desculpe, por aqui só consigo ler mensagens de texto.",
        Problem::TooLong => {
            "Desculpe, essa mensagem é longa demais. Pode responder em poucas palavras?"
        }
        Problem::NoName => {
            "Desculpe, não entendi o nome. Pode escrever só o seu nome, como “João Silva”?"
        }
        Problem::NoEmail => {
            "Esse e-mail não parece completo. Ele é escrito assim: nome@exemplo.com."
        }
        Problem::NoAddress => {
            "Desculpe, não entendi o endereço. Escreva assim: Rua das Flores, 123, Jardim Primavera."
        }
        // The question itself says which part is wanted.
        Problem::AddressLacks(_) => return None,
        Problem::AddressKnown => "Esse endereço já está no seu cadastro.",
        Problem::NoDecision => "Desculpe, não entendi.",
        Problem::WhatIsWrong | Problem::WhichToCorrect | Problem::WhichToRemove => "Sem problema!",
        Problem::OldChoice => "Essa opção era de uma pergunta anterior.",
        Problem::NoChoice => "Desculpe, não entendi qual endereço.",
        Problem::NoWish => {
            "Por aqui ainda não consigo mostrar o cardápio nem anotar pedidos, mas posso cuidar do seu cadastro."
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUESTIONS: [Question; 6] = [
        Question::Name,
        Question::Email,
        Question::Address,
        Question::Confirmation,
        Question::WhichAddress,
        Question::Wish,
    ];

    #[test]
    fn every_text_is_complete_and_fits_a_message_whatever_is_known() {
        let name = PersonName::parse("João da Silva").expect("valid");
        let known = About {
            store: "Restaurante Sabor Brasileiro",
            name: Some(&name),
            ..About::default()
        };
        for about in [About::default(), known] {
            for question in QUESTIONS {
                for preface in [
                    None,
                    Some(Preface::WelcomeBack),
                    Some(Preface::AddressChosen),
                    Some(Preface::Problem(Problem::NoText)),
                ] {
                    let text = ask(question, preface, &about).numbered();
                    assert!((5..1_500).contains(&text.chars().count()), "{text}");
                    assert!(!text.contains('{') && !text.contains("None"), "{text}");
                }
            }
        }
    }

    #[test]
    fn who_has_written_on_already_is_not_asked_to_write_again() {
        let about = About::default();
        let pause = |done, goes_on| pause(done, goes_on, &about).unwrap_or_default();
        let left = Some(Preface::LeftAsItWas);
        assert!(pause(left, false).contains("deixei como estava"));
        assert!(pause(left, false).contains("mandar outra mensagem"));
        assert_eq!(pause(left, true), "Tudo bem, deixei como estava.");
        assert_eq!(pause(None, true), "");
    }

    #[test]
    fn a_returning_customer_is_greeted_by_name_and_day() {
        let name = PersonName::parse("João da Silva").expect("valid");
        let zone: Zone = serde_json::from_str("\"America/Sao_Paulo\"").expect("a zone");
        let about = About {
            name: Some(&name),
            last_order: Some(("2025-05-16T01:30:00Z".parse().expect("an instant"), &zone)),
            ..About::default()
        };
        let text = ask(Question::Wish, Some(Preface::WelcomeBack), &about).text;
        let expected =
            "Olá, João! Que bom ver você novamente! Seu último pedido foi em 15/05/2025.";
        assert!(text.starts_with(expected), "{text}");
    }
}
