//! A refund that failed, for the console's own tests.

use comanda_domain::order::Order;
use comanda_workflows::story::Event;
use serde_json::{Value, json};

use super::{
    data::{Execution, ExecutionLine},
    sample::later,
};

pub(super) fn refund(order: &Order) -> Execution {
    let event = |id: i64, kind: &str, details: Value| Event {
        id,
        previous: id - 1,
        at: later(order, 310 + id),
        kind: kind.into(),
        details,
    };
    Execution {
        line: ExecutionLine {
            name: "pay_0003-intent-1".into(),
            workflow: "refund".into(),
            status: "FAILED".into(),
            started: later(order, 311),
            stopped: Some(later(order, 313)),
        },
        input: json!({"orderId": order.order_id, "amount": 4_480}),
        output: None,
        variables: json!({}),
        events: vec![
            event(1, "ExecutionStarted", json!({"input": "{}"})),
            event(2, "TaskStateEntered", json!({"name": "Ask for the refund"})),
            event(
                3,
                "ExecutionFailed",
                json!({"error": "Unexpected", "cause": "no such row"}),
            ),
        ],
    }
}
