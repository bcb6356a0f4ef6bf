# Recipes for people who work on todo-agent. `just` lists them.

[private]
default:
    @just --list --unsorted

# The main job, on the embedded cluster when there is no other.
[group('dev')]
try *words='scale backend to 3':
    cargo run --release -- {{words}}

# What to run before a commit.
[group('check')]
ci:
    bash .ci/run

[group('check')]
lint:
    cargo fmt --check
    cargo clippy --all-targets -- -D warnings

# Whether it compiles for Windows and macOS, from Linux; says what it needs.
[group('check')]
platforms *system='':
    tests/platforms {{system}}

# Licences and banned crates; needs `cargo install cargo-deny`.
[group('check')]
deny:
    cargo deny check licenses bans sources

[group('test')]
test *filter='':
    cargo test {{filter}}

# How long understanding takes.
[group('bench')]
bench:
    cargo bench

# Start-up, a cold read of the embedded cluster, and the size of the distributed binary.
[group('bench')]
figures:
    bash tests/figures.sh

# All figures of docs/performance.md, beside kubectl and a real API server, on the bench.
[group('bench')]
bench-real runs='20':
    tests/bench/figures {{runs}} > target/performance.md && cp target/performance.md docs/performance.md

# The suite on real parts: brings the bench up, leaves it up.
[group('test')]
test-real *filter='':
    tests/bench/up && eval "$(tests/bench/env)" && cargo build --example kubectl_ai_double && cargo test --test bench {{filter}}

# This project's own CLAUDE.md, made again from the kept transcripts.
[group('doc')]
claude-md:
    cargo run --release -- transcript export --format markdown --into CLAUDE.md

[group('doc')]
doc:
    RUSTDOCFLAGS="-D warnings" cargo doc --no-deps

# The small binary that is given to users.
[group('release')]
dist:
    cargo build --profile dist

# How to add a playbook, an analyzer, a command, an export.
[group('how-to')]
add what='playbook':
    @sed -n '/^## Add {{ if what == "analyzer" { "an" } else if what == "export" { "an" } else { "a" } }} {{what}}/,/^## /p' docs/adding.md | sed '$d'
