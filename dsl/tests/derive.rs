//! What the derive macros make of serde's attributes: handles, templates, cases and error names, against serde itself.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use comanda_dsl::{Data, Expr, Handles, IntoExpr, TaskError, constant, none};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, JsonSchema, Handles, Debug, Clone, PartialEq)]
#[serde(rename_all = "camelCase")]
struct Charge {
    charge_id: String,
    #[serde(rename = "valor")]
    amount_centavos: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    r#type: Method,
    #[serde(skip)]
    local: u8,
}

#[derive(Serialize, Deserialize, JsonSchema, Handles, Debug, Clone, PartialEq)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum Method {
    Pix,
    CreditCard,
}

#[derive(Serialize, Deserialize, JsonSchema, Handles, Debug, Clone, PartialEq)]
#[serde(rename_all = "camelCase")]
enum News {
    #[serde(rename_all = "camelCase")]
    Failed {
        news_id: String,
        reason: String,
    },
    Paid(Charge),
    Cancelled {
        by: String,
    },
    Expired,
}

#[derive(Serialize, Deserialize, JsonSchema, Handles, Debug, Clone, PartialEq)]
#[serde(tag = "kind", content = "data", rename_all = "snake_case")]
enum Turn {
    Said(String),
    HungUp,
}

#[derive(Serialize, Deserialize, JsonSchema, TaskError, Debug, Clone, PartialEq)]
#[serde(rename_all = "camelCase")]
enum AcceptError {
    StoreClosed,
    #[serde(rename_all = "camelCase")]
    BelowMinimum {
        least_centavos: i64,
    },
    Unknown(String),
}

/// A handle's `Debug` is its JSONata, which is what this looks at.
#[track_caller]
fn check<T: Data>(expression: Expr<T>, expected: &str) {
    assert_eq!(format!("{expression:?}"), expected);
}

fn charge() -> Charge {
    Charge {
        charge_id: "pay_1".into(),
        amount_centavos: 4480,
        note: None,
        r#type: Method::Pix,
        local: 0,
    }
}

#[test]
fn fields_are_read_by_their_names_on_the_wire() {
    let charge: Expr<Charge> = comanda_dsl::unchecked_jsonata("$charge");
    check(charge.charge_id, "($charge).chargeId");
    check(charge.amount_centavos, "($charge).valor");
    check(charge.r#type, "($charge).type");
    check(
        charge.note.or_else("none"),
        r#"(($charge).note != null ? ($charge).note : "none")"#,
    );
}

#[test]
fn templates_write_what_serde_would() {
    let template = ChargeExpr {
        charge_id: "pay_1",
        amount_centavos: 4480,
        note: none(),
        r#type: Method::Pix,
    };
    check(
        template.expr(),
        r#"{"chargeId": "pay_1", "valor": 4480, "note": null, "type": "PIX"}"#,
    );
    let changed = constant(charge()).with().amount_centavos(5000).expr();
    check(changed.amount_centavos, "5000");
    check(changed.charge_id, r#""pay_1""#);
}

#[test]
fn variants_are_written_as_serde_writes_them() {
    check(NewsExpr::expired(), r#""expired""#);
    check(
        NewsExpr::cancelled("store"),
        r#"{"cancelled": {"by": "store"}}"#,
    );
    let failed = NewsFailedExpr {
        news_id: "e1",
        reason: "no",
    };
    check(
        NewsExpr::failed(failed),
        r#"{"failed": {"newsId": "e1", "reason": "no"}}"#,
    );
    check(TurnExpr::said("oi"), r#"{"kind": "said", "data": "oi"}"#);
    check(TurnExpr::hung_up(), r#"{"kind": "hung_up"}"#);
    check(MethodExpr::credit_card(), r#""CREDIT_CARD""#);
}

#[test]
fn what_the_dsl_writes_serde_reads() {
    #[track_caller]
    fn check<T: Data + PartialEq + std::fmt::Debug>(expression: impl IntoExpr<T>, expected: T) {
        let written = format!("{:?}", expression.into_expr());
        let read: T = serde_json::from_str(&written).unwrap();
        assert_eq!(read, expected);
    }
    check(NewsExpr::paid(charge()), News::Paid(charge()));
    check(NewsExpr::expired(), News::Expired);
    check(
        NewsExpr::cancelled("store"),
        News::Cancelled { by: "store".into() },
    );
    check(TurnExpr::said("oi"), Turn::Said("oi".into()));
    check(TurnExpr::hung_up(), Turn::HungUp);
}

#[test]
fn an_error_has_its_name_and_payload_and_is_read_back() {
    #[track_caller]
    fn check(error: AcceptError, name: &str, payload: serde_json::Value) {
        assert_eq!(error.name(), name);
        assert_eq!(error.payload().unwrap(), payload);
        assert_eq!(AcceptError::read(name, payload), Some(error));
    }
    check(
        AcceptError::StoreClosed,
        "AcceptError.StoreClosed",
        serde_json::Value::Null,
    );
    check(
        AcceptError::BelowMinimum {
            least_centavos: 100,
        },
        "AcceptError.BelowMinimum",
        serde_json::json!({"leastCentavos": 100}),
    );
    check(
        AcceptError::Unknown("x".into()),
        "AcceptError.Unknown",
        "x".into(),
    );
    assert_eq!(AcceptError::read("Outage", serde_json::Value::Null), None);
}
