//! Addresses to pages, streams and actions.

use std::sync::Arc;

use axum::{
    Form, Json, Router,
    extract::{Path, Query, State},
    http::{HeaderMap, StatusCode},
    middleware,
    response::{IntoResponse as _, Redirect, Response},
    routing::{get, post},
};
use serde::Deserialize;
use serde_json::json;

use super::{
    action::{Action, ActionForm},
    assets,
    data::{ConsoleData, DataError},
    guard::guard,
    lists, live,
    pages::{
        self, encoded,
        execution::ExecutionPage,
        order::{OrderPage, Shown},
        search,
    },
    phone_routes,
    shell::{Page, Part, notice},
};

pub(super) type Data = Arc<dyn ConsoleData>;

/// The workflow whose graph an order's page shows.
const ORDER_WORKFLOW: &str = "order-lifecycle";

pub fn router(data: Data) -> Router {
    Router::new()
        .route("/", get(|| async { Redirect::to("/orders") }))
        .route("/orders/{id}", get(one_order))
        .route("/orders/{id}/live", get(one_order_live))
        .route("/orders/{id}/story.json", get(one_order_story))
        .route("/orders/{id}/actions/{action}", post(act))
        .route("/executions/{name}", get(one_execution))
        .route("/executions/{name}/live", get(one_execution_live))
        .route("/search", get(find))
        .merge(lists::router())
        .merge(phone_routes::router())
        .merge(assets::router())
        .layer(middleware::from_fn(guard))
        .with_state(data)
}

/// What a stream's address and its browser say of what is shown already.
#[derive(Default, Deserialize)]
pub(super) struct Seen {
    #[serde(default)]
    seen: String,
}

pub(super) fn seen(query: Seen, headers: &HeaderMap) -> String {
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok());
    last.map_or(query.seen, str::to_owned)
}

async fn order_page(data: &Data, id: &str) -> Result<Option<OrderPage>, DataError> {
    let Some(order) = data.order(id).await? else {
        return Ok(None);
    };
    let executions = data.executions_of(&order).await?;
    let messages = data.messages(&order).await?;
    let exceptions = data.exceptions(&order).await?;
    let workflow = executions
        .first()
        .map_or(ORDER_WORKFLOW, |execution| execution.line.workflow.as_str());
    Ok(Some(OrderPage {
        picture: data.picture(workflow),
        now: data.now(),
        zone: data.zone(),
        order,
        executions,
        messages,
        exceptions,
    }))
}

async fn one_order(
    State(data): State<Data>,
    Path(id): Path<String>,
    shown: Query<Shown>,
) -> Response {
    let page = match order_page(&data, &id).await {
        Err(error) => return pages::broken(&error),
        Ok(None) => return found_or_missing(&data, "order", &id).await,
        Ok(Some(page)) => page,
    };
    let regions = page.regions(&shown);
    let stream = format!(
        "/orders/{}/live?seen={}{}",
        encoded(&id),
        live::forms_seen(&regions),
        shown.query()
    );
    Page {
        title: &page.title(),
        stream: Some(&stream),
        part: Part::Orders,
        body: page.body(&regions, shown.said.as_deref()),
    }
    .respond()
}

async fn one_order_live(
    State(data): State<Data>,
    Path(id): Path<String>,
    query: Query<Seen>,
    shown: Query<Shown>,
    headers: HeaderMap,
) -> Response {
    live::respond(data.changes(), seen(query.0, &headers), move || {
        let (data, id, shown) = (Arc::clone(&data), id.clone(), shown.0.clone());
        async move {
            match order_page(&data, &id).await {
                Ok(Some(page)) => page.regions(&shown),
                Ok(None) | Err(_) => Vec::new(),
            }
        }
    })
}

/// The story alone, for programs: `{"story": [{"at", "says", "detail", "state"}]}`.
async fn one_order_story(State(data): State<Data>, Path(id): Path<String>) -> Response {
    match order_page(&data, &id).await {
        Err(error) => pages::broken(&error),
        Ok(None) => found_or_missing(&data, "order", &id).await,
        Ok(Some(page)) => {
            let lines = page.story().into_iter().map(|line| {
                json!({
                    "at": line.at, "says": line.says, "detail": line.detail, "state": line.state,
                })
            });
            Json(json!({ "story": lines.collect::<Vec<_>>() })).into_response()
        }
    }
}

