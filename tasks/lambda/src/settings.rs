//! What the function is told by its environment. What is missing is said by name, and the function does not start: a
//! default could be somebody's sandbox (RELIABILITY P7).

use std::time::Duration;

use comanda_tasks::{
    entry_points::{self, ENTRY_POINTS},
    ports::guarded::Uses,
    registry::ENTRIES,
};
use comanda_tasks_aws::{AwsEndpoint, PortsConfig, SecretsEndpoint, TwilioEndpoint};

/// The port that the secrets' extension has unless it is told otherwise.
const SECRETS_PORT: &str = "2773";
/// Our webhook for messages, under the public address.
const STATUS_CALLBACK: &str = "/webhooks/twilio";

/// The service that providers wait for.
const HEARS_PROVIDERS: &str = "webhooks";
/// Asaas wants its answer within ten seconds, and stops its queue after fifteen that it did not get. What is not said in that time is
/// said by the next message or the sweep.
const WHILE_A_PROVIDER_WAITS: Duration = Duration::from_secs(3);

/// Everything that the environment says.
#[derive(Debug)]
pub(crate) struct Settings {
    /// The service that this function answers.
    pub(crate) service: &'static str,
    /// Where the outside is.
    pub(crate) ports: PortsConfig,
    /// Our public address, without a slash at its end; empty where no webhook of ours leads here.
    pub(crate) public_url: String,
}

/// Why the function does not start.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SettingsError {
    /// No such service.
    #[error(
        "_HANDLER is `{given}`, and no service is called that: set the function's handler to one of {services}"
    )]
    NoService { given: String, services: String },
    /// A variable.
    #[error(
        "{name} is not set: it says {what}, and nothing stands in for it; `environment` of generated/manifest.json lists what each function needs"
    )]
    Missing {
        name: &'static str,
        what: &'static str,
    },
    /// A variable's value.
    #[error("{name} is not {what}")]
    Malformed {
        name: &'static str,
        what: &'static str,
    },
}

/// A variable by its name.
pub(crate) type Environment<'a> = &'a dyn Fn(&str) -> Option<String>;

impl Settings {
    pub(crate) fn read(environment: Environment<'_>) -> Result<Self, SettingsError> {
        let service = service(environment)?;
        let uses = || entry_points::uses_of(service);
        let speaks = uses().any(|part| part.channel);
        let public_url = match speaks {
            true => address(
                environment,
                "COMANDA_PUBLIC_URL",
                "where providers reach us",
            )?,
            false => String::new(),
        };
        // Without a declared use nothing gets there: ports are guarded, and nobody is at no address.
        let of_channel = |name, what| match speaks {
            true => address(environment, name, what),
            false => Ok(String::new()),
        };
        let twilio = TwilioEndpoint {
            api: of_channel("COMANDA_TWILIO_URL", "where messages are sent")?,
            content: of_channel(
                "COMANDA_TWILIO_CONTENT_URL",
                "where buttons and lists are made",
            )?,
            status_callback: format!("{public_url}{STATUS_CALLBACK}"),
            within: match service {
                HEARS_PROVIDERS => WHILE_A_PROVIDER_WAITS,
                _ => TwilioEndpoint::PATIENCE,
            },
        };
        Ok(Self {
            service,
            ports: PortsConfig {
                aws: aws(environment)?,
                asaas_local: environment("COMANDA_ASAAS_LOCAL_URL"),
                twilio,
                secrets: secrets(environment, uses().any(|part: &Uses| part.secrets))?,
            },
            public_url,
        })
    }
}

fn service(environment: Environment<'_>) -> Result<&'static str, SettingsError> {
    let given = environment("_HANDLER").unwrap_or_default();
    let of_tasks = ENTRIES.iter().map(|entry| entry.function);
    let of_entries = ENTRY_POINTS.iter().map(|entry| entry.function);
    let mut services: Vec<&'static str> = of_tasks.chain(of_entries).collect();
    services.sort_unstable();
    services.dedup();
    let named = services.iter().find(|service| **service == given);
    named.copied().ok_or_else(|| SettingsError::NoService {
        given,
        services: services.join(", "),
    })
}

fn aws(environment: Environment<'_>) -> Result<AwsEndpoint, SettingsError> {
    let account = required(
        environment,
        "COMANDA_ACCOUNT",
        "the AWS account of our state machines",
    )?;
    if account.len() != 12 || !account.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(SettingsError::Malformed {
            name: "COMANDA_ACCOUNT",
            what: "an AWS account, which is twelve digits",
        });
    }
    Ok(AwsEndpoint {
        region: required(environment, "AWS_REGION", "the region of everything here")?,
        account,
        alias: environment("COMANDA_ALIAS"),
        url: local_stack(environment)?,
        // An emulator that judges roles gives their credentials, as Lambda does.
        as_role: environment("AWS_ACCESS_KEY_ID").is_some(),
    })
}

