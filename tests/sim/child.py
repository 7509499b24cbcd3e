"""Programs run by tests and demos: their lines are waited for, and they never outlive us."""

import ctypes
import json
import os
import pathlib
import signal
import subprocess
import sys
import threading
import time

PR_SET_PDEATHSIG = 1  # prctl(2)
STOP_SECONDS = 10  # from SIGTERM to SIGKILL
TAIL_LINES = 20  # shown when a wait fails

_libc = ctypes.CDLL(None)


def _die_with_parent():
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    signal.pthread_sigmask(signal.SIG_SETMASK, [])


def children(pid):
    """The process ids of the children of a process: proc(5)."""
    return [int(child) for task in pathlib.Path(f"/proc/{pid}/task").iterdir()
            for child in (task / "children").read_text().split()]


class Child:
    """A running program. Start it from the main thread: the kernel ends it with that thread.

    Its lines are kept, as a list per stream, and may be waited for: `wait_for` looks at all lines
    from `since` on, those that came before the call included, so that nothing is missed.
    """

    def __init__(self, argv, **options):
        self.argv = [str(arg) for arg in argv]
        self.stdout = []
        self.stderr = []
        self._arrived = threading.Condition()
        self._open = 2
        self._process = subprocess.Popen(
            self.argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True, errors="replace", preexec_fn=_die_with_parent, start_new_session=True,
            **options)
        for pipe, lines in ((self._process.stdout, self.stdout),
                            (self._process.stderr, self.stderr)):
            threading.Thread(target=self._collect, args=(pipe, lines), daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()

    def _collect(self, pipe, lines):
        with pipe:
            for line in pipe:
                with self._arrived:
                    lines.append(line.rstrip("\n"))
                    self._arrived.notify_all()
        with self._arrived:
            self._open -= 1
            self._arrived.notify_all()

    @property
    def pid(self):
        return self._process.pid

    def running(self):
        return self._process.poll() is None

    def wait_for(self, lines, wanted, seconds, since=0, what=""):
        """The index of the first line from `since` on for which `wanted` holds.

        `lines` is `self.stdout` or `self.stderr`. Raises TimeoutError when none came within
        `seconds`, or can come any more, saying what was said instead.
        """
        deadline = time.monotonic() + seconds
        at = since
        with self._arrived:
            while True:
                while at < len(lines):
                    if wanted(lines[at]):
                        return at
                    at += 1
                left = deadline - time.monotonic()
                if left <= 0 or self._open == 0:
                    break
                self._arrived.wait(left)
        reason = "ended" if left > 0 else f"said nothing of it in {seconds} s"
        raise TimeoutError(f"{self._name()} {reason}; waited for {what or wanted}\n{self.tail()}")

    def wait(self, seconds):
        """The exit code, once the program has ended and all its lines are read."""
        deadline = time.monotonic() + seconds
        with self._arrived:
            while self._open > 0:
                left = deadline - time.monotonic()
                if left <= 0:
                    raise TimeoutError(f"{self._name()} runs on after {seconds} s\n{self.tail()}")
                self._arrived.wait(left)
        return self._process.wait(max(deadline - time.monotonic(), 1))

    def send(self, signal_number):
        self._process.send_signal(signal_number)

    def stop(self, seconds=STOP_SECONDS):
        """Asks the program to end by SIGTERM; the exit code."""
        self.send(signal.SIGTERM)
        return self.wait(seconds)

    def kill(self):
        """Ends the program and whatever it started, if anything is left."""
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self._process.wait()

    def tail(self):
        both = (("stdout", self.stdout), ("stderr", self.stderr))
        return "\n".join(f"  {name}: {line}"
                         for name, lines in both for line in lines[-TAIL_LINES:])

    def _name(self):
        return os.path.basename(self.argv[0])


class Simulator(Child):
    """A program that prints events as JSON lines, the first of them `ready` with its port."""

    READY_SECONDS = 30

    def __init__(self, argv, **options):
        super().__init__(argv, **options)
        try:
            self.port = self.event("ready", self.READY_SECONDS)["port"]
        except TimeoutError:
            self.kill()
            raise

    def event(self, name, seconds, since=0, **fields):
        """The first event `name` with these fields among the lines from `since` on."""
        def wanted(line):
            event = json.loads(line)
            return event["event"] == name and all(event.get(k) == v for k, v in fields.items())
        at = self.wait_for(self.stdout, wanted, seconds, since, f"event {name} {fields or ''}")
        return json.loads(self.stdout[at])

    def url(self, mount):
        return f"rtsp://127.0.0.1:{self.port}{mount}"


def require(condition, reason):
    """Ends a test program as skipped, in the way CTest is told of it."""
    if not condition:
        print(f"skipped: {reason}")
        sys.exit(SKIPPED)


SKIPPED = 77  # SKIP_RETURN_CODE in CMakeLists.txt
