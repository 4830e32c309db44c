"""Scenes beside each other, as many as keep the processors of this host busy.

Each is a process in a network namespace of its own, so that all verifiers can
listen where the nodes look for theirs. What it prints is shown when it is over.
"""
import os
import re
import subprocess
import sys
import time

from machine import end

LANES = (os.cpu_count() or 1) + 1  # they wait, too


class Lane:
    """A scene that runs, and what it says, in a file."""

    def __init__(self, name, command, said):
        self.name, self.said = name, said
        self.start = time.monotonic()
        with open(said, "wb") as out:
            self.process = subprocess.Popen(
                ["unshare", "-n", "sh", "-c",
                 'ip link set lo up && exec "$0" "$@"', *command, name],
                stdin=subprocess.DEVNULL, stdout=out, stderr=out)

    def over(self, row, used):
        """Shows and counts what it found; that it broke off is a failure."""
        with open(self.said, encoding="utf-8", errors="replace") as f:
            said = f.read()
        failed = len(re.findall("^FAIL ", said, re.M))
        row.passed += len(re.findall("^ok   ", said, re.M))
        row.failed += failed or self.process.returncode != 0
        print(f"-- {self.name}: {time.monotonic() - self.start:.0f} s, "
              f"{used:.0f} s of processors\n{said}", end="", flush=True)


def run(names, command, work, ready, row):
    """NAMES in this order, but those that READY says no to when it says yes."""
    waiting, running = list(names), {}
    try:
        while waiting or running:
            for name in list(filter(ready, waiting))[:LANES - len(running)]:
                waiting.remove(name)
                lane = Lane(name, command, f"{work}/{name}.said")
                running[lane.process.pid] = lane
            if not running:
                sys.exit(f"never to be started: {' '.join(waiting)}")
            pid, status, used = os.wait4(-1, 0)
            lane = running.pop(pid)
            lane.process.returncode = os.waitstatus_to_exitcode(status)
            lane.over(row, used.ru_utime + used.ru_stime)
    finally:
        for lane in running.values():
            end(lane.process)
