//! A store to test with, and what makes a store unfit to sell.

use serde_json::json;

use super::{OrderConfig, Shop, StoreConfig, UnsoundShopError};
use crate::{
    menu::Menu,
    money::Money,
    tables::{Row, from_item, to_item},
};

/// 002 §5.2's example, in centavos.
pub(crate) fn an_order_config() -> OrderConfig {
    serde_json::from_value(json!({
        "clientId": "sabor",
        "storeId": "centro",
        "requiresConfirmation": true,
        "autoConfirmationTimeout": 15,
        "refundUnconfirmedOrders": true,
        "refundTimeout": 30,
        "notifyCustomerOnStatusChange": true,
        "notificationTemplates": {"DELIVERED": "Seu pedido #{order_id} foi entregue. Bom apetite!"},
        "acceptedPaymentMethods": ["PIX", "CREDIT", "DEBIT", "CASH"],
        "minimumOrderValue": 2_000,
        "operatingHoursCheck": true,
        "updatedAt": "2025-05-24T15:30:45Z",
    }))
    .expect("a valid configuration")
}

pub(crate) fn a_store_config() -> StoreConfig {
    serde_json::from_value(json!({
        "clientId": "sabor",
        "storeId": "centro",
        "name": "Restaurante Sabor Brasileiro",
        "timeZone": "America/Sao_Paulo",
        "openingHours": {"week": {"SUNDAY": [{"opens": "11:00", "closes": "23:00"}]}},
        "deliveryZones": [
            {
                "name": "Centro",
                "postalCodes": [{"from": "01000-000", "to": "01999-999"}],
                "neighborhoods": ["Jardim Primavera"],
                "fee": 500,
                "freeFrom": 10_000,
            },
            {
                "name": "Zona Sul",
                "postalCodes": [{"from": "04000-000", "to": "04999-999"}],
                "fee": 1_200,
                "minimumOrderValue": 6_000,
            },
        ],
        "channelAddresses": ["whatsapp:+551140028922"],
        "providerEnvironment": "LOCAL",
        "secrets": {
            "paymentApiKey": "sabor/asaas",
            "messagingAccount": "sabor/twilio-account",
            "messagingToken": "sabor/twilio-token",
        },
        "queueUrl": "http://127.0.0.1:4566/000000000000/comanda-sabor-centro.fifo",
    }))
    .expect("a valid configuration")
}

pub(crate) fn a_menu() -> Menu {
    serde_json::from_value(json!({
        "clientId": "sabor",
        "storeId": "centro",
        "version": 7,
        "updatedAt": "2026-11-01T12:00:00Z",
        "items": [
            {
                "itemId": "burger_cheese_bacon", "name": "Cheese Bacon", "category": "Hambúrgueres", "price": 3_290,
                "optionGroups": [
                    {
                        "groupId": "adicionar", "name": "adicionar", "maximum": 2,
                        "options": [
                            {"optionId": "cebola_caramelizada", "name": "cebola caramelizada", "price": 300},
                            {"optionId": "ovo", "name": "ovo", "price": 250},
                            {"optionId": "bacon_extra", "name": "bacon extra", "price": 500, "available": false},
                        ],
                    },
                    {
                        "groupId": "remover", "name": "remover", "maximum": 1,
                        "options": [{"optionId": "sem_tomate", "name": "tomate"}],
                    },
                ],
            },
            {"itemId": "drink_coca_cola", "name": "Coca-Cola 350ml", "category": "Bebidas", "price": 690},
            {
                "itemId": "pizza", "name": "Pizza", "category": "Pizzas", "price": 4_000,
                "optionGroups": [{
                    "groupId": "tamanho", "name": "tamanho", "minimum": 1, "maximum": 1,
                    "options": [
                        {"optionId": "media", "name": "média"},
                        {"optionId": "grande", "name": "grande", "price": 1_500},
                    ],
                }],
            },
            {"itemId": "feijoada", "name": "Feijoada", "category": "Pratos", "price": 5_500, "available": false},
        ],
    }))
    .expect("a valid menu")
}

pub(crate) fn a_shop() -> Shop {
    Shop::new(
        Some(an_order_config()),
        Some(a_store_config()),
        Some(a_menu()),
    )
    .expect("sound")
}