async fn execution_page(data: &Data, name: &str) -> Result<Option<ExecutionPage>, DataError> {
    let Some(execution) = data.execution(name).await? else {
        return Ok(None);
    };
    Ok(Some(ExecutionPage {
        picture: data.picture(&execution.line.workflow),
        now: data.now(),
        zone: data.zone(),
        execution,
    }))
}

async fn one_execution(
    State(data): State<Data>,
    Path(name): Path<String>,
    shown: Query<Shown>,
) -> Response {
    let page = match execution_page(&data, &name).await {
        Err(error) => return pages::broken(&error),
        Ok(None) => return found_or_missing(&data, "execution", &name).await,
        Ok(Some(page)) => page,
    };
    let regions = page.regions(&shown);
    let stream = format!("/executions/{}/live?{}", encoded(&name), shown.query());
    Page {
        title: &page.title(),
        stream: Some(&stream),
        part: Part::Executions,
        body: page.body(&regions),
    }
    .respond()
}

async fn one_execution_live(
    State(data): State<Data>,
    Path(name): Path<String>,
    query: Query<Seen>,
    shown: Query<Shown>,
    headers: HeaderMap,
) -> Response {
    live::respond(data.changes(), seen(query.0, &headers), move || {
        let (data, name, shown) = (Arc::clone(&data), name.clone(), shown.0.clone());
        async move {
            match execution_page(&data, &name).await {
                Ok(Some(page)) => page.regions(&shown),
                Ok(None) | Err(_) => Vec::new(),
            }
        }
    })
}

/// A number or another name in the address is as good as the id, where it means one thing.
async fn found_or_missing(data: &Data, what: &str, name: &str) -> Response {
    let found = search::find(data.as_ref(), name).await.unwrap_or_default();
    match found.as_slice() {
        [one] => Redirect::to(&one.address).into_response(),
        [] => notice(
            StatusCode::NOT_FOUND,
            &format!("No {what} “{name}”"),
            "It may be of another stack, or of data that was thrown away.",
            &[("/orders", "All orders"), ("/executions", "All executions")],
        ),
        _ => Redirect::to(&format!("/search?q={}", encoded(name))).into_response(),
    }
}

#[derive(Deserialize)]
struct Sought {
    #[serde(default)]
    q: String,
}

async fn find(State(data): State<Data>, sought: Query<Sought>) -> Response {
    match search::find(data.as_ref(), &sought.q).await {
        Err(error) => pages::broken(&error),
        Ok(found) => match found.as_slice() {
            [one] => Redirect::to(&one.address).into_response(),
            found => Page {
                title: "Search",
                stream: None,
                part: Part::Other,
                body: search::body(&sought.q, found),
            }
            .respond(),
        },
    }
}

/// Does what a form asks for and goes back to the page, which says what came of it.
async fn act(
    State(data): State<Data>,
    Path((id, name)): Path<(String, String)>,
    Form(form): Form<ActionForm>,
) -> Response {
    let back = format!("/orders/{}", encoded(&id));
    let refused = |status, says: &str| {
        notice(
            status,
            "Not done",
            says,
            &[(back.as_str(), "Back to the order")],
        )
    };
    let order = match data.order(&id).await {
        Err(error) => return pages::broken(&error),
        Ok(None) => return found_or_missing(&data, "order", &id).await,
        Ok(Some(order)) => order,
    };
    let action = match Action::read(&name, form) {
        Err(error) => return refused(StatusCode::BAD_REQUEST, &error.to_string()),
        Ok(action) => action,
    };
    match data.act(&order, action).await {
        Ok(said) => Redirect::to(&format!("{back}?said={}", encoded(&said))).into_response(),
        Err(DataError::Refused(why)) => refused(StatusCode::CONFLICT, &why),
        Err(error) => pages::broken(&error),
    }
}
