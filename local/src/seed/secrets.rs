//! The secrets of a local stack: made at random when first needed, kept in the data directory, readable by its owner.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use comanda_tasks::tenants::SecretPurpose;
use secrecy::{ExposeSecret, SecretString};

use crate::whole_files;

const FILE_NAME: &str = "secrets.json";

/// The file could not be read or written.
#[derive(Debug, thiserror::Error)]
#[error("the secrets in `{}` cannot be used", file.display())]
pub struct SecretsFileError {
    file: PathBuf,
    source: io::Error,
}

/// A secret made at random. The simulators and our client look at the beginnings.
#[must_use]
pub fn made(purpose: SecretPurpose) -> SecretString {
    let random = format!("{:032x}", rand::random::<u128>());
    match purpose {
        SecretPurpose::PaymentApiKey => format!("$aact_local_{random}"),
        SecretPurpose::WebhookToken => format!("whsec_{random}"),
        SecretPurpose::MessagingAccount => format!("AC{random}"),
        SecretPurpose::MessagingToken => random,
    }
    .into()
}

/// Secrets by reference.
pub struct SecretsFile {
    file: Option<PathBuf>,
    secrets: BTreeMap<String, SecretString>,
    changed: bool,
}

impl SecretsFile {
    /// The secrets of this data directory, or of none.
    pub fn open(directory: Option<&Path>) -> Result<Self, SecretsFileError> {
        let file = directory.map(|directory| directory.join(FILE_NAME));
        let secrets = match &file {
            None => BTreeMap::new(),
            Some(file) => read(file).map_err(|source| SecretsFileError {
                file: file.clone(),
                source,
            })?,
        };
        Ok(Self {
            file,
            secrets,
            changed: false,
        })
    }

    /// Makes the secret if there is none.
    pub fn ensure(&mut self, reference: &str, purpose: SecretPurpose) {
        if !self.secrets.contains_key(reference) {
            self.secrets.insert(reference.to_owned(), made(purpose));
            self.changed = true;
        }
    }

    /// Makes the secret anew.
    pub fn renew(&mut self, reference: &str, purpose: SecretPurpose) {
        self.secrets.insert(reference.to_owned(), made(purpose));
        self.changed = true;
    }

    /// One secret.
    #[must_use]
    pub fn get(&self, reference: &str) -> Option<&SecretString> {
        self.secrets.get(reference)
    }

    /// All secrets, for whoever serves or shows them.
    #[must_use]
    pub fn all(&self) -> &BTreeMap<String, SecretString> {
        &self.secrets
    }

    /// All secrets in plain text, for the person who asked to see them.
    #[must_use]
    pub fn shown(&self) -> BTreeMap<String, String> {
        let secrets = self.secrets.iter();
        secrets
            .map(|(reference, secret)| (reference.clone(), secret.expose_secret().to_owned()))
            .collect()
    }

    /// Writes what was made. A crash leaves the old file or the new one; what was saved stays.
    pub fn save(&mut self) -> Result<(), SecretsFileError> {
        if let (Some(file), true) = (&self.file, self.changed) {
            write(file, &self.secrets).map_err(|source| SecretsFileError {
                file: file.clone(),
                source,
            })?;
        }
        self.changed = false;
        Ok(())
    }
}

fn read(file: &Path) -> io::Result<BTreeMap<String, SecretString>> {
    let text = match fs::read(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
        read => read?,
    };
    let secrets: BTreeMap<String, String> = serde_json::from_slice(&text)?;
    Ok(secrets
        .into_iter()
        .map(|(reference, value)| (reference, value.into()))
        .collect())
}

fn write(file: &Path, secrets: &BTreeMap<String, SecretString>) -> io::Result<()> {
    let text: BTreeMap<_, _> = secrets
        .iter()
        .map(|(reference, value)| (reference, value.expose_secret()))
        .collect();
    let text = serde_json::to_string_pretty(&text)?;
    let directory = file.parent().unwrap_or(Path::new("."));
    whole_files::keep(
        directory,
        file,
        &file.with_extension("new"),
        text.as_bytes(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn are_made_once_and_kept_for_their_owner() {
        let folder = tempfile::tempdir().unwrap();
        let mut first = SecretsFile::open(Some(folder.path())).unwrap();
        first.ensure("a", SecretPurpose::PaymentApiKey);
        first.ensure("b", SecretPurpose::WebhookToken);
        first.save().unwrap();
        let mut second = SecretsFile::open(Some(folder.path())).unwrap();
        second.ensure("a", SecretPurpose::PaymentApiKey);
        second.ensure("c", SecretPurpose::MessagingAccount);
        second.save().unwrap();
        let value =
            |secrets: &SecretsFile, name| secrets.get(name).unwrap().expose_secret().to_owned();
        assert_eq!(value(&first, "a"), value(&second, "a"));
        assert!(value(&second, "a").starts_with("$aact_local_"));
        assert_ne!(value(&second, "b"), value(&second, "c"));
        assert_eq!(
            SecretsFile::open(Some(folder.path())).unwrap().all().len(),
            3
        );
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = fs::metadata(folder.path().join(FILE_NAME))
                .unwrap()
                .permissions()
                .mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[test]
    fn a_damaged_file_is_said_and_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(FILE_NAME), "{").unwrap();
        assert!(SecretsFile::open(Some(folder.path())).is_err());
    }
}
