//! Everything that can be seen of a world: what repeating a step must not change.

use std::collections::BTreeMap;

use comanda_domain::tables;
use comanda_simulation::world::World;
use serde_json::{Value, json};

/// A world, as lines by where they stand.
pub type Snapshot = BTreeMap<String, Vec<String>>;

/// Takes it.
pub fn of(world: &World) -> Snapshot {
    without(world, "nobody")
}

/// Takes it without this tenant's rows.
pub fn without(world: &World, tenant: &str) -> Snapshot {
    let mut seen = Snapshot::new();
    for table in tables::ALL {
        let of_tenant = format!("{tenant}#");
        let rows = world.outside.store.rows(table).into_iter();
        let rows = rows.filter(|row| {
            let key = row.get(table.partition_key).and_then(Value::as_str);
            key.is_none_or(|key| !key.starts_with(&of_tenant))
        });
        let rows = rows.map(|row| json!(row).to_string());
        seen.insert(table.name.to_owned(), rows.collect());
    }
    let said = world.outside.channel.accepted_from(0).into_iter();
    let said = said.map(|said| format!("{} {} {}", said.sent.at, said.message.to, said.sent.body));
    seen.insert("the customers' phones".to_owned(), said.collect());
    let queued = world.outside.queue.messages().into_iter();
    let queued = queued.map(|message| message.body);
    seen.insert("the stores' queues".to_owned(), queued.collect());
    let charges = world.outside.provider.charges().into_iter();
    let charges = charges.map(|truth| format!("{truth:?}"));
    seen.insert("the provider".to_owned(), charges.collect());
    let time = world.time();
    let executions = time.executions().map(|execution| {
        let output = execution
            .output()
            .map_or(Value::Null, |output| output.value().clone());
        format!(
            "{} {:?} {output}",
            execution.start().execution_arn,
            execution.status()
        )
    });
    seen.insert("the executions".to_owned(), executions.collect());
    seen
}

/// The same world as if nobody had been called to an order: without the alarm and the message of it, and of an order only what its
/// money and its course came to. What was paid, given back, owed, told beyond that, queued and run is all there.
pub fn without_a_person_s_call(mut seen: Snapshot) -> Snapshot {
    let mut words = Vec::new();
    let mut keep = |table: &str, keep: &mut dyn FnMut(&mut Value) -> bool| {
        let lines = seen.remove(table).unwrap_or_default().into_iter();
        let rows = lines.map(|line| serde_json::from_str::<Value>(&line).expect("a row"));
        let kept = rows.filter_map(|mut row| keep(&mut row).then(|| row.to_string()));
        let kept = kept.collect();
        seen.insert(table.to_owned(), kept);
    };
    keep(tables::NOTIFICATIONS.name, &mut |row| {
        let is_call = row["kind"] == "PERSON";
        if is_call {
            words.extend(row["text"].as_str().map(str::to_owned));
        }
        // The channel counts what it sends, and those after the call are one further.
        row.as_object_mut().map(|row| row.remove("messageId"));
        !is_call
    });
    keep(tables::RECEIPTS.name, &mut |row| {
        row.as_object_mut().map(|row| row.remove("messageId"));
        let mut known = row["known"].as_object().into_iter().flatten();
        !known.any(|(_, known)| known["kind"] == "PERSON")
    });
    keep(tables::EXCEPTIONS.name, &mut |row| {
        row["kind"] != "UNEXPECTED_FAILURE"
    });
    keep(tables::ORDERS.name, &mut |row| {
        *row = json!({
            "orderId": row["orderId"], "status": row["status"], "paymentStatus": row["paymentStatus"],
            "paymentId": row["paymentId"], "total": row["total"], "paidAmount": row["paidAmount"],
            "refundedAmount": row["refundedAmount"],
        });
        true
    });
    let told = seen.get_mut("the customers' phones");
    told.expect("they are seen")
        .retain(|said| !words.iter().any(|text| said.ends_with(text)));
    seen
}

/// The first difference, in words.
pub fn difference(expected: &Snapshot, found: &Snapshot) -> Option<String> {
    for (place, lines) in expected {
        let other = found.get(place).map_or(&[][..], Vec::as_slice);
        if lines == other {
            continue;
        }
        let at = lines
            .iter()
            .zip(other)
            .position(|(left, right)| left != right);
        let at = at.unwrap_or(lines.len().min(other.len()));
        let line = |lines: &[String]| {
            lines
                .get(at)
                .cloned()
                .unwrap_or_else(|| "nothing".to_owned())
        };
        return Some(format!(
            "{place} has {} lines and {} before; number {}:\n  before {}\n  after  {}",
            other.len(),
            lines.len(),
            at + 1,
            line(lines),
            line(other)
        ));
    }
    None
}
