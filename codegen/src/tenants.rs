//! What the manifest says of tenants beside their queues and schedules: their secrets, and what who takes them in may do.

use comanda_tasks::tenants::SecretPurpose;
use serde::Serialize;

use crate::permissions::{Permission, of_onboarding};

/// Of all tenants alike.
#[derive(Debug, Serialize)]
pub struct Tenants {
    secrets: Vec<Secret>,
    permissions: Vec<Permission>,
}

/// A secret of a tenant.
#[derive(Debug, Serialize)]
struct Secret {
    purpose: &'static str,
    name: String,
}

/// The names are those that a tenant's file has where it says none.
pub fn described() -> Tenants {
    let secrets = SecretPurpose::ALL.into_iter().map(|purpose| Secret {
        purpose: purpose.word(),
        name: purpose.usual_name("{clientId}"),
    });
    Tenants {
        secrets: secrets.collect(),
        permissions: of_onboarding(),
    }
}
