#!/usr/bin/env python3
"""CPU time of the gateway per message, against a bare epoll replier measured in turn in the same run.

User and system time from /proc/PID/stat: steadier than throughput on a machine that others use too. The ratio is
bare / gateway: 1 means that WebSocket framing, checking, answering and publishing cost nothing.
Environment: REPEATS (5), SECONDS (2), STATIONS ("100 1000").
"""

import os

from bench import BENCH, BUILD, Bench, median

REPEATS = int(os.environ.get("REPEATS", "5"))
SECONDS = float(os.environ.get("SECONDS", "2"))
STATIONS = [int(number) for number in os.environ.get("STATIONS", "100 1000").split()]
GOALS = {"heartbeat": 0.8, "meter": 0.5}
NAMES = {"heartbeat": "Heartbeat", "meter": "MeterValues, 400 bytes"}


def cost(bench, process, port, stations, kind):
    """Microseconds of server CPU per message, and messages a second."""
    result = bench.load(p=port, n=stations, m=kind, d=SECONDS, P=process.pid)
    return result["server_cpu_us"] / result["answers"], result["answers"] / result["seconds"]


def compare(bench, kind, stations):
    bare, bare_port = bench.start([BENCH / "bare_replier", kind], r"listening (\d+)")
    options = bench.options("gateway.listen=127.0.0.1:0")
    gateway, port = bench.start([BUILD / "gateway/ocpp-gateway", "-f", *options], r"listening on \S*:(\d+)", "stderr")
    bares, gateways, rates = [], [], []
    for _ in range(REPEATS):
        bares.append(cost(bench, bare, bare_port[1], stations, kind)[0])
        price, rate = cost(bench, gateway, port[1], stations, kind)
        gateways.append(price)
        rates.append(rate)
    bench.stop(bare)
    bench.stop(gateway)
    ratio = median([b / g for b, g in zip(bares, gateways)])
    print(
        f"{NAMES[kind]:24} {stations:8} {median(bares):9.2f} {median(gateways):9.2f} {ratio:7.2f} {GOALS[kind]:6.1f} {median(rates):12.0f}",
        flush=True,
    )


def main():
    print(f"closed loop, {REPEATS} alternating runs of {SECONDS:g} s each, medians; microseconds of server CPU per message")
    print(f"{'message':24} {'stations':>8} {'bare':>9} {'gateway':>9} {'ratio':>7} {'goal':>6} {'messages/s':>12}")
    for kind in GOALS:
        for stations in STATIONS:
            with Bench() as bench:
                compare(bench, kind, stations)


if __name__ == "__main__":
    main()
