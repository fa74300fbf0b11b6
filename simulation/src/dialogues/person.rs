//! A person who talks with a restaurant: drawn from the seed, answers the question that was heard last, checks what is read
//! back, and now and then goes back, leaves, writes nonsense or says nothing for forty minutes.

use super::hearing::{Heard, understood};
use crate::storm::{chance::Stream, tenants::Tenant};

/// How every phone of the world's people begins.
const PHONES: &str = "8";

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
}

/// Something that a person wants of their record once they are known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wish {
    Name(String),
    Email(String),
    Another(String),
    Consent,
}

/// One person and one restaurant.
#[derive(Debug, Clone)]
pub(super) struct Person {
    pub tenant: usize,
    pub address: String,
    /// The person whose phone this is too, by its old id.
    pub twin_of: Option<usize>,
    pub comes_after: i64,
    pub wanted: Wanted,
    pub wishes: Vec<Wish>,
    /// Points got and used, one after the other.
    pub points: Vec<i64>,
    pub wants_erasure: bool,
    stream: Stream,
    moods: Moods,
    /// What was heard last.
    pub heard: Option<Heard>,
    /// Counts what was heard and said.
    pub hearings: u32,
    pub sayings: u32,
    last_said: Option<(String, bool)>,
    /// The restaurant knows them.
    pub registered: bool,
    /// Nothing more is wanted.
    pub done: bool,
}

/// How often they still do what nobody needs.
#[derive(Debug, Clone)]
struct Moods {
    leaves: u32,
    goes_back: u32,
    mumbles: u32,
    errs: u32,
}

impl Person {
    /// Person number `number` of the world.
    pub fn of(seed: u64, number: usize, (tenants, earlier): (&[Tenant], &[Self])) -> Self {
        let mut stream = Stream::new(seed, &format!("person/{number}"));
        let tenant = number % tenants.len().max(1);
        let twin = number.checked_sub(tenants.len());
        let twin = twin.filter(|twin| {
            let plain = |one: &Self| one.twin_of.is_none() && one.address.contains("+55119");
            earlier.get(*twin).is_some_and(plain)
        });
        let kind = stream.below(100);
        let phone = format!(
            "{PHONES}{:07}",
            number * 7 + usize::try_from(seed % 9_000).unwrap_or(0) * 1_000
        );
        let neighbour = number.checked_sub(1).and_then(|before| earlier.get(before));
        let (address, twin_of) = match (kind, twin, neighbour) {
            (0..=24, Some(twin), _) => {
                let digits = earlier
                    .get(twin)
                    .map(|one| one.address.replace("+55119", "+5511"));
                (digits.unwrap_or_default(), Some(twin))
            }
            (25..=39, _, Some(neighbour)) if is_elsewhere(neighbour, tenant, earlier) => {
                (neighbour.address.clone(), None)
            }
            (40..=49, _, _) => (format!("whatsapp:BR.15025763{phone}"), None),
            _ => (format!("whatsapp:+55119{phone}"), None),
        };
        let wanted = match twin_of.and_then(|twin| earlier.get(twin)) {
            Some(twin) => twin.wanted.clone(),
            None => wanted(&mut stream, number),
        };
        let alone = twin_of.is_none();
        let mut person = Self {
            tenant,
            address,
            twin_of,
            comes_after: stream.between(0, 3_600),
            wanted,
            wishes: Vec::new(),
            points: Vec::new(),
            wants_erasure: alone && stream.happens(250),
            moods: Moods {
                leaves: u32::from(stream.happens(150)),
                goes_back: u32::from(stream.happens(200)) * 2,
                mumbles: u32::from(stream.happens(200)) * 2,
                errs: u32::from(stream.happens(250)),
            },
            stream,
            heard: None,
            hearings: 0,
            sayings: 0,
            last_said: None,
            registered: false,
            done: false,
        };
        if alone {
            person.draw_later(number);
        }
        person
    }

    fn draw_later(&mut self, number: usize) {
        let words = [word(number, 3), word(number, 4)];
        let [one, two] = words;
        let wishes = [
            Wish::Name(format!("Bruna {one}")),
            Wish::Email(format!("{}@exemplo.com.br", two.to_lowercase())),
            Wish::Another(format!("Avenida {two}, 77, Vila {one}")),
            Wish::Consent,
        ];
        let drawn: Vec<Wish> = wishes
            .into_iter()
            .filter(|_| self.stream.happens(180))
            .collect();
        self.wishes = drawn;
        for _ in 0..self.stream.below(4) {
            let points = *self
                .stream
                .pick(&[10, 44, 7, -5, -12, -1_000])
                .unwrap_or(&1);
            self.points.push(points);
        }
    }

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

    /// Takes note of a message.
    pub fn hears(&mut self, text: &str) {
        self.hearings += 1;
        let Some(heard) = understood(text) else {
            return;
        };
        if heard == Heard::Wish {
            self.registered = true;
            self.wish_done(text);
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
        };
        if !fits {
            return;
        }
        match self.wishes.remove(0) {
            Wish::Name(name) => self.wanted.name = name,
            Wish::Email(email) => self.wanted.email = Some(email),
            Wish::Another(line) => self.wanted.another = Some(line),
            Wish::Consent => {}
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
                Some(Wish::Another(line)) if self.registered => line.clone(),
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
            Heard::WhichAddress => "outro".to_owned(),
            Heard::End => "Oi".to_owned(),
            Heard::Wish => match self.wishes.first() {
                Some(Wish::Name(_)) => "quero mudar meu nome".to_owned(),
                Some(Wish::Email(_)) => "quero mudar meu e-mail".to_owned(),
                Some(Wish::Another(_)) => "meus endereços".to_owned(),
                Some(Wish::Consent) => "quero receber promoções".to_owned(),
                None => "Oi".to_owned(),
            },
        };
        (text, true)
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

/// Whether this person may write to another restaurant too, without being somebody else's twin there.
fn is_elsewhere(person: &Person, tenant: usize, earlier: &[Person]) -> bool {
    let mut others = earlier.iter().filter(|other| other.tenant == tenant);
    person.tenant != tenant
        && person.twin_of.is_none()
        && others.all(|other| other.address != person.address)
}

fn pass() -> String {
    "pular".to_owned()
}

fn wanted(stream: &mut Stream, number: usize) -> Wanted {
    let first = *stream
        .pick(&["João", "Ana", "Lúcia", "Zé", "Conceição", "Mara"])
        .unwrap_or(&"Ana");
    let (family, street) = (word(number, 1), word(number, 2));
    Wanted {
        name: format!("{first} {family}"),
        email: stream
            .happens(600)
            .then(|| format!("{}@exemplo.com", family.to_lowercase())),
        address: stream
            .happens(700)
            .then(|| format!("Rua {street}, {}, Jardim {family}", 100 + number)),
        another: None,
    }
}

/// A word that nobody else in the world uses, of letters only.
fn word(number: usize, which: usize) -> String {
    let mut rest = number * 8 + which;
    let mut word = "Quix".to_owned();
    for _ in 0..3 {
        let syllables = ["ba", "de", "fi", "go", "lu", "me", "ni", "po", "ra", "tu"];
        word.push_str(syllables.get(rest % 10).copied().unwrap_or("za"));
        rest /= 10;
    }
    word
}
