//! What a person answers to each question: what they want on record, in one of the ways in which it is said.

use super::{
    hearing::Heard,
    person::{Person, Wish, last_word, pass, street_of},
};

impl Person {
    /// The sensible answer, and whether it may be said again without meaning something else.
    pub(super) fn sensible(&mut self, heard: &Heard) -> (String, bool) {
        let text = match heard {
            Heard::Name => self.name(),
            Heard::Email => match self.wishes.first() {
                Some(Wish::Email(email)) if self.registered => email.clone(),
                _ => self.wanted.email.clone().unwrap_or_else(pass),
            },
            Heard::Address => match self.wishes.first() {
                Some(Wish::Another(line) | Wish::Corrected(line)) if self.registered => {
                    line.clone()
                }
                _ if self.registered => "deixa pra lá".to_owned(),
                _ => self.home(),
            },
            Heard::Part(part) => self.part(*part),
            Heard::City => "São Paulo - SP".to_owned(),
            Heard::Confirmation {
                name,
                email,
                address,
            } => return self.checks(name, email, address),
            // Who did not say so finds everything listed again once something is corrected.
            Heard::WhatIsWrong => return ("o nome".to_owned(), false),
            Heard::WhichAddress => return (self.which_address(), false),
            Heard::End => "Oi".to_owned(),
            Heard::Wish => match self.wishes.first() {
                Some(Wish::Name(_)) => "quero mudar meu nome".to_owned(),
                Some(Wish::Email(_)) => "quero mudar meu e-mail".to_owned(),
                Some(Wish::Another(_) | Wish::Corrected(_) | Wish::Removed) => {
                    "meus endereços".to_owned()
                }
                Some(Wish::Consent) => "quero receber promoções".to_owned(),
                Some(Wish::Withdraw) => self.withdraws(),
                None => "Oi".to_owned(),
            },
        };
        (text, true)
    }

    /// What with the addresses on record: the one that is meant is named by its street.
    fn which_address(&self) -> String {
        let street = street_of(self.wanted.address.as_deref().unwrap_or_default());
        match self.wishes.first() {
            Some(Wish::Corrected(_)) => format!("corrigir {street}"),
            Some(Wish::Removed) => format!("remover {street}"),
            _ => "outro".to_owned(),
        }
    }

    fn name(&mut self) -> String {
        if let (Some(Wish::Name(name)), true) = (self.wishes.first(), self.registered) {
            return name.clone();
        }
        if !self.registered && self.moods.errs > 0 {
            self.moods.errs -= 1;
            self.told.push(last_word(&self.wrong_name));
            return self.wrong_name.clone();
        }
        if self.stream.happens(500) {
            format!("Meu nome é {}", self.wanted.name)
        } else {
            self.wanted.name.clone()
        }
    }

    fn withdraws(&mut self) -> String {
        let ways = ["sair", "não quero promoções", "Parar promoções!"];
        (*self.stream.pick(&ways).unwrap_or(&"sair")).to_owned()
    }

    /// The whole address, or its street first.
    fn home(&mut self) -> String {
        match self.wanted.address.clone() {
            None => pass(),
            Some(_) if self.stream.happens(200) => self.part(0),
            Some(whole) => whole,
        }
    }

    fn part(&self, part: usize) -> String {
        let whole = self.wanted.address.as_deref();
        let mut parts = whole.unwrap_or("pular").split(", ");
        parts.nth(part).unwrap_or("pular").to_owned()
    }

    /// Holds what is read back against what is wanted.
    fn checks(&self, name: &str, email: &str, address: &str) -> (String, bool) {
        let none = "não informado";
        if name != self.wanted.name {
            ("o nome".to_owned(), false)
        } else if email != self.wanted.email.as_deref().unwrap_or(none) {
            ("o e-mail".to_owned(), false)
        } else if address != self.wanted.address.as_deref().unwrap_or(none) {
            ("o endereço".to_owned(), false)
        } else {
            ("sim".to_owned(), true)
        }
    }
}
