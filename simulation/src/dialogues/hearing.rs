//! What a person makes of a message of the restaurant: which question it is, by the words that people read.

/// What was heard last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Heard {
    /// Their name?
    Name,
    /// Their e-mail?
    Email,
    /// The whole address?
    Address,
    /// A part of it: the street, the number, the neighbourhood?
    Part(usize),
    /// The city?
    City,
    /// Is this right?
    Confirmation {
        name: String,
        email: String,
        address: String,
    },
    /// Which of what was said is not right?
    WhatIsWrong,
    /// Which address, or another?
    WhichAddress,
    /// What can we do for you?
    Wish,
    /// The restaurant ended the talk.
    End,
}

/// The question of a message; `None` where there is none that a person would answer.
pub(super) fn understood(text: &str) -> Option<Heard> {
    let line = |label: &str| {
        let lines = text.lines().find_map(|line| line.strip_prefix(label));
        lines.unwrap_or_default().to_owned()
    };
    let asks = |words: &str| text.contains(words);
    Some(if asks("Confira, por favor") {
        Heard::Confirmation {
            name: line("Nome: "),
            email: line("E-mail: "),
            address: line("Endereço: "),
        }
    } else if asks("O que devo corrigir") {
        Heard::WhatIsWrong
    } else if asks("Como posso ajudá-lo hoje?") {
        Heard::Wish
    } else if asks("Qual é a rua?") {
        Heard::Part(0)
    } else if asks("Qual é o número?") {
        Heard::Part(1)
    } else if asks("Qual é o bairro?") {
        Heard::Part(2)
    } else if asks("Qual é a cidade") {
        Heard::City
    } else if asks("Para qual endereço entregamos?") || asks("Entregamos em ") {
        Heard::WhichAddress
    } else if asks("endereço completo") {
        Heard::Address
    } else if asks("Gostaria de informar seu e-mail") || asks("Qual é o seu e-mail?") {
        Heard::Email
    } else if asks("gostaria de saber seu nome") || asks("Qual é o seu nome?") {
        Heard::Name
    } else if asks("aramos por aqui") || asks("Por nada!") || asks("tivemos um problema") {
        Heard::End
    } else {
        return None;
    })
}
