//! The command line's grammar: verbs, in the groups that `--help` shows them in.
//!
//! clap cannot group subcommands, so the list is written out once in [`VERBS_BY_GROUP`]; a test checks that each verb
//! is in it exactly once.

use clap::{Parser, Subcommand};

use crate::verbs;

const VERBS_BY_GROUP: &str = "\
Start
  up         The whole stack on this machine: AWS endpoints, providers, console
  tour       One order's life in virtual time, its graph and its cost; needs no stack

Look
  order      Place, list, show and cancel orders
  customer   A customer's record, export and erasure
  messages   What customers received
  exec       Executions in the running stack: list, show
  tenant     Tenants: take one in, show them, make a secret anew

Play a part
  say        A customer: write to a store, and read the answer
  pos        The store's point of sale: receive orders, confirm, reject, advance
  asaas      The payment provider: pay, expire, fail, refund, deny, chargeback

Understand a workflow
  graph      A workflow's graph in the terminal
  cost       Billable transitions and price per path
  bounds     Worst-case events, payload and time of each workflow
  diff       What changes between two releases, and whether what runs is safe
  explain    What a code means, an example, and what to try

Prove it
  check      Everything that is wrong with a definition, anybody's: place, reason, edit
  test-state One state alone, with given data and answers
  play       Any definition in virtual time, its tasks answered from a mock file
  run        One workflow in virtual time, told what outside parties do
  simulate   Orders in bad weather: lost answers, dying processes, late money
  explore    Everything that can happen to one order, in every order

Operate
  reconcile  The books against the provider, now; what waits for a person
  build      Write generated/, or check that it is fresh";

const EXAMPLES: &str = "\
Examples:
  comanda up                                          start everything
  comanda order place examples/orders/pix-delivery.json
  comanda asaas pay 1                                 pay order 0001 as its customer
  comanda pos listen --store centro                   be the store's POS
  comanda messages                                    what customers received
  comanda tour                                        see one order without starting anything
  comanda check order.asl.json                        what is wrong with a definition, anybody's
  comanda run order-lifecycle --input examples/orders/pix-delivery.json --script examples/scripts/pays-after-40-seconds.json";

/// Orders and bookings over chat, as typed workflows that compile to AWS Step Functions.
#[derive(Debug, Parser)]
#[command(
    name = "comanda",
    version,
    help_template = "{about}\n\nUsage: {usage}\n\n{before-help}Options:\n{options}{after-help}",
    before_help = VERBS_BY_GROUP,
    after_help = EXAMPLES,
    disable_help_subcommand = true
)]
pub struct Arguments {
    /// Print results as JSON: one object, or one line per event.
    #[arg(long, global = true)]
    pub json: bool,

    /// What to do.
    #[command(subcommand)]
    pub verb: Verb,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Write generated/, or check that it is fresh.
    #[cfg(feature = "stack")]
    Build(verbs::build::BuildArguments),
    /// Worst-case events, payload and duration of each workflow.
    Bounds(verbs::bounds::BoundsArguments),
    /// Everything that is wrong with a definition in Amazon States Language, ours or not.
    Check(verbs::check::CheckArguments),
    /// Billable transitions and price per path.
    Cost(verbs::cost::CostArguments),
    /// What changes between two releases, and whether executions that already run are safe.
    Diff(verbs::diff::DiffArguments),
    /// What a code means, an example, and what to try.
    Explain(verbs::explain::ExplainArguments),
    /// A workflow's graph in the terminal.
    Graph(verbs::graph::GraphArguments),
    /// Any definition in virtual time, its tasks answered from a mock file.
    Play(verbs::play::PlayArguments),
    /// One state alone, with given data and answers.
    TestState(verbs::test_state::TestStateArguments),
    /// One workflow in virtual time, told what outside parties do.
    Run(verbs::run::RunArguments),
    /// Orders in bad weather: lost answers, dying processes, late money.
    Simulate(verbs::simulate::SimulateArguments),
    /// Everything that can happen to one order, in every order, within bounds.
    #[cfg(feature = "explore")]
    Explore(verbs::explore::ExploreArguments),
    /// One order's life in virtual time, its graph and its cost.
    Tour,
    /// The whole stack on this machine.
    #[cfg(feature = "stack")]
    Up(verbs::up::UpArguments),
    /// Place, list, show and cancel orders.
    #[cfg(feature = "stack")]
    Order(verbs::order::OrderArguments),
    /// A customer's record, export and erasure.
    #[cfg(feature = "stack")]
    Customer(verbs::customer::CustomerArguments),
    /// What customers received.
    #[cfg(feature = "stack")]
    Messages(verbs::messages::MessagesArguments),
    /// Executions in the running stack.
    #[cfg(feature = "stack")]
    Exec(verbs::exec::ExecArguments),
    /// Write to a store as a customer.
    #[cfg(feature = "stack")]
    Say(verbs::say::SayArguments),
    /// Tenants: take one in, show them, make a secret anew.
    #[cfg(feature = "stack")]
    Tenant(verbs::tenant::TenantArguments),
    /// The store's point of sale.
    #[cfg(feature = "stack")]
    Pos(verbs::pos::PosArguments),
    /// The payment provider.
    #[cfg(feature = "stack")]
    Asaas(verbs::asaas::AsaasArguments),
    /// The books against the provider, now.
    #[cfg(feature = "stack")]
    Reconcile(verbs::reconcile::ReconcileArguments),
}

/// Where the running stack answers.
#[cfg(feature = "stack")]
#[derive(Debug, Clone, clap::Args)]
pub struct StackAddress {
    /// The running stack's address, or that of a deployment on AWS.
    #[arg(
        long,
        env = "COMANDA_URL",
        global = true,
        default_value = "http://127.0.0.1:4500"
    )]
    pub url: String,
    /// The region of a deployment on AWS, which an `https://` address is.
    #[arg(long, env = "AWS_REGION", global = true, default_value = "sa-east-1")]
    pub region: String,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::{Arguments, VERBS_BY_GROUP};

    #[test]
    fn the_grammar_is_sound() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn every_verb_is_in_one_group() {
        let listed: Vec<&str> = VERBS_BY_GROUP
            .lines()
            .filter_map(|line| line.strip_prefix("  ")?.split(' ').next())
            .collect();
        for verb in Arguments::command().get_subcommands() {
            let count = listed
                .iter()
                .filter(|name| **name == verb.get_name())
                .count();
            assert_eq!(count, 1, "`{}` is listed {count} times", verb.get_name());
        }
        if cfg!(feature = "stack") {
            assert_eq!(listed.len(), Arguments::command().get_subcommands().count());
        }
    }
}
