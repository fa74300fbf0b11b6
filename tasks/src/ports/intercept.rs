//! Ports with somebody in between: who sees each call before it is made and decides what becomes of it.
//!
//! The guard against undeclared uses is one such, the faults and crashes of simulation are another. It knows no party's
//! own rules; a refusal is worded here in each party's terms, and that is all.

mod provider;

use std::{
    future::{Future, pending},
    pin::Pin,
    sync::Arc,
};

use comanda_domain::{keys::Key, tables::Table};
use jiff::Timestamp;
use secrecy::SecretString;
use serde_json::Value;

use super::{
    Answer, Channel, ChannelError, ChoiceLimits, Completion, OutageError, OutboundMessage, Page,
    Ports, ProviderError, Query, Queue, QueueMessage, Secrets, Sender, SentMessage, Started, Store,
    StoreError, StoredRow, SyncEnd, Workflows, Write,
};

/// One call of a port, as it is about to be made. Not `Debug`: messages and rows hold personal data.
#[derive(Clone, Copy)]
pub enum Call<'a> {
    /// [`Store::get`].
    Get(&'static Table, &'a Key),
    /// [`Store::write`].
    Write(&'a [Write]),
    /// [`Store::query`].
    Query(&'a Query),
    /// [`Queue::send`].
    Send(&'a QueueMessage),
    /// [`Workflows::start`]: workflow and name.
    Start(&'a str, &'a str),
    /// [`Workflows::start_sync`]: workflow and name.
    StartSync(&'a str, &'a str),
    /// [`Workflows::succeed`] or [`Workflows::fail`].
    Complete,
    /// Any call of the [`super::PaymentProvider`].
    Provider(ProviderCall),
    /// [`Channel::send`].
    Message(&'a OutboundMessage),
    /// [`Channel::sent_since`].
    SentSince,
    /// [`Secrets::get`].
    Secret(&'a str),
}

/// Which call of the payment provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ProviderCall {
    /// [`super::PaymentProvider::find_payer`].
    FindPayer,
    /// [`super::PaymentProvider::create_payer`].
    CreatePayer,
    /// [`super::PaymentProvider::find_charges`].
    FindCharges,
    /// [`super::PaymentProvider::create_charge`].
    CreateCharge,
    /// [`super::PaymentProvider::get_charge`].
    GetCharge,
    /// [`super::PaymentProvider::pix_code`].
    PixCode,
    /// [`super::PaymentProvider::delete_charge`].
    DeleteCharge,
    /// [`super::PaymentProvider::refund`].
    Refund,
    /// [`super::PaymentProvider::list_charges`].
    ListCharges,
    /// [`super::PaymentProvider::statement`].
    Statement,
}

impl Call<'_> {
    /// Who is asked, as [`OutageError`] names them.
    #[must_use]
    pub fn party(&self) -> &'static str {
        match self {
            Call::Get(..) | Call::Write(_) | Call::Query(_) => "dynamodb",
            Call::Send(_) => "sqs",
            Call::Start(..) | Call::StartSync(..) | Call::Complete => "states",
            Call::Provider(_) => "asaas",
            Call::Message(_) | Call::SentSince => "twilio",
            Call::Secret(_) => "secretsmanager",
        }
    }
}

/// What becomes of a call. RELIABILITY §3: each has four outcomes, and the caller may die before or after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// It is made.
    Proceed,
    /// It is not made, and the caller knows: throttled or, where the party can, refused for good.
    Refused,
    /// It is not made, and the caller does not know.
    LostBefore,
    /// It is made, and the caller does not know.
    LostAfter,
    /// It is not made, and the caller is gone: the future never ends and is to be dropped.
    CrashBefore,
    /// It is made, and the caller is gone.
    CrashAfter,
    /// It is not made, and the caller knows; whatever the party, it may be made later.
    Throttled,
    /// It is not made, and never would be; the text says why. For guards.
    Forbidden(String),
}

/// Decides the fate of each call.
pub trait Interceptor: Send + Sync {
    /// Called before each call, in the order the handler makes them.
    fn fate(&self, call: &Call<'_>) -> Fate;

    /// What passes before the call reaches its party: time, or others who go first. Nothing, unless somebody says so.
    fn delay(&self, _call: &Call<'_>) -> Option<Delay> {
        None
    }
}

/// Ends when a call may go on.
pub type Delay = Pin<Box<dyn Future<Output = ()> + Send>>;

/// The same ports, with `interceptor` in between. The clock is not a party and is handed through.
#[must_use]
pub fn intercepted(ports: &Ports, interceptor: Arc<dyn Interceptor>) -> Ports {
    let between = Arc::new(Between {
        inner: ports.clone(),
        interceptor,
    });
    Ports {
        store: between.clone(),
        queue: between.clone(),
        workflows: between.clone(),
        provider: between.clone(),
        channel: between.clone(),
        secrets: between,
        is_tried_again: ports.is_tried_again,
        clock: ports.clock.clone(),
    }
}

struct Between {
    inner: Ports,
    interceptor: Arc<dyn Interceptor>,
}

/// An error that a port can answer for each fate in which the caller hears of it.
trait PortError: From<OutageError> {
    /// The party's own "no", where it has one.
    fn refusal(party: &'static str) -> Self {
        Self::from(throttled(party))
    }
}

fn throttled(party: &'static str) -> OutageError {
    OutageError::NotDone {
        party,
        detail: "throttled".into(),
    }
}

impl PortError for OutageError {}
impl PortError for StoreError {}

impl PortError for ProviderError {
    fn refusal(_: &'static str) -> Self {
        Self::Refused {
            code: "invalid_action".into(),
            description: "Ação não permitida.".into(),
        }
    }
}

impl PortError for ChannelError {
    fn refusal(_: &'static str) -> Self {
        // Not on WhatsApp: 63016 never comes at once.
        Self::Refused { code: 63_024 }
    }
}

impl Between {
    async fn pass<T, E: PortError, F: Future<Output = Result<T, E>>>(
        &self,
        call: Call<'_>,
        make: impl FnOnce() -> F,
    ) -> Result<T, E> {
        let decided = self.decide(call).await;
        carry_out(decided, make).await
    }

