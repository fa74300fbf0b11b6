# Shortcuts; nothing needs `just` installed. `cargo run -- up` and `cargo test` are the two commands that matter.

# The local stack.
up *arguments:
    cargo run -- up {{arguments}}

# One order's life in virtual time, without the AWS SDK.
tour:
    cargo run -p comanda --no-default-features -- tour

# The quick honest set.
test:
    cargo test

# What must pass before a commit.
check:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets -- -D warnings
    cargo run --quiet -- build --check

# Write generated/ anew.
generate:
    cargo run --quiet -- build

# Everything that CI does.
ci:
    bash .ci/run
