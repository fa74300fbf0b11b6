//! The second net through the real binary: a payment whose webhook never comes, money that no order knows, a disputed card;
//! each put right or shown, with what to do.

use serde_json::{Value, json};

use crate::running::Running;

/// Sweeps, whatever it finds.
fn reconcile(stack: &Running) -> (Option<i32>, Value) {
    let said = stack.run(&["reconcile"]);
    let result = serde_json::from_str(&said.out);
    let result = result.unwrap_or_else(|_| panic!("no report: {}", said.err));
    (said.code, result)
}

fn kinds(result: &Value, state: &str) -> Vec<String> {
    let rows = result["exceptions"][state].as_array().expect("rows");
    let kind = |row: &Value| row["kind"].as_str().expect("a kind").to_owned();
    rows.iter().map(kind).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_payment_that_no_webhook_told_is_found_and_a_dispute_is_shown() {
    let folder = tempfile::tempdir().expect("a folder");
    let stack = Running::start(folder.path());
    let pix = stack.place("pix-delivery.json");
    stack.until_charged(&pix).await;
    stack.result(&["asaas", "pay", &pix, "--unheard"]);
    let (code, result) = reconcile(&stack);
    assert_eq!(code, Some(0), "{result:#}");
    assert_eq!(result["report"]["complete"], true, "{result:#}");
    assert_eq!(kinds(&result, "healed"), ["MISSED_NEWS"]);
    let order = stack
        .until(&pix, |order| order["waitingFor"] == "STORE")
        .await;
    assert_eq!(order["paidAmount"], 4480);
    // The same books again: what was heard is in the ledger, the fee is entered, nothing is left to explain.
    let (_, result) = reconcile(&stack);
    let today = result["report"]["days"]
        .as_array()
        .expect("days")
        .last()
        .expect("today");
    assert_eq!(today["ledger"]["captured"], 4480);
    assert_eq!(today["ledger"], today["statement"], "{today:#}");
    assert_eq!(today["difference"], 0);
    assert_eq!(result["report"]["healed"], 0, "{result:#}");

    let card = stack.place("card-pickup.json");
    stack.until_charged(&card).await;
    stack.result(&["asaas", "pay", &card]);
    stack
        .until(&card, |order| order["paidAmount"] != json!(0))
        .await;
    stack.result(&["asaas", "chargeback", &card]);
    let shown = stack
        .until(&card, |order| order["paymentStatus"] == "CHARGEBACK")
        .await;
    let charge = shown["paymentId"].as_str().expect("a charge").to_owned();
    let (code, result) = reconcile(&stack);
    assert_eq!(code, Some(1), "a person must see it");
    assert_eq!(kinds(&result, "open"), ["CHARGEBACK"]);
    let told = stack.result(&["order", "show", &card]);
    assert_eq!(
        told["exceptions"][0]["runbook"],
        "docs/runbook/chargeback.md"
    );
    let close = [
        "reconcile",
        "--close",
        "CHARGEBACK",
        &charge,
        "--notes",
        "answered",
    ];
    stack.result(&close);
    assert_eq!(reconcile(&stack).0, Some(0));
}
