//! An order's life by the console alone: every step is a form of its page, as a person without JavaScript has it.

use super::{
    orders_tests::{World, is, waits_for},
    *,
};

impl World {
    async fn page(&self, path: &str) -> String {
        let address = format!("{}{path}", self.stack.facts().url);
        let answer = self.http.get(address).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        answer.text().await.unwrap()
    }

    /// The page, once it shows all of this.
    async fn page_shows(&self, path: &str, expected: &[&str]) {
        let mut page = String::new();
        for _ in 0..400 {
            page = self.page(path).await;
            if expected.iter().all(|part| page.contains(part)) {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(25)).await;
        }
        check(&page, expected);
    }

    /// Sends a form of the order's page, as it stands there; the page that follows.
    async fn click(&self, order: &str, action: &str, fields: &[(&str, &str)]) -> String {
        let path = format!("/orders/{order}/actions/{action}");
        let page = self.page(&format!("/orders/{order}")).await;
        assert!(
            page.contains(&path),
            "the page does not offer {action}:\n{page}"
        );
        let url = &self.stack.facts().url;
        let answer = self
            .http
            .post(format!("{url}{path}"))
            .header("origin", url)
            .form(fields)
            .send()
            .await
            .unwrap();
        let status = answer.status();
        let text = answer.text().await.unwrap();
        assert_eq!(status, 200, "{action}: {text}");
        text
    }
}

#[track_caller]
fn check(page: &str, expected: &[&str]) {
    for part in expected {
        assert!(page.contains(part), "no `{part}` in:\n{page}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_lives_by_its_page() {
    let world = World::start(Data::Ephemeral).await;
    world.write().await;
    let id = world.place("carrinho-1", "PIX").await;
    world
        .order_when(&id, |order| order["paymentId"].is_string())
        .await;
    world
        .page_shows(
            &format!("/orders/{id}"),
            &[
                "is waiting for the payment.",
                "; then it is cancelled",
                "Order accepted",
                "aria-label=\"Await the payment, asks and waits, here now,",
                "Waiting for the payment",
            ],
        )
        .await;

    let page = world.click(&id, "pay", &[]).await;
    check(&page, &["The customer paid."]);
    world.order_when(&id, waits_for("STORE")).await;

    let page = world
        .click(&id, "confirm", &[("ready_in_minutes", "35")])
        .await;
    check(&page, &["The store confirmed the order."]);
    world.order_when(&id, is("CONFIRMED")).await;

    for (status, offered) in [("PREPARING", "in preparation"), ("READY", "ready")] {
        check(
            &world.page(&format!("/orders/{id}")).await,
            &[&format!("Mark as {offered}")],
        );
        world.click(&id, "advance", &[("status", status)]).await;
        world.order_when(&id, is(status)).await;
    }
    world
        .page_shows(
            &format!("/orders/{id}"),
            &[
                "is ready.",
                "Paid",
                "Confirmed by the store",
                "In preparation",
                "The customer was told",
                "“",
            ],
        )
        .await;

    let list = world.page("/orders").await;
    check(&list, &["0001", "Maria", "is ready."]);
    // The order is confirmed a moment before its workflow has ended.
    world
        .page_shows(
            &format!("/executions/{id}"),
            &[
                "This order-lifecycle succeeded at",
                "the store has the order",
                "its order",
            ],
        )
        .await;
    let executions = world.page("/executions").await;
    check(&executions, &[&id, "order-lifecycle", "succeeded"]);
    world.stack.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cancel_and_a_click_too_late_are_both_answered() {
    let world = World::start(Data::Ephemeral).await;
    let id = world.place("carrinho-1", "PIX").await;
    world.order_when(&id, waits_for("PAYMENT")).await;
    world.click(&id, "cancel", &[]).await;
    world.order_when(&id, is("CANCELLED")).await;
    world
        .page_shows(
            &format!("/orders/{id}"),
            &["was cancelled at", "Nothing is to be done."],
        )
        .await;

    // A form of a page that is out of date.
    let url = &world.stack.facts().url;
    let late = world
        .http
        .post(format!("{url}/orders/{id}/actions/confirm"))
        .form(&[("ready_in_minutes", "35")]);
    let answer = late.send().await.unwrap();
    assert_eq!(answer.status(), 409);
    check(
        &answer.text().await.unwrap(),
        &["waits for no decision of the store", "Back to the order"],
    );
    world.stack.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn open_streams_do_not_keep_the_stack_from_stopping() {
    let world = World::start(Data::Ephemeral).await;
    let stream = world
        .http
        .get(format!("{}/orders/live", world.stack.facts().url))
        .send()
        .await
        .unwrap();
    assert_eq!(stream.status(), 200);
    let stopping = tokio::time::timeout(std::time::Duration::from_secs(10), world.stack.stop());
    stopping.await.expect("the stream ended");
}
