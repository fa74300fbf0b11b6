//! What one run of a handler meets with: it dies between two effects, or others go first at one of its calls.

use std::{
    future::Future,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU8, Ordering},
    },
    task::{Context, Poll},
};

use comanda_tasks::ports::intercept::{Call, Delay, Fate, Interceptor, ProviderCall};

/// What is to be met with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mishap {
    /// Nothing.
    None,
    /// It dies after so many of its effects; after all of them, its answer is lost.
    DiesAfter(u8),
    /// Others go first at the call of this number.
    OvertakenAt(u8),
}

/// One run, and how far it is.
pub(super) struct Meeting {
    mishap: Mishap,
    tenant: String,
    calls: AtomicU8,
    effects: AtomicU8,
    died: AtomicBool,
    waits: Arc<AtomicBool>,
    opened: Arc<AtomicBool>,
    trespassed: AtomicBool,
}

impl Meeting {
    pub fn new(mishap: Mishap, tenant: &str) -> Arc<Self> {
        Arc::new(Self {
            mishap,
            tenant: tenant.to_owned(),
            calls: AtomicU8::new(0),
            effects: AtomicU8::new(0),
            died: AtomicBool::new(false),
            waits: Arc::default(),
            opened: Arc::default(),
            trespassed: AtomicBool::new(false),
        })
    }

    /// Whether it died since this was last asked.
    pub fn took_death(&self) -> bool {
        self.died.swap(false, Ordering::Relaxed)
    }

    /// Whether it waits for others to go first.
    pub fn waits(&self) -> bool {
        self.waits.load(Ordering::Relaxed) && !self.opened.load(Ordering::Relaxed)
    }

    /// Whether others went first.
    pub fn was_overtaken(&self) -> bool {
        self.opened.load(Ordering::Relaxed)
    }

    /// The others have gone.
    pub fn open(&self) {
        self.opened.store(true, Ordering::Relaxed);
    }

    /// How many calls it made.
    pub fn calls(&self) -> u8 {
        self.calls.load(Ordering::Relaxed)
    }

    /// How many effects it had.
    pub fn effects(&self) -> u8 {
        self.effects.load(Ordering::Relaxed)
    }

    /// Whether it touched a row of another tenant (T2).
    pub fn trespassed(&self) -> bool {
        self.trespassed.load(Ordering::Relaxed)
    }

    /// Every key starts with the tenant; routes are read before a tenant is known.
    fn watch(&self, call: &Call<'_>) {
        let own = |partition: &str| {
            let tenant = partition.split('#').next().unwrap_or_default();
            tenant.is_empty() || tenant == self.tenant
        };
        let foreign = match call {
            Call::Get(table, key) => {
                !table.name.ends_with("routes") && !own(key.partition.as_str())
            }
            Call::Query(query) => !own(query.partition.as_str()),
            Call::Write(writes) => writes
                .iter()
                .any(|write| !own(write.key.partition.as_str())),
            Call::Secret(reference) => !reference.starts_with(&format!("comanda/{}/", self.tenant)),
            _ => false,
        };
        if foreign {
            self.trespassed.store(true, Ordering::Relaxed);
        }
    }
}

impl Interceptor for Meeting {
    fn delay(&self, _: &Call<'_>) -> Option<Delay> {
        let number = self.calls.fetch_add(1, Ordering::Relaxed);
        let here = self.mishap == Mishap::OvertakenAt(number);
        here.then(|| {
            let gate = Gate {
                waits: self.waits.clone(),
                opened: self.opened.clone(),
            };
            Box::pin(gate) as Delay
        })
    }

    fn fate(&self, call: &Call<'_>) -> Fate {
        self.watch(call);
        if !has_effect(call) {
            return Fate::Proceed;
        }
        let number = self.effects.fetch_add(1, Ordering::Relaxed);
        if self.mishap == Mishap::DiesAfter(number) {
            self.died.store(true, Ordering::Relaxed);
            return Fate::CrashBefore;
        }
        Fate::Proceed
    }
}

/// Between two calls that only look, dying makes no difference.
fn has_effect(call: &Call<'_>) -> bool {
    match call {
        Call::Get(..) | Call::Query(_) | Call::SentSince | Call::Secret(_) => false,
        Call::Write(_)
        | Call::Send(_)
        | Call::Start(..)
        | Call::StartSync(..)
        | Call::Complete
        | Call::Message(_) => true,
        Call::Provider(call) => matches!(
            call,
            ProviderCall::CreatePayer
                | ProviderCall::CreateCharge
                | ProviderCall::DeleteCharge
                | ProviderCall::Refund
        ),
    }
}

struct Gate {
    waits: Arc<AtomicBool>,
    opened: Arc<AtomicBool>,
}

impl Future for Gate {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if self.opened.load(Ordering::Relaxed) {
            return Poll::Ready(());
        }
        self.waits.store(true, Ordering::Relaxed);
        Poll::Pending
    }
}
