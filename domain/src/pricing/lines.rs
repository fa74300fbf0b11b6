//! The lines of an order: each item and option looked up, counted and priced.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    checkout::{LineRequest, PlaceOrder, Refusal, line},
    ids::OptionId,
    menu::{Menu, MenuItem},
    money::Money,
    order::OrderItem,
    planted::{Fault, planted},
};

use super::ORDER_LIMIT;

/// The most of one item on one line.
const QUANTITY_LIMIT: u32 = 99;

/// Prices every line.
pub(super) fn price(menu: &Menu, requests: &[LineRequest]) -> Result<Vec<OrderItem>, Refusal> {
    if requests.is_empty() {
        return Err(Refusal::EmptyOrder);
    }
    if requests.len() > PlaceOrder::LINE_LIMIT {
        let limit = u32::try_from(PlaceOrder::LINE_LIMIT).unwrap_or(u32::MAX);
        return Err(Refusal::TooManyLines { limit });
    }
    requests
        .iter()
        .map(|request| price_line(menu, request))
        .collect()
}

fn price_line(menu: &Menu, request: &LineRequest) -> Result<OrderItem, Refusal> {
    let item = menu
        .item(&request.item_id)
        .ok_or_else(|| Refusal::UnknownItem {
            item_id: request.item_id.clone(),
        })?;
    if !item.available {
        return Err(Refusal::ItemUnavailable {
            item_id: item.item_id.clone(),
            name: item.name.clone(),
        });
    }
    let quantity = u32::try_from(request.quantity)
        .ok()
        .filter(|quantity| {
            planted(Fault::NegativeQuantity) || (1..=QUANTITY_LIMIT).contains(quantity)
        })
        .ok_or_else(|| Refusal::InvalidQuantity {
            item_id: item.item_id.clone(),
            quantity: request.quantity,
            limit: QUANTITY_LIMIT,
        })?;
    let choice = choose(item, &request.options)?;
    let above = || Refusal::AboveLimit { limit: ORDER_LIMIT };
    let unit_price = item.price.checked_add(choice.price).ok_or_else(above)?;
    let total_price = unit_price
        .checked_mul(i64::from(quantity))
        .ok_or_else(above)?;
    Ok(OrderItem {
        item_id: item.item_id.clone(),
        name: item.name.clone(),
        quantity,
        unit_price,
        total_price,
        customizations: choice.names,
        options: request.options.clone(),
        notes: line("items.notes", &request.notes, 140)?,
    })
}

struct Choice {
    price: Money,
    names: BTreeMap<String, Vec<String>>,
}

fn choose(item: &MenuItem, chosen: &[OptionId]) -> Result<Choice, Refusal> {
    let mut wanted = BTreeSet::new();
    for option_id in chosen {
        if !wanted.insert(option_id) {
            return Err(Refusal::RepeatedOption {
                item_id: item.item_id.clone(),
                option_id: option_id.clone(),
            });
        }
    }
    let mut choice = Choice {
        price: Money::ZERO,
        names: BTreeMap::new(),
    };
    for group in &item.option_groups {
        let mut names = Vec::new();
        for option in &group.options {
            if !wanted.remove(&option.option_id) {
                continue;
            }
            if !option.available {
                return Err(Refusal::OptionUnavailable {
                    item_id: item.item_id.clone(),
                    option_id: option.option_id.clone(),
                    name: option.name.clone(),
                });
            }
            let sum = choice.price.checked_add(option.price);
            choice.price = sum.ok_or(Refusal::AboveLimit { limit: ORDER_LIMIT })?;
            names.push(option.name.clone());
        }
        let count = u32::try_from(names.len()).unwrap_or(u32::MAX);
        if !(group.minimum..=group.maximum).contains(&count) {
            return Err(Refusal::OptionCount {
                item_id: item.item_id.clone(),
                name: item.name.clone(),
                group: group.name.clone(),
                minimum: group.minimum,
                maximum: group.maximum,
                chosen: count,
            });
        }
        if !names.is_empty() {
            choice
                .names
                .entry(group.name.clone())
                .or_default()
                .extend(names);
        }
    }
    match wanted.into_iter().next() {
        Some(option_id) => Err(Refusal::UnknownOption {
            item_id: item.item_id.clone(),
            option_id: option_id.clone(),
        }),
        None => Ok(choice),
    }
}
