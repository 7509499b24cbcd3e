#!/usr/bin/env python3
"""A hub beside a mosquitto of somebody else, with passwords, and the access list of the guide.

usage: external_broker_test.py DIR [TEST...]    DIR holds the program weir-hub
"""

import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "sim"))

from child import Child, require  # noqa: E402
from daemons import Daemon, Hub, free_port, poll  # noqa: E402
from link_node import LinkNode  # noqa: E402

GUIDE = HERE.parents[1] / "docs" / "guide" / "node-and-hub.md"
MOSQUITTO = pathlib.Path("/usr/sbin/mosquitto")
SECONDS = 30
PASSWORD = "h2-Wk9"

programs = None


class Mosquitto:
    def __init__(self, folder):
        self.port = free_port()
        self._passwords = folder / "passwords"
        self._passwords.touch(mode=0o600)
        access = re.search(r"```\n(user hub\n.*?)```", GUIDE.read_text(), re.DOTALL)[1]
        (folder / "access").write_text(access)
        (folder / "mosquitto.conf").write_text(
            f"listener {self.port} 127.0.0.1\nuse_username_as_clientid true\n"
            "user root\nallow_anonymous false\n"
            f"password_file {self._passwords}\nacl_file {folder / 'access'}\n")
        self.admit("hub", PASSWORD)
        self.child = Child([MOSQUITTO, "-c", folder / "mosquitto.conf"])
        self.child.wait_for(self.child.stderr, lambda line: "running" in line, SECONDS)

    def admit(self, user, password):
        subprocess.run(["mosquitto_passwd", "-b", self._passwords, user, password], check=True,
                       capture_output=True, timeout=SECONDS)

    def reload(self):
        since = len(self.child.stderr)
        self.child.send(signal.SIGHUP)
        self.child.wait_for(self.child.stderr, lambda line: "Reloading" in line, SECONDS, since)


class ExternalHub(Daemon):
    def __init__(self, binaries, folder, broker, password):
        self.broker_port = broker.port
        port = free_port()
        super().__init__(binaries / "weir-hub", folder, port,
                         f"data: data\nhttp: {{port: {port}}}\nbroker: {{external: true, "
                         f"host: localhost, port: {broker.port}, user: hub, "
                         f"password: '{password}'}}\n")

    add_node = Hub.add_node


class ExternalBroker(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.broker = Mosquitto(self.folder)
        self.addCleanup(self.broker.child.kill)

    def node(self, hub, name):
        token = hub.add_node(name)
        self.broker.admit(name, token)
        self.broker.reload()
        return self.enterContext(LinkNode(hub, name, token))

    def test_alerts_come_through_it_and_nodes_keep_to_themselves(self):
        hub = self.enterContext(ExternalHub(programs, self.folder / "hub", self.broker, PASSWORD))
        east, west = self.node(hub, "east"), self.node(hub, "west")
        east.alert("east/1", "sewage dumping", "south", b"jpeg")
        self.assertTrue(west.denied("east"))
        self.assertFalse(west.denied("west"))
        east.alert("east/3", "again", "south")
        found = hub.get("/api/v1/alerts")["items"]
        self.assertEqual([each["id"] for each in found], ["east/3", "east/1"])
        self.assertTrue(hub.get("/api/v1/status")["broker"]["external"])
        self.assertNotIn(PASSWORD, "\n".join(hub.lines()))
        self.assertFalse((hub.folder / "data" / "broker").exists())

    def test_a_wrong_password_is_said(self):
        hub = ExternalHub(programs, self.folder / "hub", self.broker, "wrong")
        with Child([programs / "weir-hub", "--config", hub.folder / "weir-hub.yaml"]) as child:
            child.wait_for(child.stderr, lambda line: "uthor" in line, SECONDS)
            self.assertFalse([line for line in child.stderr if "wrong" in line])


def main():
    global programs
    programs = pathlib.Path(sys.argv.pop(1)).resolve()
    require(MOSQUITTO.exists() and shutil.which("mosquitto_passwd"), "no mosquitto here")
    unittest.main()


if __name__ == "__main__":
    main()
