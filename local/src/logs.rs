//! The log, for those who ask for it: to stderr, chosen by `RUST_LOG`.

use tracing_subscriber::EnvFilter;

/// Prints the log to stderr: warnings of everything and what this crate tells, or what `RUST_LOG` says.
pub fn to_stderr() {
    let filter = EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| EnvFilter::new("warn,comanda_local=info"));
    // A second subscriber changes nothing; the first one stays.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .try_init();
}
