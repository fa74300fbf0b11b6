//! One customer: shown, exported whole, erased. Named by id, phone or channel address, within the caller's tenant.

use comanda_domain::{
    audit::{AuditAction, AuditEntry},
    ids::CustomerId,
    order::Actor,
    people::{ChannelAddress, Customer, CustomerIdentity, Phone},
    tables,
};
use serde_json::{Value, json};

use super::request::Shop;
use crate::{
    customers::{
        self, CUSTOMERS, ERASE, EraseRefusal, GATHER, Operation, get_customer_by,
        get_customer_by_address, get_customer_by_id,
    },
    fault::{Failure, Fault},
    http::Answer,
    ports::{
        Ports,
        guarded::{Uses, guarded},
    },
    rows::{TalkRow, put_if_absent},
};

pub(crate) const SHOW: &[Uses] = &[CUSTOMERS];
pub(crate) const EXPORT: &[Uses] = &[
    CUSTOMERS,
    GATHER,
    Uses {
        reads: &[&tables::AUDIT_LOG],
        writes: &[&tables::AUDIT_LOG],
        ..Uses::NOTHING
    },
];
pub(crate) const ERASURE: &[Uses] = &[CUSTOMERS, ERASE];

/// The record, and which address is used.
pub async fn show_customer(ports: &Ports, shop: &Shop, name: &str) -> Answer {
    let ports = guarded(ports, SHOW);
    let answer = async {
        let customer = find(&ports, shop, name).await?.ok_or_else(unknown)?;
        Ok(Answer::ok(json!({ "customer": view(&customer)? })))
    };
    answer.await.unwrap_or_else(|error: Answer| error)
}

/// Everything that is held about the customer, or about whoever wrote from an address and has no record. That it was handed
/// out is on record.
pub async fn export_customer(ports: &Ports, shop: &Shop, name: &str) -> Answer {
    let ports = guarded(ports, EXPORT);
    let answer = async {
        let tenant = &shop.client_id;
        let (subject, export) = match find(&ports, shop, name).await? {
            Some(customer) => {
                let id = customer.customer_id;
                let export = customers::export_customer(&ports, tenant, &id).await?;
                (id.as_str().to_owned(), export)
            }
            None => {
                let addresses = addresses(name);
                let export = customers::export_addresses(&ports, tenant, &addresses).await?;
                (subject_of(shop, &addresses).ok_or_else(unknown)?, export)
            }
        };
        if export.is_none() {
            return Err(unknown());
        }
        let entry = AuditEntry {
            client_id: shop.client_id.clone(),
            store_id: shop.store_id.clone(),
            subject_id: subject,
            entry_id: format!("export-{}", ports.clock.fresh_id()),
            at: ports.clock.now(),
            by: Actor::System,
            action: AuditAction::CustomerExported,
        };
        put_if_absent(ports.store.as_ref(), &entry).await?;
        export.map(Answer::ok).ok_or_else(unknown)
    };
    answer.await.unwrap_or_else(|error: Answer| error)
}

/// Erases the customer, or what is held of whoever has no record; orders stay without names.
pub async fn erase_customer(ports: &Ports, shop: &Shop, name: &str) -> Answer {
    let ports = guarded(ports, ERASURE);
    let answer = async {
        let operation = |id: String| Operation::new(&shop.client_id, &shop.store_id, id);
        let erased = match find(&ports, shop, name).await? {
            Some(customer) => {
                let id = &customer.customer_id;
                // Erased again it is the same erasure.
                let operation = operation(format!("erase-{id}"));
                let erased = customers::erase_customer(&ports, &operation, id).await;
                erased.map(Some)
            }
            None => {
                let operation = operation(format!("erase-{}", ports.clock.fresh_id()));
                let addresses = addresses(name);
                let erased = customers::erase_addresses(&ports, &operation, &addresses).await;
                erased.map(|()| None)
            }
        };
        match erased {
            Ok(Some(record)) => Ok(Answer::ok(json!({ "customer": view(&record)? }))),
            Ok(None) => Ok(Answer::ok(json!({ "customer": null }))),
            Err(Failure::Refused(EraseRefusal::Unknown)) => Err(unknown()),
            Err(Failure::Refused(open @ EraseRefusal::OrderOpen(_))) => Err(Answer::error(
                409,
                "ORDER_OPEN",
                format!("{open}, and needs the customer's address; nothing was erased"),
                Some("wait until it is completed, or cancel it: comanda order cancel <number>"),
            )),
            Err(Failure::Refused(owed @ EraseRefusal::MoneyOwed(_))) => Err(Answer::error(
                409,
                "MONEY_OWED",
                format!("{owed}, and the customer is to hear when it has; nothing was erased"),
                Some(
                    "wait until it is back; if it went another way, close its alarm: comanda reconcile --close REFUND_DENIED <order>",
                ),
            )),
            Err(Failure::Fault(fault)) => Err(fault.into()),
        }
    };
    answer.await.unwrap_or_else(|error: Answer| error)
}

async fn find(ports: &Ports, shop: &Shop, name: &str) -> Result<Option<Customer>, Fault> {
    let (tenant, name) = (&shop.client_id, name.trim());
    if let Ok(address) = ChannelAddress::new(name) {
        return get_customer_by_address(ports, tenant, &address).await;
    }
    if let Ok(phone) = Phone::parse(name) {
        return get_customer_by(ports, tenant, &CustomerIdentity::Phone(phone)).await;
    }
    match CustomerId::new(name) {
        Ok(id) => get_customer_by_id(ports, tenant, &id).await,
        Err(_) => Ok(None),
    }
}

/// Where whoever is called this may write from.
fn addresses(name: &str) -> Vec<ChannelAddress> {
    let name = name.trim();
    let address = ChannelAddress::new(name).ok();
    let phone = match &address {
        Some(address) => address.phone(),
        None => Phone::parse(name).ok(),
    };
    let mut addresses: Vec<ChannelAddress> = address.into_iter().collect();
    for of_phone in phone.iter().flat_map(ChannelAddress::of_phone) {
        if !addresses.contains(&of_phone) {
            addresses.push(of_phone);
        }
    }
    addresses
}

/// Who it was, on record, without the address.
fn subject_of(shop: &Shop, addresses: &[ChannelAddress]) -> Option<String> {
    let first = addresses.first()?;
    Some(TalkRow::id_of(&shop.client_id, &shop.store_id, first))
}

fn view(customer: &Customer) -> Result<Value, Fault> {
    let mut view = serde_json::to_value(customer)
        .map_err(|_| Fault::unexpected("a customer could not be written"))?;
    if let Some(fields) = view.as_object_mut() {
        // A page or a terminal needs to know that there is one, and not which.
        if let Some(cpf) = fields.get_mut("cpf") {
            *cpf = "on record".into();
        }
        fields.insert("defaultAddress".into(), json!(customer.default_address()));
    }
    Ok(view)
}

/// What was searched for is personal, and is not repeated.
fn unknown() -> Answer {
    Answer::error(
        404,
        "CUSTOMER_NOT_FOUND",
        "this tenant has no such customer",
        Some(
            "name a customer id, a phone or a channel address: comanda customer show +5511987654321",
        ),
    )
}
