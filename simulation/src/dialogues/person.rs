//! A person who talks with a restaurant: answers the question that was heard last, in words or by a tap, checks what is read
//! back, and now and then goes back, leaves, writes nonsense or says nothing for forty minutes.

use comanda_domain::money::Money;

use super::{
    hearing::{Heard, understood},
    saying::{Choice, Saying, is_harmless, meaning},
};
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
    /// What they said last of hearing of offers, if they said anything.
    pub consent: Option<bool>,
}

/// Something that a person wants of their record once they are known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wish {
    Name(String),
    Email(String),
    Another(String),
    Consent,
    /// To hear of offers no more.
    Withdraw,
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
    /// The name that they first give, where they err.
    pub wrong_name: String,
    /// What they told of themselves and is not on record any more.
    pub told: Vec<String>,
    /// What can be tapped below the last message, and below those before.
    pub offered: Vec<Choice>,
    pub(super) offered_before: Vec<Choice>,
    pub(super) stream: Stream,
    pub(super) moods: Moods,
    /// What was heard last.
    pub heard: Option<Heard>,
    /// Counts what was heard and said.
    pub hearings: u32,
    pub sayings: u32,
    pub(super) last_said: Option<(Saying, bool)>,
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
    /// Taps of what was offered below another message.
    pub mistaps: u32,
    /// Whether they write the next answer before they are asked for it.
    pub hurries: bool,
}

impl Person {
    /// The person has the same phone as another who is still talking; then nothing of the record is changed meanwhile.
    pub fn shares_phone(&mut self) {
        self.wishes.clear();
    }

