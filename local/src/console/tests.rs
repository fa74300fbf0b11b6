//! The console through its front door, over data in memory.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use axum::{
    body::{Body, to_bytes},
    http::{Method, Request, Response, StatusCode, header},
};
use futures::StreamExt as _;
use tower::ServiceExt as _;

use super::{
    pages::encoded,
    router,
    sample::{CONFIRMED, Sample, WAITING},
    sample_phones::{CENTRO, HIDDEN, JOAO},
};

struct Browser(Arc<Sample>);

impl Browser {
    fn new() -> Self {
        Self(Sample::new())
    }

    async fn send(&self, request: Request<Body>) -> Response<Body> {
        router(self.0.clone()).oneshot(request).await.unwrap()
    }

    fn request(method: Method, path: &str) -> axum::http::request::Builder {
        Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, "127.0.0.1:4500")
    }

    async fn get(&self, path: &str) -> Response<Body> {
        self.send(
            Self::request(Method::GET, path)
                .body(Body::empty())
                .unwrap(),
        )
        .await
    }

    async fn post(&self, path: &str, form: &str) -> Response<Body> {
        let request = Self::request(Method::POST, path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::ORIGIN, "http://127.0.0.1:4500")
            .body(Body::from(form.to_owned()));
        self.send(request.unwrap()).await
    }
}

