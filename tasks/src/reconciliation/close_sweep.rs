//! Adds up the walks, and says whether the sweep saw everything.

use comanda_domain::exception::{Exception, ExceptionKind};
use comanda_dsl::NoRefusal;
use comanda_workflows::contracts::{CloseSweep, SweepReport, SweptWalks, Walk};

use crate::{
    fault::Failure,
    handler::Handler,
    parts,
    ports::{Ports, guarded::Uses},
    raise::{close, raise},
};

/// Sweeps of a tenant share one exception: it is raised while they are incomplete, and closed by the next complete one.
const SUBJECT: &str = "reconciliation";
/// Walks that its detail names.
const TOLD: usize = 6;

impl Handler for CloseSweep {
    const USES: &'static [Uses] = &[parts::RAISE];

    async fn handle(ports: &Ports, swept: SweptWalks) -> Result<SweepReport, Failure<NoRefusal>> {
        let (tenant, now) = (&swept.client_id, ports.clock.now());
        let sum =
            |part: fn(&Walk) -> u32| swept.walks.iter().map(part).fold(0, u32::saturating_add);
        let open = swept.walks.iter().filter(|walk| !walk.complete);
        let open: Vec<String> = open.map(unfinished).collect();
        if open.is_empty() {
            let of = (tenant, SUBJECT, ExceptionKind::SweepIncomplete);
            close(ports, of, "a later sweep was complete", now).await?;
        } else {
            let detail = format!("not walked to the end: {}", told(&open));
            let subject = (SUBJECT, ExceptionKind::SweepIncomplete);
            raise(ports, &Exception::raised(tenant, subject, detail, now)).await?;
        }
        Ok(SweepReport {
            client_id: tenant.clone(),
            complete: open.is_empty(),
            looked_at: sum(|walk| walk.looked_at),
            healed: sum(|walk| walk.healed),
            raised: sum(|walk| walk.raised),
            calls: sum(|walk| walk.calls),
            days: swept.walks.into_iter().flat_map(|walk| walk.days).collect(),
        })
    }
}

/// Which walk, of which store, and why it did not come to its end.
fn unfinished(walk: &Walk) -> String {
    let store = walk.store_id.as_ref();
    let store = store.map_or_else(String::new, |store| format!(" of {store}"));
    let why = match &walk.stopped {
        Some(why) => why.as_str(),
        None if walk.left > 0 => "some of it was left to a later sweep",
        None => "it is longer than one sweep",
    };
    format!("{:?}{store} ({why})", walk.along)
}

/// A tenant of many stores has many walks, and an outage stops all of them.
fn told(open: &[String]) -> String {
    let said = open.iter().take(TOLD).cloned().collect::<Vec<_>>();
    match open.len().saturating_sub(TOLD) {
        0 => said.join(", "),
        more => format!("{} and {more} more", said.join(", ")),
    }
}
