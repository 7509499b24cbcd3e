#!/usr/bin/env python3
"""Hub, node and command line together: what is applied runs, what is raised is at the hub once,
whoever is killed in between.

usage: platform_test.py DIR [TEST...]    DIR holds the programs weir, weir-node, weir-hub
"""

import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "sim"))

from child import Child, require  # noqa: E402
from daemons import Hub, Node, free_port, poll  # noqa: E402

SECONDS = 60  # no step takes longer, however slow the machine
ROWS = 300  # alerts of one run of the pipeline

programs = None


def pipeline(name, path, where="n >= 0"):
    """A pipeline that raises an alert a row of a CSV file, and its deployment."""
    return (f"kind: Pipeline\nname: {name}\nsteps:\n"
            f"  - file_input: {{path: '{path}'}}\n"
            f"  - filter: {{where: \"{where}\"}}\n"
            f"  - alert: {{title: {name}, gap: 0s}}\n"
            f"---\nkind: Deployment\nname: {name}\npipeline: {name}\n")


class PlatformTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.rows = self.folder / "rows.csv"
        self.rows.write_text("time,n\n" + "".join(
            f"2026-01-01T00:{i // 60:02}:{i % 60:02}Z,{i}\n" for i in range(ROWS)))
        self.hub = self.started(Hub(programs, self.folder / "hub"))
        self.node = self.started(Node(programs, self.folder / "node", "gate-1", self.hub,
                                      self.hub.add_node("gate-1")))

    def started(self, daemon):
        self.addCleanup(daemon.kill)
        daemon.start()
        return daemon

    def weir(self, *arguments):
        return subprocess.run([programs / "weir", *arguments, "--server", self.node.url],
                              capture_output=True, text=True, timeout=SECONDS)

    def apply(self, text, *options):
        file = self.folder / "app.yaml"
        file.write_text(text)
        return self.weir("apply", "-f", file, *options)

    def until(self, condition, what):
        self.assertTrue(poll(condition, SECONDS), f"{what}\n{self.node.tail()}")

    def until_alerts(self, count):
        self.until(lambda: len(self.hub.alerts()) >= count, f"{count} alerts at the hub")

    def test_every_alert_is_at_the_hub_once_whoever_is_killed(self):
        self.hub.kill()
        self.assertEqual(self.apply(pipeline("first", self.rows)).returncode, 0)
        self.until(lambda: self.appended() == ROWS, "all alerts kept by the node")
        self.node.kill()
        self.node.start()
        self.hub.start()
        # A node that was started anew reads the file anew: these are alerts of another epoch.
        self.until(lambda: self.appended() == ROWS, "the file read anew")
        self.until_alerts(2 * ROWS)
        self.hub.kill()
        self.hub.start()
        self.until(lambda: self.backlog() == 0, "all alerts committed")
        alerts = self.hub.alerts()
        self.assertEqual(len(alerts), 2 * ROWS)
        self.assertEqual(len({alert["id"] for alert in alerts}), 2 * ROWS)

    def uplink(self):
        return self.node.status()["uplink"]["classes"]["alert"]

    def appended(self):
        return self.uplink()["appended"]

    def backlog(self):
        return self.uplink()["backlog"]

    def test_what_is_applied_twice_is_unchanged_and_what_is_changed_is_replaced(self):
        first = self.apply(pipeline("first", self.rows, "n < 10"))
        self.assertIn("Deployment first created", first.stdout)
        self.until_alerts(10)
        again = self.apply("# a comment\n" + pipeline("first", self.rows, "n < 10"))
        self.assertIn("Pipeline first unchanged", again.stdout)
        dry = self.apply(pipeline("first", self.rows, "n < 20"), "--dry-run")
        self.assertIn("Pipeline first changed (dry run)", dry.stdout)
        other = self.apply(pipeline("other", self.rows, "n < 1"))
        self.assertEqual(other.returncode, 0, other.stderr)
        self.until_alerts(11)
        self.assertEqual(len(self.hub.alerts()), 11)
        self.assertEqual(self.apply(pipeline("first", self.rows, "n < 20")).returncode, 0)
        self.until_alerts(31)
        states = {each["name"]: each["starts"] for each in self.node.status()["deployments"]}
        self.assertEqual(states["other"], 1)

    def test_what_is_wrong_is_refused_whole_at_its_place(self):
        text = pipeline("good", self.rows) + "---\n" + pipeline("bad", self.rows).replace(
            "title: bad", "titel: bad")
        refused = self.apply(text)
        self.assertEqual(refused.returncode, 1)
        self.assertIn("app.yaml:", refused.stderr)
        self.assertIn("titel", refused.stderr)
        self.assertEqual(json.loads(self.weir("get", "pipelines", "--json").stdout), [])

    def test_resources_are_listed_described_and_deleted(self):
        self.apply(pipeline("first", self.rows))
        self.assertIn("first", self.weir("get", "deployments").stdout)
        described = self.weir("describe", "deployment", "first").stdout
        self.assertIn("pipeline: first", described)
        self.assertIn("state:", described)
        used = self.weir("delete", "pipeline", "first")
        self.assertEqual(used.returncode, 1)
        self.assertIn("first", used.stderr)
        self.assertEqual(self.weir("delete", "deployment", "first").returncode, 0)
        self.assertEqual(self.weir("delete", "pipeline", "first").returncode, 0)
        self.until(lambda: self.node.status()["deployments"] == [], "the deployment ended")
        gone = self.weir("describe", "pipeline", "first")
        self.assertEqual(gone.returncode, 1)
        self.assertIn("first", gone.stderr)

    def test_a_password_is_nowhere_to_be_seen(self):
        secret = "q8Zs-not-to-be-seen"
        text = ("{kind: Product, name: camera, properties: {video: {type: stream}}}\n---\n"
                "{kind: Device, name: south, product: camera, driver: rtsp, connect: "
                f"{{host: '127.0.0.1:9', user: viewer, password: {secret}}}, "
                "bind: {video: {path: /south}}}\n")
        applied = self.apply(text)
        if "no driver 'rtsp'" in applied.stderr:
            self.skipTest("built without media")
        self.assertEqual(applied.returncode, 0, applied.stderr)
        shown = self.weir("describe", "device", "south").stdout
        self.assertIn("password", shown)
        self.assertNotIn(secret, shown + self.weir("logs").stdout)
        self.assertEqual(self.node.stop(), 0)
        self.assertNotIn(secret, "\n".join(self.node.lines()))
        for path in self.node.folder.rglob("*"):
            if path.is_file():
                self.assertNotIn(secret.encode(), path.read_bytes(), path)

    def test_a_node_says_how_it_is_and_its_hub_knows(self):
        self.apply(pipeline("first", self.rows))
        self.until_alerts(ROWS)
        self.assertIn("first", self.weir("top", "--once").stdout)
        self.assertIn("ready", self.weir("logs").stdout)
        with urllib.request.urlopen(self.node.url + "/metrics", timeout=SECONDS) as answer:
            metrics = answer.read().decode()
        self.assertIn(f'weir_node_uplink_appended_records_total{{class="alert"}} {ROWS}', metrics)

        def reported():
            node = self.hub.get("/api/v1/nodes/gate-1")
            return [each["name"] for each in node.get("report", {}).get("deployments", [])]
        self.until(lambda: reported() == ["first"], "the hub knows what the node runs")

    def test_two_processes_do_not_share_a_folder_and_none_listens_to_the_world(self):
        second = subprocess.run([programs / "weir-node", "--config",
                                 self.node.folder / "weir-node.yaml"],
                                capture_output=True, text=True, timeout=SECONDS)
        self.assertEqual(second.returncode, 1)
        self.assertIn("in use by another process", second.stderr)
        open_to_all = self.folder / "open.yaml"
        open_to_all.write_text("name: x\ndata: elsewhere\nhttp: {address: 0.0.0.0, port: 0}\n")
        refused = subprocess.run([programs / "weir-node", "--config", open_to_all],
                                 capture_output=True, text=True, timeout=SECONDS)
        self.assertEqual(refused.returncode, 1)
        self.assertIn("loopback", refused.stderr)

    def test_what_node_add_prints_is_all_a_node_needs(self):
        config = self.folder / "node.yaml"
        with config.open("w") as file:
            subprocess.run([programs / "weir", "node", "add", "gate-2", "--server", self.hub.url],
                           stdout=file, timeout=SECONDS, check=True)
            file.write(f"http: {{port: {free_port()}}}\n")
        with Child([programs / "weir-node", "--config", config]):
            self.until(lambda: self.hub.get("/api/v1/nodes/gate-2")["state"] == "online",
                       "the hub hears of the node")

    def test_a_wrong_token_is_said_and_nothing_is_lost(self):
        stranger = self.started(Node(programs, self.folder / "stranger", "gate-1", self.hub,
                                     "wrong"))
        self.node.kill()
        self.node = stranger
        self.assertEqual(self.apply(pipeline("first", self.rows)).returncode, 0)
        self.until(lambda: self.appended() == ROWS, "all alerts kept")
        self.until(lambda: stranger.status()["uplink"]["last_error"], "the reason said")
        self.assertEqual(self.backlog(), ROWS)
        self.assertEqual(self.hub.alerts(), [])


class CommandLineTest(unittest.TestCase):
    def test_a_daemon_says_its_version_and_what_is_no_command_of_its(self):
        for name in ("weir-node", "weir-hub"):
            for code, printed, *arguments in ((0, r"^\d+\.\d+\.\d+\n$", "--version"),
                                              (2, "--config is required"),
                                              (2, "--cofnig", "--config", "x", "--cofnig")):
                done = subprocess.run([programs / name, *arguments], stdout=subprocess.PIPE,
                                      stderr=subprocess.STDOUT, text=True, timeout=60, check=False)
                self.assertRegex(done.stdout, printed)
                self.assertEqual(done.returncode, code, done.stdout)


def main():
    global programs
    programs = pathlib.Path(sys.argv.pop(1)).resolve()
    require(shutil.which("mosquitto") or pathlib.Path("/usr/sbin/mosquitto").exists(),
            "no mosquitto on this machine")
    unittest.main()


if __name__ == "__main__":
    main()
