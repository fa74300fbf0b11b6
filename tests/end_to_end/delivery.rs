//! An order that goes well, from placing to the door.

use serde_json::json;

use crate::running::Running;

/// What the customer reads until the store has said yes, in this order.
const UNTIL_CONFIRMED: [&str; 6] = [
    "Total: R$ 44,80",
    "br.gov.bcb.pix",
    "R$ 44,80",
    "Seu pagamento para o pedido #0001 foi confirmado",
    "aguardando confirmação do restaurante",
    "Seu pedido #0001 foi confirmado",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pix_delivery_is_paid_confirmed_and_delivered() {
    let folder = tempfile::tempdir().expect("a folder");
    let stack = Running::start(folder.path());
    let id = stack.placed_and_paid().await;
    let listened = stack.run(&["pos", "listen", "--confirm", "35", "--stop-after", "1"]);
    assert_eq!(listened.code, Some(0), "{}", listened.err);
    let order = stack
        .until(&id, |order| order["status"] == "CONFIRMED")
        .await;
    assert_eq!(order["total"], 4480);
    assert_eq!(order["paidAmount"], 4480);
    assert_eq!(order["paymentStatus"], "PAID");
    check_execution(&stack, &id).await;
    let messages = stack.messages();
    assert_eq!(messages.len(), UNTIL_CONFIRMED.len(), "{messages:#?}");
    for (message, words) in messages.iter().zip(UNTIL_CONFIRMED) {
        assert!(message.contains(words), "{words:?} is not in {message:?}");
    }
    for status in ["PREPARING", "READY", "DELIVERING", "DELIVERED", "COMPLETED"] {
        let event = json!({"type": "ORDER_STATUS", "status": status});
        stack.report(&id, &format!("{id}-{status}"), event).await;
        stack.until(&id, |order| order["status"] == status).await;
    }
    for says in ["order accepted", "paid", "in preparation", "completed"] {
        stack.until_up_tells("0001", says).await;
    }
    let shown = stack.result(&["order", "show", "1"]);
    let story = shown["story"].as_array().expect("a story").iter();
    let says: Vec<_> = story
        .map(|line| line["says"].as_str().expect("words"))
        .collect();
    assert_eq!(says.first(), Some(&"order accepted"));
    assert!(says.contains(&"the customer was told"), "{says:?}");
    let orders = stack.orders();
    assert_eq!(orders.len(), 1);
    assert_eq!(orders[0]["status"], "COMPLETED");
}

/// As AWS shows it, and as our own verb does.
async fn check_execution(stack: &Running, id: &str) {
    let arn = format!("arn:aws:states:sa-east-1:000000000000:execution:order-lifecycle:{id}");
    let client = stack.step_functions().await;
    let mut status = String::new();
    // The order is confirmed one step before the workflow's end.
    for _ in 0..100 {
        let request = client.describe_execution().execution_arn(&arn);
        let execution = request.send().await.expect("an execution");
        execution.status.as_str().clone_into(&mut status);
        if status != "RUNNING" {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!(status, "SUCCEEDED");
    let request = client.get_execution_history().execution_arn(&arn);
    let history = request.send().await.expect("a history").events;
    let ids: Vec<i64> = history.iter().map(|event| event.id).collect();
    let last = i64::try_from(ids.len()).expect("few");
    assert_eq!(ids, (1..=last).collect::<Vec<_>>());
    let kinds: Vec<&str> = history.iter().map(|event| event.r#type.as_str()).collect();
    assert_eq!(kinds.first(), Some(&"ExecutionStarted"));
    assert_eq!(kinds.last(), Some(&"ExecutionSucceeded"));
    let shown = stack.result(&["exec", "show", id]);
    assert_eq!(shown["status"], "SUCCEEDED");
    assert_eq!(
        shown["events"].as_array().map(Vec::len),
        Some(history.len())
    );
}
