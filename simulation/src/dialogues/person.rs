//! A person who talks with a restaurant: answers the question that was heard last, checks what is read
//! back, and now and then goes back, leaves, writes nonsense or says nothing for forty minutes.

use comanda_domain::money::Money;

use super::hearing::{Heard, understood};
use crate::storm::chance::Stream;

/// What somebody wants to be on record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wanted {
    /// Their name.
    pub name: String,
    /// Their e-mail, if they give one.
    pub email: Option<String>,
    /// Where they live, as it is read back, if they give it.
    pub address: Option<String>,
    /// The address added later, if one is.
    pub another: Option<String>,
    /// Whether they agreed to hear of offers.
    pub consent: bool,
}

/// Something that a person wants of their record once they are known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wish {
    Name(String),
    Email(String),
    Another(String),
    Consent,
    /// The address that they first gave is another one.
    Corrected(String),
    /// The address that they first gave goes.
    Removed,
}

/// One person and one restaurant.
#[derive(Debug, Clone)]
pub(super) struct Person {
    pub tenant: usize,
    pub address: String,
    /// The person whose phone this is too, by its old id.
    pub twin_of: Option<usize>,
    /// Whether they write at all: some stay away where a story is made smaller.
    pub comes: bool,
    pub comes_after: i64,
    pub wanted: Wanted,
    pub wishes: Vec<Wish>,
    /// Points got and used, one after the other.
    pub points: Vec<i64>,
    /// What their orders cost, one after the other.
    pub orders: Vec<Money>,
    pub wants_erasure: bool,
    pub(super) stream: Stream,
    pub(super) moods: Moods,
    /// What was heard last.
    pub heard: Option<Heard>,
    /// Counts what was heard and said.
    pub hearings: u32,
    pub sayings: u32,
    pub(super) last_said: Option<(String, bool)>,
    /// The restaurant knows them.
    pub registered: bool,
    /// Nothing more is wanted.
    pub done: bool,
}

/// How often they still do what nobody needs.
#[derive(Debug, Clone)]
pub(super) struct Moods {
    pub leaves: u32,
    pub goes_back: u32,
    pub mumbles: u32,
    pub errs: u32,
}

impl Person {
    /// The person has the same phone as another who is still talking; then nothing of the record is changed meanwhile.
    pub fn shares_phone(&mut self) {
        self.wishes.clear();
    }

    /// The words that tell of this person and of nobody else at this restaurant.
    pub fn words(&self) -> Vec<String> {
        let name = self.wanted.name.split(' ').next_back().unwrap_or_default();
        let digits: String = self.address.chars().filter(char::is_ascii_digit).collect();
        let tail = digits
            .get(digits.len().saturating_sub(8)..)
            .unwrap_or_default();
        let mut words = vec![name.to_owned(), tail.to_owned()];
        words.extend(self.wanted.email.clone());
        for address in [&self.wanted.address, &self.wanted.another]
            .into_iter()
            .flatten()
        {
            words.extend(address.split(',').next().map(str::to_owned));
        }
        words
    }

    /// How long they think before they answer, in seconds.
    pub fn thinks(&mut self) -> i64 {
        if self.stream.happens(40) {
            2_400
        } else {
            self.stream.between(2, 45)
        }
    }

    /// How often the channel delivers this message, and how long after the first each time.
    pub fn deliveries(&mut self) -> Vec<i64> {
        let times = *self.stream.pick(&[1, 1, 1, 2, 3]).unwrap_or(&1);
        (0..times)
            .map(|at| {
                if at == 0 {
                    self.stream.between(0, 2)
                } else {
                    self.stream.between(0, 50)
                }
            })
            .collect()
    }

    /// Takes note of a message, and of the answers that it offers.
    pub fn hears(&mut self, text: &str, offered: &str) {
        self.hearings += 1;
        let Some(heard) = understood(text) else {
            return;
        };
        if heard == Heard::Wish {
            self.registered = true;
            self.wish_done(text);
        }
        if heard == Heard::WhichAddress && self.sees_it_done(&format!("{text}\n{offered}")) {
            self.wish_is_true();
        }
        self.done = heard == Heard::Wish && self.wishes.is_empty();
        self.heard = Some(heard);
    }

