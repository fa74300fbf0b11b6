//! The stack that `comanda up` runs: AWS, our functions, the providers and the console port, started in the order in
//! which they need each other, and stopped in the other.

mod facts;
mod listen;
mod sweep;

use std::{path::Path, sync::Arc};

use comanda_dsl::DefinitionErrors;
use comanda_simulation::restaurant::SampleError;
use comanda_tasks::ports::Ports;
use comanda_tasks_aws::{AwsEndpoint, PortsConfig, SecretsEndpoint, TwilioEndpoint};
use secrecy::SecretString;
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};

pub use facts::{Facts, FactsError, StoreFacts};
pub use listen::{ListenError, Port};

use crate::{
    aws::{AwsStack, Data, DeployError, LambdaInvoker, StackError},
    console::{self, Parties, StackData},
    edge::{self, Behind, Edge, Functions},
    processes::{Processes, ProcessesError},
    queues::{self, QueueError},
    seed::{Sample, SecretsFile, SecretsFileError},
    simulators::{
        self, Client, ClientError, Database, DatabaseError,
        asaas::{self, Asaas},
        secrets::Extension,
        twilio::{self, Twilio},
    },
    tenancy::{self, Tenancy, TenancyError},
};

/// How the stack is to be started.
#[derive(Debug, Clone)]
pub struct Options {
    /// Console, API, webhooks and simulators.
    pub port: Port,
    /// Every AWS service.
    pub aws_port: Port,
    /// Where everything is kept.
    pub data: Data,
    /// How fast the payment provider is.
    pub asaas_pace: asaas::Pace,
    /// How fast the messaging provider is.
    pub twilio_pace: twilio::Pace,
    /// How often the books are swept; never by itself if absent.
    pub sweep_every: Option<std::time::Duration>,
    /// The functions' program, each call of which is a process's; in this process if absent.
    pub functions: Option<std::path::PathBuf>,
}

