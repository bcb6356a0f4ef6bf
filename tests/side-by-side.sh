#!/usr/bin/env bash
# The same change by todo-agent (with verification) and by kubectl scale + kubectl rollout status, in turn, in one run, on
# the cluster of the current context. Changes the replicas of one deployment and puts them back.
# Usage: tests/side-by-side.sh DEPLOYMENT [RUNS]
set -euo pipefail
cd "$(dirname "$0")/.."
workload=${1:?usage: tests/side-by-side.sh DEPLOYMENT [RUNS]}; runs=${2:-20}
cargo build --quiet --release
bin=$PWD/target/release/todo-agent
state=$(mktemp -d); trap 'rm -rf "$state"' EXIT
before=$(kubectl get deployment "$workload" -o jsonpath='{.spec.replicas}')
context=$(kubectl config current-context)

perl -MTime::HiRes=time -e '
    my ($bin, $workload, $runs, $state, $context) = @ARGV;
    sub timed { my $t = time; system("sh", "-c", "$_[0] >/dev/null 2>&1") == 0 or die "failed: $_[0]\n"; return 1000 * (time - $t); }
    my $ours   = sub { timed("$bin \"scale $workload to $_[0]\" --yes --context $context --allow-remote --state-dir $state") };
    my $theirs = sub { timed("kubectl scale deployment $workload --replicas=$_[0] && kubectl rollout status deployment $workload") };
    my (@a, @b);
    for my $n (1 .. $runs) {
        # Each side scales up and down equally often, and goes first equally often.
        my @order = $n % 2 ? ($ours, $theirs) : ($theirs, $ours);
        my %took;
        for my $side (@order) { $took{$side} = $side->(3); $side->(2); }
        push @a, $took{$ours}; push @b, $took{$theirs};
    }
    for (["todo-agent scale --yes, verified", @a], ["kubectl scale + rollout status", @b]) {
        my ($name, @ms) = @$_; @ms = sort { $a <=> $b } @ms;
        printf "%-34s median %7.0f ms  min %7.0f  max %7.0f  (%d runs)\n", $name, $ms[@ms / 2], $ms[0], $ms[-1], scalar @ms;
    }
' "$bin" "$workload" "$runs" "$state" "$context"
kubectl scale deployment "$workload" --replicas="$before" >/dev/null