    fn wish_done(&mut self, text: &str) {
        let Some(first) = self.wishes.first() else {
            return;
        };
        let fits = match first {
            Wish::Name(_) | Wish::Email(_) => text.contains("dados foram atualizados"),
            Wish::Another(line) => text.contains(&format!("Entregaremos em {line}")),
            Wish::Consent => text.contains("Combinado!"),
            Wish::Corrected(_) => text.contains("dados foram atualizados"),
            Wish::Removed => text.contains("o endereço foi removido"),
        };
        if fits {
            self.wish_is_true();
        }
    }

    /// Whether the addresses on record are as they were to be: who was not told so sees it where they are listed.
    fn sees_it_done(&self, listed: &str) -> bool {
        let street = |line: &str| line.split(',').next().unwrap_or_default().to_owned();
        let home = self.wanted.address.as_deref().map(street);
        let has_home = home.is_some_and(|home| listed.contains(&home));
        match self.wishes.first() {
            Some(Wish::Another(line)) => listed.contains(&street(line)),
            Some(Wish::Corrected(line)) => listed.contains(&street(line)) && !has_home,
            Some(Wish::Removed) => !has_home,
            _ => false,
        }
    }

    fn wish_is_true(&mut self) {
        if self.wishes.is_empty() {
            return;
        }
        match self.wishes.remove(0) {
            Wish::Name(name) => self.wanted.name = name,
            Wish::Email(email) => self.wanted.email = Some(email),
            Wish::Another(line) => self.wanted.another = Some(line),
            Wish::Consent => self.wanted.consent = true,
            Wish::Corrected(line) => self.wanted.address = Some(line),
            Wish::Removed => self.wanted.address = None,
        }
    }

    /// What they say next, and whether it may be said again under another id without meaning something else.
    pub fn says(&mut self) -> (String, bool) {
        self.sayings += 1;
        let said = self.answer();
        self.last_said = Some(said.clone());
        said
    }

    /// What somebody says again under another id who was not answered so many times. Words that change something are not
    /// repeated while they may still be on their way.
    pub fn insists(&self, times: u32) -> Option<String> {
        let (text, harmless) = self.last_said.clone()?;
        if harmless {
            return Some(text);
        }
        (times > 3).then(|| "oi".to_owned())
    }

    fn answer(&mut self) -> (String, bool) {
        let Some(heard) = self.heard.clone() else {
            return ("Oi".to_owned(), true);
        };
        let asked = !matches!(heard, Heard::Wish | Heard::WhichAddress | Heard::End);
        if asked && !self.registered && self.moods.leaves > 0 && self.stream.happens(120) {
            self.moods.leaves -= 1;
            return ("cancelar".to_owned(), false);
        }
        let later = matches!(
            heard,
            Heard::Email | Heard::Address | Heard::Confirmation { .. }
        );
        if later && !self.registered && self.moods.goes_back > 0 && self.stream.happens(200) {
            self.moods.goes_back -= 1;
            return ("voltar".to_owned(), false);
        }
        if self.moods.mumbles > 0 && self.stream.happens(150) {
            self.moods.mumbles -= 1;
            return ("???".to_owned(), true);
        }
        self.sensible(&heard)
    }

    fn sensible(&mut self, heard: &Heard) -> (String, bool) {
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
                None => "Oi".to_owned(),
            },
        };
        (text, true)
    }

    /// What with the addresses on record: the one that is meant is named by its street.
    fn which_address(&self) -> String {
        let home = self.wanted.address.as_deref().unwrap_or_default();
        let street = home.split(',').next().unwrap_or_default();
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
            return "Fulano Errado".to_owned();
        }
        if self.stream.happens(500) {
            format!("Meu nome é {}", self.wanted.name)
        } else {
            self.wanted.name.clone()
        }
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

fn pass() -> String {
    "pular".to_owned()
}
