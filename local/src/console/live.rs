//! One stream a page: after a change the regions that look different now are sent, and nothing else.
//!
//! Regions are replaced by shape (`outerMorph`), so that focus, scroll and opened details stay. The region that speaks to
//! screen readers is sent at most every few seconds.

use std::{
    borrow::Cow,
    collections::BTreeMap,
    convert::Infallible,
    future::Future,
    hash::{DefaultHasher, Hash, Hasher},
    time::Duration,
};

use axum::response::{
    IntoResponse, Response, Sse,
    sse::{Event, KeepAlive},
};
use futures::stream;
use maud::{Markup, PreEscaped, html};
use tokio::{
    sync::broadcast::{Receiver, error::RecvError},
    time::{Instant, sleep, timeout},
};

use super::data::Change;

/// Changes come in bursts; one answer a burst is enough.
const BURST: Duration = Duration::from_millis(120);
/// A screen reader says each change of the speaking region: not more often than this.
const BETWEEN_SENTENCES: Duration = Duration::from_secs(4);

/// A part of a page that may change while it is looked at.
pub struct Region {
    /// The element's id, on the element itself.
    pub id: Cow<'static, str>,
    /// The element.
    pub markup: Markup,
    /// How it may be sent.
    pub manner: Manner,
}

/// How a region may be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// Whenever it is different.
    Plain,
    /// It speaks: not too often.
    Speaking,
    /// It holds forms: not even once, if the page shows it as it is already.
    Forms,
}

impl Region {
    /// A number that is the same for the same looks.
    fn looks(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.markup.0.hash(&mut hasher);
        hasher.finish()
    }
}

/// What the page knows of the regions with forms, for the stream's address and its event ids.
pub fn forms_seen(regions: &[Region]) -> String {
    let looks = regions
        .iter()
        .filter(|region| region.manner == Manner::Forms)
        .fold(0, |all, region| all ^ region.looks());
    format!("{looks:016x}")
}

/// The stream of a page. `seen` is the last event's id, or what the page's address says; `render` makes the regions as
/// they are now, none if the page's subject is gone.
pub fn respond<F, R>(changes: Receiver<Change>, seen: String, render: F) -> Response
where
    F: Fn() -> R + Send + 'static,
    R: Future<Output = Vec<Region>> + Send + 'static,
{
    let live = Live {
        changes,
        render,
        seen,
        sent: BTreeMap::new(),
        spoke: None,
        owes_sentence: false,
        begun: false,
    };
    let events = stream::unfold(live, |live| async move {
        let (event, live) = live.next().await?;
        Some((Ok::<_, Infallible>(event), live))
    });
    Sse::new(events)
        .keep_alive(KeepAlive::default())
        .into_response()
}

struct Live<F> {
    changes: Receiver<Change>,
    render: F,
    seen: String,
    sent: BTreeMap<String, u64>,
    spoke: Option<Instant>,
    owes_sentence: bool,
    begun: bool,
}

impl<F, R> Live<F>
where
    F: Fn() -> R + Send + 'static,
    R: Future<Output = Vec<Region>> + Send + 'static,
{
    /// The next message that says something, or the end when nobody will tell of changes any more.
    async fn next(mut self) -> Option<(Event, Self)> {
        loop {
            if self.begun {
                self.changed().await?;
            }
            self.begun = true;
            let regions = (self.render)().await;
            let different = self.different(&regions);
            if !different.is_empty() {
                self.seen = forms_seen(&regions);
                let event = Event::default()
                    .id(&self.seen)
                    .data(message(&different).into_string());
                return Some((event, self));
            }
        }
    }

    /// Waits for a change, or for the moment when a sentence that was held back may be said.
    async fn changed(&mut self) -> Option<()> {
        let held_back = self.owes_sentence.then(|| {
            let since = self.spoke.map_or(BETWEEN_SENTENCES, |at| at.elapsed());
            BETWEEN_SENTENCES.saturating_sub(since)
        });
        let received = match held_back {
            None => self.changes.recv().await,
            Some(rest) => match timeout(rest, self.changes.recv()).await {
                Ok(received) => received,
                Err(_) => return Some(()),
            },
        };
        if received == Err(RecvError::Closed) {
            return None;
        }
        sleep(BURST).await;
        while self.changes.try_recv().is_ok() {}
        Some(())
    }

    fn different<'a>(&mut self, regions: &'a [Region]) -> Vec<&'a Region> {
        let forms_are_shown = self.seen == forms_seen(regions);
        let may_speak = self
            .spoke
            .is_none_or(|at| at.elapsed() >= BETWEEN_SENTENCES);
        self.owes_sentence = false;
        let mut different = Vec::new();
        for region in regions {
            let looks = region.looks();
            if self.sent.get(region.id.as_ref()) == Some(&looks) {
                continue;
            }
            match region.manner {
                Manner::Forms if forms_are_shown => {}
                Manner::Speaking if !may_speak => {
                    self.owes_sentence = true;
                    continue;
                }
                Manner::Speaking => {
                    self.spoke = Some(Instant::now());
                    different.push(region);
                }
                Manner::Plain | Manner::Forms => different.push(region),
            }
            self.sent.insert(region.id.to_string(), looks);
        }
        different
    }
}

/// htmx puts each partial in its place; a message with a name would only be an event.
fn message(regions: &[&Region]) -> Markup {
    html! {
        @for region in regions {
            (PreEscaped(format!("<hx-partial hx-target=\"#{}\" hx-swap=\"outerMorph\">", region.id)))
            (region.markup)
            (PreEscaped("</hx-partial>"))
        }
    }
}