    /// What becomes of a call, once it reaches its party.
    async fn decide(&self, call: Call<'_>) -> Decided {
        if let Some(delay) = self.interceptor.delay(&call) {
            delay.await;
        }
        Decided {
            party: call.party(),
            fate: self.interceptor.fate(&call),
        }
    }
}

/// What becomes of a call that is not here any more: it may be a part of what is made.
struct Decided {
    party: &'static str,
    fate: Fate,
}

/// `make` is called only if the call is to be made, so that an eager port does nothing before its fate is known.
async fn carry_out<T, E: PortError, F: Future<Output = Result<T, E>>>(
    Decided { party, fate }: Decided,
    make: impl FnOnce() -> F,
) -> Result<T, E> {
    let lost = || {
        E::from(OutageError::Unknown {
            party,
            detail: "no answer".into(),
        })
    };
    match fate {
        Fate::Proceed => make().await,
        Fate::Refused => Err(E::refusal(party)),
        Fate::LostBefore => Err(lost()),
        Fate::LostAfter => {
            let _unheard = make().await;
            Err(lost())
        }
        Fate::CrashBefore => pending().await,
        Fate::CrashAfter => {
            let _gone_with_the_caller = make().await;
            pending().await
        }
        Fate::Throttled => Err(E::from(throttled(party))),
        Fate::Forbidden(detail) => Err(E::from(OutageError::Refused { party, detail })),
    }
}

impl Store for Between {
    fn get<'a>(
        &'a self,
        table: &'static Table,
        key: &'a Key,
    ) -> Answer<'a, Option<Arc<StoredRow>>, StoreError> {
        Box::pin(self.pass(Call::Get(table, key), move || {
            self.inner.store.get(table, key)
        }))
    }

    fn write(&self, writes: Vec<Write>) -> Answer<'_, (), StoreError> {
        Box::pin(async move {
            let decided = self.decide(Call::Write(&writes)).await;
            carry_out(decided, || self.inner.store.write(writes)).await
        })
    }

    fn query(&self, query: Query) -> Answer<'_, Page, StoreError> {
        Box::pin(async move {
            let decided = self.decide(Call::Query(&query)).await;
            carry_out(decided, || self.inner.store.query(query)).await
        })
    }
}

impl Queue for Between {
    fn send(&self, message: QueueMessage) -> Answer<'_, (), OutageError> {
        Box::pin(async move {
            let decided = self.decide(Call::Send(&message)).await;
            carry_out(decided, || self.inner.queue.send(message)).await
        })
    }
}

impl Workflows for Between {
    fn start<'a>(
        &'a self,
        workflow: &'a str,
        name: &'a str,
        input: Value,
    ) -> Answer<'a, Started, OutageError> {
        Box::pin(self.pass(Call::Start(workflow, name), move || {
            self.inner.workflows.start(workflow, name, input)
        }))
    }

    fn start_sync<'a>(
        &'a self,
        workflow: &'a str,
        name: &'a str,
        input: Value,
    ) -> Answer<'a, SyncEnd, OutageError> {
        Box::pin(self.pass(Call::StartSync(workflow, name), move || {
            self.inner.workflows.start_sync(workflow, name, input)
        }))
    }

    fn succeed<'a>(&'a self, token: &'a str, output: Value) -> Answer<'a, Completion, OutageError> {
        Box::pin(self.pass(Call::Complete, move || {
            self.inner.workflows.succeed(token, output)
        }))
    }

    fn fail<'a>(
        &'a self,
        token: &'a str,
        error: &'a str,
        cause: &'a str,
    ) -> Answer<'a, Completion, OutageError> {
        Box::pin(self.pass(Call::Complete, move || {
            self.inner.workflows.fail(token, error, cause)
        }))
    }
}

impl Channel for Between {
    fn send<'a>(
        &'a self,
        sender: &'a Sender,
        message: &'a OutboundMessage,
    ) -> Answer<'a, String, ChannelError> {
        Box::pin(self.pass(Call::Message(message), move || {
            self.inner.channel.send(sender, message)
        }))
    }

    fn sent_since<'a>(
        &'a self,
        sender: &'a Sender,
        to: &'a str,
        since: Timestamp,
    ) -> Answer<'a, Vec<SentMessage>, ChannelError> {
        Box::pin(self.pass(Call::SentSince, move || {
            self.inner.channel.sent_since(sender, to, since)
        }))
    }

    fn limits(&self, to: &str) -> ChoiceLimits {
        self.inner.channel.limits(to)
    }
}

impl Secrets for Between {
    fn get<'a>(&'a self, reference: &'a str) -> Answer<'a, Option<SecretString>, OutageError> {
        Box::pin(self.pass(Call::Secret(reference), move || {
            self.inner.secrets.get(reference)
        }))
    }
}
