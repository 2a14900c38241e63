#!/usr/bin/env python3
"""What the dashboard's answers cost: a table of 100,000 stations and a full ring, asked over HTTP by wrk, in turn with
nginx that serves a file of the same bytes. Messages are asked for while more of them come: the same question again and
again, as dashboards do, then questions that were never asked before, one at a time, to which the goals don't apply. Then
event streams: 1,000 readers of 1,000 messages a second. Then memory.

The servers run on the last processor, who asks on the others. Ratios are requests a second, boardd / nginx, and the same
of server CPU time per request, which is steadier on a machine that others use too. Needs nginx and wrk.
Environment: REPEATS (3), SECONDS (2), CONNECTIONS (16), STATIONS (100000), RING_MIB (512), NEW (200, messages a second
that come meanwhile), STREAMS (1000), RATE (1000), ONLY (all; names of pages, separated by commas).
"""

import http.client
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

from bench import BENCH, BUILD, Bench, free_port, median, parse

REPEATS = int(os.environ.get("REPEATS", "3"))
SECONDS = int(os.environ.get("SECONDS", "2"))
CONNECTIONS = int(os.environ.get("CONNECTIONS", "16"))
STATIONS = int(os.environ.get("STATIONS", "100000"))
RING_MIB = int(os.environ.get("RING_MIB", "512"))
NEW = int(os.environ.get("NEW", "200"))
STREAMS = int(os.environ.get("STREAMS", "1000"))
RATE = int(os.environ.get("RATE", "1000"))
GOAL_RATIO, GOAL_P99_MS, GOAL_MIB = 0.5, 10, 24
PAYLOAD = 200
STILL = {
    "overview": "/api/overview",
    "connections": "/api/connections?limit=100",
    "one status": "/api/connections?limit=100&status=online",
    "sorted": "/api/connections?limit=100&sort=-lastMessageAt",
    "part of a name": "/api/connections?limit=100&q=99",
}
MESSAGES = {
    "messages": "/api/messages?limit=100",
    "one station": "/api/messages?limit=100&identity=CP000017",
    "one action": "/api/messages?limit=100&method=MeterValues",
    "expression": "/api/messages?limit=100&filter=type:CALL+action:MeterValues",
    "wild cards": "/api/messages?limit=100&filter=station:CP0*",
    "text not found": "/api/messages?limit=100&q=nowhere-to-be-found",
    "latency not found": "/api/messages?limit=100&filter=latency%3E100000",
}
NEVER_ASKED = {  # {}: another number each time
    "new wild cards": "/api/messages?limit=100&filter=station:CP0*,X{}",
    "new text": "/api/messages?limit=100&q=nowhere-to-be-found-{}",
    "new latency": "/api/messages?limit=100&filter=latency%3E10{}",
}
TICK = os.sysconf("SC_CLK_TCK")
LAST_CPU = max(os.sched_getaffinity(0))


def on_servers_cpu():
    os.sched_setaffinity(0, {LAST_CPU})


def on_other_cpus():
    others = os.sched_getaffinity(0) - {LAST_CPU}
    if others:
        os.sched_setaffinity(0, others)


def cpu_seconds(pids):
    """User and system time, to a clock tick."""
    total = 0
    for pid in pids:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        total += int(fields[11]) + int(fields[12])
    return total / TICK


def milliseconds(text):
    value, unit = re.fullmatch(r"([\d.]+)(us|ms|s)", text).groups()
    return float(value) * {"us": 0.001, "ms": 1, "s": 1000}[unit]


def ask(port, path, pids, connections, script=None):
    """wrk for a while: requests a second, p50 and p99 in ms, server CPU in us a request."""
    before = cpu_seconds(pids)
    command = ["wrk", "-t1", f"-c{connections}", f"-d{SECONDS}s", "--latency", f"http://127.0.0.1:{port}{path}"]
    command += ["-s", str(script)] if script else []
    done = subprocess.run(command, capture_output=True, text=True, check=True, preexec_fn=on_other_cpus, timeout=SECONDS + 60)
    used = cpu_seconds(pids) - before
    out = done.stdout
    if "Non-2xx" in out:
        sys.exit(f"{path}:\n{out}")
    requests = int(re.search(r"(\d+) requests in", out).group(1))
    return {
        "rate": float(re.search(r"Requests/sec:\s*([\d.]+)", out).group(1)),
        "p50": milliseconds(re.search(r"\s50%\s+(\S+)", out).group(1)),
        "p99": milliseconds(re.search(r"\s99%\s+(\S+)", out).group(1)),
        "cpu": used / max(requests, 1) * 1e6,
    }


