//! What happened in a world: always as one number, and as sentences where somebody wants to read it.

use std::sync::{
    Mutex,
    atomic::{AtomicU64, Ordering},
};

use comanda_tasks::ports::intercept::{Call, ProviderCall};
use jiff::Timestamp;

use super::{
    chance::{hash, join},
    weather::Accident,
};
use crate::world::lock;

/// One sentence of a world's story.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// When.
    pub at: Timestamp,
    /// Who or what: an order's letter, `network`.
    pub who: String,
    /// What happened.
    pub says: String,
}

/// Collects both.
pub(crate) struct Trace {
    digest: AtomicU64,
    lines: Option<Mutex<Vec<Line>>>,
}

impl Trace {
    pub fn new(keeps_words: bool) -> Self {
        Self {
            digest: AtomicU64::new(0),
            lines: keeps_words.then(Mutex::default),
        }
    }

    /// Enters a number; equal worlds enter equal numbers in equal order.
    pub fn mark(&self, number: u64) {
        let digest = join(self.digest.load(Ordering::Relaxed), number);
        self.digest.store(digest, Ordering::Relaxed);
    }

    /// The number of the whole story.
    pub fn digest(&self) -> u64 {
        self.digest.load(Ordering::Relaxed)
    }

    /// Enters a sentence. The words are made only where they are kept; `mark` counts either way.
    pub fn say(&self, at: Timestamp, who: &str, mark: u64, says: impl FnOnce() -> String) {
        self.mark(join(mark, at.as_millisecond().unsigned_abs()));
        if let Some(lines) = &self.lines {
            let (who, says) = (who.to_owned(), says());
            lock(lines).push(Line { at, who, says });
        }
    }

    pub fn call(&self, party: &str, job: u64, accident: Option<Accident>) {
        let accident = accident.map_or(0, |accident| hash(accident.as_str().as_bytes()));
        self.mark(join(hash(party.as_bytes()) ^ job, accident));
    }

    pub fn accident(&self, at: Timestamp, (kind, id): (Accident, u32), call: &Call<'_>, job: &str) {
        self.say(at, "network", u64::from(id), || {
            format!("{} at {} in {job} [{id:08x}]", kind.as_str(), words(call))
        });
    }

    /// The sentences so far.
    pub fn lines(&self) -> Vec<Line> {
        self.lines
            .as_ref()
            .map(|lines| lock(lines).clone())
            .unwrap_or_default()
    }
}

/// A call in words, without anything of a person.
fn words(call: &Call<'_>) -> String {
    match call {
        Call::Get(table, _) => format!("reading {}", table.name),
        Call::Query(query) => format!("listing {}", query.table.name),
        Call::Write(writes) => {
            let tables: Vec<&str> = writes.iter().map(|write| write.table.name).collect();
            format!("writing {}", tables.join(" + "))
        }
        Call::Send(_) => "sending to the store's queue".to_owned(),
        Call::Start(workflow, _) | Call::StartSync(workflow, _) => format!("starting {workflow}"),
        Call::Complete => "completing a task token".to_owned(),
        Call::Provider(call) => provider_words(*call).to_owned(),
        Call::Message(_) => "sending a message".to_owned(),
        Call::SentSince => "looking up sent messages".to_owned(),
        Call::Secret(_) => "reading a secret".to_owned(),
    }
}

fn provider_words(call: ProviderCall) -> &'static str {
    match call {
        ProviderCall::FindPayer => "looking for the payer at the provider",
        ProviderCall::CreatePayer => "making the payer at the provider",
        ProviderCall::FindCharges => "looking for charges at the provider",
        ProviderCall::CreateCharge => "making the charge at the provider",
        ProviderCall::GetCharge => "reading the charge at the provider",
        ProviderCall::PixCode => "reading the PIX code",
        ProviderCall::DeleteCharge => "deleting the charge at the provider",
        ProviderCall::Refund => "asking the provider for the refund",
        ProviderCall::ListCharges => "listing charges at the provider",
        ProviderCall::Statement => "reading the provider's statement",
    }
}
