"""Builds the cache of a folder on a Ray cluster: one task for each shard, then the merge on the machine that drives it.

Usage: python3 ray_build.py DIR N [--program melscope] [--address ADDRESS] [-- SETTINGS…]

The folder is one that every machine sees under the same path. A task whose process fails, or whose machine is lost, is started
again by Ray, at most three times; shards that were computed before are found and cost nothing.
"""

import argparse
import subprocess

import ray


@ray.remote(num_cpus=1, max_retries=3, retry_exceptions=True)
def compute(program: str, folder: str, shard: str, settings: list[str]) -> str:
    """Computes one shard on one core, and gives what the program says of it."""
    command = [program, "build", folder, "--shard", shard, "--jobs", "1", "--yes", *settings]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"shard {shard}: exit code {done.returncode}: {done.stderr.strip()}")
    return done.stdout.splitlines()[0]


def main() -> None:
    parser = argparse.ArgumentParser(description="Builds the cache of a folder on a Ray cluster.")
    parser.add_argument("folder", help="the folder of recordings")
    parser.add_argument("n", type=int, help="number of shards")
    parser.add_argument("--program", default="melscope", help="the program, by name or path, on every machine")
    parser.add_argument("--address", help="the cluster's address; without it, this machine alone")
    parser.add_argument("settings", nargs="*", help="settings of the build, after --")
    given = parser.parse_args()
    ray.init(address=given.address, include_dashboard=False)
    shards = [f"{number}/{given.n}" for number in range(1, given.n + 1)]
    tasks = [compute.remote(given.program, given.folder, shard, given.settings) for shard in shards]
    while tasks:
        done, tasks = ray.wait(tasks)
        print(ray.get(done[0]), flush=True)
    merge = [given.program, "merge", given.folder, "--yes", *given.settings]
    raise SystemExit(subprocess.run(merge).returncode)


if __name__ == "__main__":
    main()
