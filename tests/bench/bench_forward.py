"""How many events a second one ocpp-forward writes, against redis-benchmark with the same entries and the same
pipelining in the same run, and how long an event takes from the ring to the end of its stream, and to a client that
has an event stream of an ocpp-boardd with board.source = redis."""

import concurrent.futures
import os
import pathlib
import re
import shutil
import socket
import struct
import subprocess
import tempfile
import time

from bench import BUILD, Bench, free_port, median, weigh

EVENTS = int(os.environ.get("BENCH_EVENTS", "200000"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "7"))
BATCH = 1000  # forward.batch: commands on the way at one time
NICE = -15  # before other programs, where we are allowed to: all that is compared has the same weight
KEY = "ocpp:bench:messages"
RATE = 1000  # messages a second, where latencies are measured
SECONDS = 120  # for each step, at most
SERVERS = ("/usr/bin/redis-server", "/usr/bin/redis-check-rdb")  # redis-tools has the server under another name


class Redis:
    """A private redis-server, and enough of its protocol."""

    def __init__(self, bench):
        program = next((path for path in SERVERS if os.path.exists(path)), None)
        if program is None:
            raise SystemExit("redis-tools is not installed")
        self.directory = tempfile.mkdtemp(prefix="ocpp-board-redis.")
        self.port = free_port()
        link = pathlib.Path(self.directory) / "redis-server"
        link.symlink_to(program)
        self.process = subprocess.Popen(
            [link, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--dir", self.directory],
            stdout=subprocess.DEVNULL, preexec_fn=lambda: weigh(NICE))
        bench.processes.append(self.process)
        end = time.monotonic() + 10
        while True:
            try:
                self.socket = socket.create_connection(("127.0.0.1", self.port), timeout=SECONDS)
                break
            except OSError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.05)
        self.file = self.socket.makefile("rb")

    def remove(self):
        shutil.rmtree(self.directory, ignore_errors=True)

    def command(self, *words):
        parts = [word if isinstance(word, bytes) else str(word).encode() for word in words]
        self.socket.sendall(b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(part), part) for part in parts))
        return self.reply()

    def reply(self):
        line = self.file.readline()
        kind, rest = line[:1], line[1:-2]
        if kind == b"-":
            raise RuntimeError(rest.decode())
        if kind == b"$":
            return None if rest == b"-1" else self.file.read(int(rest) + 2)[:-2]
        if kind == b"*":
            return None if rest == b"-1" else [self.reply() for _ in range(int(rest))]
        return int(rest) if kind == b":" else rest


def publish(bench, instance, *options):
    process = subprocess.Popen(
        [BUILD / "tests/tools/publish_events", "-d", bench.shm, "-i", instance, "-s", "20", "-H", *options],
        stdout=subprocess.PIPE, text=True)
    bench.processes.append(process)
    wait_for(process, "ready")
    return process


def wait_for(process, word):
    for line in process.stdout:
        if line.startswith(word):
            return
    raise SystemExit(f"it ended before it said {word}")


def forward(bench, redis, instance):
    settings = [f"shm.dir={bench.shm}", f"shm.instance={instance}", f"forward.store=redis://127.0.0.1:{redis.port}/0",
                f"forward.batch={BATCH}", "forward.keep_messages=100000000", "forward.cpus=", "log.level=warning"]
    process = subprocess.Popen(
        [BUILD / "forward/ocpp-forward", "-f", *(word for setting in settings for word in ("-o", setting))],
        preexec_fn=lambda: weigh(NICE))
    bench.processes.append(process)
    return process


def processor_time(pid):
    """User and system time of a process, in microseconds."""
    numbers = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(") ")[2].split()
    return (int(numbers[11]) + int(numbers[12])) * 1e6 / os.sysconf("SC_CLK_TCK")


def stop(process):
    process.terminate()
    process.wait(timeout=20)


def measure_forward(bench, redis):
    """Events a second, and microseconds of the server and of ocpp-forward for each."""
    redis.command("FLUSHALL")
    before = processor_time(redis.process.pid)
    process = forward(bench, redis, "bench")
    end = time.monotonic() + SECONDS
    began = None
    while True:
        length = redis.command("XLEN", KEY)
        now = time.monotonic()
        if began is None and length > 0:
            began, first = now, length
        if length >= EVENTS:
            break
        if now > end:
            raise SystemExit(f"only {length} of {EVENTS} events after {SECONDS} s")
        time.sleep(0.01)
    server, client = processor_time(redis.process.pid) - before, processor_time(process.pid)
    stop(process)
    return (length - first) / (now - began), server / length, client / length


def measure_benchmark(redis):
    """With the same key, fields, and bytes in an entry: those of ours are long and short by turns, all of these average."""
    entries = [fields for _, fields in redis.command("XREVRANGE", KEY, "+", "-", "COUNT", 1000)]
    redis.command("FLUSHALL")
    head, payload = (letter * round(sum(len(fields[at]) for fields in entries) / len(entries)) for letter, at in (("e", 1), ("p", 3)))
    before = processor_time(redis.process.pid)
    output = subprocess.run(
        ["redis-benchmark", "-p", str(redis.port), "-n", str(EVENTS), "-c", "1", "-P", str(BATCH), "--csv",
         "XADD", KEY, "*", "e", head, "p", payload],
        check=True, capture_output=True, text=True, timeout=SECONDS, preexec_fn=lambda: weigh(NICE)).stdout
    rate = float(output.strip().splitlines()[-1].split(",")[1].strip('"'))
    return rate, (processor_time(redis.process.pid) - before) / EVENTS


