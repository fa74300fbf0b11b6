//! The table of addresses: each leads somewhere, what it leads to answers, and what is at no address is said to be.

use std::collections::BTreeMap;

use super::{api::a_request, *};
use crate::{
    entry_points::ENTRY_POINTS,
    http::{Answer, Request},
    routes::{self, Authentication, BODY_BYTES_MAX, Entrance, Method, ROUTES},
};

fn request(method: &str, path: &str, query: &str, body: impl Into<Vec<u8>>) -> Request {
    Request {
        method: method.into(),
        path: path.into(),
        query: query.into(),
        headers: BTreeMap::new(),
        body: body.into(),
    }
}

/// As on AWS: no store is meant by itself.
fn answered(world: &World, function: Option<&str>, request: &Request) -> Answer {
    let ports = world.ports();
    let entrance = Entrance {
        ports: &ports,
        url: "https://api.example.com",
        default_shop: None,
        function,
    };
    block_on(routes::answer(entrance, request))
}

#[track_caller]
fn check(world: &World, request: &Request, status: u16, code: &str) {
    let answer = answered(world, None, request);
    let said = answer.body["error"]["code"].as_str().unwrap_or_default();
    assert_eq!((answer.status, said), (status, code), "{}", answer.body);
}

const STORE: &str = "clientId=sabor&storeId=centro";

#[test]
fn every_address_leads_to_a_way_in_and_every_way_in_has_an_address() {
    let mut reached: BTreeSet<&str> = ROUTES.iter().map(|route| route.entry_point).collect();
    for route in ROUTES {
        assert!(route.function().is_some(), "{}", route.path);
    }
    // By the query of `list_orders`, and by a queue.
    reached.extend(["find", "events"]);
    let all: BTreeSet<&str> = ENTRY_POINTS.iter().map(|entry| entry.name).collect();
    assert_eq!(reached, all);
    let addresses: BTreeSet<_> = ROUTES
        .iter()
        .map(|route| (route.method.as_str(), route.path))
        .collect();
    assert_eq!(addresses.len(), ROUTES.len());
    let webhooks = ROUTES
        .iter()
        .filter(|route| route.authentication == Authentication::Webhook);
    for route in webhooks.clone() {
        assert!(route.path.starts_with("/webhooks/") && route.method == Method::Post);
    }
    assert_eq!(webhooks.count(), 2);
}

#[test]
fn an_order_is_placed_found_and_cancelled_by_address() {
    let world = world();
    let body = a_request().to_string();
    check(&world, &request("POST", "/api/orders", "", body), 201, "");
    let shown = request("GET", "/api/orders/checkout%2D1", STORE, "");
    check(&world, &shown, 200, "");
    let found = request(
        "GET",
        "/api/orders",
        &format!("{STORE}&search=Jo%C3%A3o+da"),
        "",
    );
    check(&world, &found, 200, "");
    let cancel = |body| request("POST", "/api/orders/0009/cancel", STORE, body);
    check(
        &world,
        &cancel(r#"{"by": "CUSTOMER"}"#),
        404,
        "ORDER_NOT_FOUND",
    );
    check(&world, &cancel("{"), 400, "MALFORMED_REQUEST");
}

#[test]
fn a_request_that_leads_nowhere_is_told_so() {
    let world = world();
    let nowhere = [
        "/api/orders/1/",
        "/api//",
        "/",
        "",
        "/api/order",
        "/api/orders/1/messages/2",
    ];
    for path in nowhere {
        check(
            &world,
            &request("GET", path, STORE, ""),
            404,
            "NO_SUCH_ADDRESS",
        );
    }
    let put = request("PUT", "/api/orders", STORE, "");
    check(&world, &put, 405, "METHOD_NOT_ALLOWED");
    let answer = answered(&world, None, &put);
    assert_eq!(answer.body["error"]["help"], "it takes POST and GET");
    let long = vec![b' '; BODY_BYTES_MAX + 1];
    let long = request("POST", "/webhooks/twilio", "", long);
    check(&world, &long, 413, "BODY_NOT_READ");
}

#[test]
fn without_a_store_that_is_meant_by_itself_the_query_must_name_one() {
    let world = world();
    for query in ["", "clientId=sabor", "storeId=centro", "search=Maria"] {
        let list = request("GET", "/api/orders", query, "");
        check(&world, &list, 400, "STORE_NOT_NAMED");
    }
    check(&world, &request("GET", "/api/orders", STORE, ""), 200, "");
    for query in ["clientId=a/b&storeId=centro", "colour=red", "limit=many"] {
        let list = request("GET", "/api/orders", query, "");
        check(&world, &list, 400, "MALFORMED_REQUEST");
    }
    let default = shop();
    let ports = world.ports();
    let entrance = Entrance {
        ports: &ports,
        url: "",
        default_shop: Some(&default),
        function: None,
    };
    // The store that is meant by itself is no other tenant's.
    for (query, status) in [
        ("", 200),
        ("clientId=sabor", 200),
        ("storeId=praia", 200),
        ("clientId=another", 400),
        ("clientId=another&storeId=praia", 200),
    ] {
        let list = request("GET", "/api/orders", query, "");
        let listed = block_on(routes::answer(entrance, &list));
        assert_eq!(listed.status, status, "{query}");
    }
}

#[test]
fn what_is_a_tenants_needs_no_store() {
    let world = world();
    for path in ["/api/exceptions", "/api/parked-events"] {
        check(&world, &request("GET", path, "clientId=sabor", ""), 200, "");
        check(&world, &request("GET", path, STORE, ""), 200, "");
        check(
            &world,
            &request("GET", path, "", ""),
            400,
            "TENANT_NOT_NAMED",
        );
        let wrong = request("GET", path, "clientId=a/b", "");
        check(&world, &wrong, 400, "MALFORMED_REQUEST");
    }
    let body = r#"{"kind": "ORPHAN_MONEY", "subjectId": "pay_1", "notes": "looked into"}"#;
    let close = request("POST", "/api/exceptions/close", "clientId=sabor", body);
    assert_eq!(answered(&world, None, &close).status, 404);
}

#[test]
fn a_function_answers_its_own_addresses_only() {
    let world = world();
    let list = request("GET", "/api/orders", STORE, "");
    assert_eq!(answered(&world, Some("orders"), &list).status, 200);
    let answer = answered(&world, Some("webhooks"), &list);
    assert_eq!(
        (answer.status, &answer.body["error"]["code"]),
        (500, &json!("MISROUTED"))
    );
}

/// The token is right only if the handler saw the header, and the tenant only if it saw the path.
#[test]
fn a_webhook_sees_its_headers_and_the_name_in_its_path() {
    let world = world();
    let path = format!("/webhooks/asaas/{ROUTE}");
    let mut event = request(
        "POST",
        &path,
        "",
        r#"{"id": "evt_1", "event": "PAYMENT_RECEIVED"}"#,
    );
    check(&world, &event, 401, "UNAUTHORISED");
    event
        .headers
        .insert("asaas-access-token".into(), WEBHOOK_TOKEN.into());
    check(&world, &event, 200, "");
}