/// AWS itself is where nothing else is said. Another address is a stack on this machine, spoken to without TLS, so it must not
/// be taken for AWS.
fn local_stack(environment: Environment<'_>) -> Result<Option<String>, SettingsError> {
    const NAME: &str = "AWS_ENDPOINT_URL";
    match environment(NAME) {
        Some(url) if !url.starts_with("http://") => Err(SettingsError::Malformed {
            name: NAME,
            what: "the address of a local stack, which begins with http://; on AWS it is not set",
        }),
        url => Ok(url),
    }
}

fn secrets(environment: Environment<'_>, used: bool) -> Result<SecretsEndpoint, SettingsError> {
    let token = match used {
        true => required(
            environment,
            "AWS_SESSION_TOKEN",
            "who asks the secrets' extension",
        )?,
        false => String::new(),
    };
    let url = environment("COMANDA_SECRETS_URL").unwrap_or_else(|| {
        let port = environment("PARAMETERS_SECRETS_EXTENSION_HTTP_PORT");
        format!(
            "http://localhost:{}",
            port.as_deref().unwrap_or(SECRETS_PORT)
        )
    });
    Ok(SecretsEndpoint {
        url,
        token: token.into(),
    })
}

fn required(
    environment: Environment<'_>,
    name: &'static str,
    what: &'static str,
) -> Result<String, SettingsError> {
    let value = environment(name).filter(|value| !value.trim().is_empty());
    value.ok_or(SettingsError::Missing { name, what })
}

fn address(
    environment: Environment<'_>,
    name: &'static str,
    what: &'static str,
) -> Result<String, SettingsError> {
    let value = required(environment, name, what)?;
    let address = value.trim_end_matches('/');
    if address.starts_with("https://") || address.starts_with("http://") {
        return Ok(address.to_owned());
    }
    Err(SettingsError::Malformed {
        name,
        what: "an address, which begins with https://",
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn whole() -> BTreeMap<&'static str, &'static str> {
        BTreeMap::from([
            ("_HANDLER", "orders"),
            ("AWS_REGION", "sa-east-1"),
            ("AWS_SESSION_TOKEN", "session"),
            ("COMANDA_ACCOUNT", "123456789012"),
            ("COMANDA_PUBLIC_URL", "https://comanda.example/"),
            ("COMANDA_TWILIO_URL", "https://api.twilio.com"),
            ("COMANDA_TWILIO_CONTENT_URL", "https://content.twilio.com"),
        ])
    }

    fn read(variables: &BTreeMap<&'static str, &'static str>) -> Result<Settings, SettingsError> {
        Settings::read(&|name| variables.get(name).map(|value| (*value).to_owned()))
    }

    #[test]
    fn a_whole_environment_leads_to_aws_itself_and_to_the_extension() {
        let settings = read(&whole()).unwrap();
        assert_eq!(settings.service, "orders");
        assert_eq!(settings.public_url, "https://comanda.example");
        let ports = settings.ports;
        assert_eq!(ports.aws.url, None);
        assert_eq!(ports.aws.alias, None);
        assert_eq!(ports.asaas_local, None);
        assert_eq!(ports.secrets.url, "http://localhost:2773");
        assert_eq!(
            ports.twilio.status_callback,
            "https://comanda.example/webhooks/twilio"
        );
        assert_eq!(ports.twilio.within, TwilioEndpoint::PATIENCE);
    }

    #[test]
    fn the_channel_has_less_time_where_a_provider_waits_for_the_answer() {
        let mut hears = whole();
        hears.insert("_HANDLER", HEARS_PROVIDERS);
        let within = read(&hears).unwrap().ports.twilio.within;
        assert_eq!(within, Duration::from_secs(3));
    }

    #[test]
    fn each_variable_that_is_missing_or_empty_keeps_the_function_from_starting() {
        for name in whole().keys() {
            for variables in [
                BTreeMap::from_iter(whole().into_iter().filter(|(other, _)| other != name)),
                BTreeMap::from_iter(whole().into_iter().chain([(*name, " ")])),
            ] {
                let said = read(&variables).unwrap_err().to_string();
                assert!(said.contains(name), "{name}: {said}");
            }
        }
        let mut wrong = whole();
        wrong.insert("COMANDA_ACCOUNT", "{account}");
        let said = read(&wrong).unwrap_err().to_string();
        assert_eq!(
            said,
            "COMANDA_ACCOUNT is not an AWS account, which is twelve digits"
        );
        let mut wrong = whole();
        wrong.insert("COMANDA_PUBLIC_URL", "{publicUrl}");
        assert!(read(&wrong).is_err());
    }

    /// `customers` neither sends messages nor reads secrets.
    #[test]
    fn a_function_needs_only_what_it_uses() {
        let mut variables = whole();
        variables.insert("_HANDLER", "customers");
        variables
            .retain(|name, _| !name.starts_with("COMANDA_TWILIO") && *name != "AWS_SESSION_TOKEN");
        variables.remove("COMANDA_PUBLIC_URL");
        assert_eq!(read(&variables).unwrap().service, "customers");
    }
}