def get(port, path):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", path)
    reply = connection.getresponse()
    body = reply.read()
    connection.close()
    if reply.status != 200:
        sys.exit(f"{path}: {reply.status} {body[:200]}")
    return body


class System(Bench):
    """A segment with events in it, a dashboard that has read it, and nginx beside it."""

    def publish(self, **arguments):
        command = [BUILD / "tests/tools/publish_events", "-d", self.shm, "-t", max(STATIONS, 1024) + 16, "-m", RING_MIB, "-b", PAYLOAD]
        for letter, value in arguments.items():
            command += [f"-{letter}"] + ([] if value is True else [value])
        return command

    def start_board(self):
        options = self.options(
            "board.listen=127.0.0.1:0",
            "board.auth=none",
            "board.request_rate=100000",
            "board.request_burst=1000000",
            "board.sse_clients=2048",
            "board.sse_clients_per_session=2048",
            "board.sse_heartbeat=300s",
            f"board.cpus={LAST_CPU}",
            f"board.webui={self.run_directory}",
        )
        process, port = self.start([BUILD / "boardd/ocpp-boardd", "-f", *options], r"listening on \S*:(\d+)", "stderr")
        return process, int(port[1])

    def start_nginx(self):
        root, port = pathlib.Path(self.run_directory) / "files", free_port()
        root.mkdir()
        root.chmod(0o755)
        pathlib.Path(self.run_directory).chmod(0o755)
        configuration = pathlib.Path(self.run_directory) / "nginx.conf"
        configuration.write_text(
            f"worker_processes 1; daemon off; pid {self.run_directory}/nginx.pid; error_log stderr;\n"
            "events { worker_connections 2048; }\n"
            f"http {{ access_log off; sendfile on; tcp_nopush on; keepalive_requests 100000000; default_type application/json;\n"
            f"open_file_cache max=100; server {{ listen 127.0.0.1:{port}; root {root}; }} }}\n",
            encoding="ascii",
        )
        process = subprocess.Popen(["nginx", "-c", str(configuration)], stderr=subprocess.DEVNULL, preexec_fn=on_servers_cpu)
        self.processes.append(process)
        children = pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children")
        for _ in range(200):
            if children.read_text(encoding="ascii").strip():
                break
            time.sleep(0.02)
        return [int(pid) for pid in children.read_text(encoding="ascii").split()], port, root


def numbers_script(directory, path):
    """Makes wrk put another number into each request's path."""
    before, _, after = path.partition("{}")
    script = directory / "numbers.lua"
    script.write_text(
        f"local n = 0\nrequest = function()\n  n = n + 1\n  return wrk.format('GET', '{before}' .. n .. '{after}')\nend\n",
        encoding="ascii",
    )
    return script


def compare(board, board_port, workers, nginx_port, root, name, path):
    body = get(board_port, path.format(0))
    file = name.replace(" ", "-")  # one each: nginx keeps what it knows of a file
    (root / file).write_bytes(body)
    ours, theirs = [], []
    is_new = name in NEVER_ASKED
    connections, script = (1, numbers_script(root.parent, path)) if is_new else (CONNECTIONS, None)
    for _ in range(REPEATS):
        theirs.append(ask(nginx_port, f"/{file}", workers, connections))
        ours.append(ask(board_port, path.format(0), [board.pid], connections, script))

    def of(results, key):
        return median([result[key] for result in results])

    print(
        f"{name:18}{len(body):8}{of(ours, 'rate'):10.0f}{of(theirs, 'rate'):10.0f}{of(ours, 'rate') / max(of(theirs, 'rate'), 1):7.2f}"
        f"{of(ours, 'cpu'):9.1f}{of(theirs, 'cpu'):9.1f}{of(theirs, 'cpu') / max(of(ours, 'cpu'), 0.01):7.2f}"
        f"{of(ours, 'p50'):9.2f}{of(ours, 'p99'):9.2f}",
        flush=True,
    )


