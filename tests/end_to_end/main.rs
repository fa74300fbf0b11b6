//! The real binary, driven as the world drives it: its own verbs, plain HTTP, and AWS's own clients. One stack per test,
//! on a data directory and ports of its own. What one part alone could get wrong is tested beside that part.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may fail loudly"
)]

mod delivery;
mod functions;
mod kills;
mod phone;
mod processes;
mod reconcile;
mod refusals;
mod registration;
mod running;
mod store;
mod tenants;
mod tenants_on_aws;
mod vault;
mod webhooks;
