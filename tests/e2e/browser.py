"""A headless Chromium, driven over the DevTools protocol. Standard library only."""

import base64
import json
import os
import re
import socket
import struct
import sys
import pathlib
import tempfile
import time
import urllib.parse
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "sim"))

from child import Child  # noqa: E402

START_S = 30.0
CALL_S = 30.0
POLL_S = 0.02
TEXT = 1  # opcode of a WebSocket frame (RFC 6455, clause 5.2)
LISTENING = re.compile(r"DevTools listening on (ws://\S+)")


class Browser:
    """One page. `complaints` are exceptions, and what the console or the content policy says."""

    def __init__(self, program):
        self.complaints = []
        self._socket = None
        self._folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self._child = Child([program, "--headless", "--no-sandbox", "--disable-gpu",
                             "--disable-dev-shm-usage", "--no-first-run", "--mute-audio",
                             "--remote-debugging-port=0", f"--user-data-dir={self._folder.name}",
                             "about:blank"])
        try:
            at = self._child.wait_for(self._child.stderr, LISTENING.search, START_S, 0, "DevTools")
            host = urllib.parse.urlsplit(LISTENING.search(self._child.stderr[at]).group(1)).netloc
            with urllib.request.urlopen(f"http://{host}/json/list", timeout=CALL_S) as answer:
                page = next(each for each in json.load(answer) if each["type"] == "page")
            self._socket = DevTools(host, urllib.parse.urlsplit(page["webSocketDebuggerUrl"]).path)
            for domain in ("Page", "Runtime", "Log"):
                self.call(f"{domain}.enable")
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        if self._socket is not None:
            self._socket.close()
        self._child.kill()
        self._folder.cleanup()

    def open(self, url):
        """Returns when the page is loaded."""
        self.call("Page.navigate", url="about:blank")
        self.complaints.clear()
        self.call("Page.navigate", url=url)
        self.until(f"location.href === {json.dumps(url)} && document.readyState === 'complete'")

    def call(self, method, **parameters):
        return self._socket.call(method, parameters, self._take_event)

    def evaluate(self, expression):
        """The value of a JavaScript expression."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True,
                           awaitPromise=True)
        if "exceptionDetails" in answer:
            raise AssertionError(f"{expression}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def until(self, expression, seconds=CALL_S):
        """Waits until a JavaScript expression is true."""
        deadline = time.monotonic() + seconds
        while not self.evaluate(f"Boolean({expression})"):
            if time.monotonic() > deadline:
                shown = self.evaluate("document.body.innerText")
                raise AssertionError(f"never: {expression}\nthe page shows:\n{shown}\n"
                                     f"{self.complaints}")
            time.sleep(POLL_S)

    def screenshot(self, path):
        data = self.call("Page.captureScreenshot", format="png")["data"]
        pathlib.Path(path).write_bytes(base64.b64decode(data))

    def _take_event(self, event):
        parameters = event["params"]
        if event["method"] == "Runtime.exceptionThrown":
            self.complaints.append(parameters["exceptionDetails"])
        elif event["method"] == "Log.entryAdded" and parameters["entry"]["level"] == "error":
            self.complaints.append(parameters["entry"]["text"])


class DevTools:
    """A WebSocket (RFC 6455) for calls that are answered, and events in between."""

    def __init__(self, host, path):
        name, port = host.rsplit(":", 1)
        self._connection = socket.create_connection((name, int(port)), CALL_S)
        self._stream = self._connection.makefile("rb")
        self._number = 0
        key = base64.b64encode(os.urandom(16)).decode()
        self._connection.sendall((f"GET {path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\n"
                                  "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                                  f"Sec-WebSocket-Key: {key}\r\n\r\n").encode())
        if b" 101 " not in self._stream.readline():
            raise ConnectionError("Chromium opens no DevTools socket")
        while self._stream.readline() != b"\r\n":
            pass

    def close(self):
        self._stream.close()
        self._connection.close()

    def call(self, method, parameters, take_event):
        self._number += 1
        self._send(json.dumps({"id": self._number, "method": method, "params": parameters}))
        while True:
            message = json.loads(self._receive())
            if "method" in message:
                take_event(message)
            elif message["id"] == self._number:
                if "error" in message:
                    raise AssertionError(f"{method}: {message['error']}")
                return message["result"]

    def _send(self, message):
        data, mask = message.encode(), os.urandom(4)
        size = len(data)
        head = bytes([0x80 | TEXT])
        if size < 126:
            head += bytes([0x80 | size])
        elif size < 65536:
            head += bytes([0x80 | 126]) + struct.pack(">H", size)
        else:
            head += bytes([0x80 | 127]) + struct.pack(">Q", size)
        masked = bytes(byte ^ mask[i % 4] for i, byte in enumerate(data))
        self._connection.sendall(head + mask + masked)

    def _receive(self):
        """The next text; Chromium may send it in fragments."""
        message = b""
        while True:
            first, size = self._stream.read(2)
            if size >= 126:
                size = int.from_bytes(self._stream.read(2 if size == 126 else 8), "big")
            payload = self._stream.read(size)
            if first & 0x0F in (0, TEXT):
                message += payload
                if first & 0x80:
                    return message.decode()
