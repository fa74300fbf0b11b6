//! The provider in memory as handlers call it.

use std::sync::MutexGuard;

use comanda_domain::{
    ids::{ChargeId, OrderId},
    ledger::day_of,
    money::Money,
};

use super::{
    MemoryProvider, lock,
    state::{State, key_of},
};
use crate::ports::{
    Account, Answer, Charge, Clock, Listed, NewCharge, NewPayer, PageOf, PaymentProvider, PixCode,
    ProviderError, StatementLine,
};

/// The provider's own page size.
const PAGE_SIZE: usize = 100;

fn paged<T>(all: impl Iterator<Item = T>, offset: u32) -> Listed<T> {
    let offset = usize::try_from(offset).unwrap_or(usize::MAX);
    let mut rest = all.skip(offset);
    Listed {
        entries: rest.by_ref().take(PAGE_SIZE).collect(),
        has_more: rest.next().is_some(),
    }
}

impl MemoryProvider {
    /// The books, for whoever shows a key of one of its accounts.
    fn books(&self, account: &Account) -> Result<MutexGuard<'_, State>, ProviderError> {
        let state = lock(&self.state);
        if state.revoked.contains(&key_of(account)) {
            return Err(ProviderError::Unauthorised);
        }
        Ok(state)
    }
}

impl PaymentProvider for MemoryProvider {
    fn find_payer<'a>(
        &'a self,
        account: &'a Account,
        cpf: &'a str,
    ) -> Answer<'a, Option<String>, ProviderError> {
        Box::pin(async move {
            let key = (key_of(account), cpf.to_owned());
            Ok(self.books(account)?.payers.get(&key).cloned())
        })
    }

    fn create_payer<'a>(
        &'a self,
        account: &'a Account,
        payer: &'a NewPayer,
    ) -> Answer<'a, String, ProviderError> {
        Box::pin(async move {
            let mut state = self.books(account)?;
            let id = format!("cus_{:012}", state.payers.len() + 1);
            state
                .payers
                .insert((key_of(account), payer.cpf.clone()), id.clone());
            Ok(id)
        })
    }

    fn find_charges<'a>(
        &'a self,
        account: &'a Account,
        order: &'a OrderId,
    ) -> Answer<'a, Vec<Charge>, ProviderError> {
        Box::pin(async move {
            let state = self.books(account)?;
            let key = key_of(account);
            let newest = state.order_of_creation.iter().rev();
            let made = newest.filter_map(|id| state.charges.get(id));
            let own = made.filter(|truth| {
                let reference = truth.charge.external_reference.as_deref();
                truth.account == key && reference == Some(order.as_str())
            });
            Ok(own.map(|truth| truth.charge.clone()).collect())
        })
    }

    fn create_charge<'a>(
        &'a self,
        account: &'a Account,
        charge: &'a NewCharge,
    ) -> Answer<'a, Charge, ProviderError> {
        Box::pin(async move {
            let today = day_of(self.clock.now());
            self.books(account)?.create(account, charge, today)
        })
    }

    fn get_charge<'a>(
        &'a self,
        account: &'a Account,
        charge: &'a ChargeId,
    ) -> Answer<'a, Option<Charge>, ProviderError> {
        Box::pin(async move {
            let mut state = self.books(account)?;
            let truth = state.of_account(&key_of(account), charge);
            Ok(truth.ok().map(|truth| truth.charge.clone()))
        })
    }

    fn pix_code<'a>(
        &'a self,
        account: &'a Account,
        charge: &'a ChargeId,
    ) -> Answer<'a, PixCode, ProviderError> {
        Box::pin(async move {
            let mut state = self.books(account)?;
            let truth = state.of_account(&key_of(account), charge)?;
            Ok(PixCode {
                payload: format!("00020101021226{}6304", truth.charge.id),
                image_base64: "iVBORw0KGgo=".into(),
            })
        })
    }

    fn delete_charge<'a>(
        &'a self,
        account: &'a Account,
        charge: &'a ChargeId,
    ) -> Answer<'a, (), ProviderError> {
        Box::pin(async move { self.books(account)?.delete(&key_of(account), charge) })
    }

    fn refund<'a>(
        &'a self,
        account: &'a Account,
        charge: &'a ChargeId,
        amount: Money,
        description: &'a str,
    ) -> Answer<'a, Charge, ProviderError> {
        Box::pin(async move {
            let now = self.clock.now();
            self.books(account)?
                .refund(&key_of(account), charge, (amount, description), now)
        })
    }

    fn list_charges<'a>(
        &'a self,
        account: &'a Account,
        page: PageOf,
    ) -> Answer<'a, Listed<Charge>, ProviderError> {
        Box::pin(async move {
            let state = self.books(account)?;
            let newest = state.order_of_creation.iter().rev();
            let key = key_of(account);
            let made = newest.filter_map(|id| state.charges.get(id));
            let made = made.filter(|truth| truth.account == key);
            let of_days = made.filter(|truth| (page.from..=page.to).contains(&truth.created));
            Ok(paged(
                of_days.map(|truth| truth.charge.clone()),
                page.offset,
            ))
        })
    }

    fn statement<'a>(
        &'a self,
        account: &'a Account,
        page: PageOf,
    ) -> Answer<'a, Listed<StatementLine>, ProviderError> {
        Box::pin(async move {
            let state = self.books(account)?;
            let key = key_of(account);
            let of_account = |line: &&StatementLine| {
                let charge = line.charge.as_ref().and_then(|id| state.charges.get(id));
                charge.is_none_or(|truth| truth.account == key)
            };
            let lines = state.statement.iter().filter(of_account);
            let of_days = lines.filter(|line| (page.from..=page.to).contains(&line.day));
            Ok(paged(of_days.cloned(), page.offset))
        })
    }
}
