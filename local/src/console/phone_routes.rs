//! Addresses of customers' phones: the pages, their streams, and what is written and tapped there.

use std::sync::Arc;

use axum::{
    Form, Router,
    extract::{Path, Query, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse as _, Redirect, Response},
    routing::{get, post},
};
use comanda_domain::people::{ChannelAddress, Phone as PhoneNumber};
use serde::Deserialize;

use super::{
    data::DataError,
    live::{self, Region},
    pages::{
        self, encoded,
        order::Shown,
        phone::{self, Phone, PhonePage},
    },
    phones::StoreNumber,
    routes::{Data, Seen, seen},
    shell::{Page, Part, notice},
};
use crate::simulators::twilio::Doing;

/// The workflow of a session.
const CONVERSATION: &str = "conversation";
/// Phones beside each other, where nobody says which.
const AT_ONCE: usize = 4;
/// Who has the phone where nobody has written yet: the customer of the examples.
const FIRST: &str = "whatsapp:+5511987654321";

pub(super) fn router() -> Router<Data> {
    Router::new()
        .route("/phone", get(all))
        .route("/phone/live", get(all_live))
        .route("/phone/new", get(new))
        .route("/phone/{customer}/{store}", get(one))
        .route("/phone/{customer}/{store}/live", get(one_live))
        .route("/phone/{customer}/{store}/say", post(say))
        .route("/phone/{customer}/{store}/tap", post(tap))
}

/// Who is looked at, writing to which store.
type Whose = Path<(String, String)>;
/// Names and values, some of them several times.
type Pairs = Query<Vec<(String, String)>>;

async fn store(data: &Data, wanted: Option<&str>) -> Result<Option<StoreNumber>, DataError> {
    let mut numbers = data.numbers().await?.into_iter();
    Ok(match wanted {
        Some(wanted) => numbers.find(|number| number.address == wanted),
        None => numbers.next(),
    })
}

async fn load(data: &Data, customer: &str, store: StoreNumber) -> Result<Phone, DataError> {
    Ok(Phone {
        chat: data.chat(customer, &store).await?,
        customer: customer.to_owned(),
        store,
    })
}

/// The phones of these customers, each with the first store.
async fn phones(data: &Data, customers: &[String]) -> Result<Vec<Phone>, DataError> {
    let mut phones = Vec::with_capacity(customers.len());
    let Some(store) = store(data, None).await? else {
        return Ok(phones);
    };
    for customer in customers {
        phones.push(load(data, customer, store.clone()).await?);
    }
    Ok(phones)
}

/// `with=…` as often as there are phones; the customers who wrote last where there is none. In the order of their addresses,
/// so that no phone moves while somebody writes on it.
async fn wanted(data: &Data, pairs: Pairs) -> Result<Vec<String>, DataError> {
    let pairs = pairs.0.into_iter();
    let mut customers: Vec<String> = pairs
        .filter(|(name, value)| name == "with" && ChannelAddress::new(value.as_str()).is_ok())
        .map(|(_, value)| value)
        .take(AT_ONCE * 4)
        .collect();
    if customers.is_empty() {
        customers = data.customers(AT_ONCE).await?;
    }
    if customers.is_empty() {
        customers.push(FIRST.to_owned());
    }
    customers.sort();
    customers.dedup();
    Ok(customers)
}

async fn all(State(data): State<Data>, pairs: Pairs) -> Response {
    let read = async {
        let customers = wanted(&data, pairs).await?;
        let phones = phones(&data, &customers).await?;
        Ok::<_, DataError>((customers, phones, data.numbers().await?))
    };
    match read.await {
        Err(error) => pages::broken(&error),
        Ok((customers, phones, numbers)) => {
            let with = customers
                .iter()
                .map(|customer| format!("with={}", encoded(customer)));
            let stream = format!("/phone/live?{}", with.collect::<Vec<_>>().join("&"));
            Page {
                title: "Phone",
                stream: Some(&stream),
                part: Part::Phone,
                body: phone::all(&phones, &numbers, data.now()),
            }
            .respond()
        }
    }
}

async fn all_live(State(data): State<Data>, pairs: Pairs, headers: HeaderMap) -> Response {
    let customers = match wanted(&data, pairs).await {
        Err(error) => return pages::broken(&error),
        Ok(customers) => Arc::new(customers),
    };
    let shown = seen(Seen::default(), &headers);
    live::respond(data.changes(), shown, move || {
        let (data, customers) = (Arc::clone(&data), Arc::clone(&customers));
        async move {
            let phones = phones(&data, &customers).await.unwrap_or_default();
            let now = data.now();
            phones.iter().map(|phone| phone.region(now)).collect()
        }
    })
}

