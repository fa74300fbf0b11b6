//! Charges and refunds: what the API says, and what the payer does.

use comanda_domain::money::Money;
use comanda_tasks::ports::{ChargeMethod, ChargeStatus, ProviderError, RefundStatus};
use serde_json::{Value, json};

use super::{KEY, order, scene};

#[tokio::test]
async fn a_pix_is_charged_paid_and_told() {
    let scene = scene().await;
    let charge = scene.charge(ChargeMethod::Pix, 4_480).await;
    assert_eq!(charge.status, ChargeStatus::Pending);
    assert_eq!(charge.amount, Money::from_centavos(4_480));
    assert_eq!(charge.external_reference.as_deref(), Some("order_1"));
    let found = scene
        .provider
        .find_charges(&scene.account, &order())
        .await
        .unwrap();
    assert_eq!(found, std::slice::from_ref(&charge));
    let payer = scene
        .provider
        .find_payer(&scene.account, "24971563792")
        .await
        .unwrap();
    assert!(payer.unwrap().starts_with("cus_"));
    let code = scene
        .provider
        .pix_code(&scene.account, &charge.id)
        .await
        .unwrap();
    assert!(code.payload.starts_with("00020101021226"));
    assert!(
        code.payload
            .contains("5917Restaurante Sabor6009Sao Paulo62070503***6304")
    );
    assert!(code.image_base64.starts_with("iVBORw0KGgo"));
    let page = scene.http.get(&charge.invoice_url).send().await.unwrap();
    let page = page.text().await.unwrap();
    assert!(page.contains(&code.payload) && page.contains(&code.image_base64));

    // By the order's id, as a person would.
    let (status, body) = scene
        .control(reqwest::Method::POST, "payments/order_1/pay", json!({}))
        .await;
    assert_eq!((status, &body["event"]), (200, &json!("PAYMENT_RECEIVED")));
    assert_eq!(scene.events(1).await, ["PAYMENT_RECEIVED"]);
    let (token, event) = scene.webhook.seen.lock().unwrap()[0].clone();
    assert_eq!(token, "whsec_1");
    assert!(event["id"].as_str().unwrap().contains('&'));
    assert_eq!(event["payment"]["externalReference"], "order_1");
    assert_eq!(event["payment"]["value"], json!(44.8));
    assert_eq!(event["payment"]["netValue"], json!(42.81));
    assert_eq!(scene.read(&charge).await.status, ChargeStatus::Paid);
    let (status, body) = scene.act(&charge, "pay").await;
    assert_eq!(
        (status, &body["error"]["code"]),
        (409, &json!("CHARGE_DECIDED"))
    );
}

#[tokio::test]
async fn a_card_can_fail_and_be_paid_and_a_pix_cannot_fail() {
    let scene = scene().await;
    let card = scene.charge(ChargeMethod::Card, 5_000).await;
    assert_eq!(scene.act(&card, "fail").await.0, 200);
    assert_eq!(scene.act(&card, "pay").await.0, 200);
    let told = ["PAYMENT_CREDIT_CARD_CAPTURE_REFUSED", "PAYMENT_CONFIRMED"];
    assert_eq!(scene.events(2).await, told);
    assert_eq!(scene.read(&card).await.status, ChargeStatus::Paid);
    let page = scene.http.get(&card.invoice_url).send().await.unwrap();
    assert!(page.text().await.unwrap().contains("Paga"));

    let pix = scene.charge(ChargeMethod::Pix, 5_000).await;
    let (status, body) = scene.act(&pix, "fail").await;
    assert_eq!(
        (status, &body["error"]["code"]),
        (409, &json!("PIX_CANNOT_FAIL"))
    );
    assert_eq!(scene.act(&pix, "expire").await.0, 200);
    // Overdue is not the end: the code stays payable.
    assert_eq!(scene.act(&pix, "pay").await.0, 200);
    assert_eq!(scene.act(&pix, "dance").await.0, 404);
}

