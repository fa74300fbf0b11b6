//! Which machine, with which settings, an ARN stands for: the machine as it is, one of its versions, or the version
//! that an alias' shares decide on.

use std::sync::Arc;

use comanda_engine::Definition;

use super::{
    StepFunctions,
    executions::seed,
    machines::{AliasRecord, Machine, Machines, Settings, VersionRecord},
    names::{MachineArn, Qualifier, check_arn, machine_of, no_machine},
};
use crate::{aws::error::ApiError, scheduler::Through};

/// What an execution is started of.
pub struct Target {
    /// The machine, as it is.
    pub machine: Arc<Machine>,
    /// The definition to run.
    pub definition: Arc<Definition>,
    /// Which version and alias they come of.
    pub through: Through,
}

impl Target {
    /// The settings to run with.
    pub fn settings(&self) -> &Settings {
        let record = &self.machine.record;
        let version = self
            .through
            .version
            .and_then(|number| record.version(number));
        version.map_or(&record.settings, |version| &version.settings)
    }
}

impl StepFunctions {
    /// The machine of an ARN without a version or an alias.
    pub fn machine(&self, arn: &str) -> Result<Arc<Machine>, ApiError> {
        check_arn(arn, &["stateMachine"])?;
        let machine = self.machines().by_arn.get(arn).cloned();
        machine.ok_or_else(|| no_machine(arn))
    }

    /// What the ARN of a machine, a version or an alias stands for.
    pub fn target(&self, arn: &str) -> Result<Target, ApiError> {
        let MachineArn { machine, qualifier } = machine_of(arn)?;
        let machines = self.machines();
        let missing = || no_machine(arn);
        let machine = machines.by_arn.get(machine).ok_or_else(missing)?;
        let (version, alias) = match qualifier {
            None => (None, None),
            Some(Qualifier::Version(number)) => (Some(number), None),
            Some(Qualifier::Alias(name)) => {
                let alias = machine.record.alias(name).ok_or_else(missing)?;
                (drawn(alias, seed(&self.clock.fresh_id())), Some(name))
            }
        };
        let through = Through {
            version,
            alias: alias.map(str::to_owned),
            ..Through::default()
        };
        let Some(number) = version else {
            return Ok(Target {
                definition: Arc::clone(&machine.definition),
                machine: Arc::clone(machine),
                through,
            });
        };
        let version = machine.record.version(number).ok_or_else(missing)?;
        Ok(Target {
            definition: definition(&machines, version).ok_or_else(missing)?,
            machine: Arc::clone(machine),
            through,
        })
    }
}

fn definition(machines: &Machines, version: &VersionRecord) -> Option<Arc<Definition>> {
    let revision = machines.revisions.get(&version.settings.revision)?;
    revision.definition.clone()
}

/// The version that one execution goes to: each of the versions gets its share.
fn drawn(alias: &AliasRecord, chance: u64) -> Option<u32> {
    let mut point = chance % 100;
    for route in &alias.routes {
        let weight = u64::from(route.weight);
        if point < weight {
            return Some(route.version);
        }
        point -= weight;
    }
    None
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::drawn;
    use crate::aws::step_functions::machines::{AliasRecord, Route};

    #[test]
    fn the_shares_of_an_alias_are_kept() {
        let route = |version, weight| Route { version, weight };
        let alias = AliasRecord {
            name: "live".to_owned(),
            description: None,
            routes: vec![route(1, 70), route(2, 30)],
            created_at: Timestamp::UNIX_EPOCH,
            updated_at: Timestamp::UNIX_EPOCH,
        };
        let first = (0..100).filter(|chance| drawn(&alias, *chance) == Some(1));
        assert_eq!(first.count(), 70);
        let second = (0..100).filter(|chance| drawn(&alias, *chance) == Some(2));
        assert_eq!(second.count(), 30);
    }
}
