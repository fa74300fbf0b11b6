//! The client against a tiny server that answers with the provider's own samples (providers §1).

use std::sync::{Arc, Mutex};

use axum::{
    Router,
    body::Bytes,
    extract::{Request, State},
    http::StatusCode,
    response::IntoResponse,
};
use comanda_tasks::ports::{ChargeMethod, ChargeRefund, ChargeStatus, LineKind, RefundStatus};
use jiff::civil::date;
use serde_json::{Value, json};

use super::*;
use crate::http::transport::Reach;

const PIX_CHARGE: &str = r#"{"object":"payment","id":"pay_ibvub5tu20v9lxr7","dateCreated":"2026-07-14","customer":"cus_000008392496","checkoutSession":null,"paymentLink":null,"value":100,"netValue":98.01,"description":"Paridade Pix","billingType":"PIX","pixTransaction":null,"status":"PENDING","dueDate":"2026-07-19","invoiceUrl":"https://sandbox.asaas.com/i/ibvub5tu20v9lxr7","externalReference":"order_1","deleted":false,"refunds":null,"somethingNew":{"x":1.5}}"#;
const REFUNDED: &str = r#"{"object":"payment","id":"pay_080225913252","value":2.00,"billingType":"DEBIT_CARD","status":"REFUND_IN_PROGRESS","deleted":false,"invoiceUrl":"https://www.asaas.com/i/080225913252","externalReference":null,"refunds":[{"dateCreated":"2022-02-21 10:28:40","status":"DONE","value":2.00,"endToEndIdentifier":null,"description":"Overpayment","effectiveDate":null,"refundedSplits":[]}]}"#;

/// What the server saw: `METHOD path?query`, key, body.
type Seen = Arc<Mutex<Vec<(String, String, Value)>>>;

struct Scene {
    asaas: Asaas,
    account: Account,
    seen: Seen,
}

async fn scene(status: u16, body: &str) -> Scene {
    let seen = Seen::default();
    let answer = (StatusCode::from_u16(status).unwrap(), body.to_owned());
    let router = Router::new()
        .fallback(record)
        .with_state((seen.clone(), answer));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}/v3", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    Scene {
        asaas: Asaas::new(Client::new(Reach::ThisMachine), Some(base)),
        account: account(Environment::Local, "$aact_local_1"),
        seen,
    }
}

async fn record(
    State((seen, answer)): State<(Seen, (StatusCode, String))>,
    request: Request,
) -> impl IntoResponse {
    let line = format!("{} {}", request.method(), request.uri());
    let headers = request.headers().clone();
    let header = |name| {
        headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    };
    let key = header("access_token").to_owned();
    assert!(header("user-agent").starts_with("comanda/"));
    let body: Bytes = axum::body::to_bytes(request.into_body(), 9_999)
        .await
        .unwrap();
    let body = serde_json::from_slice(&body).unwrap_or_default();
    seen.lock().unwrap().push((line, key, body));
    answer
}

fn account(environment: Environment, key: &str) -> Account {
    Account {
        environment,
        api_key: key.into(),
    }
}

fn pix_charge() -> Charge {
    Charge {
        id: ChargeId::new("pay_ibvub5tu20v9lxr7").unwrap(),
        method: ChargeMethod::Pix,
        amount: Money::from_centavos(10_000),
        status: ChargeStatus::Pending,
        deleted: false,
        refunds: Vec::new(),
        invoice_url: "https://sandbox.asaas.com/i/ibvub5tu20v9lxr7".to_owned(),
        external_reference: Some("order_1".to_owned()),
    }
}

#[tokio::test]
async fn creates_a_charge_with_exact_amounts() {
    let scene = scene(200, PIX_CHARGE).await;
    let charge = NewCharge {
        payer: "cus_1".to_owned(),
        method: ChargeMethod::Pix,
        amount: Money::from_centavos(4_480),
        due_date: date(2026, 11, 22),
        order: OrderId::new("order_1").unwrap(),
        description: "Pedido 0001".to_owned(),
    };
    let created = scene.asaas.create_charge(&scene.account, &charge).await;
    assert_eq!(created, Ok(pix_charge()));
    let seen = scene.seen.lock().unwrap().clone();
    let body = json!({
        "customer": "cus_1", "billingType": "PIX", "value": 44.80, "dueDate": "2026-11-22",
        "description": "Pedido 0001", "externalReference": "order_1",
    });
    let expected = (
        "POST /v3/payments".to_owned(),
        "$aact_local_1".to_owned(),
        body,
    );
    assert_eq!(seen, [expected]);
}

