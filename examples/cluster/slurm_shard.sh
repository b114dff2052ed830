#!/bin/bash
# One task of a Slurm array: the shard of a build that has the task's number. slurm_build.sh submits it.
# Usage: sbatch --array=1-N slurm_shard.sh DIR [SETTINGS…]
#SBATCH --job-name=melscope-shard
#SBATCH --requeue
#SBATCH --open-mode=append
set -euo pipefail

dir=$1
shift
shard=$SLURM_ARRAY_TASK_ID/$SLURM_ARRAY_TASK_COUNT
# A shard that was computed before the task was started again is found, and costs nothing.
if ! "${MELSCOPE:-melscope}" build "$dir" --shard "$shard" --jobs "${SLURM_CPUS_ON_NODE:-1}" --yes "$@"; then
    # Slurm itself starts a task again when its node fails; a process that fails, or is killed, is up to us.
    if [ "${SLURM_RESTART_COUNT:-0}" -lt 3 ]; then
        exec scontrol requeue "$SLURM_JOB_ID"
    fi
    exit 1
fi
