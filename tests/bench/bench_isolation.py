#!/usr/bin/env python3
"""What dashboard load does to charging traffic: 1,000 stations, open loop, latency counted from when a CALL was due.

  a  no dashboard
  b  ocpp-boardd and 200 clients that read the event stream of all messages
  c  those, and 64 connections that ask for /api/messages?limit=1000 and /api/overview as fast as they are answered

The three take turns, several times; medians are printed. The processes are started by the launcher (ocpp-board), as an
operator would, so boardd has the scheduling weight that the launcher gives it, and leaves the first processor to the
gateway (board.cpus). The readers of the dashboard run in the idle class, in a session of the lowest weight, and not on
that processor: in reality they are other machines. The stations are other machines too: their generator goes before
others where it may (nice -15, needs root), so that its own waits for a CPU don't count as the gateway's.
Environment: ROUNDS (7), SECONDS (5), RATE (2000), STATIONS (1000), STREAMS (200), QUERIES (64), OPTIONS ("", more
settings such as "gateway.cpus=0").
"""

import os
import pathlib
import subprocess
import sys

from bench import BENCH, BUILD, Bench, free_port, median, parse

ROUNDS = int(os.environ.get("ROUNDS", "7"))
SECONDS = float(os.environ.get("SECONDS", "5"))
RATE = int(os.environ.get("RATE", "2000"))
STATIONS = int(os.environ.get("STATIONS", "1000"))
STREAMS = int(os.environ.get("STREAMS", "200"))
QUERIES = int(os.environ.get("QUERIES", "64"))
PERCENTILES = ["p50", "p99", "p999"]
CASES = {
    "a": "no dashboard",
    "b": f"{STREAMS} event streams",
    "c": f"{STREAMS} event streams, {QUERIES} connections that query",
}
GOAL = 1.1
FIRST_CPU = min(os.sched_getaffinity(0))


class System(Bench):
    """Gateway and dashboard under the launcher."""

    def __enter__(self):
        super().__enter__()
        self.gateway_port, self.board_port = free_port(), free_port()
        configuration = [
            f"gateway.listen=127.0.0.1:{self.gateway_port}",
            f"board.listen=127.0.0.1:{self.board_port}",
            "board.auth=none",
            "board.request_rate=100000",
            "board.request_burst=1000000",
            "board.sse_clients_per_session=512",
        ]
        configuration += os.environ.get("OPTIONS", "").split()
        self.launcher = [BUILD / "ocpp-board", "-r", self.run_directory, *self.options(*configuration)]
        self.launch("start", "gateway")
        return self

    def __exit__(self, *details):
        self.launch("stop")
        super().__exit__(*details)

    def launch(self, *command):
        done = subprocess.run([str(part) for part in self.launcher] + list(command), capture_output=True, text=True, check=False)
        if done.returncode != 0:
            sys.exit(f"ocpp-board {' '.join(command)}:\n{done.stdout}{done.stderr}")

    def gateway_pid(self):
        return int((pathlib.Path(self.run_directory) / "gateway.pid").read_text(encoding="ascii"))

    def measure(self):
        return self.load(p=self.gateway_port, n=STATIONS, m="meter", r=RATE, w=1, d=SECONDS, P=self.gateway_pid())

    def case(self, name):
        """Latencies of one case, and what the readers of the dashboard got."""
        if name == "a":
            return self.measure(), {}
        self.launch("start", "boardd")
        queries = QUERIES if name == "c" else 0
        readers, _ = self.start([BENCH / "http_load", "-p", self.board_port, "-s", STREAMS, "-q", queries, "-c", FIRST_CPU], "ready", nice=19)
        result = self.measure()
        seen = parse(self.stop(readers)[0])
        self.launch("stop", "boardd")
        return result, seen


def show(name, results):
    values = [median([result[key] for result in results]) / 1000 for key in PERCENTILES]
    cpu = median([result["server_cpu_us"] / result["answers"] for result in results])
    lost = sum(result["unanswered"] + result["overruns"] for result in results)
    print(f"{name}  {CASES[name]:52}" + "".join(f"{value:10.3f}" for value in values) + f"{cpu:10.2f}{lost:8.0f}")


def show_ratio(name, base, results):
    ratios = [median([r[key] for r in results]) / median([b[key] for b in base]) for key in PERCENTILES]
    print(f"{name}/a{'':52}" + "".join(f"{ratio:10.2f}" for ratio in ratios) + f"   (goal: {GOAL} or less)")


def main():
    print(f"{STATIONS} stations, {RATE} CALLs/s of 400-byte MeterValues, open loop, {ROUNDS} rounds of {SECONDS:g} s for each case")
    print(f"the readers of the dashboard run in the idle class and not on processor {FIRST_CPU}: in reality they are other machines")
    results = {name: [] for name in CASES}
    readings = {name: [] for name in CASES}
    with System() as system:
        for _ in range(ROUNDS):
            for name in CASES:
                result, seen = system.case(name)
                results[name].append(result)
                readings[name].append(seen)
    print(f"{'':55}{'p50 ms':>10}{'p99 ms':>10}{'p99.9 ms':>10}{'cpu us':>10}{'lost':>8}")
    for name in CASES:
        show(name, results[name])
    for name in "bc":
        show_ratio(name, results["a"], results[name])
    for name in "bc":
        total = {key: median([seen[key] for seen in readings[name]]) for key in readings[name][0]}
        megabytes = total["bytes"] / 1e6 / (SECONDS + 1)
        print(
            f"{name}: the readers got {megabytes:.0f} MB/s, {total['replies'] / (SECONDS + 1):.0f} replies/s; "
            f"{total['closed']:.0f} connections were closed, {total['refused']:.0f} requests refused"
        )


if __name__ == "__main__":
    main()