ONLY = os.environ.get("ONLY", "").split(",") if os.environ.get("ONLY") else [*STILL, *MESSAGES, *NEVER_ASKED]


def pages():
    with System() as system:
        messages = RING_MIB * (1 << 20) // (PAYLOAD + 160)
        began = time.monotonic()
        publisher, _ = system.start(system.publish(s=STATIONS, n=messages, r=0, H=True), "published")
        board, board_port = system.start_board()
        while b'"indexing":true' in get(board_port, "/api/overview"):
            time.sleep(0.05)
        workers, nginx_port, root = system.start_nginx()
        print(f"{STATIONS} stations, {messages} messages published into a ring of {RING_MIB} MiB; ready after {time.monotonic() - began:.0f} s")
        print(f"{CONNECTIONS} connections (new questions: 1), medians of {REPEATS} runs of {SECONDS} s; goals: ratio {GOAL_RATIO}, p99 {GOAL_P99_MS} ms")
        print(f"{'':18}{'bytes':>8}{'boardd/s':>10}{'nginx/s':>10}{'ratio':>7}{'cpu us':>9}{'nginx':>9}{'ratio':>7}{'p50 ms':>9}{'p99 ms':>9}")

        def compare_all(paths):
            for name in [name for name in ONLY if name in paths]:
                compare(board, board_port, workers, nginx_port, root, name, paths[name])

        compare_all(STILL)
        system.stop(publisher)
        system.start(system.publish(s=STATIONS, n=0, r=NEW), "ready")  # goes on with the same segment
        compare_all(MESSAGES)
        compare_all(NEVER_ASKED)


def streams():
    with System() as system:
        board, board_port = system.start_board()
        readers, _ = system.start([BENCH / "http_load", "-p", board_port, "-s", STREAMS, "-c", LAST_CPU], "ready")
        publisher, _ = system.start(system.publish(s=100, n=RATE * 10, r=RATE, H=True), "ready")
        before, began = cpu_seconds([board.pid]), time.monotonic()
        for line in publisher.stdout:
            if line.startswith("published"):
                break
        time.sleep(2)  # what is under way arrives
        used, took = cpu_seconds([board.pid]) - before, time.monotonic() - began - 2
        seen = parse(system.stop(readers)[0])
        delivered = seen["messages"] / (STREAMS * RATE * 10)
        print(
            f"{STREAMS} event streams x {RATE * 10 / took:.0f} messages/s for {took:.0f} s: {100 * delivered:.2f} % delivered, "
            f"{seen['bytes'] / 1e6 / took:.0f} MB/s, {used / took:.2f} of one core (goal: all, under 1); closed {seen['closed']:.0f}"
        )


def memory():
    with System() as system:
        system.start(system.publish(s=min(STATIONS, 10000), n=5000, r=0, H=True), "published")
        board, board_port = system.start_board()
        get(board_port, "/api/messages?limit=1000")
        get(board_port, "/api/connections?limit=1000")
        time.sleep(3)  # a telemetry sample or two
        status = pathlib.Path(f"/proc/{board.pid}/status").read_text(encoding="ascii")
        rss = {name: int(kib) / 1024 for name, kib in re.findall(r"Rss(Anon|File|Shmem):\s+(\d+) kB", status)}
        print(
            f"memory at {min(STATIONS, 10000)} stations and 5,000 messages: {rss['Anon'] + rss['File']:.1f} MiB beyond the mapped segment "
            f"(goal: {GOAL_MIB}); {rss['Anon']:.1f} of its own, {rss['File']:.1f} of files, {rss['Shmem']:.1f} of the segment"
        )


def main():
    for tool in ("nginx", "wrk"):
        if shutil.which(tool) is None:
            sys.exit(f"{tool} is missing; on Debian: apt-get install nginx-light wrk")
    pages()
    streams()
    memory()


if __name__ == "__main__":
    main()