#[tokio::test]
async fn a_refund_ends_later_and_never_gives_back_more_than_there_is() {
    let scene = scene().await;
    let charge = scene.charge(ChargeMethod::Pix, 4_480).await;
    let refund = async |centavos| {
        let amount = Money::from_centavos(centavos);
        scene
            .provider
            .refund(&scene.account, &charge.id, amount, "intent 1")
            .await
    };
    let unpaid = refund(4_480).await;
    assert!(
        matches!(unpaid, Err(ProviderError::Refused { .. })),
        "{unpaid:?}"
    );
    scene.act(&charge, "pay").await;
    // The fee is gone: the charge brought in less than it would give back.
    assert_eq!(refund(4_480).await, Err(ProviderError::InsufficientBalance));
    let top_up = json!({"account": "sabor", "centavos": 100_000});
    scene.control(reqwest::Method::PUT, "balance", top_up).await;
    let asked = refund(4_480).await.unwrap();
    assert_eq!(asked.status, ChargeStatus::Refunding);
    assert_eq!(asked.refunds[0].description.as_deref(), Some("intent 1"));
    let told = [
        "PAYMENT_RECEIVED",
        "PAYMENT_REFUND_IN_PROGRESS",
        "PAYMENT_REFUNDED",
    ];
    assert_eq!(scene.events(3).await, told);
    let read = scene.read(&charge).await;
    assert_eq!(read.status, ChargeStatus::Refunded);
    assert_eq!(read.refunds[0].status, RefundStatus::Done);
    assert!(refund(1).await.is_err());
}

#[tokio::test]
async fn a_deleted_charge_takes_no_money_but_that_which_was_on_its_way() {
    let scene = scene().await;
    let charge = scene.charge(ChargeMethod::Pix, 4_480).await;
    scene
        .provider
        .delete_charge(&scene.account, &charge.id)
        .await
        .unwrap();
    assert!(scene.read(&charge).await.deleted);
    let (status, body) = scene.act(&charge, "pay").await;
    assert_eq!(
        (status, &body["error"]["code"]),
        (409, &json!("CHARGE_DELETED"))
    );
    let path = format!("payments/{}/pay", charge.id);
    let late = scene
        .control(reqwest::Method::POST, &path, json!({"inFlight": true}))
        .await;
    assert_eq!(late.0, 200);
    assert_eq!(
        scene.events(2).await,
        ["PAYMENT_DELETED", "PAYMENT_RECEIVED"]
    );
}

#[tokio::test]
async fn bad_calls_are_refused_in_the_providers_words() {
    let scene = scene().await;
    let call = async |key: &str, path: &str, body: Value| {
        let request = scene.http.post(format!("{}/v3/{path}", scene.base));
        let answer = request
            .header("access_token", key)
            .json(&body)
            .send()
            .await
            .unwrap();
        let status = answer.status().as_u16();
        let body: Value = answer.json().await.unwrap_or_default();
        (
            status,
            body["errors"][0]["code"]
                .as_str()
                .unwrap_or_default()
                .to_owned(),
        )
    };
    let check = async |path: &str, body: Value, expected: &str| {
        assert_eq!(call(KEY, path, body).await, (400, expected.to_owned()));
    };
    let wrong_key = call("$aact_local_2", "payments", json!({})).await;
    assert_eq!(wrong_key, (401, "invalid_access_token".to_owned()));
    check(
        "customers",
        json!({"name": "A", "cpfCnpj": "24971563793"}),
        "invalid_object",
    )
    .await;
    check("payments", json!({}), "invalid_customer").await;
    scene.charge(ChargeMethod::Pix, 5_000).await;
    let payer = scene
        .provider
        .find_payer(&scene.account, "24971563792")
        .await
        .unwrap()
        .unwrap();
    let payment = |billing: &str, value: Value, due: &str| json!({"customer": payer, "billingType": billing, "value": value, "dueDate": due});
    let day = "2999-01-01";
    check(
        "payments",
        payment("DEBIT_CARD", json!(10), day),
        "invalid_billingType",
    )
    .await;
    check(
        "payments",
        payment("PIX", json!(4.99), day),
        "invalid_value",
    )
    .await;
    check(
        "payments",
        payment("PIX", json!(10.001), day),
        "invalid_value",
    )
    .await;
    check(
        "payments",
        payment("PIX", json!(10), "2020-01-01"),
        "invalid_dueDate",
    )
    .await;
    assert_eq!(
        call(KEY, "payments/pay_none/refund", json!({})).await.0,
        404
    );
}
