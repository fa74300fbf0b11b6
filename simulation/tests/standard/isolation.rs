//! Tenant isolation (RELIABILITY C2, T1, T2): whatever another tenant's data is, or that it is absent, a tenant's stories
//! come out the same, and nobody touches the other's rows.

use comanda_domain::tables::{self, Item, Table};
use comanda_simulation::{restaurant::TENANT, world::World};
use serde_json::{Value, json};

use super::{
    attending::Plan,
    each, nothing_is_wrong,
    scenarios::{self, Scenario},
    snapshot,
};

/// The other tenant.
const NEIGHBOUR: &str = "vizinho";

type Rows = Vec<(&'static Table, Item)>;

#[test]
fn another_tenant_s_data_makes_no_difference() {
    let wrong = each(&scenarios::all(), |scenario| {
        let alone = scenario.live(Plan::Fair).world;
        let twin = rows_of(&alone, twin);
        let broken = rows_of(&alone, broken);
        let mut wrong = beside(scenario, &alone, &twin, "a twin with other amounts");
        wrong.extend(beside(
            scenario,
            &alone,
            &broken,
            "rows that nobody can read",
        ));
        wrong
    });
    nothing_is_wrong(&wrong);
}

/// The neighbour has every row that this tenant has at the end, under the same ids, changed.
fn rows_of(world: &World, change: fn(&str, Value) -> Value) -> Rows {
    let mut rows = Vec::new();
    for table in tables::ALL {
        for item in world.outside.store.rows(table) {
            let keys = keys_of(table);
            let changed = item.into_iter().map(|(name, value)| {
                let value = if keys.contains(&name.as_str()) {
                    relabelled(value)
                } else if table.time_to_live == Some(name.as_str()) {
                    // A row that goes away by itself is touched by nobody.
                    value
                } else {
                    change(&name, value)
                };
                (name, value)
            });
            let changed: Item = changed.collect();
            // Routes lead from an address to one tenant: there can be no twin of them.
            let of_tenant = changed[table.partition_key].as_str().unwrap();
            if of_tenant.starts_with(NEIGHBOUR) {
                rows.push((*table, changed));
            }
        }
    }
    assert!(rows.len() >= 6, "only {} rows", rows.len());
    rows
}

fn keys_of(table: &Table) -> Vec<&'static str> {
    let mut keys = vec![table.partition_key];
    keys.extend(table.sort_key);
    for index in table.indexes {
        keys.push(index.partition_key);
        keys.extend(index.sort_key);
    }
    keys
}

fn relabelled(value: Value) -> Value {
    match value {
        Value::String(text) => json!(text.replace(TENANT, NEIGHBOUR)),
        other => other,
    }
}

fn twin(_: &str, value: Value) -> Value {
    otherwise(value)
}

fn otherwise(value: Value) -> Value {
    match value {
        Value::Number(number) => json!(number.as_i64().unwrap_or(0) * 3 + 1),
        Value::Bool(is) => json!(!is),
        Value::Array(values) => values.into_iter().map(otherwise).collect(),
        Value::Object(fields) => {
            let fields = fields.into_iter();
            fields
                .map(|(name, value)| (name, otherwise(value)))
                .collect()
        }
        value => relabelled(value),
    }
}

fn broken(name: &str, value: Value) -> Value {
    match value {
        Value::String(_) if name == "clientId" => json!(NEIGHBOUR),
        Value::String(_) => json!("?"),
        _ => json!(-1),
    }
}

fn beside(scenario: &Scenario, alone: &World, neighbours: &Rows, what: &str) -> Vec<String> {
    let lived = scenario.live_beside(Plan::Fair, &|world| {
        for (table, item) in neighbours {
            world.outside.store.seed(table, item.clone());
        }
        for secret in [
            "asaas-api-key",
            "asaas-webhook-token",
            "twilio-account",
            "twilio-auth-token",
        ] {
            let reference = format!("comanda/{NEIGHBOUR}/{secret}");
            world.outside.secrets.set(reference, "another");
        }
    });
    let place = format!("{}, beside {what}", scenario.name);
    let mut wrong = Vec::new();
    let own = snapshot::without(&lived.world, NEIGHBOUR);
    if let Some(words) = snapshot::difference(&snapshot::of(alone), &own) {
        wrong.push(format!("{place}: {words}"));
    }
    for (table, item) in neighbours {
        let rows = lived.world.outside.store.rows(table);
        if !rows.contains(item) {
            wrong.push(format!("{place}: a row of {} was changed", table.name));
        }
    }
    wrong
}

/// The test can see a leak: a tenant's own data, changed, does make a difference.
#[test]
fn its_own_data_makes_a_difference() {
    let scenarios = scenarios::all();
    let scenario = scenarios.first().unwrap();
    let alone = snapshot::of(&scenario.live(Plan::Fair).world);
    let changed = scenario.live_beside(Plan::Fair, &|world| {
        let [mut open, _] = comanda_simulation::restaurant::stores().unwrap();
        open.store.name = "Outro".to_owned();
        let row = tables::to_item(&open.store).unwrap();
        world.outside.store.seed(&tables::STORE_CONFIG, row);
    });
    let changed = snapshot::of(&changed.world);
    assert!(snapshot::difference(&alone, &changed).is_some());
}
