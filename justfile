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

# Orders in bad weather: so many worlds.
simulate seeds="20000" *arguments:
    cargo run --release -p comanda --no-default-features -- simulate --seeds {{seeds}} {{arguments}}

# Worlds by the million, by a program that takes some minutes to build and lives a quarter more of them; each that breaks is named.
worlds seeds="1000000" *arguments:
    cargo run --profile worlds -p comanda --no-default-features --features explore -- simulate --seeds {{seeds}} --keep-going {{arguments}}

# Every planted fault is caught; its table in docs/reliability.md is written anew.
planted *arguments:
    cargo run --release -p comanda --no-default-features --features planted-faults -- simulate --planted all --write docs/reliability.md {{arguments}}

# An hour of generated and damaged definitions, expressions and orders of events.
fuzz minutes="60" seed="1":
    cargo run --release -p comanda-engine --example fuzz -- --minutes {{minutes}} --seed {{seed}}

# Kill the stack again and again, and look after each kill what is left.
kill-loop kills="2000":
    cargo run -p comanda-local --example kill_loop -- --kills {{kills}}

# Every call that writes or syncs a file: the process dies before, in and behind it, or the disk refuses it.
kill-boundaries:
    COMANDA_BOUNDARIES=all cargo test -p comanda-local --test durability boundary -- --nocapture

# The power goes at every call: whatever state of the disk that leaves, the stack is opened on it.
power-cuts:
    COMANDA_BOUNDARIES=all cargo test -p comanda-local --test power_cut power_cut -- --nocapture

# What must pass before a commit.
check:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets -- -D warnings
    cargo run --quiet -- build --check

# Write generated/ anew.
generate:
    cargo run --quiet -- build

# The program of all Lambda functions, for the architectures whose standard library is installed, and what AWS wants of it.
package *arguments:
    tasks/lambda/package {{arguments}}

# Start, first answer and memory of that program beside a small function in Python.
bench-lambda *arguments: package
    cargo build -p comanda -p comanda-bench
    target/debug/comanda-bench lambda {{arguments}}

# How fast the engine and the Step Functions API are beside other implementations; needs Python, and node for one of them.
bench-peers *arguments:
    cargo build --release -p comanda -p comanda-bench
    target/release/comanda-bench peers {{arguments}}

# How much memory a million waiting executions take.
bench-waiting *arguments:
    cargo build --release -p comanda -p comanda-bench
    target/release/comanda-bench waiting {{arguments}}

# How many messages of customers a second the whole stack answers, and the processor time of one.
bench-messages *arguments:
    cargo build --release -p comanda -p comanda-bench
    target/release/comanda-bench messages {{arguments}}

# Whether work in virtual time grows with its size and no faster.
bench-scaling *arguments:
    cargo run --release -p comanda-bench -- scaling {{arguments}}

# Everything that CI does.
ci:
    bash .ci/run
