//! What a tenant's secrets are for, and what a value must look like. Where values lie is the business of whoever has them: the
//! local stack's file, or Secrets Manager.

use comanda_domain::store::ProviderEnvironment;
use serde::{Deserialize, Serialize};

use super::Tenant;

/// How Asaas' keys for its sandbox begin.
const SANDBOX_KEY: &str = "$aact_hmlg_";
/// How Asaas' keys for real money begin.
const PRODUCTION_KEY: &str = "$aact_prod_";
/// Asaas' limits for a webhook's token.
const WEBHOOK_TOKEN_CHARACTERS: std::ops::RangeInclusive<usize> = 32..=255;

/// What a secret of a tenant is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum SecretPurpose {
    /// The payment account's API key.
    PaymentApiKey,
    /// The messaging account's id.
    MessagingAccount,
    /// The messaging account's token.
    MessagingToken,
    /// The token that the payment provider shows us.
    WebhookToken,
}

impl SecretPurpose {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::PaymentApiKey,
        Self::MessagingAccount,
        Self::MessagingToken,
        Self::WebhookToken,
    ];

    /// Its word in a tenant's file, and in a file of values.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::PaymentApiKey => "paymentApiKey",
            Self::MessagingAccount => "messagingAccount",
            Self::MessagingToken => "messagingToken",
            Self::WebhookToken => "webhookToken",
        }
    }

    /// The name that it has where a tenant's file names none.
    #[must_use]
    pub fn usual_name(self, client: &str) -> String {
        let last = match self {
            Self::PaymentApiKey => "asaas-api-key",
            Self::MessagingAccount => "twilio-account",
            Self::MessagingToken => "twilio-auth-token",
            Self::WebhookToken => "asaas-webhook-token",
        };
        format!("comanda/{client}/{last}")
    }

    /// Why a value cannot be this secret of a store in this world, without a part of the value.
    #[must_use]
    pub fn unfit(self, value: &str, environment: ProviderEnvironment) -> Option<&'static str> {
        if value.is_empty() {
            return Some("it is empty");
        }
        if !value.chars().all(|letter| letter.is_ascii_graphic()) {
            return Some("it has a space, a line break or a letter beyond ASCII in it");
        }
        match (self, environment) {
            (Self::PaymentApiKey, ProviderEnvironment::Production)
                if value.starts_with(SANDBOX_KEY) =>
            {
                Some("it is a key of the sandbox, and the store takes real money")
            }
            (Self::PaymentApiKey, ProviderEnvironment::Sandbox | ProviderEnvironment::Local)
                if value.starts_with(PRODUCTION_KEY) =>
            {
                Some("it is a key for real money, and the store takes none")
            }
            (Self::WebhookToken, _) if !WEBHOOK_TOKEN_CHARACTERS.contains(&value.len()) => {
                Some("Asaas takes 32 to 255 characters")
            }
            (Self::MessagingAccount, _) if !is_account(value) => {
                Some("Twilio's begin with AC, and have 34 characters")
            }
            _ => None,
        }
    }
}

fn is_account(value: &str) -> bool {
    const CHARACTERS: usize = 34;
    value.starts_with("AC") && value.len() == CHARACTERS
}

impl Tenant {
    /// The names of its secrets, each once with what it is for: stores may share them.
    #[must_use]
    pub fn secret_names(&self) -> Vec<(SecretPurpose, String)> {
        let mut names = Vec::new();
        for references in self.secrets() {
            for (purpose, name) in [
                (SecretPurpose::PaymentApiKey, &references.payment_api_key),
                (
                    SecretPurpose::MessagingAccount,
                    &references.messaging_account,
                ),
                (SecretPurpose::MessagingToken, &references.messaging_token),
            ] {
                names.push((purpose, name.clone()));
            }
        }
        names.push((SecretPurpose::WebhookToken, self.webhook_token.clone()));
        names.sort();
        names.dedup();
        names
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ProviderEnvironment::{Local, Production, Sandbox};
    use SecretPurpose::{MessagingAccount, MessagingToken, PaymentApiKey, WebhookToken};

    #[test]
    fn a_value_of_another_world_or_form_is_refused() {
        let fits =
            |purpose: SecretPurpose, value: &str, world| purpose.unfit(value, world).is_none();
        assert!(fits(PaymentApiKey, "$aact_prod_1", Production));
        assert!(!fits(PaymentApiKey, "$aact_hmlg_1", Production));
        assert!(fits(PaymentApiKey, "$aact_hmlg_1", Sandbox));
        assert!(!fits(PaymentApiKey, "$aact_prod_1", Sandbox));
        assert!(!fits(PaymentApiKey, "$aact_prod_1", Local));
        assert!(!fits(PaymentApiKey, "", Local));
        assert!(!fits(MessagingToken, "abc\n", Local));
        assert!(!fits(WebhookToken, &"x".repeat(31), Local));
        assert!(fits(WebhookToken, &"x".repeat(32), Local));
        assert!(!fits(WebhookToken, &"x".repeat(256), Local));
        assert!(fits(
            MessagingAccount,
            &format!("AC{}", "0".repeat(32)),
            Local
        ));
        assert!(!fits(MessagingAccount, "SK123", Local));
    }
}