#[test]
fn what_is_missing_fails_closed() {
    let (orders, store, menu) = (an_order_config, a_store_config, a_menu);
    for (shop, missing) in [
        (
            Shop::new(None, Some(store()), Some(menu())),
            "order configuration",
        ),
        (
            Shop::new(Some(orders()), None, Some(menu())),
            "store configuration",
        ),
        (Shop::new(Some(orders()), Some(store()), None), "menu"),
    ] {
        assert_eq!(shop.err(), Some(UnsoundShopError::Missing(missing)));
    }
}

/// Applies a change to the JSON of one of the rows and expects the refusal to name the place.
#[track_caller]
fn check(pointer: &str, value: serde_json::Value, place: &str) {
    let mut rows = [
        json!(an_order_config()),
        json!(a_store_config()),
        json!(a_menu()),
    ];
    let changed = rows.iter_mut().find_map(|row| row.pointer_mut(pointer));
    *changed.expect("a place that exists") = value;
    let [orders, store, menu] = rows;
    let parsed = serde_json::from_value(orders).and_then(|orders| {
        let (store, menu) = (
            serde_json::from_value(store)?,
            serde_json::from_value(menu)?,
        );
        Ok((orders, store, menu))
    });
    let error = match parsed {
        Ok((orders, store, menu)) => match Shop::new(orders, store, menu) {
            Ok(_) => panic!("{pointer} was accepted"),
            Err(error) => error.to_string(),
        },
        Err(error) => error.to_string(),
    };
    assert!(error.contains(place), "{pointer}: {error}");
}

#[test]
fn what_is_unsound_fails_closed() {
    check("/acceptedPaymentMethods", json!([]), "nobody could pay");
    check("/acceptedPaymentMethods", json!(["BITCOIN"]), "BITCOIN");
    check("/minimumOrderValue", json!(-1), "minimumOrderValue");
    check("/minimumOrderValue", json!(20.0), "floating point");
    check("/refundTimeout", json!(10_081), "more than a week");
    check(
        "/notificationTemplates/DELIVERED",
        json!("Olá {name}"),
        "{name}",
    );
    check("/timeZone", json!("America/Sampa"), "America/Sampa");
    check("/queueUrl", json!(""), "queueUrl");
    check("/channelAddresses", json!([]), "channelAddresses");
    check("/providerEnvironment", json!(null), "null");
    check("/deliveryZones/0/fee", json!(-500), "deliveryZones");
    check(
        "/deliveryZones/0/postalCodes/0/to",
        json!("00000-000"),
        "CEPs",
    );
    check("/items", json!([]), "menu");
    check("/items/1/itemId", json!("pizza"), "item pizza");
    check("/items/1/price", json!(-690), "item drink_coca_cola");
    check(
        "/items/0/optionGroups/0/maximum",
        json!(4),
        "group adicionar",
    );
    check(
        "/items/0/optionGroups/0/options/1/optionId",
        json!("sem_tomate"),
        "group remover",
    );
}

#[test]
fn an_environment_is_never_assumed() {
    let mut store = json!(a_store_config());
    store
        .as_object_mut()
        .expect("an object")
        .remove("providerEnvironment");
    let error = serde_json::from_value::<StoreConfig>(store).expect_err("refused");
    assert!(error.to_string().contains("providerEnvironment"), "{error}");
}

#[test]
fn rows_of_other_stores_do_not_mix() {
    let mut menu = a_menu();
    menu.client_id = crate::ids::ClientId::new("other").expect("an id");
    let shop = Shop::new(Some(an_order_config()), Some(a_store_config()), Some(menu));
    assert_eq!(shop.err(), Some(UnsoundShopError::DifferentStores));
}

#[test]
fn configurations_and_menus_are_read_back_from_their_rows() {
    #[track_caller]
    fn check<R: Row + PartialEq + std::fmt::Debug>(row: R) {
        let item = to_item(&row).expect("a row");
        assert_eq!(item.get("clientId"), Some(&json!("sabor#STORES")));
        assert_eq!(item.get("storeId"), Some(&json!("centro")));
        assert_eq!(from_item(&item), Ok(row));
    }
    check(an_order_config());
    check(a_store_config());
    check(a_menu());
}

#[test]
fn the_fee_is_the_zone_s() {
    let shop = a_shop();
    let zone = shop.store().delivery_zones.first().expect("a zone");
    assert_eq!(
        zone.fee_for(Money::from_centavos(9_999)),
        Money::from_centavos(500)
    );
    assert_eq!(zone.fee_for(Money::from_centavos(10_000)), Money::ZERO);
}
