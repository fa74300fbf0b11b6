//! What a person must see, and what was put right: listed for the report and the console, closed by whoever looked.

use comanda_domain::{
    exception::{Exception, ExceptionKind, ExceptionState},
    ids::ClientId,
    tables::{self, EXCEPTIONS, exceptions::BY_STATE, from_item},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::view;
use crate::{
    fault::Fault,
    http::Answer,
    parts,
    ports::{
        Ports, Query,
        guarded::{Uses, guarded},
    },
    raise::{Closed, close},
};

pub(crate) const USES: &[Uses] = &[
    parts::RAISE,
    Uses {
        queries: &[&tables::EXCEPTIONS],
        ..Uses::NOTHING
    },
];

/// How many of each state are shown, newest first.
const SHOWN: usize = 100;

/// A tenant's exceptions: `{"clientId", "open", "healed", "closed"}`, each newest first.
pub async fn exceptions(ports: &Ports, tenant: &ClientId) -> Answer {
    let ports = guarded(ports, USES);
    match all(&ports, tenant).await {
        Ok(answer) => Answer::ok(answer),
        Err(fault) => fault.into(),
    }
}

async fn all(ports: &Ports, tenant: &ClientId) -> Result<Value, Fault> {
    let mut answer = json!({ "clientId": tenant });
    for (name, state) in [
        ("open", ExceptionState::Open),
        ("healed", ExceptionState::Healed),
        ("closed", ExceptionState::Closed),
    ] {
        let page = ports
            .store
            .query(Query {
                table: &EXCEPTIONS,
                index: Some(&BY_STATE),
                partition: Exception::in_state(tenant, state),
                sort_prefix: None,
                descending: true,
                limit: SHOWN,
                start: None,
            })
            .await?;
        let rows = page.items.into_iter().map(from_item::<Exception>);
        let rows: Vec<Value> = rows
            .map(|row| row.map(|row| view::exception(&row)))
            .collect::<Result<_, _>>()?;
        if let Some(fields) = answer.as_object_mut() {
            fields.insert(name.to_owned(), rows.into());
        }
    }
    Ok(answer)
}

/// Which one is over, and why.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CloseRequest {
    /// Which alarm.
    pub kind: ExceptionKind,
    /// What it is about: the order's id, the charge's.
    pub subject_id: String,
    /// What was found and done, for whoever reads it later. No names, no phones.
    pub notes: String,
}

/// Closes one that a person has looked into.
pub async fn close_exception(ports: &Ports, tenant: &ClientId, request: &CloseRequest) -> Answer {
    let ports = guarded(ports, USES);
    let of = (tenant, request.subject_id.as_str(), request.kind);
    let notes: String = request.notes.chars().take(280).collect();
    match close(&ports, of, &notes, ports.clock.now()).await {
        Ok(Closed::Now) => Answer::ok(json!({ "closed": true })),
        Ok(Closed::Before) => Answer::ok(json!({ "closed": false })),
        Ok(Closed::Unknown) => Answer::error(
            404,
            "NO_EXCEPTION",
            "there is no exception of that kind about that",
            Some("the open ones are listed at GET /api/exceptions"),
        ),
        Err(fault) => fault.into(),
    }
}