async fn text(response: Response<Body>) -> String {
    let bytes = to_bytes(response.into_body(), 10_000_000).await.unwrap();
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// The page holds all of these.
async fn check(path: &str, expected: &[&str]) {
    let response = Browser::new().get(path).await;
    assert_eq!(response.status(), StatusCode::OK, "{path}");
    let page = text(response).await;
    for part in expected {
        assert!(page.contains(part), "{path} has no `{part}`:\n{page}");
    }
    assert!(!page.contains("secret-token"), "{path} shows a task token");
}

fn location(response: &Response<Body>) -> &str {
    response.headers()[header::LOCATION].to_str().unwrap()
}

#[tokio::test]
async fn the_first_page_is_the_list_of_orders() {
    let response = Browser::new().get("/").await;
    assert_eq!(location(&response), "/orders");
    check(
        "/orders",
        &[
            "<title>[local] Orders — Comanda</title>",
            ">0001</a>",
            "João</td>",
            "R$ 44,80",
            "is waiting for the payment. Until 10:32:11; then it is cancelled.",
            "hx-sse:connect=\"/orders/live\"",
        ],
    )
    .await;
}

#[tokio::test]
async fn what_a_person_must_see_is_listed_whatever_it_is_about() {
    check(
        "/alarms",
        &[
            "<title>[local] Alarms — Comanda</title>",
            "aria-current=\"page\">Alarms</a>",
            "MESSAGE_FAILED",
            "talk-0123456789abcdef-1",
            "the channel refused ASK#000001: 63024",
            "docs/runbook/message-failed.md",
            "hx-sse:connect=\"/alarms/live\"",
        ],
    )
    .await;
}

#[tokio::test]
async fn an_open_list_that_cannot_be_read_says_so() {
    let browser = Browser::new();
    browser.0.is_away.store(true, Ordering::Relaxed);
    let live = browser.get("/alarms/live").await.into_body();
    let event = live.into_data_stream().next().await.unwrap().unwrap();
    let event = String::from_utf8(event.to_vec()).unwrap();
    let said = "This list cannot be read now: the stack did not answer: no tables.";
    assert!(
        event.contains(said) && event.contains("id=\"open\""),
        "{event}"
    );
}

#[tokio::test]
async fn a_list_of_alarms_that_is_cut_says_so() {
    let browser = Browser::new();
    let more = "These are the newest 100; there are more: ";
    for (times, is_cut) in [(100, false), (101, true)] {
        browser.0.alarms.store(times, Ordering::Relaxed);
        let page = text(browser.get("/alarms").await).await;
        assert_eq!(page.contains(more), is_cut);
        assert_eq!(page.matches("MESSAGE_FAILED").count(), 100);
    }
}

#[tokio::test]
async fn an_orders_page_says_what_it_waits_for_and_what_can_be_done() {
    check(
        &format!("/orders/{WAITING}"),
        &[
            "<title>[local] 0001 waiting for the payment — Comanda</title>",
            "role=\"status\"",
            "Order 0001 is waiting for the payment.",
            ">12:07</time> left",
            "; then it is cancelled",
            "/actions/pay\"",
            "/actions/expire\"",
            "/actions/cancel\"",
            "Waiting for the payment",
            "until 10:32:11, then the order is cancelled",
            "aria-label=\"Await the payment, asks and waits, here now,",
            "<li id=\"step-await-the-payment\">",
            "10 events, newest first",
            "(task token)",
        ],
    )
    .await;
}

#[tokio::test]
async fn a_confirmed_order_tells_its_whole_story() {
    check(
        &format!("/orders/{CONFIRMED}"),
        &[
            "Order 0002 is confirmed; ready at about",
            "Order accepted",
            "2 items, R$ 44,80, PIX",
            "<span>7 min</span>",
            "Confirmed by the store",
            "The customer was told",
            "“Pedido recebido! Total: R$ 44,80”",
            "Mark as in preparation",
            "name=\"status\" value=\"PREPARING\"",
        ],
    )
    .await;
}

#[tokio::test]
async fn a_step_can_be_looked_at() {
    check(
        &format!("/orders/{WAITING}?state=accept-the-order"),
        &[
            "Step: Accept the order",
            "workflows/src/order_lifecycle.rs:",
            "Visited once.",
            "aria-current=\"true\"",
        ],
    )
    .await;
}

#[tokio::test]
async fn executions_have_pages_too() {
    check(
        "/executions",
        &["pay_0003-intent-1", "refund", "failed", "still running"],
    )
    .await;
    check(
        "/executions/pay_0003-intent-1",
        &[
            "This refund failed at 17:16:13, after 2 s.",
            "its order",
            "has no graph here",
            "The execution failed",
            "unexpected: no such row",
        ],
    )
    .await;
}

#[tokio::test]
async fn one_box_finds_everything() {
    for (text, page) in [
        ("0001", WAITING),
        ("1", WAITING),
        ("%232", CONFIRMED),
        (WAITING, WAITING),
        ("pay_0002", CONFIRMED),
    ] {
        let response = Browser::new().get(&format!("/search?q={text}")).await;
        assert_eq!(location(&response), format!("/orders/{page}"), "{text}");
    }
    let refund = Browser::new().get("/search?q=pay_0003-intent-1").await;
    assert_eq!(location(&refund), "/executions/pay_0003-intent-1");
    // Three orders of one phone: a choice, not a guess.
    check(
        "/search?q=(11)+98765-4321",
        &["Order 0001, João", "Order 0002, Ana", "Order 0003, Léo"],
    )
    .await;
    check("/search?q=nothing-like-it", &["Nothing is called so."]).await;
}

#[tokio::test]
async fn addresses_by_number_lead_to_the_order_and_unknown_ones_say_so() {
    let response = Browser::new().get("/orders/0002").await;
    assert_eq!(location(&response), format!("/orders/{CONFIRMED}"));
    let response = Browser::new().get("/orders/0009").await;
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
    assert!(text(response).await.contains("No order “0009”"));
}

#[tokio::test]
async fn a_form_does_it_and_the_page_says_so() {
    let browser = Browser::new();
    let response = browser
        .post(&format!("/orders/{WAITING}/actions/pay"), "")
        .await;
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
    let page = text(browser.get(location(&response)).await).await;
    for part in [
        "The customer paid.",
        "is waiting for the store's answer",
        "actions/confirm",
    ] {
        assert!(page.contains(part), "no `{part}` in {page}");
    }
}

#[tokio::test]
async fn a_refused_action_says_why() {
    let reject = format!("/orders/{WAITING}/actions/reject");
    let response = Browser::new().post(&reject, "reason=").await;
    assert_eq!(response.status(), StatusCode::CONFLICT);
    assert!(text(response).await.contains("A reason is needed."));
    for (action, form) in [("fly", ""), ("confirm", ""), ("advance", "status=PENDING2")] {
        let response = Browser::new()
            .post(&format!("/orders/{WAITING}/actions/{action}"), form)
            .await;
        assert!(
            response.status().is_client_error(),
            "{action}: {}",
            response.status()
        );
    }
}

#[tokio::test]
async fn only_this_machines_own_pages_may_ask() {
    let pay = format!("/orders/{WAITING}/actions/pay");
    let send = |host: &'static str, origin: &'static str| {
        let request = Request::post(&pay)
            .header(header::HOST, host)
            .header(header::ORIGIN, origin)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::empty())
            .unwrap();
        async move { Browser::new().send(request).await.status() }
    };
    assert_eq!(
        send("localhost:4500", "http://localhost:4500").await,
        StatusCode::SEE_OTHER
    );
    assert_eq!(
        send("127.0.0.1:4500", "https://evil.example").await,
        StatusCode::FORBIDDEN
    );
    assert_eq!(send("127.0.0.1:4500", "null").await, StatusCode::FORBIDDEN);
    assert_eq!(
        send("evil.example:4500", "http://evil.example:4500").await,
        StatusCode::FORBIDDEN
    );
}

