//! Where the values of secrets come from: a file, the environment, or the keyboard without echo. Never the command line, which
//! the shell's history keeps and other users of the machine can read.

use std::{
    collections::BTreeMap,
    fs,
    io::{self, IsTerminal as _, Read as _},
    path::Path,
};

use comanda_domain::store::ProviderEnvironment;
use comanda_tasks::tenants::SecretPurpose;
use secrecy::{ExposeSecret as _, SecretString};

use crate::{failure::Failure, output::Output};

/// The file's name that means the standard input.
const INPUT: &str = "-";

/// Values that a person gives.
pub struct Values {
    file: BTreeMap<SecretPurpose, SecretString>,
}

impl Values {
    /// Those of a file: JSON with the words of a tenant's `secrets`, and values in the place of names.
    pub fn read(file: Option<&Path>, output: &Output) -> Result<Self, Failure> {
        let Some(file) = file else {
            return Ok(Self {
                file: BTreeMap::new(),
            });
        };
        let mut text = String::new();
        let read = if file == Path::new(INPUT) {
            io::stdin().read_to_string(&mut text)
        } else {
            warn_of_readers(file, output);
            fs::File::open(file).and_then(|mut file| file.read_to_string(&mut text))
        };
        read.map_err(|error| {
            Failure::usage(format!("{} cannot be read: {error}", file.display()))
        })?;
        // What serde says of a fault may quote the value beside it.
        let values: BTreeMap<SecretPurpose, String> =
            serde_json::from_str(&text).map_err(|error| {
                let words = SecretPurpose::ALL.map(SecretPurpose::word).join(", ");
                Failure::usage(format!(
                    "{} is no file of secrets, at line {} column {}",
                    file.display(),
                    error.line(),
                    error.column()
                ))
                .help(format!("write JSON with texts by these words: {words}"))
            })?;
        Ok(Self {
            file: values
                .into_iter()
                .map(|(purpose, value)| (purpose, value.into()))
                .collect(),
        })
    }

    /// The value for this purpose: of the file, of the environment, or typed where somebody can type. `None` where nobody gave one.
    pub fn of(
        &self,
        purpose: SecretPurpose,
        client: &str,
        environment: ProviderEnvironment,
    ) -> Result<Option<SecretString>, Failure> {
        let given = match self.file.get(&purpose) {
            Some(value) => Some(value.clone()),
            None => match std::env::var(variable(purpose)) {
                Ok(value) => Some(value.into()),
                Err(_) => asked(purpose, client)?,
            },
        };
        if let Some(value) = &given
            && let Some(why) = purpose.unfit(value.expose_secret(), environment)
        {
            return Err(Failure::usage(format!(
                "the value for {} cannot be it: {why}",
                about(purpose)
            ))
            .code("SECRET_UNFIT")
            .help("nothing was written; give the right one"));
        }
        Ok(given)
    }
}

/// A secret as a person calls it.
pub fn about(purpose: SecretPurpose) -> &'static str {
    match purpose {
        SecretPurpose::PaymentApiKey => "the payment account's API key",
        SecretPurpose::MessagingAccount => "the messaging account's id",
        SecretPurpose::MessagingToken => "the messaging account's token",
        SecretPurpose::WebhookToken => "the payment webhook's token",
    }
}

/// The variable that may hold a value.
pub fn variable(purpose: SecretPurpose) -> &'static str {
    match purpose {
        SecretPurpose::PaymentApiKey => "COMANDA_PAYMENT_API_KEY",
        SecretPurpose::MessagingAccount => "COMANDA_MESSAGING_ACCOUNT",
        SecretPurpose::MessagingToken => "COMANDA_MESSAGING_TOKEN",
        SecretPurpose::WebhookToken => "COMANDA_WEBHOOK_TOKEN",
    }
}

fn asked(purpose: SecretPurpose, client: &str) -> Result<Option<SecretString>, Failure> {
    if !io::stdin().is_terminal() {
        return Ok(None);
    }
    let otherwise = match purpose {
        SecretPurpose::WebhookToken => ", or nothing for one made at random",
        _ => "",
    };
    let prompt = format!(
        "{client}: {}{otherwise} (it is not shown): ",
        about(purpose)
    );
    let typed = rpassword::prompt_password(prompt)
        .map_err(|error| Failure::usage(format!("nothing can be typed here: {error}")))?;
    let typed = typed.trim();
    Ok((!typed.is_empty()).then(|| typed.into()))
}

/// A file of secrets that others can read is said, and not refused: it may lie where nobody else comes.
fn warn_of_readers(file: &Path, output: &Output) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        const OTHERS: u32 = 0o077;
        if fs::metadata(file).is_ok_and(|facts| facts.is_file() && facts.mode() & OTHERS != 0) {
            let path = file.display();
            output.note(&format!(
                "warning: others can read {path}: chmod 600 {path}"
            ));
        }
    }
}
