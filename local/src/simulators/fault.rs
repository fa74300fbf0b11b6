//! The fault dial: what goes wrong next between us and a provider.
//!
//! The four outcomes of a call are RELIABILITY §3's: ok, refused, lost before it was carried out, lost after. Late
//! and duplicated are about what the provider sends us.

use axum::{
    body::Body,
    extract::{Request, State},
    http::{Method, StatusCode},
    middleware::Next,
    response::{IntoResponse, Response},
};
use rusqlite::{OptionalExtension, Transaction, params};
use serde::{Deserialize, Serialize};

use super::DatabaseError;

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// Nothing.
    #[default]
    Ok,
    /// Calls that change something are refused.
    Refused,
    /// Calls that change something get no answer and were not carried out.
    LostBefore,
    /// Calls that change something get no answer and were carried out.
    LostAfter,
    /// What the provider sends us comes late.
    Late,
    /// What the provider sends us comes twice.
    Duplicated,
}

/// The dial as it is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FaultDial {
    /// What goes wrong.
    pub fault: Fault,
    /// How late, for [`Fault::Late`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<u32>,
    /// How many times, then all is well again; absent: until the dial is turned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u32>,
}

const DEFAULT_LATE_SECONDS: u32 = 30;

/// Turns the dial of one provider.
pub(crate) fn set(
    transaction: &Transaction<'_>,
    provider: &str,
    dial: FaultDial,
) -> rusqlite::Result<()> {
    let body = serde_json::to_string(&dial)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
    transaction.execute(
        "INSERT INTO faults (provider, body) VALUES (?1, ?2) ON CONFLICT (provider) DO UPDATE SET body = ?2",
        params![provider, body],
    )?;
    Ok(())
}

/// How the dial of one provider is set.
pub(crate) fn get(transaction: &Transaction<'_>, provider: &str) -> rusqlite::Result<FaultDial> {
    let body: Option<String> = transaction
        .query_row(
            "SELECT body FROM faults WHERE provider = ?1",
            [provider],
            |row| row.get(0),
        )
        .optional()?;
    // A dial that an older version wrote and this one cannot read is a dial at rest.
    Ok(body
        .and_then(|body| serde_json::from_str(&body).ok())
        .unwrap_or_default())
}

/// The fault that strikes now, if it is one of these; counts it.
fn strike(
    transaction: &Transaction<'_>,
    provider: &str,
    kinds: &[Fault],
) -> rusqlite::Result<Option<FaultDial>> {
    let dial = get(transaction, provider)?;
    if !kinds.contains(&dial.fault) {
        return Ok(None);
    }
    match dial.times {
        Some(0 | 1) => set(transaction, provider, FaultDial::default())?,
        Some(times) => {
            let times = Some(times - 1);
            set(transaction, provider, FaultDial { times, ..dial })?;
        }
        None => {}
    }
    Ok(Some(dial))
}

/// When and how often something is sent to us: delays in milliseconds, one per copy.
pub(crate) fn sendings(
    transaction: &Transaction<'_>,
    provider: &str,
) -> rusqlite::Result<Vec<i64>> {
    let dial = strike(transaction, provider, &[Fault::Late, Fault::Duplicated])?;
    Ok(match dial {
        Some(FaultDial {
            fault: Fault::Late,
            seconds,
            ..
        }) => vec![i64::from(seconds.unwrap_or(DEFAULT_LATE_SECONDS)) * 1_000],
        Some(_) => vec![0, 0],
        None => vec![0],
    })
}

/// What a provider needs for its calls to be struck by faults.
pub(crate) trait Faulty: Send + Sync + 'static {
    /// The name of its dial.
    const PROVIDER: &'static str;
    /// Where its dial is.
    fn database(&self) -> &super::Database;
    /// How it refuses.
    fn refusal(&self) -> Response;
}

/// Lets the fault dial strike calls that change something. Questions always go through: a lost question is the same
/// as a lost-before, and the look-ups after a lost call are what is to be seen working.
pub(crate) async fn layer<P: Faulty>(
    State(provider): State<std::sync::Arc<P>>,
    request: Request<Body>,
    next: Next,
) -> Response {
    if request.method() == Method::GET {
        return next.run(request).await;
    }
    let kinds = [Fault::Refused, Fault::LostBefore, Fault::LostAfter];
    let struck = provider.database().transact(|transaction| {
        strike(transaction, P::PROVIDER, &kinds).map_err(DatabaseError::from)
    });
    match struck {
        Ok(None) => next.run(request).await,
        Ok(Some(dial)) if dial.fault == Fault::Refused => provider.refusal(),
        Ok(Some(dial)) => {
            if dial.fault == Fault::LostAfter {
                next.run(request).await;
            }
            // What a gateway says when the answer behind it is lost; the body is empty, as then.
            StatusCode::GATEWAY_TIMEOUT.into_response()
        }
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
