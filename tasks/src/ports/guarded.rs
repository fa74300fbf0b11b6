//! What a handler says it uses, and ports that refuse anything else.
//!
//! The declaration is what `codegen` turns into permissions. Every handler runs behind [`guarded`], so that a use that was
//! not declared fails in the first test that makes it, and not on AWS.

use std::sync::Arc;

use comanda_domain::tables::Table;
use jiff::{SignedDuration, Timestamp};

use super::{
    Clock, Ports,
    intercept::{Call, Fate, Interceptor, intercepted},
};

/// What one part of a handler uses. A handler declares several, because parts are shared (telling a customer, say).
#[derive(Debug, Clone, Copy, Default)]
pub struct Uses {
    /// Tables read by key.
    pub reads: &'static [&'static Table],
    /// Tables listed, themselves or by an index.
    pub queries: &'static [&'static Table],
    /// Tables written.
    pub writes: &'static [&'static Table],
    /// Sends to the stores' queues.
    pub store_queues: bool,
    /// Speaks to the payment provider, with the tenant's account.
    pub provider: bool,
    /// Sends messages to customers.
    pub channel: bool,
    /// Reads secrets.
    pub secrets: bool,
    /// Workflows started, by name.
    pub starts: &'static [&'static str],
    /// Completes task tokens.
    pub tokens: bool,
}

impl Uses {
    /// Nothing at all.
    pub const NOTHING: Self = Self {
        reads: &[],
        queries: &[],
        writes: &[],
        store_queues: false,
        provider: false,
        channel: false,
        secrets: false,
        starts: &[],
        tokens: false,
    };
}

/// The same ports; a call that no part of `uses` declares is refused and not made.
#[must_use]
pub fn guarded(ports: &Ports, uses: &'static [Uses]) -> Ports {
    intercepted(ports, Arc::new(Guard { uses, until: None }))
}

/// The same for a try of a task that has so many seconds: behind them it reaches nobody any more.
///
/// Step Functions goes on without a try that its `TimeoutSeconds` have ended, while the Lambda function may run for longer. What such a
/// try still did would come behind whatever was done since, and nobody would hear how it ended.
#[must_use]
pub(crate) fn guarded_within(ports: &Ports, uses: &'static [Uses], seconds: u32) -> Ports {
    let clock = ports.clock.clone();
    let seconds = SignedDuration::from_secs(seconds.into());
    let until = clock.now().checked_add(seconds).unwrap_or(Timestamp::MAX);
    let until = Some((clock, until));
    intercepted(ports, Arc::new(Guard { uses, until }))
}

struct Guard {
    uses: &'static [Uses],
    until: Option<(Arc<dyn Clock>, Timestamp)>,
}

impl Interceptor for Guard {
    fn fate(&self, call: &Call<'_>) -> Fate {
        let is_over = |(clock, until): &(Arc<dyn Clock>, Timestamp)| clock.now() >= *until;
        match undeclared(self.uses, call) {
            None if self.until.as_ref().is_some_and(is_over) => Fate::Throttled,
            None => Fate::Proceed,
            Some(what) => Fate::Forbidden(format!("this handler does not declare {what}")),
        }
    }
}

/// What of this call no part declares, in words; `None` if all of it is declared.
#[must_use]
pub fn undeclared(uses: &[Uses], call: &Call<'_>) -> Option<String> {
    let unless = |declared: bool, what: String| (!declared).then_some(what);
    let table = |named: fn(&Uses) -> &'static [&'static Table], table: &Table| {
        let mut tables = uses.iter().flat_map(named);
        tables.any(|declared| declared.name == table.name)
    };
    let any = |named: fn(&Uses) -> bool| uses.iter().any(named);
    match call {
        Call::Get(read, _) => unless(
            table(|part| part.reads, read),
            format!("reading {}", read.name),
        ),
        Call::Query(query) => unless(
            table(|part| part.queries, query.table),
            format!("listing {}", query.table.name),
        ),
        Call::Write(writes) => writes
            .iter()
            .find(|write| !table(|part| part.writes, write.table))
            .map(|write| format!("writing {}", write.table.name)),
        Call::Send(_) => unless(
            any(|part| part.store_queues),
            "sending to store queues".into(),
        ),
        Call::Start(workflow, _) | Call::StartSync(workflow, _) => unless(
            uses.iter().any(|part| part.starts.contains(workflow)),
            format!("starting {workflow}"),
        ),
        Call::Complete => unless(any(|part| part.tokens), "completing task tokens".into()),
        Call::Provider(_) => unless(any(|part| part.provider), "the payment provider".into()),
        Call::Message(_) | Call::SentSince => {
            unless(any(|part| part.channel), "messages to customers".into())
        }
        Call::Secret(_) => unless(any(|part| part.secrets), "reading secrets".into()),
    }
}
