#!/usr/bin/env python3
"""Every route of a real hub and a real node against what no honest client sends. The routes are
those of api/openapi.yaml, which unit tests hold against the tables of routes.

usage: hostile_test.py DIR [TEST...]    DIR holds the programs weir, weir-node, weir-hub
"""

import json
import pathlib
import resource
import sys
import tempfile
import threading
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "sim"))

import api  # noqa: E402
from child import require  # noqa: E402
from daemons import Hub, Node, poll  # noqa: E402
from link_node import LinkNode  # noqa: E402

SECONDS = 60
TEN_MEGABYTES = 10_000_000
KEYS = 100_000
DRIPPING = 200  # clients that send a byte now and then
SOCKETS = 1_000
KEY = "dGhlIHNhbXBsZSBub25jZQ=="
UPGRADE = [("Upgrade", "websocket"), ("Sec-WebSocket-Version", "13"), ("Sec-WebSocket-Key", KEY)]
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain")

programs = None


class Hostile(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        cls.hub = cls.enterClassContext(Hub(programs, folder / "hub"))
        cls.token = cls.hub.add_node("gate-1")
        cls.node = cls.enterClassContext(Node(programs, folder / "node", "gate-1", cls.hub,
                                              cls.token))
        cls.served = [(cls.hub, api.operations("hub")), (cls.node, api.operations("node"))]

    def setUp(self):
        self.about = ""  # told when something is not as it should be

    def routes(self):
        for daemon, operations in self.served:
            for operation in operations:
                self.about = f"{type(daemon).__name__} {operation.method} {operation.template}"
                yield daemon, operation

    def bodies(self):
        """The routes that take one, with the head that goes before it."""
        for daemon, operation in self.routes():
            if operation.takes:
                headers = [("Content-Type", operation.takes[0])]
                if operation.template.startswith("/api/v1/blobs/"):
                    headers += [("Upload-Offset", "0"), ("Upload-Length", "4")]
                yield daemon, operation, headers

    def refused(self, answer, *statuses):
        """A problem (RFC 9457) of one of these."""
        status, headers, body = answer
        self.assertIn(status, statuses, f"{self.about}: {body[:300]}")
        self.assertEqual(headers["content-type"], "application/problem+json", self.about)
        problem = json.loads(body)
        self.assertEqual(problem["status"], status)
        self.assertTrue(problem["title"])
        return headers

    def test_methods_are_those_that_are_described(self):
        for daemon, operations in self.served:
            for path in sorted({operation.path for operation in operations}):
                takes = api.allowed(path, operations)
                for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE",
                               "PROPFIND", "get", "X" * 1000):
                    if method in takes:
                        continue
                    self.about = f"{method[:10]} {path}"
                    headers = self.refused(api.ask(daemon.port, method, path), 405)
                    self.assertEqual(set(headers["allow"].split(", ")), takes, self.about)

    def test_no_page_of_another_place_gets_in(self):
        for daemon, operation in self.routes():
            method, path, port = operation.method, operation.path, daemon.port
            if method != "HEAD":
                self.refused(api.ask(port, method, path, host="evil.example"), 421)
                self.refused(api.ask(port, method, path, host=f"127.0.0.1.evil.example:{port}"),
                             421)
                self.refused(api.ask(port, method, path, host=None), 400)
                self.refused(api.ask(port, method, path, [("Host", "localhost")]), 400)
            for origin in ("http://evil.example", "null", f"http://localhost:{port + 1}"):
                foreign = [("Origin", origin)]
                if operation.socket:
                    foreign += UPGRADE + [("Connection", "Upgrade")]
                elif method in ("GET", "HEAD"):
                    headers = api.ask(port, method, path, foreign)[1]
                    self.assertFalse([name for name in headers if "access-control" in name])
                    continue
                self.refused(api.ask(port, method, path, foreign), 403)

    def test_bodies_of_another_type(self):
        for daemon, operation, headers in self.bodies():
            types = FORMS
            if "application/octet-stream" not in operation.takes:
                types += ("image/png", "application/xml")
            for content_type in types:
                sent = [("Content-Type", content_type)] + headers[1:]
                answer = api.ask(daemon.port, operation.method, operation.path, sent, b"test")
                accept = self.refused(answer, 415).get("accept")
                self.assertEqual(accept or operation.takes[0], operation.takes[0])
            packed = headers + [("Content-Encoding", "gzip")]
            self.refused(api.ask(daemon.port, operation.method, operation.path, packed, b"x"), 415)

    def test_ten_megabytes(self):
        large = b"x" * TEN_MEGABYTES
        chunks = b"%x\r\n%s\r\n0\r\n\r\n" % (len(large), large)
        for daemon, operation in self.routes():
            if operation.method == "HEAD":
                continue
            headers = [("Content-Type", type_) for type_ in operation.takes[:1]]
            method, path = operation.method, operation.path
            too_large = (426,) if operation.socket else (413,)
            self.refused(api.ask(daemon.port, method, path, headers, large), *too_large)
            chunked = headers + [("Transfer-Encoding", "chunked")]
            self.refused(api.ask(daemon.port, method, path, chunked, chunks), *too_large)

    def test_a_hundred_thousand_keys(self):
        query = "?" + "&".join(f"k{i}=v" for i in range(KEYS))
        some = "?" + "&".join(f"k{i}=v" for i in range(300))
        for daemon, operation in self.routes():
            if operation.method != "HEAD":
                path = operation.path
                self.refused(api.ask(daemon.port, operation.method, path + query), 414)
                self.refused(api.ask(daemon.port, operation.method, path + some), 400)
        as_json = json.dumps(dict.fromkeys(map(str, range(KEYS)), 1)).encode()
        as_yaml = "".join(f"k{i}:\n" for i in range(KEYS)).encode()
        for daemon, operation, headers in self.bodies():
            body = as_yaml if operation.takes[0] == "application/yaml" else as_json
            self.refused(api.ask(daemon.port, operation.method, operation.path, headers, body),
                         400, 413, 422)

    def test_another_encoding(self):
        for daemon, operation in self.routes():
            if operation.method == "HEAD":
                continue
            for target in (operation.path + "?limit=%ff", operation.path + "?%c0%ae=1",
                           operation.path + "?x=%00", operation.path + "?x=%",
                           operation.path + "?x=\udcff", operation.path + "#x"):
                self.refused(api.ask(daemon.port, operation.method, target), 400)
        for daemon, operation, headers in self.bodies():
            if "application/octet-stream" in operation.takes:
                continue
            for body in (b"\xff\xfe{\0}\0", b'{"by":"\xc3\x28","text":"x","name":"\xc3\x28"}',
                         b"kind: Product\nname: p\ndescription: \xff\n", b"\0"):
                self.refused(api.ask(daemon.port, operation.method, operation.path, headers, body),
                             400, 413, 422)

    def test_path_tricks(self):
        for daemon, operations in self.served:
            for path in sorted({operation.path for operation in operations}):
                for target in (path.rstrip("/") + "/", "/" + path, path.rstrip("/") + "/..",
                               path.rstrip("/") + "/%2e%2e/status", "/x/.." + path,
                               "/." + path, path.rstrip("/") + "/.", path.upper() + "X",
                               path.replace("/", "\\"), path.replace("/", "%2f"),
                               path.rstrip("/") + "//", path + "%00", path + ";x=y"):
                    if target in ("/", path):
                        continue
                    self.about = f"{path}: {target}"
                    self.refused(api.ask(daemon.port, "GET", target), 400, 404, 405)
            for template in sorted({operation.template for operation in operations}):
                if "{" not in template:
                    continue
                head, tail = template.split("{")[0], template.split("}")[1]
                for argument in ("%2e%2e", "..%2f..%2fetc%2fpasswd", "%2fetc%2fpasswd", "a%5cb",
                                 "a%00", "%ff", "%c0%ae%c0%ae", "a" * 10_000, "'%20OR%201=1%20--",
                                 "%F0%9F%98%80", "-1", "1e3", "9223372036854775808", "%25s%25n"):
                    self.about = f"{template}: {argument[:50]}"
                    answer = api.ask(daemon.port, "GET", head + argument + tail)
                    self.refused(answer, 400, 404, 405)

    def test_a_picture_of_another_digest_is_forgotten(self):
        login = [("Authorization", api.basic("gate-1", self.token))]
        path = "/api/v1/blobs/sha256:" + 64 * "0"
        for daemon, who in ((self.hub, login), (self.hub, []), (self.node, [])):
            sent = who + [("Upload-Offset", "0"), ("Upload-Length", "4"),
                          ("Content-Type", "application/octet-stream")]
            self.refused(api.ask(daemon.port, "PATCH", path, sent, b"jpeg"), 422)
            self.assertEqual(api.ask(daemon.port, "HEAD", path, who)[0], 404)

    def test_two_nodes_with_one_name(self):
        body = b'{"name": "gate-1"}'
        self.refused(api.ask(self.hub.port, "POST", "/api/v1/nodes",
                             [("Content-Type", "application/json")], body), 409)
        answer = api.ask(self.hub.port, "GET", "/api/v1/nodes")
        self.assertEqual(len(json.loads(answer[2])["items"]), 1)

    def test_a_node_whose_clock_is_in_1970(self):
        with LinkNode(self.hub, "old", self.hub.add_node("old")) as node:
            self.addCleanup(api.ask, self.hub.port, "DELETE", "/api/v1/nodes/old")
            node.report({"time": "1970-01-01T00:00:01Z"})
            self.assertTrue(poll(lambda: self.hub.get("/api/v1/nodes/old")["state"] == "online",
                                 SECONDS))
            self.assertLess(self.hub.get("/api/v1/nodes/old")["clock_offset_seconds"], -1e9)
            node.alerts([("old/1", "early", "south")], time_ns=1_000_000_000)
        found = self.hub.get("/api/v1/alerts?node=old&until=1970-01-02T00:00:00Z")["items"]
        self.assertEqual([each["time"] for each in found], ["1970-01-01T00:00:01.000000000Z"])

    # Their deadlines are those of the product, ten seconds.
    def test_clients_that_drip_are_ended_and_hold_up_nobody(self):
        for daemon in (self.hub, self.node):
            drips = [(api.Connection(daemon.port), b"GET / HTTP/1.1\r\nHost: localhost\r\nX: ")
                     for _ in range(DRIPPING // 2)]
            drips += [(api.Connection(daemon.port),
                       b"POST /api/v1/apply HTTP/1.1\r\nHost: localhost\r\n"
                       b"Content-Type: application/yaml\r\nContent-Length: 100000\r\n\r\n")
                      for _ in range(DRIPPING // 2)]
            for connection, first in drips:
                self.addCleanup(connection.close)
                self.assertTrue(connection.send(first))
            done = threading.Event()

            def drip(drips=drips, done=done):
                while not done.wait(0.2):
                    for connection, _ in drips:
                        connection.send(b"x")
            dripping = threading.Thread(target=drip)
            dripping.start()
            try:
                for _ in range(100):
                    self.assertEqual(api.ask(daemon.port, "GET", "/healthz")[0], 200)
                for connection, _ in drips:
                    self.refused(connection.answer(), 408)
            finally:
                done.set()
                dripping.join()

    def test_a_thousand_idle_sockets(self):
        files, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (files, hard))
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(2 * SOCKETS, hard), hard))
        hello = ("GET /api/v1/alerts/live HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\n"
                 "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                 f"Sec-WebSocket-Key: {KEY}\r\n\r\n").encode()
        sockets = []
        for _ in range(SOCKETS):
            sockets.append(api.Connection(self.hub.port))
            self.addCleanup(sockets[-1].close)
            sockets[-1].send(hello)
        for each in sockets:
            self.assertIn(b" 101 ", each.until(b"\r\n\r\n"))
        self.assertEqual(self.hub.get("/api/v1/status")["live_sockets"], SOCKETS)
        with LinkNode(self.hub, "loud", self.hub.add_node("loud")) as node:
            self.addCleanup(api.ask, self.hub.port, "DELETE", "/api/v1/nodes/loud")
            node.alert("loud/1", "heard by all", "south")
        for each in sockets:
            self.assertIn(b"heard by all", each.until(b"}}"))

    def tearDown(self):
        for daemon, _ in self.served:
            self.assertTrue(daemon.running(), daemon.tail())
            self.assertEqual(daemon.get("/healthz")["status"], "ok")
            self.assertEqual([line for line in daemon.lines() if line.startswith("ERROR")], [])


def main():
    global programs
    programs = pathlib.Path(sys.argv.pop(1)).resolve()
    require(pathlib.Path("/usr/sbin/mosquitto").exists(), "no mosquitto on this machine")
    require(api.python(), "no packages of tools/python.txt: run ./dev setup")
    unittest.main()


if __name__ == "__main__":
    main()
