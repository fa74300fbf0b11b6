//! The payment provider with somebody in between.

use comanda_domain::{
    ids::{ChargeId, OrderId},
    money::Money,
};

use super::{Between, Call, ProviderCall};
use crate::ports::{
    Account, Answer, Charge, Listed, NewCharge, NewPayer, PageOf, PaymentProvider, PixCode,
    ProviderError, StatementLine,
};

impl PaymentProvider for Between {
    fn find_payer<'a>(
        &'a self,
        account: &'a Account,
        cpf: &'a str,
    ) -> Answer<'a, Option<String>, ProviderError> {
        Box::pin(self.pass(Call::Provider(ProviderCall::FindPayer), move || {
            self.inner.provider.find_payer(account, cpf)
        }))
    }

    fn create_payer<'a>(
        &'a self,
        account: &'a Account,
        payer: &'a NewPayer,
    ) -> Answer<'a, String, ProviderError> {
        Box::pin(
            self.pass(Call::Provider(ProviderCall::CreatePayer), move || {
                self.inner.provider.create_payer(account, payer)
            }),
        )
    }

    fn find_charges<'a>(
        &'a self,
        account: &'a Account,
        order: &'a OrderId,
    ) -> Answer<'a, Vec<Charge>, ProviderError> {
        Box::pin(
            self.pass(Call::Provider(ProviderCall::FindCharges), move || {
                self.inner.provider.find_charges(account, order)
            }),
        )
    }

    fn create_charge<'a>(
        &'a self,
        account: &'a Account,
        charge: &'a NewCharge,
    ) -> Answer<'a, Charge, ProviderError> {
        Box::pin(
            self.pass(Call::Provider(ProviderCall::CreateCharge), move || {
                self.inner.provider.create_charge(account, charge)
            }),
        )
    }

    fn get_charge<'a>(
        &'a self,
        account: &'a Account,
        charge: &'a ChargeId,
    ) -> Answer<'a, Option<Charge>, ProviderError> {
        Box::pin(self.pass(Call::Provider(ProviderCall::GetCharge), move || {
            self.inner.provider.get_charge(account, charge)
        }))
    }

    fn pix_code<'a>(
        &'a self,
        account: &'a Account,
        charge: &'a ChargeId,
    ) -> Answer<'a, PixCode, ProviderError> {
        Box::pin(self.pass(Call::Provider(ProviderCall::PixCode), move || {
            self.inner.provider.pix_code(account, charge)
        }))
    }

    fn delete_charge<'a>(
        &'a self,
        account: &'a Account,
        charge: &'a ChargeId,
    ) -> Answer<'a, (), ProviderError> {
        Box::pin(
            self.pass(Call::Provider(ProviderCall::DeleteCharge), move || {
                self.inner.provider.delete_charge(account, charge)
            }),
        )
    }

    fn refund<'a>(
        &'a self,
        account: &'a Account,
        charge: &'a ChargeId,
        amount: Money,
        description: &'a str,
    ) -> Answer<'a, Charge, ProviderError> {
        Box::pin(self.pass(Call::Provider(ProviderCall::Refund), move || {
            self.inner
                .provider
                .refund(account, charge, amount, description)
        }))
    }

    fn list_charges<'a>(
        &'a self,
        account: &'a Account,
        page: PageOf,
    ) -> Answer<'a, Listed<Charge>, ProviderError> {
        Box::pin(
            self.pass(Call::Provider(ProviderCall::ListCharges), move || {
                self.inner.provider.list_charges(account, page)
            }),
        )
    }

    fn statement<'a>(
        &'a self,
        account: &'a Account,
        page: PageOf,
    ) -> Answer<'a, Listed<StatementLine>, ProviderError> {
        Box::pin(self.pass(Call::Provider(ProviderCall::Statement), move || {
            self.inner.provider.statement(account, page)
        }))
    }
}