/// Why the stack did not start, or ended.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A port.
    #[error(transparent)]
    Listen(#[from] ListenError),
    /// AWS, or the data directory.
    #[error(transparent)]
    Aws(#[from] StackError),
    /// Queues.
    #[error(transparent)]
    Queue(#[from] QueueError),
    /// State machines.
    #[error(transparent)]
    Deploy(Box<DeployError>),
    /// The workflows' definitions.
    #[error(transparent)]
    Definitions(#[from] &'static DefinitionErrors),
    /// The simulators' files.
    #[error(transparent)]
    Simulators(#[from] DatabaseError),
    /// The simulators' client.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The secrets' file.
    #[error(transparent)]
    Secrets(#[from] SecretsFileError),
    /// The sample tenant's data.
    #[error(transparent)]
    Sample(#[from] SampleError),
    /// A tenant.
    #[error(transparent)]
    Tenancy(Box<TenancyError>),
    /// The file that tells other commands where the stack is.
    #[error(transparent)]
    Facts(#[from] FactsError),
    /// The functions' processes.
    #[error(transparent)]
    Processes(#[from] ProcessesError),
    /// A provider or the events' poller.
    #[error("a part of the stack ended by itself: a fault of ours, which is told above")]
    PartEnded,
}

/// A running stack.
pub struct Stack {
    facts: Facts,
    ports: Ports,
    tenancy: Arc<Tenancy>,
    aws: Arc<AwsStack>,
    console: Arc<StackData>,
    serving_aws: JoinHandle<Result<(), StackError>>,
    serving_edge: JoinHandle<()>,
    background: Vec<JoinHandle<()>>,
    close: watch::Sender<bool>,
    directory: Option<std::path::PathBuf>,
}

impl Stack {
    /// Starts everything. What ran when the stack last ended goes on.
    pub async fn start(options: Options) -> Result<Self, StartError> {
        let directory = match &options.data {
            Data::Ephemeral => None,
            Data::Directory(directory) => Some(directory.clone()),
        };
        let (edge_listener, url) = listen::bind(options.port).await?;
        let (aws_listener, aws_url) = listen::bind(options.aws_port).await?;
        let clock = comanda_tasks_aws::system_clock();
        // Before any file is touched: it takes the directory's lock.
        let aws = Arc::new(AwsStack::open(options.data.clone(), clock).await?);
        let serving_aws = tokio::spawn({
            let aws = Arc::clone(&aws);
            async move { aws.serve(aws_listener).await }
        });

        let sample = Sample::load()?;
        deploy(&aws, &aws_url).await?;
        let extension = Arc::new(Extension {
            token: random_token(),
            secrets: Default::default(),
        });
        let config = ports_config(&url, &aws_url, &extension);
        let functions = options.functions.as_deref();
        let processes = functions.map(|program| Processes::new(program, &config, &url));
        let processes = processes.transpose()?.map(Arc::new);
        let ports = comanda_tasks_aws::connect(config);
        let (functions, behind): (Arc<dyn LambdaInvoker>, Behind) = match processes {
            Some(processes) => (processes.clone(), Behind::Functions(processes)),
            None => (
                Arc::new(Functions::new(ports.clone())),
                Behind::Here(ports.clone()),
            ),
        };
        let providers = Providers::open(&options, directory.as_deref(), &url)?;
        let parts = tenancy::Parts {
            ports: ports.clone(),
            services: Arc::clone(aws.services()),
            url: url.clone(),
            directory: directory.clone(),
            asaas: Arc::clone(&providers.asaas),
            twilio: Arc::clone(&providers.twilio),
            extension: Arc::clone(&extension),
        };
        let secrets = SecretsFile::open(directory.as_deref())?;
        let tenancy = Arc::new(Tenancy::new(parts, secrets));
        let settled = tenancy.settle_all(sample.as_tenant()).await;
        settled.map_err(|error| StartError::Tenancy(Box::new(error)))?;
        let (close, closing) = watch::channel(false);
        let edge = Edge {
            ports: ports.clone(),
            behind: behind.clone(),
            url: url.clone(),
            default_shop: sample.first_shop(),
        };
        let extension = simulators::secrets::router(extension);
        // The console's pages have a guard of their own, which answers with a page.
        let console = Arc::new(console_data(
            &aws,
            &ports,
            (&sample, &tenancy),
            (&url, &aws_url),
            (Arc::clone(&providers.twilio), closing.clone()),
        )?);
        let router = edge::router(edge)
            .merge(providers.router())
            .nest("/simulators/secrets", extension)
            .merge(tenancy::router(Arc::clone(&tenancy)))
            .layer(axum::middleware::from_fn(edge::guard))
            .merge(console::router(console.clone()));
        let serving_edge = tokio::spawn(serve(edge_listener, router, closing));
        // Functions call the providers and read their secrets over HTTP, so the port is served before they run.
        aws.run_with(functions);
        let mut background = vec![
            tokio::spawn(providers.asaas.run()),
            tokio::spawn(providers.twilio.run()),
            tokio::spawn(edge::poll_events(
                Arc::clone(aws.services()),
                behind,
                aws.closing(),
            )),
        ];
        if let Some(every) = options.sweep_every {
            let tenancy = Arc::clone(&tenancy);
            background.push(tokio::spawn(sweep::run(ports.clone(), tenancy, every)));
        }
        let facts = Facts::new(url, aws_url, directory.clone(), &tenancy.all());
        facts.write(directory.as_deref())?;
        Ok(Self {
            facts,
            ports,
            tenancy,
            aws,
            console,
            serving_aws,
            serving_edge,
            background,
            close,
            directory,
        })
    }

    /// Where everything is.
    #[must_use]
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// The ports of our functions, for pages that read what they read.
    #[must_use]
    pub fn ports(&self) -> &Ports {
        &self.ports
    }

    /// The tenants, and their secrets.
    #[must_use]
    pub fn tenancy(&self) -> &Tenancy {
        &self.tenancy
    }

    /// AWS, for pages that show executions.
    #[must_use]
    pub fn aws(&self) -> &Arc<AwsStack> {
        &self.aws
    }

    /// What the console shows, for those who show it elsewhere.
    #[must_use]
    pub fn console(&self) -> &Arc<StackData> {
        &self.console
    }

    /// Waits until a part ends by itself, and nothing more may be accepted (RELIABILITY L4): AWS because a write failed,
    /// a provider or the events' poller because of a fault of ours.
    pub async fn failed(&mut self) -> StartError {
        let part = futures::future::select_all(&mut self.background);
        let ended = || StackError::Serve(std::io::Error::other("it ended")).into();
        tokio::select! {
            served = &mut self.serving_aws => match served {
                Ok(Err(error)) => error.into(),
                Ok(Ok(())) | Err(_) => ended(),
            },
            (_, _, _) = part => StartError::PartEnded,
        }
    }

    /// Stops: no new requests, running ones answered, files closed. Running executions go on at the next start.
    pub async fn stop(self) {
        self.close.send_replace(true);
        self.aws.close();
        for task in &self.background {
            task.abort();
        }
        // A task that ended badly has said so; what counts now is that it ended.
        let _ = self.serving_edge.await;
        if !self.serving_aws.is_finished() {
            let _ = self.serving_aws.await;
        }
        Facts::remove(self.directory.as_deref());
        self.aws.closed().await;
    }
}

async fn serve(listener: TcpListener, router: axum::Router, mut closing: watch::Receiver<bool>) {
    let closed = async move {
        // An error means that the stack is gone, which is as good.
        let _ = closing.wait_for(|closing| *closing).await;
    };
    let served = axum::serve(crate::aws::answering_at_once(listener), router)
        .with_graceful_shutdown(closed)
        .await;
    if let Err(error) = served {
        tracing::error!(%error, "the console port stopped");
    }
}

fn ports_config(url: &str, aws_url: &str, extension: &Extension) -> PortsConfig {
    PortsConfig {
        aws: AwsEndpoint::local(aws_url.to_owned()),
        asaas_local: Some(format!("{url}/simulators/asaas/v3")),
        twilio: TwilioEndpoint {
            api: format!("{url}/simulators/twilio"),
            content: format!("{url}/simulators/twilio"),
            status_callback: format!("{url}/webhooks/twilio"),
            within: TwilioEndpoint::PATIENCE,
        },
        secrets: SecretsEndpoint {
            url: format!("{url}/simulators/secrets"),
            token: extension.token.clone(),
        },
    }
}

/// What the CDK app makes on AWS; tables come with DynamoDB.
async fn deploy(aws: &AwsStack, aws_url: &str) -> Result<(), StartError> {
    queues::make_events(aws.services()).await?;
    let events_queue_url = queues::url(aws_url, queues::EVENTS);
    aws.deploy_workflows(comanda_workflows::all()?, &events_queue_url)
        .await
        .map_err(|error| StartError::Deploy(Box::new(error)))?;
    Ok(())
}

/// What the pages show of this stack.
fn console_data(
    aws: &AwsStack,
    ports: &Ports,
    (sample, tenancy): (&Sample, &Arc<Tenancy>),
    (url, aws_url): (&str, &str),
    (twilio, closing): (Arc<Twilio>, watch::Receiver<bool>),
) -> Result<StackData, StartError> {
    let [first, _] = &sample.stores;
    Ok(StackData {
        store: Arc::clone(&ports.store),
        scheduler: aws.scheduler().clone(),
        clock: Arc::clone(&ports.clock),
        tenancy: Arc::clone(tenancy),
        zone: first
            .store
            .time_zone
            .at(ports.clock.now())
            .time_zone()
            .clone(),
        parties: Parties {
            client: Client::new()?,
            url: url.to_owned(),
            aws_url: aws_url.to_owned(),
            events_queue_url: queues::url(aws_url, queues::EVENTS),
        },
        twilio,
        closing,
    })
}

fn random_token() -> SecretString {
    format!("{:032x}", rand::random::<u128>()).into()
}

/// The simulated providers.
struct Providers {
    asaas: Arc<Asaas>,
    twilio: Arc<Twilio>,
}

impl Providers {
    fn open(options: &Options, directory: Option<&Path>, url: &str) -> Result<Self, StartError> {
        let file = directory.map(|directory| directory.join("simulators.sqlite"));
        let database = Arc::new(Database::open(file.as_deref())?);
        let client = Client::new()?;
        let base = format!("{url}/simulators/asaas");
        let asaas = Asaas::new(
            Arc::clone(&database),
            client.clone(),
            base,
            options.asaas_pace,
        );
        Ok(Self {
            asaas: Arc::new(asaas),
            twilio: Arc::new(Twilio::new(database, client, options.twilio_pace)),
        })
    }

    fn router(&self) -> axum::Router {
        axum::Router::new()
            .nest("/simulators/asaas", asaas::router(Arc::clone(&self.asaas)))
            .nest(
                "/simulators/twilio",
                twilio::router(Arc::clone(&self.twilio)),
            )
    }
}

#[cfg(test)]
mod console_tests;
#[cfg(test)]
mod orders_tests;
#[cfg(test)]
mod tests;
