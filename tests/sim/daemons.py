"""weir-hub and weir-node as programs that may be killed and started again, and the hub's live feed.

Standard library only. Everything listens on loopback, on ports that were free a moment ago.
"""

import base64
import json
import os
import pathlib
import re
import socket
import subprocess
import threading
import time
import typing
import urllib.request

from child import Child

READY_S = 30.0
STOP_S = 10.0
CALL_S = 10.0
POLL_S = 0.05
TEXT = 1  # opcode of a WebSocket frame (RFC 6455, clause 5.2)
PING, PONG = 9, 10


def poll(condition, seconds):
    """Asks until it holds, at most so long; whether it did."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_S)
    return True


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Daemon:
    """A program with a configuration file, a data folder and REST on `url`."""

    def __init__(self, program, folder, port, config):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self._program = program
        self._config = self.folder / f"{pathlib.Path(program).name}.yaml"
        self._config.write_text(config)
        self._child = None
        self._said = []

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.kill()
        self._config.with_suffix(".log").write_text("\n".join(self.lines()) + "\n")

    def start(self):
        """Returns when it answers."""
        self._child = Child([self._program, "--config", self._config])
        deadline = time.monotonic() + READY_S
        while True:
            try:
                self.get("/healthz")
                return
            except (OSError, ValueError):
                if not self._child.running() or time.monotonic() > deadline:
                    raise TimeoutError(f"{self._program} does not answer\n{self.tail()}") from None
                time.sleep(0.005)

    def kill(self):
        """SIGKILL, as by a power cut of this program."""
        if self._child is not None:
            self._child.kill()
            self._said += self._child.stderr
            self._child = None

    def stop(self):
        """SIGTERM; the exit code."""
        code = self._child.stop(STOP_S)
        self._said += self._child.stderr
        self._child = None
        return code

    def running(self):
        return self._child is not None and self._child.running()

    @property
    def pid(self):
        return self._child.pid

    def lines(self):
        return self._said + (self._child.stderr if self._child else [])

    def tail(self):
        return "\n".join(self.lines()[-20:])

    def get(self, path):
        with urllib.request.urlopen(self.url + path, timeout=CALL_S) as answer:
            return json.load(answer)


class HubAddress(typing.NamedTuple):
    """Where a node finds its hub."""

    port: int
    broker_port: int


class Hub(Daemon):
    def __init__(self, binaries, folder):
        self.broker_port = free_port()
        port = free_port()
        super().__init__(binaries / "weir-hub", folder, port,
                         f"data: data\nhttp: {{port: {port}}}\n"
                         f"broker: {{port: {self.broker_port}}}\n")

    def add_node(self, name):
        """Its token."""
        request = urllib.request.Request(self.url + "/api/v1/nodes", method="POST",
                                         data=json.dumps({"name": name}).encode(),
                                         headers={"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=CALL_S) as answer:
            return json.load(answer)["token"]

    def alerts(self):
        """All alerts, the oldest first."""
        found, query = [], "?limit=500"
        while True:
            page = self.get("/api/v1/alerts" + query)
            found += page["items"]
            if not page.get("next"):
                return found[::-1]
            query = f"?limit=500&after={page['next']}"


class Node(Daemon):
    def __init__(self, binaries, folder, name, hub=None, token=""):
        """`hub` is a Hub, or a HubAddress; without one the node is by itself."""
        self.name = name
        self._binaries = binaries
        port = free_port()
        config = f"name: {name}\ndata: data\nhttp: {{port: {port}}}\n"
        if hub is not None:
            config += (f"hub: {{url: 'http://127.0.0.1:{hub.port}', "
                       f"broker: {{port: {hub.broker_port}}}, token: '{token}'}}\n")
        super().__init__(binaries / "weir-node", folder, port, config)

    def apply(self, file):
        """What `weir apply` printed. Raises ValueError with its complaint."""
        done = subprocess.run([self._binaries / "weir", "apply", "-f", file, "--server", self.url],
                              capture_output=True, text=True, timeout=60)
        if done.returncode != 0:
            raise ValueError(done.stderr)
        return done.stdout

    def status(self):
        return self.get("/api/v1/status")


class Feed:
    """Texts of a WebSocket, with the time at which each came; connects again when it is cut.

    `opened` counts connections: what was published between two of them is not in `texts`.
    """

    RETRY_S = 0.05

    def __init__(self, port, path):
        self.texts = []
        self.opened = 0
        self._port, self._path = port, path
        self._stopping = False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self):
        self._stopping = True

    def _run(self):
        while not self._stopping:
            try:
                with socket.create_connection(("127.0.0.1", self._port), CALL_S) as connection:
                    self._read(connection)
            except OSError:
                pass
            time.sleep(self.RETRY_S)

    def _read(self, connection):
        key = base64.b64encode(os.urandom(16)).decode()
        connection.sendall((f"GET {self._path} HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\n"
                            "Connection: Upgrade\r\nUpgrade: websocket\r\n"
                            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n"
                            ).encode())
        stream = connection.makefile("rb")
        if not re.match(rb"HTTP/1.1 101 ", stream.readline()):
            raise OSError("no WebSocket")
        while stream.readline() not in (b"\r\n", b""):
            pass
        self.opened += 1
        connection.settimeout(None)
        while True:
            opcode, payload = self._frame(stream)
            if opcode == TEXT:
                self.texts.append((time.time_ns(), payload.decode()))
            elif opcode == PING:
                connection.sendall(bytes([0x80 | PONG, 0x80 | len(payload), 0, 0, 0, 0]) + payload)

    @staticmethod
    def _frame(stream):
        """(opcode, payload); the hub's frames are neither masked nor in fragments."""
        head = stream.read(2)
        if len(head) < 2:
            raise OSError("the connection has ended")
        size = head[1] & 0x7F
        if size >= 126:
            size = int.from_bytes(stream.read(2 if size == 126 else 8), "big")
        return head[0] & 0x0F, stream.read(size)
