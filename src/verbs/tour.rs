//! `comanda tour`: the quick look. One order's life in virtual time, its graph, and what it costs; no stack, no SDK.

use std::{
    process::ExitCode,
    time::{Duration, Instant},
};

use comanda_simulation::{
    script::Script,
    storm::Setting,
    trials::{self, Trial},
    world::World,
};
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

const A_SECOND: Duration = Duration::from_millis(900);

/// Tells it.
pub fn run(output: &Output) -> Result<ExitCode, Failure> {
    let clock = Instant::now();
    let (world, story) = live(SCRIPT)?;
    let took = clock.elapsed();
    let (_, late) = live(LATE)?;
    let weather = bad_weather()?;
    let workflow = workflows::find("order-lifecycle")?;
    let lifecycle = lifecycle_transitions(&world);
    let waited = comanda_workflows::story::plain_duration(
        world.now().duration_since(Script::default().start),
    );
    let text = format!(
        "One order, from placing to the end, in virtual time. {waited} of waiting took {:.0} ms.\n\n{}\n\n\
         {lifecycle} billable transitions, US$ {} an order in sa-east-1. Status reports after the confirmation run as Express.\n\n\
         The same workflow when the money comes a minute after the deadline:\n\n{}\n\n\
         {}\n\n\
         Its graph, as it is written in workflows/src/order_lifecycle.rs. <Questions> are folded into the steps before them.\n\n{}",
        took.as_secs_f64() * 1000.0,
        telling::lines(&story),
        dollars(u32::try_from(lifecycle).unwrap_or(u32::MAX)),
        telling::lines(&late),
        weather.1,
        graph::written(workflow),
    );
    let value = json!({ "story": story, "late": late, "transitions": lifecycle, "allTransitions": transitions(&world), "badWeather": weather.0 });
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

/// As many worlds in bad weather as fit into a second, so that the tour stays one.
fn bad_weather() -> Result<(Value, String), Failure> {
    let clock = Instant::now();
    let trial = Trial {
        setting: Setting::new(1, 4),
        seeds: 2_000,
        threads: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        goes_on: false,
    };
    let report = trials::run(&trial, &|_| clock.elapsed() < A_SECOND)
        .map_err(|error| Failure::new(error.to_string()))?;
    let seconds = clock.elapsed().as_secs_f64();
    let orders: u64 = report.ends.values().sum();
    let text = match report.broken.first_key_value() {
        None => format!(
            "Orders like these with calls lost, processes dying and everybody late, for a second:\n\n  \
             {} worlds, {orders} orders, {} accidents, 0 invariants broken, {seconds:.1} s. More: cargo run -- simulate",
            report.worlds, report.accidents
        ),
        Some((seed, violation)) => format!(
            "Seed {seed} breaks {}: {}. Its story: cargo run -- simulate --seed {seed}",
            violation.invariant, violation.detail
        ),
    };
    let value = json!({
        "worlds": report.worlds, "orders": orders, "accidents": report.accidents,
        "broken": report.broken.keys().next(),
    });
    Ok((value, text))
}

/// Transitions of the order's own execution: the others are Express, or refunds that most orders never need.
fn lifecycle_transitions(world: &World) -> usize {
    world
        .executions()
        .first()
        .map_or(0, |arn| transitions_of(world, arn))
}