    /// The words that tell of this person and of nobody else at this restaurant.
    pub fn words(&self) -> Vec<String> {
        let digits: String = self.address.chars().filter(char::is_ascii_digit).collect();
        let tail = digits
            .get(digits.len().saturating_sub(8)..)
            .unwrap_or_default();
        let mut words = vec![last_word(&self.wanted.name), tail.to_owned()];
        words.extend(self.wanted.email.clone());
        for address in [&self.wanted.address, &self.wanted.another]
            .into_iter()
            .flatten()
        {
            words.push(street_of(address));
        }
        words.extend(self.told.iter().cloned());
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
    pub fn hears(&mut self, text: &str, offered: Vec<Choice>) {
        self.hearings += 1;
        let before = std::mem::replace(&mut self.offered, offered);
        if !before.is_empty() {
            self.offered_before = before;
        }
        let Some(heard) = understood(text) else {
            return;
        };
        if heard == Heard::Wish {
            self.registered = true;
            self.wish_done(text);
            self.protests(text);
        }
        let listed = self.offered.iter().map(|choice| choice.whole.as_str());
        let listed = listed.chain([text]).collect::<Vec<_>>().join("\n");
        if heard == Heard::WhichAddress && self.sees_it_done(&listed) {
            self.wish_is_true();
        }
        // Asked for an address where the list was: there is none any more.
        let is_gone = heard == Heard::Address && self.wishes.first() == Some(&Wish::Removed);
        if is_gone && self.last_words() == Some("meus endereços") {
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
            Wish::Withdraw => text.contains("não vai mais receber"),
            Wish::Corrected(_) => text.contains("dados foram atualizados"),
            Wish::Removed => text.contains("o endereço foi removido"),
        };
        if fits {
            self.wish_is_true();
        }
    }

    /// What they said first and came late is not what they said last.
    fn protests(&mut self, text: &str) {
        let settles = |wish: &Wish| matches!(wish, Wish::Consent | Wish::Withdraw);
        if self.wishes.iter().any(settles) {
            return;
        }
        let (wanted, given) = (self.wanted.consent, text.contains("Combinado!"));
        if given && wanted != Some(true) {
            self.wishes.push(Wish::Withdraw);
        }
        if wanted == Some(true) && text.contains("não vai mais receber") {
            self.wishes.push(Wish::Consent);
        }
    }

    /// Whether the addresses on record are as they were to be: who was not told so sees it where they are listed.
    fn sees_it_done(&self, listed: &str) -> bool {
        let home = self.wanted.address.as_deref().map(street_of);
        let has_home = home.is_some_and(|home| listed.contains(&home));
        match self.wishes.first() {
            Some(Wish::Another(line)) => listed.contains(&street_of(line)),
            Some(Wish::Corrected(line)) => listed.contains(&street_of(line)) && !has_home,
            Some(Wish::Removed) => !has_home,
            _ => false,
        }
    }

    fn wish_is_true(&mut self) {
        if self.wishes.is_empty() {
            return;
        }
        match self.wishes.remove(0) {
            Wish::Name(name) => {
                let before = std::mem::replace(&mut self.wanted.name, name);
                self.told.push(last_word(&before));
            }
            Wish::Email(email) => self.told.extend(self.wanted.email.replace(email)),
            Wish::Another(line) => self.wanted.another = Some(line),
            Wish::Consent => self.wanted.consent = Some(true),
            Wish::Withdraw => self.wanted.consent = Some(false),
            Wish::Corrected(line) => {
                let before = self.wanted.address.replace(line);
                self.told.extend(before.as_deref().map(street_of));
            }
            Wish::Removed => {
                let before = self.wanted.address.take();
                self.told.extend(before.as_deref().map(street_of));
            }
        }
    }

    /// What they say next. Kept with whether it may be said again under another id without meaning something else.
    pub fn says(&mut self) -> Saying {
        self.sayings += 1;
        let (words, is_harmless) = self.answer();
        let tap = match self.mistap() {
            Some(mistap) => Some(mistap),
            None => meaning(&words, &self.offered).cloned(),
        };
        let tap = tap.filter(|_| self.stream.happens(500));
        let saying = tap.map_or(Saying::Words(words), Saying::Tap);
        self.last_said = Some((saying.clone(), is_harmless));
        saying
    }

    /// What they write right after it, before they are asked.
    pub fn adds(&mut self) -> Option<Saying> {
        let asked_name = self.heard == Some(Heard::Name) && !self.registered;
        if !(asked_name && self.moods.hurries) {
            return None;
        }
        self.moods.hurries = false;
        let email = self.wanted.email.clone();
        Some(Saying::Words(email.unwrap_or_else(pass)))
    }

    /// Something that an earlier question offered and this one does not.
    fn mistap(&mut self) -> Option<Choice> {
        let offered = |choice: &&Choice| self.offered.iter().any(|one| one.says == choice.says);
        let mut before = self.offered_before.iter();
        let old = before.find(|choice| is_harmless(choice) && !offered(choice));
        let old = old.cloned().filter(|_| self.moods.mistaps > 0)?;
        let taps = self.stream.happens(100);
        self.moods.mistaps -= u32::from(taps);
        taps.then_some(old)
    }

    fn last_words(&self) -> Option<&str> {
        match &self.last_said.as_ref()?.0 {
            Saying::Words(words) => Some(words),
            Saying::Tap(choice) => Some(&choice.says),
        }
    }

    /// What somebody says again under another id who was not answered so many times. Words that change something are not
    /// repeated while they may still be on their way.
    pub fn insists(&self, times: u32) -> Option<Saying> {
        let (saying, harmless) = self.last_said.clone()?;
        if harmless {
            return Some(saying);
        }
        (times > 3).then(|| Saying::Words("oi".to_owned()))
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
}

pub(super) fn last_word(name: &str) -> String {
    let word = name.split(' ').next_back();
    word.unwrap_or_default().to_owned()
}

pub(super) fn street_of(line: &str) -> String {
    let street = line.split(',').next();
    street.unwrap_or_default().to_owned()
}

pub(super) fn pass() -> String {
    "pular".to_owned()
}
