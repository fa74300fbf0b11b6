//! Handlers and entry points in a world in memory: whole lives with accidents, the races of signals, and bad input.

mod alarms;
mod away;
mod checkouts;
mod contracts;
mod crash;
mod decisions;
mod entry;
mod fixture;
mod found;
mod indexes;
mod left_to_a_person;
mod money;
mod ports;
mod races;
mod reconciliation;
mod second_payments;
mod slow_tries;
mod statement;
mod sweeps;
mod telling;
mod visible;
