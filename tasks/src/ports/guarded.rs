//! What a handler says it uses, and ports that refuse anything else.
//!
//! The declaration is what `codegen` turns into permissions. In simulation and in tests every handler runs behind
//! [`guarded`], so that a use that was not declared fails there and not on AWS.

use std::sync::Arc;

use comanda_domain::tables::Table;

use super::{
    Ports,
    intercept::{Call, Fate, Interceptor, intercepted},
};

/// What one handler uses. Plain data, so that permissions are made from it.
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
    /// Reads secrets (implied by the two above, which need keys).
    pub secrets: bool,
    /// Workflows started, by name.
    pub starts: &'static [&'static str],
    /// Completes task tokens.
    pub tokens: bool,
}

/// The same ports; a call that `uses` does not declare is refused and not made.
#[must_use]
pub fn guarded(ports: &Ports, uses: Uses) -> Ports {
    intercepted(ports, Arc::new(Guard { uses }))
}

struct Guard {
    uses: Uses,
}

impl Interceptor for Guard {
    fn fate(&self, call: &Call<'_>) -> Fate {
        match self.uses.forbids(call) {
            None => Fate::Proceed,
            Some(what) => Fate::Forbidden(format!("this handler does not declare {what}")),
        }
    }
}

impl Uses {
    /// What of this call is not declared, in words; `None` if all of it is.
    #[must_use]
    pub fn forbids(&self, call: &Call<'_>) -> Option<String> {
        let undeclared = |declared: bool, what: String| (!declared).then_some(what);
        match call {
            Call::Get(table, _) => {
                undeclared(has(self.reads, table), format!("reading {}", table.name))
            }
            Call::Query(query) => undeclared(
                has(self.queries, query.table),
                format!("listing {}", query.table.name),
            ),
            Call::Write(writes) => writes
                .iter()
                .find(|write| !has(self.writes, write.table))
                .map(|write| format!("writing {}", write.table.name)),
            Call::Send(_) => undeclared(self.store_queues, "sending to store queues".into()),
            Call::Start(workflow, _) | Call::StartSync(workflow, _) => undeclared(
                self.starts.contains(workflow),
                format!("starting {workflow}"),
            ),
            Call::Complete => undeclared(self.tokens, "completing task tokens".into()),
            Call::Provider(_) => undeclared(self.provider, "the payment provider".into()),
            Call::Message(_) | Call::SentSince => {
                undeclared(self.channel, "messages to customers".into())
            }
            Call::Secret(_) => undeclared(self.secrets, "reading secrets".into()),
        }
    }
}

fn has(tables: &[&'static Table], table: &Table) -> bool {
    tables.iter().any(|declared| declared.name == table.name)
}
