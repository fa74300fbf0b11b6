//! The pages that are one list each, and their streams: orders, executions, alarms. What a line shows is its page's.

use std::{future::Future, pin::Pin, sync::Arc};

use axum::{
    Router,
    extract::{Query, State},
    http::HeaderMap,
    response::Response,
    routing::get,
};
use maud::Markup;

use super::{
    data::DataError,
    live::{self, Manner, Region},
    pages::{self, alarms, executions, orders},
    routes::{Data, Seen, seen},
    shell::{Page, Part},
};

type Regions = Pin<Box<dyn Future<Output = Result<Vec<Region>, DataError>> + Send>>;

/// One page that is a list.
struct List {
    title: &'static str,
    part: Part,
    /// The element that holds the list.
    region: &'static str,
    address: &'static str,
    stream: &'static str,
    regions: fn(Data) -> Regions,
    body: fn(Markup) -> Markup,
}

static ORDERS: List = List {
    title: "Orders",
    part: Part::Orders,
    region: "orders",
    address: "/orders",
    stream: "/orders/live",
    regions: |data| {
        Box::pin(async move {
            let list = data.orders(orders::AT_ONCE).await?;
            Ok(orders::regions(&list, data.now(), &data.zone()))
        })
    },
    body: orders::body,
};

static EXECUTIONS: List = List {
    title: "Executions",
    part: Part::Executions,
    region: "executions",
    address: "/executions",
    stream: "/executions/live",
    regions: |data| {
        Box::pin(async move {
            let list = data.executions(executions::AT_ONCE).await?;
            Ok(executions::regions(&list, data.now(), &data.zone()))
        })
    },
    body: executions::body,
};

static ALARMS: List = List {
    title: "Alarms",
    part: Part::Alarms,
    region: "open",
    address: "/alarms",
    stream: "/alarms/live",
    regions: |data| {
        Box::pin(async move {
            let list = data.alarms(alarms::AT_ONCE + 1).await?;
            Ok(alarms::regions(&list, data.now(), &data.zone()))
        })
    },
    body: alarms::body,
};

/// All of them.
pub(super) fn router() -> Router<Data> {
    let lists = [&ORDERS, &EXECUTIONS, &ALARMS].into_iter();
    lists.fold(Router::new(), |router, list| {
        router
            .route(
                list.address,
                get(move |State(data): State<Data>| list.page(data)),
            )
            .route(
                list.stream,
                get(
                    move |State(data): State<Data>, query: Query<Seen>, headers: HeaderMap| async move {
                        list.live(data, seen(query.0, &headers))
                    },
                ),
            )
    })
}

impl List {
    async fn page(&self, data: Data) -> Response {
        match (self.regions)(data).await {
            Err(error) => pages::broken(&error),
            Ok(regions) => Page {
                title: self.title,
                stream: Some(self.stream),
                part: self.part,
                body: (self.body)(maud::html! { @for region in &regions { (region.markup) } }),
            }
            .respond(),
        }
    }

    fn live(&'static self, data: Data, seen: String) -> Response {
        live::respond(data.changes(), seen, move || {
            let regions = (self.regions)(Arc::clone(&data));
            // Where an empty list is good news, one that cannot be read must not look empty.
            async move {
                regions
                    .await
                    .unwrap_or_else(|error| vec![self.unread(&error)])
            }
        })
    }

    fn unread(&self, error: &DataError) -> Region {
        Region {
            id: self.region.into(),
            markup: maud::html! { div id=(self.region) { p.lead { "This list cannot be read now: " (error) "." } } },
            manner: Manner::Plain,
        }
    }
}