#[tokio::test]
async fn creates_a_payer_without_the_providers_own_notices() {
    let scene = scene(
        200,
        r#"{"object":"customer","id":"cus_000008392496","deleted":false}"#,
    )
    .await;
    let payer = NewPayer {
        name: "Cliente Paridade".to_owned(),
        cpf: "24971563792".to_owned(),
        external_reference: "customer_1".to_owned(),
    };
    let created = scene.asaas.create_payer(&scene.account, &payer).await;
    assert_eq!(created, Ok("cus_000008392496".to_owned()));
    let body = json!({
        "name": "Cliente Paridade", "cpfCnpj": "24971563792", "externalReference": "customer_1",
        "notificationDisabled": true,
    });
    assert_eq!(scene.seen.lock().unwrap()[0].2, body);
}

#[tokio::test]
async fn lists_charges_and_payers() {
    let list = |data: &str| {
        format!(
            r#"{{"object":"list","hasMore":false,"totalCount":1,"limit":100,"offset":0,"data":[{data}]}}"#
        )
    };
    let charges = scene(200, &list(PIX_CHARGE)).await;
    let order = OrderId::new("order_1").unwrap();
    let found = charges.asaas.find_charges(&charges.account, &order).await;
    assert_eq!(found, Ok(vec![pix_charge()]));
    assert_eq!(
        charges.seen.lock().unwrap()[0].0,
        "GET /v3/payments?externalReference=order_1&limit=100&offset=0"
    );
    let payers = scene(
        200,
        &list(r#"{"id":"cus_1","deleted":true},{"id":"cus_2","deleted":false}"#),
    )
    .await;
    let found = payers
        .asaas
        .find_payer(&payers.account, "24971563792")
        .await;
    assert_eq!(found, Ok(Some("cus_2".to_owned())));
}

#[tokio::test]
async fn reads_what_happened_to_a_refund() {
    let scene = scene(200, REFUNDED).await;
    let charge = ChargeId::new("pay_080225913252").unwrap();
    let amount = Money::from_centavos(200);
    let asked = scene
        .asaas
        .refund(&scene.account, &charge, amount, "Overpayment")
        .await
        .unwrap();
    assert_eq!(asked.status, ChargeStatus::Refunding);
    assert_eq!(asked.method, ChargeMethod::Card);
    let expected = ChargeRefund {
        amount,
        status: RefundStatus::Done,
        description: Some("Overpayment".to_owned()),
    };
    assert_eq!(asked.refunds, [expected]);
}

fn list(data: &str) -> String {
    format!(
        r#"{{"object":"list","hasMore":true,"totalCount":300,"limit":100,"offset":100,"data":[{data}]}}"#
    )
}

/// The second page of two days.
fn second_page() -> PageOf {
    PageOf {
        from: date(2026, 7, 13),
        to: date(2026, 7, 14),
        offset: 100,
    }
}

#[tokio::test]
async fn charges_of_some_days_are_asked_for_by_page() {
    let scene = scene(200, &list(PIX_CHARGE)).await;
    let found = scene
        .asaas
        .list_charges(&scene.account, second_page())
        .await;
    let expected = Listed {
        entries: vec![pix_charge()],
        has_more: true,
    };
    assert_eq!(found, Ok(expected));
    assert_eq!(
        scene.seen.lock().unwrap()[0].0,
        "GET /v3/payments?dateCreated%5Bge%5D=2026-07-13&dateCreated%5Ble%5D=2026-07-14&limit=100&offset=100"
    );
}

/// The path, its parameters and the words are those of the provider's page of the statement; the other fields are from memory.
#[tokio::test]
async fn the_statement_is_asked_for_by_page_and_its_words_are_ours() {
    let line = |id: &str, kind: &str, value: &str, payment: &str| {
        format!(
            r#"{{"object":"financialTransaction","id":"{id}","value":{value},"balance":1.5,"type":"{kind}","date":"2026-07-14","description":"x","paymentId":{payment}}}"#
        )
    };
    let (of_charge, of_none) = (r#""pay_1""#, "null");
    let lines = [
        line("fin_1", "PAYMENT_RECEIVED", "100", of_charge),
        line("fin_2", "PAYMENT_FEE", "-1.99", of_charge),
        line("fin_3", "PAYMENT_REVERSAL", "-100.00", of_charge),
        line("fin_4", "CHARGEBACK", "-100", of_charge),
        line("fin_5", "SOMETHING_NEW", "-0.01", of_charge),
        line("fin_6", "TRANSFER", "-50", of_none),
        line(
            "fin_7",
            "PAYMENT_MESSAGING_NOTIFICATION_FEE",
            "-0.99",
            of_charge,
        ),
        line("fin_8", "PAYMENT_FEE_REVERSAL", "1.99", of_charge),
        line("fin_9", "PAYMENT_REFUND_CANCELLED", "100", of_charge),
        line("fin_10", "CHARGEBACK_REVERSAL", "100", of_charge),
        line("fin_11", "PARTIAL_PAYMENT", "60", of_charge),
    ];
    let scene = scene(200, &list(&lines.join(","))).await;
    let found = scene.asaas.statement(&scene.account, second_page()).await;
    let told = |(id, word): (&str, &str), kind, centavos| StatementLine {
        id: id.to_owned(),
        day: date(2026, 7, 14),
        kind,
        word: word.to_owned(),
        amount: Money::from_centavos(centavos),
        charge: (id != "fin_6").then(|| ChargeId::new("pay_1").unwrap()),
    };
    let entries = vec![
        told(("fin_1", "PAYMENT_RECEIVED"), LineKind::Received, 10_000),
        told(("fin_2", "PAYMENT_FEE"), LineKind::Fee, -199),
        told(("fin_3", "PAYMENT_REVERSAL"), LineKind::Refunded, -10_000),
        told(("fin_4", "CHARGEBACK"), LineKind::ChargedBack, -10_000),
        told(("fin_5", "SOMETHING_NEW"), LineKind::Other, -1),
        told(("fin_6", "TRANSFER"), LineKind::Other, -5_000),
        told(
            ("fin_7", "PAYMENT_MESSAGING_NOTIFICATION_FEE"),
            LineKind::Fee,
            -99,
        ),
        told(("fin_8", "PAYMENT_FEE_REVERSAL"), LineKind::Fee, 199),
        told(
            ("fin_9", "PAYMENT_REFUND_CANCELLED"),
            LineKind::Refunded,
            10_000,
        ),
        told(
            ("fin_10", "CHARGEBACK_REVERSAL"),
            LineKind::ChargedBack,
            10_000,
        ),
        told(("fin_11", "PARTIAL_PAYMENT"), LineKind::Received, 6_000),
    ];
    let has_more = true;
    assert_eq!(found, Ok(Listed { entries, has_more }));
    assert_eq!(
        scene.seen.lock().unwrap()[0].0,
        "GET /v3/financialTransactions?startDate=2026-07-13&finishDate=2026-07-14&order=asc&limit=100&offset=100"
    );
}

/// What a refused or broken refund call means.
async fn check_refund(status: u16, body: &str, expected: ProviderError) {
    let scene = scene(status, body).await;
    let charge = ChargeId::new("pay_1").unwrap();
    let answer = scene
        .asaas
        .refund(&scene.account, &charge, Money::from_centavos(1), "x")
        .await;
    assert_eq!(answer, Err(expected));
}

#[tokio::test]
async fn tells_refusals_from_outages() {
    let refused = |code: &str, description: &str| ProviderError::Refused {
        code: code.to_owned(),
        description: description.to_owned(),
    };
    let balance = r#"{"errors":[{"code":"invalid_action","description":"Saldo insuficiente para realizar o estorno."}]}"#;
    check_refund(400, balance, ProviderError::InsufficientBalance).await;
    let other = r#"{"errors":[{"code":"invalid_action","description":"Cobrança não recebida."}]}"#;
    check_refund(
        400,
        other,
        refused("invalid_action", "Cobrança não recebida."),
    )
    .await;
    let key = r#"{"errors":[{"code":"invalid_access_token","description":"A chave de API fornecida é inválida"}]}"#;
    check_refund(401, key, ProviderError::Unauthorised).await;
    check_refund(404, "", refused("not_found", "")).await;
    for theirs in ["<html>", "", "{}", r#"{"errors":[]}"#] {
        check_refund(403, theirs, outage::not_done(PARTY, "HTTP 403").into()).await;
    }
    check_refund(408, "", outage::unknown(PARTY, "HTTP 408").into()).await;
    check_refund(429, "", outage::not_done(PARTY, "HTTP 429").into()).await;
    check_refund(502, "", outage::unknown(PARTY, "HTTP 502").into()).await;
    let cut = outage::unknown(PARTY, "the answer could not be read");
    check_refund(200, r#"{"id":"pay_1""#, cut.into()).await;
}

#[tokio::test]
async fn a_question_that_fails_changed_nothing() {
    let scene = scene(502, "").await;
    let charge = ChargeId::new("pay_1").unwrap();
    let answer = scene.asaas.get_charge(&scene.account, &charge).await;
    assert_eq!(answer, Err(outage::not_done(PARTY, "HTTP 502").into()));
}

#[tokio::test]
async fn an_unknown_charge_is_none() {
    let scene = scene(404, "").await;
    let charge = ChargeId::new("pay_1").unwrap();
    let answer = scene.asaas.get_charge(&scene.account, &charge).await;
    assert_eq!(answer, Ok(None));
}

#[tokio::test]
async fn a_key_never_goes_to_another_environment() {
    let check = async |environment, key, local: Option<&str>, expected: ProviderError| {
        let client = Client::new(Reach::ThisMachine);
        let asaas = Asaas::new(client, local.map(str::to_owned));
        let charge = ChargeId::new("pay_1").unwrap();
        let account = account(environment, key);
        assert_eq!(asaas.get_charge(&account, &charge).await, Err(expected));
    };
    let refused = ProviderError::Unauthorised;
    check(Environment::Sandbox, "$aact_prod_1", None, refused.clone()).await;
    check(
        Environment::Production,
        "$aact_hmlg_1",
        None,
        refused.clone(),
    )
    .await;
    check(
        Environment::Local,
        "$aact_prod_1",
        Some("http://127.0.0.1:1/v3"),
        refused,
    )
    .await;
    let nobody = outage::not_done(PARTY, "there is no local provider in this process");
    check(Environment::Local, "$aact_local_1", None, nobody.into()).await;
    let closed = outage::not_done(PARTY, "no connection");
    check(
        Environment::Local,
        "$aact_local_1",
        Some("http://127.0.0.1:1/v3"),
        closed.into(),
    )
    .await;
}

#[test]
fn statuses_mean_what_the_method_makes_of_them() {
    let check = |billing_type: &str, word: &str, expected: ChargeStatus| {
        let text = format!(
            r#"{{"id":"pay_1","billingType":"{billing_type}","value":1,"status":"{word}"}}"#
        );
        let charge: Charge = serde_json::from_str::<wire::Payment>(&text).unwrap().into();
        assert_eq!(charge.status, expected, "{billing_type} {word}");
    };
    check("PIX", "CONFIRMED", ChargeStatus::Held);
    check("CREDIT_CARD", "CONFIRMED", ChargeStatus::Paid);
    check("DEBIT_CARD", "RECEIVED", ChargeStatus::Paid);
    check("PIX", "RECEIVED", ChargeStatus::Paid);
    check("PIX", "OVERDUE", ChargeStatus::Pending);
    check("CREDIT_CARD", "AUTHORIZED", ChargeStatus::Authorised);
    check("PIX", "REFUND_REQUESTED", ChargeStatus::Refunding);
    check(
        "CREDIT_CARD",
        "CHARGEBACK_DISPUTE",
        ChargeStatus::Chargeback,
    );
    check("PIX", "SOMETHING_NEW", ChargeStatus::Unknown);
}
