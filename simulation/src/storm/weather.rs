//! The weather of one world: which accidents may happen in it, and how often. Drawn from the seed, so that most worlds
//! have few kinds of accidents and many of each ("swarm"): what only shows in long outages is not drowned by the rest.

use std::str::FromStr;

use comanda_tasks::ports::intercept::Call;

use super::{chance::Stream, standstill::Standstill};

/// A kind of accident at a call to the outside (RELIABILITY §3: each call has four outcomes, and its caller may die).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Accident {
    /// The party does not take the request: throttled (at AWS, providers §4.7), or away.
    Throttled,
    /// The party decides against it, for good.
    Refused,
    /// It is not carried out, and the caller does not know.
    LostBefore,
    /// It is carried out, and the caller does not know.
    LostAfter,
    /// The caller is gone before it.
    CrashBefore,
    /// The caller is gone after it.
    CrashAfter,
    /// It takes long: from a second to minutes, past time-outs.
    Slow,
    /// Others go first.
    Overtaken,
}

impl Accident {
    /// Every kind, in the order in which the command names them.
    pub const ALL: [Self; 8] = [
        Self::Throttled,
        Self::Refused,
        Self::LostBefore,
        Self::LostAfter,
        Self::CrashBefore,
        Self::CrashAfter,
        Self::Slow,
        Self::Overtaken,
    ];

    /// As the command line and stories name it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Throttled => "throttled",
            Self::Refused => "refused",
            Self::LostBefore => "lost-before",
            Self::LostAfter => "lost-after",
            Self::CrashBefore => "crash-before",
            Self::CrashAfter => "crash-after",
            Self::Slow => "slow",
            Self::Overtaken => "overtaken",
        }
    }
}

/// A word that names no accident.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no kind of accident: use throttled, refused, lost-before, lost-after, crash-before, crash-after, slow, overtaken"
)]
pub struct UnknownAccident(String);

impl FromStr for Accident {
    type Err = UnknownAccident;

    fn from_str(word: &str) -> Result<Self, UnknownAccident> {
        let found = Self::ALL.into_iter().find(|kind| kind.as_str() == word);
        found.ok_or_else(|| UnknownAccident(word.to_owned()))
    }
}

/// How often each kind happens, of ten thousand calls, and to whom.
#[derive(Debug, Clone)]
pub(crate) struct Weather {
    rates: Vec<(Accident, u64)>,
    parties: Vec<&'static str>,
    /// When the world begins.
    pub begins: &'static str,
    /// How long indexes lag behind, in milliseconds.
    pub index_lag_milliseconds: i64,
    /// Whether the provider sends each event on its own, so that they may overtake each other.
    pub events_in_any_order: bool,
    /// Whether the provider keeps something of each payment.
    pub keeps_fees: bool,
    /// Whether the books are swept on schedule. Every sweep is a hundred calls, so that most worlds do without until they
    /// are at rest.
    pub sweeps: bool,
    /// When the provider tells one tenant nothing, whose books are swept then: nobody else would hear of their money.
    pub standstill: Option<Standstill>,
}

const SATURDAY: &str = "2026-03-07T22:00:00Z";

/// When worlds begin: on a Saturday evening in São Paulo; so late that the day changes there while the weather is bad; on the
/// year's last evening, in whose midst the year changes in UTC; before a leap day begins.
const BEGINNINGS: [&str; 4] = [
    SATURDAY,
    "2026-03-08T01:40:00Z",
    "2026-12-31T22:30:00Z",
    "2028-02-29T01:10:00Z",
];

const PARTIES: [&str; 6] = [
    "dynamodb",
    "sqs",
    "states",
    "asaas",
    "twilio",
    "secretsmanager",
];

impl Weather {
    /// The weather of this seed, with no accidents but those that are allowed.
    pub fn of(seed: u64, allowed: &[Accident]) -> Self {
        let mut stream = Stream::new(seed, "weather");
        let mut rates = Vec::new();
        for kind in Accident::ALL {
            // Drawn for all, so that forbidding one kind leaves the others as they are.
            let rate = *stream.pick(&[0, 0, 10, 40, 80]).unwrap_or(&0);
            let rate = match kind {
                Accident::Overtaken => rate * 20,
                Accident::Refused => rate / 3,
                _ => rate,
            };
            if rate > 0 && allowed.contains(&kind) {
                rates.push((kind, rate));
            }
        }
        // Without accidents the first net must hold by itself; others are late, silent and double all the same.
        if Stream::new(seed, "calm").happens(200) {
            rates.retain(|(kind, _)| *kind == Accident::Overtaken);
        }
        let mut parties = PARTIES.to_vec();
        parties.retain(|_| stream.happens(700));
        let standstill = Standstill::of(seed).filter(|_| is_rough(&rates));
        Self {
            rates,
            parties,
            standstill,
            index_lag_milliseconds: *stream.pick(&[0, 0, 500, 5_000, 60_000]).unwrap_or(&0),
            events_in_any_order: stream.happens(300),
            keeps_fees: *stream.pick(&[false, true, true]).unwrap_or(&false),
            sweeps: stream.happens(100) || standstill.is_some(),
            begins: Stream::new(seed, "beginning")
                .pick(&BEGINNINGS)
                .unwrap_or(&SATURDAY),
        }
    }

    /// No weather of its own: whatever happens is forced, and may happen to every party.
    pub fn none() -> Self {
        Self {
            rates: Vec::new(),
            parties: PARTIES.to_vec(),
            index_lag_milliseconds: 0,
            events_in_any_order: false,
            keeps_fees: true,
            sweeps: false,
            standstill: None,
            begins: SATURDAY,
        }
    }

    /// Whether a party may be away for a while: in a calm world nobody is.
    pub fn may_be_away(&self) -> bool {
        is_rough(&self.rates)
    }

    /// What happens to a call, given 64 bits of its own.
    pub fn accident(&self, call: &Call<'_>, bits: u64) -> Option<Accident> {
        let mut roll = bits % 10_000;
        for (kind, rate) in &self.rates {
            if roll < *rate {
                return self.can(*kind, call).then_some(*kind);
            }
            roll -= rate;
        }
        None
    }

    pub fn can(&self, kind: Accident, call: &Call<'_>) -> bool {
        let decides = matches!(call, Call::Provider(_) | Call::Message(_));
        match kind {
            // Being overtaken needs nobody's failure; dying is the caller's own.
            Accident::Overtaken | Accident::CrashBefore | Accident::CrashAfter => true,
            Accident::Refused => decides && self.parties.contains(&call.party()),
            _ => self.parties.contains(&call.party()),
        }
    }
}

/// Whether anything happens in it but that others go first.
fn is_rough(rates: &[(Accident, u64)]) -> bool {
    rates.iter().any(|(kind, _)| *kind != Accident::Overtaken)
}
