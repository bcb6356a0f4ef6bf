#!/usr/bin/env bash
# Figures of the program itself: start-up, a cold read of the embedded cluster, size of the distributed binary.
# Usage: tests/figures.sh [RUNS]   (needs: cargo, perl for timing)
set -euo pipefail
cd "$(dirname "$0")/.."
runs=${1:-20}
cargo build --quiet --release
bin=target/release/todo-agent
home=$(mktemp -d); trap 'rm -rf "$home"' EXIT
export HOME=$home XDG_STATE_HOME=$home/state XDG_CONFIG_HOME=$home/config; unset KUBECONFIG

# Median, minimum and maximum of wall-clock milliseconds of a command.
measure() {
    local name=$1; shift
    perl -MTime::HiRes=time -e '
        my ($name, $runs, @command) = @ARGV;
        open(my $null, ">", "/dev/null"); open(STDOUT, ">&", $null);
        my @ms;
        for (1 .. $runs) { my $t = time; system(@command); push @ms, 1000 * (time - $t); }
        @ms = sort { $a <=> $b } @ms;
        printf STDERR "%-46s median %7.1f ms  min %7.1f  max %7.1f  (%d runs)\n", $name, $ms[$runs / 2], $ms[0], $ms[-1], $runs;
    ' "$name" "$runs" "$@"
}

"$bin" "show pods" >/dev/null 2>&1
measure "todo-agent --version" "$bin" --version
measure "show pods, embedded, cold process" "$bin" "show pods"
measure "scale backend to N --yes, embedded" "$bin" "scale backend to 3" --yes
cargo build --quiet --profile dist
printf '%-46s %s bytes\n' "binary of the dist profile" "$(wc -c < target/dist/todo-agent)"
