//! The cases about reading: partitions, pages and indexes.

use serde_json::json;

use super::*;

/// Every thing of a partition or index, page by page; no page is larger than asked.
async fn walk(store: &dyn Store, query: Query) -> Result<Vec<String>, String> {
    let mut found = Vec::new();
    let mut query = query;
    for _ in 0..50 {
        let page = answered("a page", store.query(query.clone()).await)?;
        that(page.items.len() <= query.limit, "a page is too large")?;
        let things = page.items.iter().map(|item| item.get("thingId"));
        found.extend(
            things
                .flatten()
                .filter_map(Value::as_str)
                .map(str::to_owned),
        );
        match page.next {
            Some(next) => query.start = Some(next),
            None => return Ok(found),
        }
    }
    Err("the pages never end".to_owned())
}

fn query(place: &Place, limit: usize) -> Result<Query, String> {
    Ok(Query {
        table: &THINGS,
        index: None,
        partition: place.partition()?,
        sort_prefix: None,
        descending: false,
        limit,
        start: None,
    })
}

pub(super) async fn pages_are_in_order_and_complete(store: &dyn Store) -> Held {
    let place = Place("pages");
    for thing in ["b2", "a1", "c1", "b1", "a2", "b3", "b"] {
        place.seed(store, thing, &json!({})).await?;
    }
    let all = ["a1", "a2", "b", "b1", "b2", "b3", "c1"];
    for limit in [1, 3, 7, 100] {
        let up = walk(store, query(&place, limit)?).await?;
        same(
            &format!("pages of {limit}"),
            up,
            all.map(str::to_owned).to_vec(),
        )?;
        let down = Query {
            descending: true,
            ..query(&place, limit)?
        };
        let mut down = walk(store, down).await?;
        down.reverse();
        same(
            &format!("downwards by {limit}"),
            down,
            all.map(str::to_owned).to_vec(),
        )?;
        let some = Query {
            sort_prefix: Some("b".to_owned()),
            ..query(&place, limit)?
        };
        let some = walk(store, some).await?;
        let expected = ["b", "b1", "b2", "b3"].map(str::to_owned).to_vec();
        same(&format!("with a prefix by {limit}"), some, expected)?;
    }
    Ok(())
}

pub(super) async fn partitions_are_apart(store: &dyn Store) -> Held {
    let (place, longer) = (Place("apart"), Place("apart2"));
    place.seed(store, "a", &json!({ "of": 1 })).await?;
    longer.seed(store, "a", &json!({ "of": 2 })).await?;
    place.holds(store, "a", Some(&json!({ "of": 1 }))).await?;
    same(
        "a partition's rows",
        walk(store, query(&place, 10)?).await?.len(),
        1,
    )
}

pub(super) async fn an_index_shows_rows_that_are_in_it(store: &dyn Store) -> Held {
    let place = Place("index");
    let of = |status: &str, at: &str| json!({ "statusKey": format!("contract#{status}"), "createdAt": at });
    for (thing, row) in [
        ("a", of("OPEN", "2026-03")),
        ("b", of("OPEN", "2026-01")),
        ("c", of("DONE", "2026-02")),
        ("d", json!({ "createdAt": "2026-02" })),
        ("e", of("OPEN", "2026-02")),
        ("f", of("OPEN", "2026-02")),
    ] {
        place.seed(store, thing, &row).await?;
    }
    let tenant = ClientId::new("contract").map_err(|error| error.to_string())?;
    let listed = |limit| Query {
        table: &THINGS,
        index: Some(&BY_STATUS),
        partition: PartitionKey::new(&tenant, "OPEN"),
        sort_prefix: None,
        descending: false,
        limit,
        start: None,
    };
    comes_round(store, listed(100), &["b", "ef", "a"]).await?;
    comes_round(store, listed(1), &["b", "ef", "a"]).await?;
    let down = Query {
        descending: true,
        ..listed(2)
    };
    comes_round(store, down, &["a", "ef", "b"]).await?;
    // A row that changes moves; one that goes is gone.
    place.seed(store, "b", &of("DONE", "2026-01")).await?;
    let gone = place.write("a", Condition::None, Change::Delete)?;
    answered("a delete", store.write(vec![gone]).await)?;
    comes_round(store, listed(100), &["ef"]).await
}

/// What an index shows once it has caught up. Rows of one group have equal index keys, and come in any order.
async fn comes_round(store: &dyn Store, query: Query, groups: &[&str]) -> Held {
    let mut found = Vec::new();
    for _ in 0..LOOKS_MAX {
        found = walk(store, query.clone()).await?;
        let mut rest = found.iter().map(String::as_str);
        let matches = groups.iter().all(|group| {
            let mut things: Vec<&str> = rest.by_ref().take(group.len()).collect();
            things.sort_unstable();
            things.concat() == *group
        });
        if matches && rest.next().is_none() {
            return Ok(());
        }
    }
    Err(format!("the index shows {found:?}, not {groups:?}"))
}

pub(super) async fn index_keys_are_texts(store: &dyn Store) -> Held {
    let place = Place("index-keys");
    for key in [Value::Null, json!(""), json!(7)] {
        let row = json!({ "statusKey": key, "createdAt": "2026-01" });
        let write = place.put("a", Condition::None, &row)?;
        refused(
            &store.write(vec![write]).await,
            &format!("{key} as an index key"),
        )?;
        place.holds(store, "a", None).await?;
    }
    Ok(())
}
