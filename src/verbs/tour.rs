//! `comanda tour`: the quick look. One order's life in virtual time, its graph, and what it costs; no stack, no SDK.

use std::{process::ExitCode, time::Instant};

use comanda_simulation::{script::Script, world::World};
use serde_json::{Value, json};

use super::{
    cost::dollars,
    graph,
    run::{transitions, transitions_of},
    telling, workflows,
};
use crate::{failure::Failure, output::Output};

const ORDER: &str = include_str!("../../examples/orders/pix-delivery.json");
const SCRIPT: &str = include_str!("../../examples/scripts/from-placing-to-the-end.json");
const LATE: &str = include_str!("../../examples/scripts/money-comes-too-late.json");

/// Tells it.
pub fn run(output: &Output) -> Result<ExitCode, Failure> {
    let clock = Instant::now();
    let (world, story) = live(SCRIPT)?;
    let took = clock.elapsed();
    let (_, late) = live(LATE)?;
    let workflow = workflows::find("order-lifecycle")?;
    let lifecycle = lifecycle_transitions(&world);
    let waited = comanda_workflows::story::plain_duration(
        world.now().duration_since(Script::default().start),
    );
    let text = format!(
        "One order, from placing to the end, in virtual time. {waited} of waiting took {:.0} ms.\n\n{}\n\n\
         {lifecycle} billable transitions, US$ {} an order in sa-east-1. Status reports after the confirmation run as Express.\n\n\
         The same workflow when the money comes a minute after the deadline:\n\n{}\n\n\
         Its graph, as it is written in workflows/src/order_lifecycle.rs. <Questions> are folded into the steps before them.\n\n{}",
        took.as_secs_f64() * 1000.0,
        telling::lines(&story),
        dollars(u32::try_from(lifecycle).unwrap_or(u32::MAX)),
        telling::lines(&late),
        graph::written(workflow),
    );
    let value = json!({ "story": story, "late": late, "transitions": lifecycle, "allTransitions": transitions(&world) });
    output.result(&value, &text)?;
    output.note("\nNext: cargo run -- up        the whole stack on this machine (the first build takes about 3 minutes on two cores)");
    Ok(ExitCode::SUCCESS)
}

fn live(script: &str) -> Result<(World, Vec<comanda_simulation::story::Happening>), Failure> {
    let broken = |error: &dyn std::fmt::Display| {
        Failure::new(format!("the tour's own story is broken: {error}"))
    };
    let script = Script::parse(script).map_err(|error| broken(&error))?;
    let order: Value = serde_json::from_str(ORDER).map_err(|error| broken(&error))?;
    let mut world = World::new(script, 1).map_err(|error| broken(&error))?;
    world.place(&order).map_err(|error| broken(&error))?;
    world.run().map_err(|error| broken(&error))?;
    let story = world.story();
    Ok((world, story))
}

/// Transitions of the order's own execution: the others are Express, or refunds that most orders never need.
fn lifecycle_transitions(world: &World) -> usize {
    world
        .executions()
        .first()
        .map_or(0, |arn| transitions_of(world, arn))
}
