"""How many events a second one ocpp-forward writes, against redis-benchmark with the same entries and the same
pipelining in the same run, and how long an event takes from the ring to the end of its stream."""

import os
import pathlib
import shutil
import socket
import struct
import subprocess
import tempfile
import time

from bench import BUILD, Bench, free_port, median, weigh

EVENTS = int(os.environ.get("BENCH_EVENTS", "200000"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
BATCH = 1000  # forward.batch: commands on the way at one time
NICE = -15  # before other programs, where we are allowed to: all that is compared has the same weight
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


def stop(process):
    process.terminate()
    process.wait(timeout=20)


def measure_forward(bench, redis):
    redis.command("FLUSHALL")
    process = forward(bench, redis, "bench")
    end = time.monotonic() + SECONDS
    began = None
    while True:
        length = redis.command("XLEN", "ocpp:bench:messages")
        now = time.monotonic()
        if began is None and length > 0:
            began, first = now, length
        if length >= EVENTS:
            break
        if now > end:
            raise SystemExit(f"only {length} of {EVENTS} events after {SECONDS} s")
        time.sleep(0.01)
    stop(process)
    return (length - first) / (now - began)


def measure_benchmark(redis):
    entry = redis.command("XREVRANGE", "ocpp:bench:messages", "+", "-", "COUNT", 1)[0][1]
    redis.command("FLUSHALL")
    head, payload = "e" * len(entry[1]), "p" * len(entry[3])
    output = subprocess.run(
        ["redis-benchmark", "-p", str(redis.port), "-n", str(EVENTS), "-c", "1", "-P", str(BATCH), "--csv",
         "XADD", "bench", "*", "e", head, "p", payload],
        check=True, capture_output=True, text=True, timeout=SECONDS, preexec_fn=lambda: weigh(NICE)).stdout
    return float(output.strip().splitlines()[-1].split(",")[1].strip('"'))


def measure_latency(bench, redis, seconds=5):
    """Milliseconds from the time in the event to its arrival at a reader that waits at the stream's end."""
    redis.command("FLUSHALL")
    process = forward(bench, redis, "now")
    publisher = publish(bench, "now", "-r", "1000", "-n", str(1000 * seconds))
    last, found, end = "0-0", [], time.monotonic() + seconds + 5
    while len(found) < 1000 * seconds and time.monotonic() < end:
        answer = redis.command("XREAD", "BLOCK", 200, "COUNT", 1000, "STREAMS", "ocpp:now:messages", last)
        now = time.time_ns()
        for entry_id, fields in answer[0][1] if answer else []:
            last = entry_id
            if fields[0] == b"e":
                found.append((now - struct.unpack_from("<Q", fields[1], 32)[0]) / 1e6)
    stop(process)
    stop(publisher)
    found = sorted(found[1000:])  # without the start
    return found[len(found) // 2], found[len(found) * 99 // 100], len(found)


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
                print(f"round {number}: ocpp-forward {ours[-1]:.0f}/s, redis-benchmark {theirs[-1]:.0f}/s")
            stop(publisher)
            ratio = median(ours) / median(theirs)
            print(f"events_a_second={median(ours):.0f} redis_benchmark={median(theirs):.0f} ratio={ratio:.2f} (goal 0.70)")
            p50, p99, count = measure_latency(bench, redis)
            print(f"latency_ms from ring to stream end, {count} events at 1000/s: p50={p50:.2f} p99={p99:.2f}")
        finally:
            redis.remove()


if __name__ == "__main__":
    main()
