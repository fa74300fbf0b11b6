//! Where virtual machines and executions are said to be.

use std::sync::Arc;

/// Where machines and executions are said to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The region, as in `sa-east-1`.
    pub region: String,
    /// The account's number.
    pub id: String,
    /// The role executions run as.
    pub role_arn: Arc<str>,
}

impl Default for Account {
    fn default() -> Account {
        Account {
            region: "sa-east-1".to_owned(),
            id: "000000000000".to_owned(),
            role_arn: Arc::from("arn:aws:iam::000000000000:role/comanda-states"),
        }
    }
}
