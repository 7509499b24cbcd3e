"""A node as docs/formats/uplink.md describes one: raises alerts at a hub, over MQTT 5 and HTTP.

Written from that page alone, so that it checks the hub against the page. Standard library only.
"""

import base64
import hashlib
import json
import socket
import struct
import time
import urllib.request

CALL_S = 20.0
CONNECT, CONNACK, PUBLISH, PUBACK, SUBSCRIBE, SUBACK = 1, 2, 3, 4, 8, 9  # MQTT 5.0, 2.1.2
NOT_AUTHORIZED = b"\x87"  # reason code, 3.4.2.1
ALERT = 0  # class
BLOCK_BYTES_MAX = 128 * 1024  # RFC 8878, 3.1.1.2


def varint(number):
    """Unsigned LEB128; MQTT's Variable Byte Integer is the same."""
    out = bytearray()
    while True:
        number, low = number >> 7, number & 0x7F
        out.append(low | (0x80 if number else 0))
        if not number:
            return bytes(out)


def text(value):
    data = value.encode()
    return varint(len(data)) + data


def zstd(content):
    """A Zstandard frame of raw blocks (RFC 8878, 3.1.1)."""
    out = struct.pack("<IBI", 0xFD2FB528, 0xA0, len(content))  # one segment, size in 4 bytes
    for at in range(0, len(content), BLOCK_BYTES_MAX):
        block = content[at:at + BLOCK_BYTES_MAX]
        last = at + BLOCK_BYTES_MAX >= len(content)
        out += struct.pack("<I", last | len(block) << 3)[:3] + block
    return out


def batch(node, log, first, records):
    """A message with alerts: (id, time in ns, body, picture's digest or "")."""
    content = text(node) + text(log) + varint(first) + varint(first + len(records))
    content += varint(len(records))
    for name, time_ns, body, picture in records:
        record = b"\x01" + text(name) + struct.pack("<q", time_ns) + text(picture) + text(body)
        content += varint(len(record)) + record
    content += varint(0)  # pictures: they are uploaded before
    return b"WUB" + bytes([1, ALERT, 0]) + struct.pack("<I", len(content)) + zstd(content)


class LinkNode:
    def __init__(self, hub, name, token):
        self.name = name
        self._hub, self._token = hub, token
        self._log, self._next = f"log-{time.time_ns()}", 0
        self._packet = 0
        self._connection = socket.create_connection(("127.0.0.1", hub.broker_port), CALL_S)
        self._stream = self._connection.makefile("rb")
        self._send(CONNECT << 4, _field("MQTT") + bytes([5, 0xC2]) + struct.pack(">H", 60) + b"\0"
                   + _field(name) + _field(name) + _field(token))
        if self._receive(CONNACK)[1] != 0:
            raise ConnectionError("the broker refuses this node")
        committed = f"weir/v1/node/{name}/down/committed"
        self._send(SUBSCRIBE << 4 | 2, self._id() + b"\0" + _field(committed) + b"\x01")
        self._receive(SUBACK)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._stream.close()
        self._connection.close()

    def report(self, state):
        self._publish("state", json.dumps(state).encode())
        self._receive(PUBACK)

    def alert(self, name, title, device, picture=b""):
        """Returns when the hub has committed it."""
        self.alerts([(name, title, device)], self._upload(picture) if picture else "")

    def alerts(self, alerts, digest="", time_ns=None):
        """Many in one batch: (name, title, device). Of this moment, unless `time_ns` is told."""
        if time_ns is None:
            time_ns = time.time_ns()
        records = [(name, time_ns, json.dumps({"title": title, "device": device}), digest)
                   for name, title, device in alerts]
        first, self._next = self._next, self._next + len(records)
        self._publish("alert", batch(self.name, self._log, first, records))
        mark = {"log": self._log, "class": "alert", "first": first, "end": self._next}
        while self._committed() != mark:
            pass

    def denied(self, name):
        """Whether the broker refuses a message in the name of that node."""
        self._publish("state", b"{}", name)
        return self._receive(PUBACK)[2:3] == NOT_AUTHORIZED

    def _upload(self, picture):
        digest = "sha256:" + hashlib.sha256(picture).hexdigest()
        login = base64.b64encode(f"{self.name}:{self._token}".encode()).decode()
        request = urllib.request.Request(
            f"{self._hub.url}/api/v1/blobs/{digest}", method="PATCH", data=picture,
            headers={"Authorization": f"Basic {login}", "Upload-Offset": "0",
                     "Upload-Length": str(len(picture)),
                     "Content-Type": "application/octet-stream"})
        with urllib.request.urlopen(request, timeout=CALL_S) as answer:
            if answer.headers["Upload-Complete"] != "?1":
                raise ConnectionError(f"the hub has not all of {digest}")
        return digest

    def _publish(self, kind, payload, name=None):
        topic = _field(f"weir/v1/node/{name or self.name}/up/{kind}")
        self._send(PUBLISH << 4 | 2, topic + self._id() + b"\0" + payload)

    def _committed(self):
        body = self._receive(PUBLISH)
        topic_size = struct.unpack_from(">H", body)[0]
        at = 2 + topic_size
        self._send(PUBACK << 4, body[at:at + 2])
        properties = body[at + 2]  # a length; ours and mosquitto's are short
        return json.loads(body[at + 3 + properties:])

    def _id(self):
        self._packet += 1
        return struct.pack(">H", self._packet)

    def _send(self, head, body):
        self._connection.sendall(bytes([head]) + varint(len(body)) + body)

    def _receive(self, wanted):
        """The body of the next packet of this type; others are passed over."""
        while True:
            head = self._stream.read(1)
            size, shift = 0, 0
            while True:
                byte = self._stream.read(1)
                if not byte:
                    raise ConnectionError("the broker has closed the connection")
                size |= (byte[0] & 0x7F) << shift
                shift += 7
                if byte[0] < 0x80:
                    break
            body = self._stream.read(size)
            if head[0] >> 4 == wanted:
                return body


def _field(value):
    data = value.encode()
    return struct.pack(">H", len(data)) + data
