//! What a person must see, and what was put right: listed for the report and the console, closed by whoever looked.

use comanda_domain::{
    exception::{Exception, ExceptionKind, ExceptionState},
    ids::ClientId,
    tables::{self, EXCEPTIONS, exceptions::BY_STATE},
};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{resolve::list, view};
use crate::{
    fault::Fault,
    http::Answer,
    parts,
    ports::{
        Cursor, Ports, Query,
        guarded::{Uses, guarded},
    },
    raise::{Closed, close},
    reconciliation::is_undecided,
    rows::load,
};

pub(crate) const USES: &[Uses] = &[
    parts::RAISE,
    Uses {
        reads: &[&tables::ORDERS],
        queries: &[&tables::EXCEPTIONS],
        ..Uses::NOTHING
    },
];

/// How many of each state are shown at once, newest first.
const SHOWN: usize = 100;

const LISTS: [(&str, ExceptionState); 3] = [
    ("open", ExceptionState::Open),
    ("healed", ExceptionState::Healed),
    ("closed", ExceptionState::Closed),
];

/// Which of a tenant's exceptions are listed, as the caller wrote it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Which {
    /// Only those of this state (`OPEN`).
    pub status: Option<String>,
    /// That state's `next` of the page before.
    pub cursor: Option<String>,
}

/// A tenant's exceptions: `{"clientId", "open", "healed", "closed", "next": {"open", …}}`, each list newest first. Where its `next` is
/// not null, `?status=OPEN&cursor=<next>` has the older ones.
pub async fn exceptions(ports: &Ports, tenant: &ClientId, which: &Which) -> Answer {
    let ports = guarded(ports, USES);
    let wanted = which.status.as_deref().map(str::to_ascii_lowercase);
    let is_wanted = |name: &str| wanted.as_deref().is_none_or(|wanted| wanted == name);
    let lists: Vec<_> = LISTS
        .into_iter()
        .filter(|(name, _)| is_wanted(name))
        .collect();
    if lists.is_empty() || (wanted.is_none() && which.cursor.is_some()) {
        return Answer::error(
            400,
            "UNKNOWN_STATUS",
            "exceptions are OPEN, HEALED or CLOSED, and a cursor goes on with the list of one of these",
            Some("?status=OPEN&cursor=<next.open of the page before>"),
        );
    }
    match listed(&ports, tenant, &lists, which.cursor.as_deref()).await {
        Ok(answer) => Answer::ok(answer),
        Err(fault) => fault.into(),
    }
}

async fn listed(
    ports: &Ports,
    tenant: &ClientId,
    lists: &[(&str, ExceptionState)],
    cursor: Option<&str>,
) -> Result<Value, Fault> {
    let (mut answer, mut older) = (Map::new(), Map::new());
    answer.insert("clientId".to_owned(), json!(tenant));
    for (name, state) in lists {
        let query = Query {
            table: &EXCEPTIONS,
            index: Some(&BY_STATE),
            partition: Exception::in_state(tenant, *state),
            sort_prefix: None,
            descending: true,
            limit: SHOWN,
            start: cursor.map(|cursor| Cursor(cursor.to_owned())),
        };
        let (rows, next) = list::<Exception>(ports, query).await?;
        let rows: Vec<Value> = rows.iter().map(view::exception).collect();
        answer.insert((*name).to_owned(), rows.into());
        older.insert((*name).to_owned(), json!(next.map(|cursor| cursor.0)));
    }
    answer.insert("next".to_owned(), older.into());
    Ok(answer.into())
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

/// Closes one that a person has looked into; not one whose order still waits for them.
pub async fn close_exception(ports: &Ports, tenant: &ClientId, request: &CloseRequest) -> Answer {
    let ports = guarded(ports, USES);
    let of = (tenant, request.subject_id.as_str(), request.kind);
    let notes: String = request.notes.chars().take(280).collect();
    match undecided(&ports, of).await {
        Ok(None) => {}
        Ok(Some(refusal)) => return refusal,
        Err(fault) => return fault.into(),
    }
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

/// The refusal where its order waits for a person: that is over when they have decided.
async fn undecided(
    ports: &Ports,
    (tenant, subject, kind): (&ClientId, &str, ExceptionKind),
) -> Result<Option<Answer>, Fault> {
    let key = Exception::key_of(tenant, subject, kind);
    let known: Option<Exception> = load(ports.store.as_ref(), &key).await?;
    let open = known.filter(|known| known.state == ExceptionState::Open);
    let Some(open) = open else {
        return Ok(None);
    };
    if !is_undecided(ports, &open).await? {
        return Ok(None);
    }
    let message = "its order still waits for that, and closed, nobody would be called again";
    let help = format!("{}; the next sweep then closes it", kind.next_step());
    Ok(Some(Answer::error(
        409,
        "STILL_WAITS",
        message,
        Some(&help),
    )))
}