#[derive(Deserialize)]
struct NewCustomer {
    customer: String,
    #[serde(default)]
    store: Option<String>,
}

/// A number in any of the ways people write it, or an address of the channel.
async fn new(State(data): State<Data>, query: Query<NewCustomer>) -> Response {
    let text = query.customer.trim();
    let written = match PhoneNumber::parse(text) {
        Ok(number) => format!("whatsapp:{}", number.e164()),
        Err(_) if text.contains(':') => text.to_owned(),
        Err(_) => format!("whatsapp:{text}"),
    };
    let store = match store(&data, query.store.as_deref()).await {
        Err(error) => return pages::broken(&error),
        Ok(store) => store,
    };
    match (ChannelAddress::new(written), store) {
        (Ok(customer), Some(store)) => {
            Redirect::to(&phone::address(customer.as_str(), &store.address)).into_response()
        }
        _ => nobody(text),
    }
}

fn nobody(text: &str) -> Response {
    notice(
        StatusCode::NOT_FOUND,
        &format!("No phone “{text}”"),
        "A customer is a phone number, or a name as the channel gives it, such as whatsapp:BR.1502576394655843.",
        &[("/phone", "All phones")],
    )
}

async fn phone_page(
    data: &Data,
    customer: &str,
    number: &str,
) -> Result<Option<PhonePage>, DataError> {
    let store = store(data, Some(number)).await?;
    let (Ok(_), Some(store)) = (ChannelAddress::new(customer), store) else {
        return Ok(None);
    };
    let phone = load(data, customer, store).await?;
    let execution = match &phone.chat.execution {
        Some(name) => data.execution(name).await?,
        None => None,
    };
    Ok(Some(PhonePage {
        phone,
        numbers: data.numbers().await?,
        execution,
        picture: data.picture(CONVERSATION),
        now: data.now(),
    }))
}

async fn one(
    State(data): State<Data>,
    Path((customer, number)): Whose,
    shown: Query<Shown>,
) -> Response {
    let page = match phone_page(&data, &customer, &number).await {
        Err(error) => return pages::broken(&error),
        Ok(None) => return nobody(&customer),
        Ok(Some(page)) => page,
    };
    let regions = page.regions(&shown);
    let stream = format!("{}/live?{}", page.phone.address(), shown.query());
    Page {
        title: &page.title(),
        stream: Some(&stream),
        part: Part::Phone,
        body: page.body(&regions),
    }
    .respond()
}

async fn one_live(
    State(data): State<Data>,
    Path((customer, number)): Whose,
    shown: Query<Shown>,
    headers: HeaderMap,
) -> Response {
    let seen = seen(Seen::default(), &headers);
    live::respond(data.changes(), seen, move || {
        let (data, shown) = (Arc::clone(&data), shown.0.clone());
        let (customer, number) = (customer.clone(), number.clone());
        async move {
            match phone_page(&data, &customer, &number).await {
                Ok(Some(page)) => page.regions(&shown),
                Ok(None) | Err(_) => Vec::<Region>::new(),
            }
        }
    })
}

#[derive(Deserialize)]
struct Written {
    #[serde(default)]
    text: String,
    #[serde(default)]
    media: Option<String>,
}

async fn say(
    State(data): State<Data>,
    Path((customer, number)): Whose,
    headers: HeaderMap,
    Form(written): Form<Written>,
) -> Response {
    let doing = match written.media {
        Some(media_type) => Doing::Send {
            media_type,
            caption: written.text,
        },
        None => Doing::Write(written.text),
    };
    does(&data, (&customer, &number), doing, &headers).await
}

#[derive(Deserialize)]
struct Tapped {
    message: String,
    choice: String,
}

async fn tap(
    State(data): State<Data>,
    Path((customer, number)): Whose,
    headers: HeaderMap,
    Form(tapped): Form<Tapped>,
) -> Response {
    let doing = Doing::Tap {
        message: tapped.message,
        choice: tapped.choice,
    };
    does(&data, (&customer, &number), doing, &headers).await
}

/// A page that lives needs no answer: its stream brings what comes of it. Another goes back to the phone.
async fn does(
    data: &Data,
    (customer, store): (&str, &str),
    doing: Doing,
    headers: &HeaderMap,
) -> Response {
    let back = phone::address(customer, store);
    match data.does(customer, store, doing).await {
        Ok(()) if headers.contains_key("hx-request") => StatusCode::NO_CONTENT.into_response(),
        Ok(()) => Redirect::to(&back).into_response(),
        Err(DataError::Refused(why)) => notice(
            StatusCode::UNPROCESSABLE_ENTITY,
            "Not sent",
            &why,
            &[(&back, "Back to the phone")],
        ),
        Err(error) => pages::broken(&error),
    }
}
