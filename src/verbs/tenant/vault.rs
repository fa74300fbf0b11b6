//! A tenant's secrets in Secrets Manager. The CDK app makes their places; here values are put in, and never read.

use aws_sdk_secretsmanager::{
    Client,
    operation::{describe_secret::DescribeSecretError, put_secret_value::PutSecretValueError},
};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};

use super::{deployed::failed, stage::Stage};
use crate::failure::Failure;

const SERVICE: &str = "Secrets Manager";
const CURRENT: &str = "AWSCURRENT";

/// What is at a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// Nothing: the tenant's stack is not deployed.
    Missing,
    /// A place without a value.
    Empty,
    /// A value.
    Filled {
        /// Its versions with their labels, of which one says which is read: what the next one follows.
        labelled: Vec<String>,
        /// When it was put in last.
        since: Option<String>,
    },
}

/// Secrets Manager.
pub struct Vault {
    client: Client,
    stage: Stage,
}

impl Vault {
    /// The one of a stage.
    pub fn new(config: &aws_config::SdkConfig, stage: Stage) -> Self {
        Self {
            client: Client::new(config),
            stage,
        }
    }

    /// What is there, without its value. It must be in the stage's account, which is the fifth part of its name at AWS.
    pub async fn look(&self, name: &str) -> Result<Place, Failure> {
        let described = self.client.describe_secret().secret_id(name).send().await;
        let described = match described {
            Ok(described) => described,
            Err(error) => {
                return match error.as_service_error() {
                    Some(DescribeSecretError::ResourceNotFoundException(_)) => Ok(Place::Missing),
                    _ => Err(failed(SERVICE, &error)),
                };
            }
        };
        let account = described.arn().and_then(|arn| arn.split(':').nth(4));
        self.stage
            .refuse_other_account(account.unwrap_or_default())?;
        let versions = described.version_ids_to_stages().into_iter().flatten();
        let mut labelled: Vec<String> = versions
            .flat_map(|(version, labels)| labels.iter().map(move |label| labelled(label, version)))
            .collect();
        labelled.sort_unstable();
        let is_read = labelled.iter().any(|one| one.starts_with(CURRENT));
        Ok(if is_read {
            Place::Filled {
                labelled,
                since: described.last_changed_date().map(ToString::to_string),
            }
        } else {
            Place::Empty
        })
    }

    /// Puts a value in that follows these versions, or is the first. Who else does so at the same moment is told that somebody
    /// was faster: both would make the version of the same name, and a version never changes.
    pub async fn put(
        &self,
        name: &str,
        value: &SecretString,
        after: &[String],
    ) -> Result<(), Failure> {
        let put = self
            .client
            .put_secret_value()
            .secret_id(name)
            .secret_string(value.expose_secret())
            .client_request_token(following(name, after))
            .send()
            .await;
        put.map(|_| ())
            .map_err(|error| match error.as_service_error() {
                Some(PutSecretValueError::ResourceExistsException(_)) => {
                    let what = format!("somebody else put a value into {name} at this very moment");
                    Failure::new(what)
                        .code("SECRET_OVERTAKEN")
                        .help("see what is there: comanda tenant show CLIENT --aws STAGE")
                }
                _ => failed(SERVICE, &error),
            })
    }
}

fn labelled(label: &str, version: &str) -> String {
    format!("{label} {version}")
}

/// The name of the version that follows. All labels count, and not only which version is read: whoever moved them back to an
/// older one gets a name that no version has.
fn following(name: &str, after: &[String]) -> String {
    let mut digest = Sha256::new().chain_update(name);
    for one in after {
        digest.update([0]);
        digest.update(one);
    }
    hex::encode(digest.finalize())
}

#[cfg(test)]
mod tests {
    use super::{following, labelled};

    #[test]
    fn what_follows_the_same_version_has_the_same_name() {
        let first = following("comanda/a/key", &[]);
        assert_eq!(first.len(), 64, "Secrets Manager takes 32 to 64 characters");
        assert_eq!(first, following("comanda/a/key", &[]));
        assert_ne!(first, following("comanda/b/key", &[]));
        let second = following("comanda/a/key", &[labelled("AWSCURRENT", &first)]);
        assert_ne!(first, second);
        let moved_back = [
            labelled("AWSCURRENT", &first),
            labelled("AWSPREVIOUS", &second),
        ];
        assert_ne!(second, following("comanda/a/key", &moved_back));
    }
}
