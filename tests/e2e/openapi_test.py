#!/usr/bin/env python3
"""A real hub and a real node do what api/openapi.yaml says: schemathesis asks each operation all
that the description allows, and much that it does not.

usage: openapi_test.py DIR [TEST...]    DIR holds the programs weir, weir-node, weir-hub
"""

import hashlib
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "sim"))

import api  # noqa: E402
from child import require  # noqa: E402
from daemons import Hub, Node  # noqa: E402
from link_node import LinkNode  # noqa: E402

RUN_S = 240  # of schemathesis against one daemon
EXAMPLES = 25  # of random requests, an operation
SEED = "1"
# What the description's examples name.
RESOURCES = b"""
{kind: Product, name: camera-1, properties: {video: {type: stream}}}
---
{kind: Device, name: camera-1, product: camera-1, driver: rtsp, connect: {host: "127.0.0.1:9"},
 bind: {video: {path: /camera-1}}}
---
{kind: Pipeline, name: camera-1, steps: [{file_input: {path: rows.csv}}, {alert: {title: x}}]}
---
{kind: Deployment, name: camera-1, pipeline: camera-1}
"""
BLOB = b"test"

programs = None


class OpenApi(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.hub = self.enterContext(Hub(programs, self.folder / "hub"))

    def fill(self, daemon):
        applied = api.ask(daemon.port, "POST", "/api/v1/apply",
                          [("Content-Type", "application/yaml")], RESOURCES)
        self.assertEqual(applied[0], 200, applied[2])
        digest = "sha256:" + hashlib.sha256(BLOB).hexdigest()
        kept = api.ask(daemon.port, "PATCH", f"/api/v1/blobs/{digest}",
                       [("Upload-Offset", "0"), ("Upload-Length", str(len(BLOB)))], BLOB)
        self.assertEqual(kept[0], 204, kept[2])

    def conforms(self, daemon, kind):
        """Only what `kind` serves is asked, in one order and with the same values every time."""
        served = self.folder / "openapi.json"
        served.write_text(json.dumps(api.description_of(kind)))
        config = self.folder / "schemathesis.toml"
        config.write_text(CONFIG)
        # A process of its own, and in a folder where it may leave what it likes.
        run = subprocess.run(
            [api.python(), "-m", "schemathesis.cli", "--config-file", config, "run", served,
             "--url", daemon.url, "--phases", "examples,coverage,fuzzing", "--seed", SEED,
             "--max-examples", str(EXAMPLES), "--generation-deterministic", "--no-color"],
            cwd=self.folder, capture_output=True, text=True, timeout=RUN_S)
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        self.assertEqual(daemon.get("/healthz")["status"], "ok")

    def test_the_hub_does_what_is_described(self):
        self.fill(self.hub)
        with LinkNode(self.hub, "gate-1", self.hub.add_node("gate-1")) as node:
            node.report({"time": "2026-01-01T00:00:00Z", "version": "1", "deployments": [],
                         "cameras": [], "catalogue": {"operators": []}})
            node.alert("app/1", "sewage dumping", "south", b"\xff\xd8\xff\xd9")
            node.alert("app/2", "sewage dumping", "north")
            self.conforms(self.hub, "hub")

    def test_the_node_does_what_is_described(self):
        node = self.enterContext(Node(programs, self.folder / "node", "gate-1", self.hub,
                                      self.hub.add_node("gate-1")))
        self.fill(node)
        self.conforms(node, "node")


# Any text is a body of /apply, and few are documents: that it refuses them is right. What an upload
# may say depends on what is there already, and schemathesis opens no WebSocket.
CONFIG = """
[[operations]]
include-operation-id = ["apply", "patch_blob", "live_alerts"]
checks.positive_data_acceptance.enabled = false
"""


def main():
    global programs
    programs = pathlib.Path(sys.argv.pop(1)).resolve()
    require(pathlib.Path("/usr/sbin/mosquitto").exists(), "no mosquitto on this machine")
    require(api.python(), "no packages of tools/python.txt: run ./dev setup")
    unittest.main()


if __name__ == "__main__":
    main()
