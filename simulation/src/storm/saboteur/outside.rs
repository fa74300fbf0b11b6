//! Wrong calls to the payment provider and to the channel.

use comanda_domain::{
    ids::{ChargeId, OrderId},
    money::Money,
    planted::{Fault, planted},
};
use comanda_tasks::ports::{
    Account, Answer, Channel, ChannelError, Charge, ChargeStatus, ChoiceLimits, Content,
    Environment, Listed, NewCharge, NewPayer, OutboundMessage, PageOf, PaymentProvider, PixCode,
    ProviderError, Sender, SentMessage, StatementLine,
};
use jiff::Timestamp;
use secrecy::SecretString;

use super::{FIRST_TENANT, Saboteur};
use crate::storm::tenants::{BRANCH, FIRST};

fn account_of(account: &Account) -> Account {
    let mut account = account.clone();
    if planted(Fault::SandboxByDefault) {
        account.environment = Environment::Sandbox;
    }
    if planted(Fault::WrongAccount) {
        account.api_key = SecretString::from(format!("key-of-{FIRST_TENANT}"));
    }
    account
}

impl PaymentProvider for Saboteur {
    fn find_payer<'a>(
        &'a self,
        account: &'a Account,
        cpf: &'a str,
    ) -> Answer<'a, Option<String>, ProviderError> {
        self.inner.provider.find_payer(account, cpf)
    }

    fn create_payer<'a>(
        &'a self,
        account: &'a Account,
        payer: &'a NewPayer,
    ) -> Answer<'a, String, ProviderError> {
        self.inner.provider.create_payer(account, payer)
    }

    fn find_charges<'a>(
        &'a self,
        account: &'a Account,
        order: &'a OrderId,
    ) -> Answer<'a, Vec<Charge>, ProviderError> {
        if planted(Fault::CreatesWithoutLooking) {
            return Box::pin(async { Ok(Vec::new()) });
        }
        self.inner.provider.find_charges(account, order)
    }

    fn create_charge<'a>(
        &'a self,
        account: &'a Account,
        charge: &'a NewCharge,
    ) -> Answer<'a, Charge, ProviderError> {
        Box::pin(async move {
            let mut charge = charge.clone();
            if planted(Fault::ChargesNothing) {
                charge.amount = Money::ZERO;
            }
            if planted(Fault::NoReference) {
                charge.order = OrderId::new("none").unwrap_or(charge.order);
            }
            self.inner
                .provider
                .create_charge(&account_of(account), &charge)
                .await
        })
    }

    fn get_charge<'a>(
        &'a self,
        account: &'a Account,
        charge: &'a ChargeId,
    ) -> Answer<'a, Option<Charge>, ProviderError> {
        self.inner.provider.get_charge(account, charge)
    }

    fn pix_code<'a>(
        &'a self,
        account: &'a Account,
        charge: &'a ChargeId,
    ) -> Answer<'a, PixCode, ProviderError> {
        Box::pin(async move {
            self.inner
                .provider
                .pix_code(&account_of(account), charge)
                .await
        })
    }

    fn delete_charge<'a>(
        &'a self,
        account: &'a Account,
        charge: &'a ChargeId,
    ) -> Answer<'a, (), ProviderError> {
        Box::pin(async move {
            let found = self.inner.provider.get_charge(account, charge).await?;
            let open = found.is_some_and(|charge| charge.status == ChargeStatus::Pending);
            if planted(Fault::ChargeNeverDeleted) && open {
                return Ok(());
            }
            self.inner.provider.delete_charge(account, charge).await
        })
    }

    fn refund<'a>(
        &'a self,
        account: &'a Account,
        charge: &'a ChargeId,
        amount: Money,
        description: &'a str,
    ) -> Answer<'a, Charge, ProviderError> {
        let amount = if planted(Fault::RefundsWrongAmount) {
            amount
                .checked_sub(Money::from_centavos(100))
                .unwrap_or(amount)
        } else {
            amount
        };
        self.inner
            .provider
            .refund(account, charge, amount, description)
    }

    fn list_charges<'a>(
        &'a self,
        account: &'a Account,
        page: PageOf,
    ) -> Answer<'a, Listed<Charge>, ProviderError> {
        self.inner.provider.list_charges(account, page)
    }

    fn statement<'a>(
        &'a self,
        account: &'a Account,
        page: PageOf,
    ) -> Answer<'a, Listed<StatementLine>, ProviderError> {
        self.inner.provider.statement(account, page)
    }
}

impl Channel for Saboteur {
    fn send<'a>(
        &'a self,
        sender: &'a Sender,
        message: &'a OutboundMessage,
    ) -> Answer<'a, String, ChannelError> {
        Box::pin(async move {
            let (mut sender, mut message) = (sender.clone(), message.clone());
            if planted(Fault::MessageNeverSent) {
                return Ok("SMnever".to_owned());
            }
            if planted(Fault::WrongSender) {
                sender.address = "whatsapp:+551140020000".to_owned();
            }
            if planted(Fault::FirstStoresNumber) {
                sender.address = sender.address.replace(BRANCH.numbers, FIRST.numbers);
            }
            if let (true, Content::Text(text)) =
                (planted(Fault::PlaceholderLeft), &mut message.content)
            {
                text.push_str(" {delivery_time}");
            }
            let template = match &message.content {
                Content::Template { variables, .. } => variables.first().cloned(),
                _ => None,
            };
            if let (true, Some(text)) = (planted(Fault::WindowIgnored), template) {
                message.content = Content::Text(text);
            }
            if planted(Fault::MessagesTwice) {
                self.inner.channel.send(&sender, &message).await?;
            }
            match self.inner.channel.send(&sender, &message).await {
                Err(ChannelError::Outage(_)) if planted(Fault::LostMessageForgotten) => {
                    Ok("SMlost".to_owned())
                }
                sent => sent,
            }
        })
    }

    fn sent_since<'a>(
        &'a self,
        sender: &'a Sender,
        to: &'a str,
        since: Timestamp,
    ) -> Answer<'a, Vec<SentMessage>, ChannelError> {
        if planted(Fault::NoLookUp) {
            return Box::pin(async { Ok(Vec::new()) });
        }
        self.inner.channel.sent_since(sender, to, since)
    }

    fn limits(&self, to: &str) -> ChoiceLimits {
        self.inner.channel.limits(to)
    }
}
