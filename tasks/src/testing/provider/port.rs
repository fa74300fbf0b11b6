//! The provider in memory as handlers call it.

use comanda_domain::{
    ids::{ChargeId, OrderId},
    ledger::day_of,
    money::Money,
};

use super::{MemoryProvider, lock, refused};
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

impl PaymentProvider for MemoryProvider {
    fn find_payer<'a>(
        &'a self,
        _account: &'a Account,
        cpf: &'a str,
    ) -> Answer<'a, Option<String>, ProviderError> {
        Box::pin(async move { Ok(lock(&self.state).payers.get(cpf).cloned()) })
    }

    fn create_payer<'a>(
        &'a self,
        _account: &'a Account,
        payer: &'a NewPayer,
    ) -> Answer<'a, String, ProviderError> {
        Box::pin(async move {
            let mut state = lock(&self.state);
            let id = format!("cus_{:012}", state.payers.len() + 1);
            state.payers.insert(payer.cpf.clone(), id.clone());
            Ok(id)
        })
    }

    fn find_charges<'a>(
        &'a self,
        _account: &'a Account,
        order: &'a OrderId,
    ) -> Answer<'a, Vec<Charge>, ProviderError> {
        Box::pin(async move {
            let all = self.charges().into_iter().rev();
            Ok(all
                .map(|truth| truth.charge)
                .filter(|charge| charge.external_reference.as_deref() == Some(order.as_str()))
                .collect())
        })
    }

    fn create_charge<'a>(
        &'a self,
        _account: &'a Account,
        charge: &'a NewCharge,
    ) -> Answer<'a, Charge, ProviderError> {
        Box::pin(async move {
            let today = day_of(self.clock.now());
            lock(&self.state).create(charge, today)
        })
    }

    fn get_charge<'a>(
        &'a self,
        _account: &'a Account,
        charge: &'a ChargeId,
    ) -> Answer<'a, Option<Charge>, ProviderError> {
        Box::pin(async move { Ok(self.charge(charge).map(|truth| truth.charge)) })
    }

    fn pix_code<'a>(
        &'a self,
        _account: &'a Account,
        charge: &'a ChargeId,
    ) -> Answer<'a, PixCode, ProviderError> {
        Box::pin(async move {
            let truth = self.charge(charge).ok_or_else(|| refused("not_found"))?;
            Ok(PixCode {
                payload: format!("00020101021226{}6304", truth.charge.id),
                image_base64: "iVBORw0KGgo=".into(),
            })
        })
    }

    fn delete_charge<'a>(
        &'a self,
        _account: &'a Account,
        charge: &'a ChargeId,
    ) -> Answer<'a, (), ProviderError> {
        Box::pin(async move { lock(&self.state).delete(charge) })
    }

    fn refund<'a>(
        &'a self,
        _account: &'a Account,
        charge: &'a ChargeId,
        amount: Money,
        description: &'a str,
    ) -> Answer<'a, Charge, ProviderError> {
        Box::pin(async move { lock(&self.state).refund(charge, amount, description) })
    }

    fn list_charges<'a>(
        &'a self,
        _account: &'a Account,
        page: PageOf,
    ) -> Answer<'a, Listed<Charge>, ProviderError> {
        Box::pin(async move {
            let state = lock(&self.state);
            let newest = state.order_of_creation.iter().rev();
            let made = newest.filter_map(|id| state.charges.get(id));
            let of_days = made.filter(|truth| (page.from..=page.to).contains(&truth.created));
            Ok(paged(
                of_days.map(|truth| truth.charge.clone()),
                page.offset,
            ))
        })
    }

    fn statement<'a>(
        &'a self,
        _account: &'a Account,
        page: PageOf,
    ) -> Answer<'a, Listed<StatementLine>, ProviderError> {
        Box::pin(async move {
            let state = lock(&self.state);
            let lines = state.statement.iter();
            let of_days = lines.filter(|line| (page.from..=page.to).contains(&line.day));
            Ok(paged(of_days.cloned(), page.offset))
        })
    }
}