def board(bench, redis):
    """A dashboard on the store; returns its process and port."""
    settings = [f"shm.dir={bench.shm}", "shm.instance=board", f"board.source=redis://127.0.0.1:{redis.port}/0", "board.auth=none",
                "board.listen=127.0.0.1:0", "board.cpus=", "log.level=info"]
    command = [BUILD / "boardd/ocpp-boardd", "-f", *(word for setting in settings for word in ("-o", setting))]
    process, match = bench.start(command, r"listening on http://\S*:(\d+)", stream="stderr", nice=NICE)
    return process, int(match[1])


def watch_board(port, count, end):
    """In a process of its own: when each message came on an event stream, by its number."""
    found = {}
    with socket.create_connection(("127.0.0.1", port), timeout=1) as client:
        client.sendall(b"GET /api/messages/stream HTTP/1.1\r\nHost: localhost\r\n\r\n")
        rest = b""
        while len(found) < count and time.monotonic() < end:
            try:
                data = client.recv(1 << 18)
            except TimeoutError:
                continue
            now = time.time_ns()
            if not data:
                raise SystemExit("the dashboard has ended the event stream")
            whole, _, rest = (rest + data).rpartition(b"\n")
            for number in re.findall(rb'^data: {"id":"now-(\d+)"', whole, re.MULTILINE):
                found.setdefault(int(number), now)
    return found


def watch_stream(redis, count, end):
    """When each message came to a reader that waits at the stream's end, and the time in the event, by its number."""
    last, found, began = "0-0", {}, {}
    while len(found) < count and time.monotonic() < end:
        answer = redis.command("XREAD", "BLOCK", 200, "COUNT", 1000, "STREAMS", "ocpp:now:messages", last)
        now = time.time_ns()
        for entry_id, fields in answer[0][1] if answer else []:
            last = entry_id
            if fields[0] == b"e":
                number = int(entry_id.partition(b"-")[2]) - 1
                found[number] = now
                began[number] = struct.unpack_from("<Q", fields[1], 32)[0]
    return found, began


def percentiles(arrived, began):
    """Milliseconds, without the first two seconds: a dashboard looks for new gateways every second."""
    start = min(began.values()) + 2e9
    waits = sorted((at - began[number]) / 1e6 for number, at in arrived.items() if began.get(number, 0) > start)
    return waits[len(waits) // 2], waits[len(waits) * 99 // 100], len(waits)


def measure_latency(bench, redis, seconds=10):
    """From the time in the event to its arrival at a client of the store, and at one of the dashboard."""
    redis.command("FLUSHALL")
    process = forward(bench, redis, "now")
    dashboard, port = board(bench, redis)
    count = RATE * seconds
    with concurrent.futures.ProcessPoolExecutor(1) as other:
        end = time.monotonic() + seconds + 5
        client = other.submit(watch_board, port, count, end)
        publisher = publish(bench, "now", "-r", str(RATE), "-n", str(count))
        in_store, began = watch_stream(redis, count, end)
        in_board = client.result()
    for started in (process, dashboard, publisher):
        stop(started)
    return percentiles(in_store, began), percentiles(in_board, began)


def main():
    with Bench() as bench:
        redis = Redis(bench)
        try:
            publisher = publish(bench, "bench", "-r", "0", "-n", str(EVENTS), "-m", "256")
            wait_for(publisher, "published")
            ours, theirs = [], []
            for number in range(1, ROUNDS + 1):
                ours.append(measure_forward(bench, redis))
                theirs.append(measure_benchmark(redis))
                print(f"round {number}: ocpp-forward {ours[-1][0]:.0f}/s, redis-benchmark {theirs[-1][0]:.0f}/s, ratio {ours[-1][0] / theirs[-1][0]:.2f}")
            stop(publisher)
            rate, server, client = (median(numbers) for numbers in zip(*ours))
            other_rate, other_server = (median(numbers) for numbers in zip(*theirs))
            ratio = median([one[0] / other[0] for one, other in zip(ours, theirs)])
            print(f"events_a_second={rate:.0f} redis_benchmark={other_rate:.0f} ratio={ratio:.2f} (median of the rounds; goal 0.70)")
            print(f"processor time for an event: server {server:.2f} us (redis-benchmark's: {other_server:.2f} us), ocpp-forward {client:.2f} us")
            for where, (p50, p99, count) in zip(("stream end", "client of the dashboard"), measure_latency(bench, redis)):
                print(f"latency_ms from ring to {where}, {count} events at {RATE}/s: p50={p50:.2f} p99={p99:.2f}")
        finally:
            redis.remove()


if __name__ == "__main__":
    main()
