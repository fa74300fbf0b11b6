//! Who the people of a world are, drawn from its seed: what they want on record, later wishes, moods, whose phone they share.

use comanda_domain::money::Money;

use super::{
    Setting,
    person::{Moods, Person, Wanted, Wish},
};
use crate::storm::{chance::Stream, tenants::Tenant};

/// How every phone of the world's people begins.
const PHONES: &str = "8";

/// The people of a world.
pub(super) fn people_of(setting: &Setting, tenants: &[Tenant]) -> Vec<Person> {
    let mut people: Vec<Person> = Vec::new();
    for number in 0..setting.people {
        let person = Person::of(setting.seed, number, (tenants, &people));
        if let Some(twin) = person.twin_of.and_then(|twin| people.get_mut(twin)) {
            twin.shares_phone();
        }
        people.push(person);
    }
    for absent in setting.absent() {
        if let Some(person) = people.get_mut(absent) {
            (person.comes, person.done) = (false, true);
        }
    }
    people
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
            comes: true,
            comes_after: stream.between(0, 3_600),
            wanted,
            wishes: Vec::new(),
            points: Vec::new(),
            orders: Vec::new(),
            wants_erasure: alone && stream.happens(250),
            wrong_name: format!("Fulano {}", word(number, 6)),
            told: Vec::new(),
            offered: Vec::new(),
            offered_before: Vec::new(),
            moods: Moods {
                leaves: u32::from(stream.happens(150)),
                goes_back: u32::from(stream.happens(200)) * 2,
                mumbles: u32::from(stream.happens(200)) * 2,
                errs: u32::from(stream.happens(250)),
                mistaps: u32::from(stream.happens(300)) * 2,
                hurries: stream.happens(150),
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
            person.orders = orders(seed, number);
        }
        person
    }

    fn draw_later(&mut self, number: usize) {
        let [one, two, three] = [3, 4, 5].map(|which| word(number, which));
        let wishes = [
            Wish::Name(format!("Bruna {one}")),
            Wish::Email(format!("{}@exemplo.com.br", two.to_lowercase())),
            Wish::Another(format!("Avenida {two}, 77, Vila {one}")),
            Wish::Consent,
            Wish::Withdraw,
            Wish::Corrected(format!("Travessa {three}, 9, Vila {one}")),
            Wish::Removed,
        ];
        let has_home = self.wanted.address.is_some();
        let of_home = |wish: &Wish| matches!(wish, Wish::Corrected(_) | Wish::Removed);
        let drawn = wishes.into_iter().filter(|wish| {
            let may = has_home || !of_home(wish);
            self.stream.happens(180) && may
        });
        self.wishes = drawn.collect();
        for _ in 0..self.stream.below(4) {
            let points = *self
                .stream
                .pick(&[10, 44, 7, 0, -5, -12, -1_000])
                .unwrap_or(&1);
            self.points.push(points);
        }
    }
}

/// What somebody's orders cost.
fn orders(seed: u64, number: usize) -> Vec<Money> {
    let mut stream = Stream::new(seed, &format!("orders/{number}"));
    let count = *stream.pick(&[0, 0, 1, 2, 7]).unwrap_or(&0);
    let totals = (0..count).map(|_| Money::from_centavos(stream.between(100, 20_000)));
    totals.collect()
}

/// Whether this person may write to another restaurant too, without being somebody else's twin there.
fn is_elsewhere(person: &Person, tenant: usize, earlier: &[Person]) -> bool {
    let mut others = earlier.iter().filter(|other| other.tenant == tenant);
    person.tenant != tenant
        && person.twin_of.is_none()
        && others.all(|other| other.address != person.address)
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
        consent: None,
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
