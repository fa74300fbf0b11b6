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

/// A customer, and the number of the store that they write to; the first store's, where it is left out.
type Whom = (String, Option<String>);

/// The phones of these customers; none for a number that no store has any more.
async fn phones(data: &Data, whom: &[Whom]) -> Result<Vec<Phone>, DataError> {
    let numbers = data.numbers().await?;
    let mut phones = Vec::with_capacity(whom.len());
    for (customer, wanted) in whom {
        let number = match wanted {
            Some(wanted) => numbers.iter().find(|number| number.address == *wanted),
            None => numbers.first(),
        };
        if let Some(number) = number {
            phones.push(load(data, customer, number.clone()).await?);
        }
    }
    Ok(phones)
}

/// `with=CUSTOMER` or `with=CUSTOMER,NUMBER` as often as there are phones; the chats in which something was written last where
/// there is none. In the order of their addresses, so that no phone moves while somebody writes on it.
async fn wanted(data: &Data, pairs: Pairs) -> Result<Vec<Whom>, DataError> {
    let pairs = pairs.0.into_iter().filter(|(name, _)| name == "with");
    let named = pairs.map(|(_, value)| match value.split_once(',') {
        Some((customer, number)) => (customer.to_owned(), Some(number.to_owned())),
        None => (value, None),
    });
    let mut whom: Vec<Whom> = named
        .filter(|(customer, _)| ChannelAddress::new(customer.as_str()).is_ok())
        .take(AT_ONCE * 4)
        .collect();
    if whom.is_empty() {
        let chats = data.chats(AT_ONCE).await?.into_iter();
        whom = chats
            .map(|(customer, number)| (customer, Some(number)))
            .collect();
    }
    if whom.is_empty() {
        whom.push((FIRST.to_owned(), None));
    }
    whom.sort();
    whom.dedup();
    Ok(whom)
}

fn named((customer, number): &Whom) -> String {
    match number {
        Some(number) => encoded(&format!("{customer},{number}")),
        None => encoded(customer),
    }
}

async fn all(State(data): State<Data>, pairs: Pairs) -> Response {
    let read = async {
        let whom = wanted(&data, pairs).await?;
        let phones = phones(&data, &whom).await?;
        Ok::<_, DataError>((whom, phones, data.numbers().await?))
    };
    match read.await {
        Err(error) => pages::broken(&error),
        Ok((whom, phones, numbers)) => {
            let with = whom.iter().map(|whom| format!("with={}", named(whom)));
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
    let whom = match wanted(&data, pairs).await {
        Err(error) => return pages::broken(&error),
        Ok(whom) => Arc::new(whom),
    };
    let shown = seen(Seen::default(), &headers);
    live::respond(data.changes(), shown, move || {
        let (data, whom) = (Arc::clone(&data), Arc::clone(&whom));
        async move {
            let phones = phones(&data, &whom).await.unwrap_or_default();
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
