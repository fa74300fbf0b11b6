//! The answers that a question offers to tap. Each says words that the question's reader understands, which the tests hold
//! against the readers; that they fit the channel is the channel's business.

use super::{
    Offered, Preface, Problem, Question,
    words::{About, address_line},
};

/// What this question offers.
pub(super) fn of(question: Question, preface: Option<Preface>, about: &About<'_>) -> Vec<Offered> {
    let problem = match preface {
        Some(Preface::Problem(problem)) => Some(problem),
        _ => None,
    };
    match question {
        Question::Name => Vec::new(),
        Question::Email if about.has_email => vec![
            Offered::new("pular", "Deixar como está"),
            Offered::new("apagar", "Apagar meu e-mail"),
        ],
        Question::Email if preface.is_some() => vec![Offered::new("pular", "Prefiro não informar")],
        Question::Email => vec![Offered::new("pular", "Pular")],
        Question::Address => address(preface),
        Question::Confirmation if problem == Some(Problem::WhatIsWrong) => vec![
            Offered::new("nome", "Nome"),
            Offered::new("e-mail", "E-mail"),
            Offered::new("endereço", "Endereço"),
        ],
        Question::Confirmation => vec![
            Offered::new("sim", "Sim, está certo"),
            Offered::new("corrigir", "Corrigir"),
        ],
        Question::WhichAddress => which_address(problem, about),
        Question::Wish => vec![
            Offered::new("mudar meu nome", "Mudar meu nome"),
            Offered::new("mudar meu e-mail", "Mudar meu e-mail"),
            Offered::new("meus endereços", "Meus endereços"),
            Offered::new("quero receber promoções", "Receber promoções"),
            Offered::new("não quero promoções", "Parar promoções"),
            Offered::new("nada mais", "Nada mais"),
        ],
    }
}

fn address(preface: Option<Preface>) -> Vec<Offered> {
    match preface {
        // Nothing is offered where the answer may be a number: whoever lives at number 1 does not mean the first answer shown.
        Some(Preface::Problem(Problem::AddressLacks(_)) | Preface::Changing) => Vec::new(),
        // Not the words of the question before: who taps that one twice has not declined this one.
        _ => vec![Offered::new("vou retirar", "Vou retirar")],
    }
}

fn which_address(problem: Option<Problem>, about: &About<'_>) -> Vec<Offered> {
    match (problem, about.addresses) {
        (Some(Problem::WhichToCorrect), _) => addresses("corrigir", about),
        (Some(Problem::WhichToRemove), _) => addresses("remover", about),
        (_, [_]) => vec![
            Offered::new("sim", "Sim"),
            Offered::new("outro", "Outro endereço"),
            Offered::new("corrigir", "Corrigir"),
        ],
        _ => {
            let mut all = addresses("usar", about);
            all.extend([
                Offered::new("outro", "Outro endereço"),
                Offered::new("corrigir", "Corrigir um endereço"),
                Offered::new("remover", "Remover um endereço"),
            ]);
            all
        }
    }
}

/// One answer for each address, by its id: the list may have another order when it is tapped.
fn addresses(verb: &str, about: &About<'_>) -> Vec<Offered> {
    let offered = about.addresses.iter().enumerate().map(|(at, address)| {
        let line = address_line(address);
        let title = if at == about.default_address {
            format!("{line} (atual)")
        } else {
            line
        };
        let position = (at + 1).to_string();
        let which = address.address_id.as_deref().unwrap_or(&position);
        Offered::new(format!("{verb} {which}"), title)
    });
    offered.collect()
}

#[cfg(test)]
mod tests {
    use super::{About, Preface, Problem, Question, of};
    use crate::{
        people::Address,
        talk::{
            AddressPart, Said,
            reading::{self, Choice},
        },
    };

    fn addresses() -> Vec<Address> {
        let address = |id: &str, street: &str| {
            serde_json::from_value(serde_json::json!({
                "addressId": id, "street": street, "number": "1", "neighborhood": "Centro",
                "city": "São Paulo", "state": "SP",
            }))
            .expect("an address")
        };
        vec![address("addr_1a", "Rua A"), address("addr_1b", "Rua B")]
    }

    /// Every answer that can be tapped is understood as an answer, under whatever the question says before.
    #[test]
    fn what_is_offered_is_understood() {
        let two = addresses();
        let abouts = [true, false].map(|has_email| About {
            addresses: &two,
            default_address: 1,
            has_email,
            ..About::default()
        });
        let prefaces = [
            None,
            Some(Preface::Changing),
            Some(Preface::Problem(Problem::WhatIsWrong)),
            Some(Preface::Problem(Problem::WhichToCorrect)),
            Some(Preface::Problem(Problem::AddressLacks(AddressPart::Number))),
        ];
        let mut seen = 0;
        for question in [
            Question::Email,
            Question::Address,
            Question::Confirmation,
            Question::WhichAddress,
            Question::Wish,
        ] {
            for preface in prefaces {
                for one in abouts.iter().flat_map(|about| of(question, preface, about)) {
                    let says = one.says.as_str();
                    let understood = match question {
                        Question::Email => reading::email(says).is_ok(),
                        Question::Address => reading::address(None, says, None).is_ok(),
                        Question::Confirmation => {
                            let decision = reading::decision(says);
                            decision.is_ok() || decision == Err(Problem::WhatIsWrong)
                        }
                        Question::WhichAddress => {
                            !matches!(reading::choice(says, &two, 1), Err(Problem::NoChoice))
                        }
                        Question::Wish => reading::wish(says).is_ok(),
                        Question::Name => false,
                    };
                    assert!(understood, "{question:?} {preface:?}: {says}");
                    assert_eq!(reading::turn(says), None, "{says}");
                    seen += 1;
                }
            }
        }
        assert!(seen > 40, "{seen}");
    }

    #[test]
    fn the_house_number_1_is_a_house_number() {
        let lacks = Preface::Problem(Problem::AddressLacks(AddressPart::Number));
        let offered = of(Question::Address, Some(lacks), &About::default());
        let offered: Vec<String> = offered.into_iter().map(|one| one.says).collect();
        let said = Said::Text("1".to_owned());
        assert_eq!(reading::meant(&said, &offered), Ok("1"));
    }

    #[test]
    fn an_address_is_tapped_by_its_id() {
        let two = addresses();
        let about = About {
            addresses: &two,
            ..About::default()
        };
        let offered = of(Question::WhichAddress, None, &about);
        let turned: Vec<Address> = two.iter().rev().cloned().collect();
        let read = |at: usize| reading::choice(&offered[at].says, &turned, 0);
        assert_eq!((read(0), read(1)), (Ok(Choice::Use(1)), Ok(Choice::Use(0))));
        assert_eq!(read(2), Ok(Choice::New));
        // Somebody else's address is nobody's here.
        let foreign = reading::choice("usar addr_foreign", &two, 0);
        assert_eq!(foreign, Err(Problem::NoChoice));
        assert_eq!(offered[0].title, "Rua A, 1, Centro (atual)");
        let remove = of(
            Question::WhichAddress,
            Some(Preface::Problem(Problem::WhichToRemove)),
            &about,
        );
        let read = reading::choice(&remove[1].says, &turned, 0);
        assert_eq!(read, Ok(Choice::Remove(0)));
    }
}
