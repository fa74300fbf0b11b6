//! Money on the statement for a charge that no row of ours knows. The walk along charges sees those that were made within days;
//! an older one that is paid late, and whose webhook is lost, is seen here only.

use std::collections::BTreeMap;

use comanda_domain::{
    exception::{Exception, ExceptionKind},
    ids::ChargeId,
    ledger::Movement,
    money::Money,
};
use comanda_workflows::contracts::Walk;

use super::{
    super::charges,
    lines::{Known, movement},
};
use crate::{
    fault::Fault,
    ports::{Account, Ports, StatementLine},
    reconciliation::{found, unless_broken},
    rows::load,
};

/// Charges of one reading that are looked at by the provider's word: its quota is for orders.
const READ_MAX: usize = 20;
/// Charges of one reading that are shown: what is beyond is left to the next.
const SHOWN_MAX: usize = 2_000;

/// Shows what was not shown before, by this walk or that along charges. What a person closed stays closed.
pub(super) async fn look<'a>(
    ports: &Ports,
    walk: &mut Walk,
    account: &Account,
    (lines, known): (impl Iterator<Item = &'a StatementLine>, &Known),
) -> Result<(), Fault> {
    let (mut read, mut shown) = (0, 0);
    for (id, amount) in held(lines, known) {
        let kind = ExceptionKind::OrphanMoney;
        if amount <= Money::ZERO {
            continue;
        }
        let key = Exception::key_of(&walk.client_id, id.as_str(), kind);
        let told: Option<Exception> = load(ports.store.as_ref(), &key).await?;
        if told.is_some() {
            continue;
        }
        if shown == SHOWN_MAX {
            walk.left += 1;
            continue;
        }
        shown += 1;
        if read < READ_MAX {
            read += 1;
            walk.calls += 1;
            // One whose reference is an order of ours is heard, and is no orphan.
            if let Some(charge) = ports.provider.get_charge(account, id).await? {
                let looked = charges::reconcile(ports, walk, account, &charge).await;
                unless_broken(ports, walk, (id.as_str(), looked)).await?;
                continue;
            }
        }
        let detail = "the provider's statement has money for a charge that no row of ours knows";
        let raised = Exception {
            amount: Some(amount),
            ..Exception::raised(
                &walk.client_id,
                (id.as_str(), kind),
                detail,
                ports.clock.now(),
            )
        };
        found(ports, walk, &raised).await?;
    }
    Ok(())
}

/// What these lines leave of each charge that is none of ours.
fn held<'a>(
    lines: impl Iterator<Item = &'a StatementLine>,
    known: &Known,
) -> BTreeMap<&'a ChargeId, Money> {
    let mut held = BTreeMap::new();
    for line in lines {
        let Some(id) = line.charge.as_ref().filter(|id| !known.contains_key(*id)) else {
            continue;
        };
        let before: &mut Money = held.entry(id).or_insert(Money::ZERO);
        let after = match movement(line) {
            Some((Movement::Captured, amount)) => before.checked_add(amount),
            Some((Movement::Refunded | Movement::ChargedBack, amount)) => {
                before.checked_sub(amount)
            }
            _ => None,
        };
        *before = after.unwrap_or(*before);
    }
    held
}