#[tokio::test]
async fn texts_on_a_page_are_texts() {
    let page = text(
        Browser::new()
            .get("/search?q=%3Cscript%3Ealert(1)%3C/script%3E")
            .await,
    )
    .await;
    assert!(page.contains("&lt;script&gt;alert(1)"), "{page}");
    let response = Browser::new().get("/orders").await;
    let policy = response.headers()[header::CONTENT_SECURITY_POLICY]
        .to_str()
        .unwrap();
    assert!(
        policy.contains("script-src 'self'") && !policy.contains("unsafe"),
        "{policy}"
    );
}

#[tokio::test(start_paused = true)]
async fn the_stream_sends_what_changed_and_nothing_else() {
    let browser = Browser::new();
    let page = text(browser.get(&format!("/orders/{WAITING}")).await).await;
    let stream = page
        .split("hx-sse:connect=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    let response = browser.get(&stream.replace("&amp;", "&")).await;
    assert_eq!(
        response.headers()[header::CONTENT_TYPE],
        "text/event-stream"
    );
    let mut messages = response.into_body().into_data_stream();
    let mut next = async || {
        let bytes = tokio::time::timeout(Duration::from_secs(10), messages.next()).await;
        bytes.map(|bytes| String::from_utf8(bytes.unwrap().unwrap().to_vec()).unwrap())
    };

    // All but the forms, which the page has already: what is typed there stays.
    let first = next().await.unwrap();
    assert!(first.contains("hx-target=\"#story\""), "{first}");
    assert!(!first.contains("hx-target=\"#actions\""), "{first}");

    browser.0.nudge();
    assert!(
        next().await.is_err(),
        "nothing looks different, so nothing is sent"
    );

    browser.0.pay();
    let paid = next().await.unwrap();
    for region in ["#sentence", "#actions", "#story", "#graph", "#history"] {
        assert!(
            paid.contains(&format!("hx-target=\"{region}\"")),
            "{region} in {paid}"
        );
    }
    assert!(!paid.contains("hx-target=\"#facts\""), "{paid}");
}

#[tokio::test]
async fn every_file_that_a_page_names_is_there() {
    let page = text(Browser::new().get("/orders").await).await;
    let mut files = 0;
    for part in page.split('"').filter(|part| part.starts_with("/console/")) {
        assert_eq!(
            Browser::new().get(part).await.status(),
            StatusCode::OK,
            "{part}"
        );
        files += 1;
    }
    assert_eq!(files, 6);
}

fn phone(customer: &str, store: &str) -> String {
    format!("/phone/{}/{}", encoded(customer), encoded(store))
}

/// Who writes to two stores has two phones, and what is said on one is not shown on the other.
#[tokio::test]
async fn each_phone_has_an_id_of_its_own() {
    let page = text(Browser::new().get("/phone").await).await;
    let ids = page.split("id=\"chat-").skip(1);
    let ids: Vec<&str> = ids.filter_map(|rest| rest.split('"').next()).collect();
    let different: std::collections::BTreeSet<&str> = ids.iter().copied().collect();
    assert_eq!((ids.len(), different.len()), (3, 3), "{ids:?}");
}

#[tokio::test]
async fn phones_stand_beside_each_other() {
    check(
        "/phone",
        &[
            "<title>[local] Phone — Comanda</title>",
            "+55 11 98765-4321</a>",
            "BR.1502576394655843</a>",
            "writes to Sabor Centro",
            "role=\"log\"",
            "Nothing yet. Write “oi”.",
            // Each with the store that it was with.
            "writes to Sabor Sul",
            "hx-sse:connect=\"/phone/live?with=whatsapp%3A%2B5511987654321%2Cwhatsapp%3A%2B551140028922&amp;with=whatsapp%3A%2B5511987654321%2Cwhatsapp%3A%2B551140028923&amp;with=whatsapp%3ABR.1502576394655843%2Cwhatsapp%3A%2B551140028923\"",
        ],
    )
    .await;
}

#[tokio::test]
async fn a_phone_shows_what_was_said_and_the_graph_beside_it() {
    check(
        &phone(JOAO, CENTRO),
        &[
            // What a customer writes is text, whatever it is.
            "&lt;b&gt;oi&lt;/b&gt; &amp; &quot;tchau&quot;",
            ">21 Nov 2026</li>",
            ">today</li>",
            "22:30</time>",
            "The store knows: delivered",
            "value=\"diz Não\"",
            "<summary lang=\"pt-BR\">Ver opções</summary>",
            "<small>Rua das Flores, 123, Apto 45</small>",
            "not delivered: 63016",
            "for=\"text-whatsapp--5511987654321-whatsapp--551140028922\">Message of +55 11 98765-4321",
            "The talk is at “Await the payment”.",
            "<section id=\"graph\"",
            "Sabor Sul</a>",
        ],
    )
    .await;
    check(&phone(HIDDEN, CENTRO), &["Nobody has written yet."]).await;
}

#[tokio::test]
async fn what_is_written_and_tapped_reaches_the_phone() {
    let browser = Browser::new();
    let page = phone(JOAO, CENTRO);
    for (what, form, shown) in [
        ("say", "text=Ol%C3%A1+%3Ci%3E", "Olá &lt;i&gt;"),
        ("tap", "message=SM2&choice=diz+Sim", "SM2 diz Sim"),
        ("say", "text=casa&media=image%2Fjpeg", "image/jpeg casa"),
    ] {
        let response = browser.post(&format!("{page}/{what}"), form).await;
        assert_eq!(response.status(), StatusCode::SEE_OTHER, "{what}");
        assert_eq!(location(&response), page);
        let text = text(browser.get(&page).await).await;
        assert!(text.contains(shown), "no `{shown}` in {text}");
    }
    let response = browser.post(&format!("{page}/say"), "text=").await;
    assert_eq!(response.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert!(text(response).await.contains("a message needs a text."));
}

#[tokio::test]
async fn a_phone_is_found_by_its_number() {
    for (written, customer) in [
        ("11+98765-4321", JOAO),
        ("%2B5511987654321", JOAO),
        ("BR.1502576394655843", HIDDEN),
    ] {
        let path = format!("/phone/new?customer={written}");
        let response = Browser::new().get(&path).await;
        assert_eq!(location(&response), phone(customer, CENTRO), "{written}");
    }
    for nobody in [
        "/phone/new?customer=%3Cscript%3E",
        "/phone/x/y",
        &phone(JOAO, "whatsapp:+550"),
    ] {
        let response = Browser::new().get(nobody).await;
        assert_eq!(response.status(), StatusCode::NOT_FOUND, "{nobody}");
    }
}
