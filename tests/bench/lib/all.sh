# shellcheck shell=bash
# Sources the library. BENCH is the folder of the scripts.
BENCH=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
cd / # the caller's folder may go away meanwhile
for part in common lock cgroups processes preflight packages tools pki namespace network docker registry images cluster node addons postgres state; do
    # shellcheck source=/dev/null
    source "$BENCH/lib/$part.sh"
done
unset part
