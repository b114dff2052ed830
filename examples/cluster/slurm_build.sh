#!/bin/bash
# Builds the cache of a folder on a Slurm cluster: an array of shards, then one job that merges them.
# Usage: slurm_build.sh DIR N [SETTINGS…]
# The folder is one that every node sees under the same path. MELSCOPE names the program where it is not on the PATH.
set -euo pipefail

here=$(dirname "$(readlink -f "$0")")
dir=$(readlink -f "$1")
n=$2
shift 2
shards=$(sbatch --parsable --array="1-$n" "$here/slurm_shard.sh" "$dir" "$@")
# The merge starts when every shard has ended well, and is dropped when one has failed for good.
merge=$(sbatch --parsable --job-name=melscope-merge --dependency="afterok:$shards" --kill-on-invalid-dep=yes \
    --wrap="$(printf '%q ' "${MELSCOPE:-melscope}" merge "$dir" --yes "$@")")
echo "shards: job $shards, tasks 1 to $n"
echo "merge: job $merge"
