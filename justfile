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

# The same change side by side with kubectl, on the cluster of the current context (changes its replicas and restores them).
[group('bench')]
bench-real workload='todo-backend':
    bash tests/side-by-side.sh {{workload}}

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
