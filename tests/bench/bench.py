"""What both benches need: processes with private shared memory and ports, and what they print as key=value."""

import os
import pathlib
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile

BUILD = pathlib.Path(os.environ.get("OCPP_BOARD_BUILD", os.getcwd())).resolve()
BENCH = BUILD / "tests" / "bench"
UNLIMITED = [
    "gateway.message_rate=100000",
    "gateway.message_burst=1000000",
    "gateway.connection_rate=100000",
    "gateway.connection_burst=1000000",
    "gateway.reconnects=100000",
]


def median(values):
    return statistics.median(values)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def parse(line):
    return {key: float(value) for key, value in re.findall(r"(\w+)=([\d.]+)", line)}


def weigh(nice):
    """In a new process: a session of its own. Where the kernel has autogroups (sched(7)), processes of different
    sessions compete by the groups' nice values, and their own policies and nice values say nothing."""
    os.setsid()
    try:
        with open("/proc/self/autogroup", "w", encoding="ascii") as group:
            group.write(str(nice))
    except OSError:
        pass  # no autogroups, or not root


class Bench:
    """Directories and processes of one run; everything is gone when it ends."""

    def __enter__(self):
        self.shm = tempfile.mkdtemp(prefix="ocpp-board-bench.", dir="/dev/shm")
        self.run_directory = tempfile.mkdtemp(prefix="ocpp-board-bench.")
        self.processes = []
        return self

    def __exit__(self, *_):
        for process in self.processes:
            self.stop(process)
        shutil.rmtree(self.shm, ignore_errors=True)
        shutil.rmtree(self.run_directory, ignore_errors=True)

    def start(self, command, announces, stream="stdout", nice=0):
        """Starts a program and waits for a line; returns the process and the match."""
        process = subprocess.Popen(
            [str(part) for part in command], text=True, preexec_fn=lambda: weigh(nice), **{stream: subprocess.PIPE}
        )
        self.processes.append(process)
        lines = []
        for line in getattr(process, stream):
            lines.append(line)
            match = re.search(announces, line)
            if match:
                return process, match
        sys.exit(f"{command[0]} did not start:\n{''.join(lines)}")

    def stop(self, process):
        """Ends a program; returns what it still had to say."""
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        try:
            return process.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            return process.communicate()

    def options(self, *more):
        assignments = [f"shm.dir={self.shm}", *UNLIMITED, *more]
        return [part for assignment in assignments for part in ("-o", assignment)]

    def load(self, **arguments):
        """Runs station_load to its end."""
        command = [str(BENCH / "station_load")]
        for letter, value in arguments.items():
            command += [f"-{letter}", str(value)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, preexec_fn=lambda: weigh(-15))
        if done.returncode != 0:
            sys.exit(f"{' '.join(command)}:\n{done.stderr}")
        return parse(done.stdout)
