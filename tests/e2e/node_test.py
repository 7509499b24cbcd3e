#!/usr/bin/env python3
"""A node with live cameras and nobody but its operator: what is applied runs, what is changed is
bound anew while the rest goes on, and it stops when it is told to, whatever its cameras do.

usage: node_test.py DIR [TEST...]    DIR holds the programs weir, weir-node, rtsp_camera
"""

import hashlib
import json
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest
import urllib.error
import urllib.request

from weir import PRODUCT, camera

from child import Simulator, require  # after weir, which knows where it is
from clips import make_clip
from daemons import Node, poll

SECONDS = 60  # no step takes longer, however slow the machine
EXAMPLE = pathlib.Path(__file__).resolve().parents[2] / "examples" / "sewage-dumping"
DEPLOYED = """---
kind: Pipeline
name: watch
steps:
  - stream_input: {product: camera, property: video}
  - demux
  - decode
"""

programs = None


def deployment(name, device):
    return (f"---\nkind: Deployment\nname: {name}\npipeline: watch\n"
            f"devices: {{device: {device}}}\n")


class NodeTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.clips = tempfile.TemporaryDirectory()
        cls.clip = make_clip(pathlib.Path(cls.clips.name) / "clip.mp4", 2)

    @classmethod
    def tearDownClass(cls):
        cls.clips.cleanup()

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.node = Node(programs, self.folder / "node", "gate-1")
        self.addCleanup(self.node.kill)
        self.node.start()

    def film(self):
        simulator = Simulator([programs / "rtsp_camera", "--camera", f"/camera={self.clip}",
                               "--loop"])
        self.addCleanup(simulator.kill)
        return simulator

    def weir(self, *arguments):
        done = subprocess.run([programs / "weir", *arguments, "--server", self.node.url],
                              capture_output=True, text=True, timeout=SECONDS)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def refused(self, *arguments):
        done = subprocess.run([programs / "weir", *arguments, "--server", self.node.url],
                              capture_output=True, text=True, timeout=SECONDS)
        self.assertEqual(done.returncode, 1, done.stdout)
        return done.stderr

    def send(self, method, path, body, headers):
        """The status and the body of the answer."""
        request = urllib.request.Request(self.node.url + path, method=method, data=body,
                                         headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=SECONDS) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as problem:
            return problem.code, problem.read()

    def apply(self, text):
        file = self.folder / "app.yaml"
        file.write_text(text)
        return self.weir("apply", "-f", file)

    def until(self, condition, what):
        self.assertTrue(poll(condition, SECONDS), f"{what}\n{self.node.tail()}")

    def cameras(self):
        return {each["device"]: each for each in self.node.status()["cameras"]}

    def deployments(self):
        return {each["name"]: each for each in self.node.status()["deployments"]}

    def until_streaming(self, *devices):
        def streaming():
            return all(self.cameras().get(device, {}).get("state") == "streaming"
                       for device in devices)
        self.until(streaming, f"{devices} streaming")

    def decoded(self, name):
        steps = {step["operator"]: step for step in self.deployments()[name]["steps"]}
        return steps["decode"]["out"]

    def test_it_stops_with_a_live_and_a_frozen_camera(self):
        frozen = self.film()
        self.apply(PRODUCT + camera("live", self.film().port) + camera("frozen", frozen.port) +
                   DEPLOYED + deployment("first", "live") + deployment("second", "frozen"))
        self.until_streaming("live", "frozen")
        frozen.send(signal.SIGSTOP)
        self.until(lambda: any("stream frozen" in line for line in self.node.lines()),
                   "the frozen camera noticed")
        self.assertIn("no packet", self.cameras()["frozen"]["last_error"])
        self.assertEqual(self.node.stop(), 0)
        self.assertIn("INFO node stopped", self.node.lines())

    def test_a_moved_camera_is_bound_anew_while_the_other_goes_on(self):
        app = (PRODUCT + camera("still", self.film().port) + DEPLOYED +
               deployment("first", "still") + deployment("second", "moved"))
        self.apply(app + camera("moved", self.film().port))
        self.until_streaming("still", "moved")
        applied = self.apply(app + camera("moved", self.film().port))
        self.assertIn("Device moved changed", applied)
        self.assertIn("Device still unchanged", applied)
        self.until(lambda: self.deployments()["second"]["starts"] == 2, "bound anew")
        self.until_streaming("moved")
        before = self.decoded("first")
        self.until(lambda: self.decoded("second") > 0, "pictures of the moved camera")
        self.until(lambda: self.decoded("first") > before, "pictures of the other")
        self.assertEqual(self.deployments()["first"]["starts"], 1)
        self.assertEqual(self.cameras()["still"]["connects"], 1)

    def test_a_device_with_an_address_that_cannot_be_is_refused_and_the_others_go_on(self):
        self.apply(PRODUCT + camera("cam-1", self.film().port) + DEPLOYED +
                   "---\n{kind: Deployment, name: first, pipeline: watch,"
                   " devices: {product: camera}}\n")
        self.until_streaming("cam-1")
        file = self.folder / "cam-9.yaml"
        for connect, bind, place in (("127.0.0.1:99999", "/", "3:18: host: "),
                                     ("", "/", "3:18: host: "),
                                     ("[::1", "/", "3:18: host: "),
                                     ("127.0.0.1", "/a b", "4:23: path: "),
                                     ("127.0.0.1", "/a\\r\\nb", "4:23: path: ")):
            file.write_text("{kind: Device, name: cam-9, product: camera, driver: rtsp,\n"
                            f" description: 'not there',\n connect: {{host: \"{connect}\"}},\n"
                            f" bind: {{video: {{path: \"{bind}\"}}}}}}\n")
            for options in ([], ["--dry-run"]):
                self.assertIn(f"{file}:{place}", self.refused("apply", "-f", file, *options))
        self.assertNotIn("cam-9", self.weir("get", "devices"))
        self.assertEqual(self.deployments()["first"]["starts"], 1)
        self.assertEqual(self.cameras()["cam-1"]["connects"], 1)

    def test_what_nothing_uses_any_more_is_let_go_of(self):
        self.apply(PRODUCT + camera("only", self.film().port) + DEPLOYED +
                   deployment("first", "only"))
        self.until_streaming("only")
        self.weir("delete", "deployment", "first")
        self.until(lambda: not self.deployments() and not self.cameras(), "all ended")
        self.assertIn("only", self.weir("get", "devices"))

    def test_what_can_be_no_model_is_refused_before_it_is_uploaded(self):
        shutil.copytree(EXAMPLE / "models", self.folder / "models")
        file = self.folder / "app.yaml"
        file.write_text((EXAMPLE / "app.yaml").read_text())
        package = self.folder / "models" / "intrusion" / "model.yaml"
        package.write_text("# none\n{{{garbage")
        for options in ([], ["--dry-run"]):
            refused = self.refused("apply", "-f", file, *options)
            self.assertIn(f"{package}:2:", refused)
        self.assertEqual(len(list((self.folder / "node" / "blobs").rglob("*/*"))), 0)
        self.assertNotIn("intrusion", self.weir("get", "models"))

    def test_a_node_takes_no_version_that_can_be_no_model(self):
        content = b"task: detection\nfoo: 1\n"
        digest = "sha256:" + hashlib.sha256(content).hexdigest()
        version = "sha256:" + hashlib.sha256(f"model.yaml\0{digest}\n".encode()).hexdigest()
        uploaded, _ = self.send("PATCH", f"/api/v1/blobs/{digest}", content,
                                {"Upload-Offset": "0", "Upload-Length": str(len(content)),
                                 "Content-Type": "application/octet-stream"})
        self.assertEqual(uploaded, 204)
        model = f"{{kind: Model, name: m, version: '{version}', files: {{model.yaml: '{digest}'}}}}"
        for query in ("", "?dry-run=true"):
            status, told = self.send("POST", f"/api/v1/apply{query}", model.encode(),
                                     {"Content-Type": "application/yaml"})
            self.assertEqual(status, 422, told)
            first = sorted(json.loads(told)["errors"], key=lambda error: -error["line"])[0]
            self.assertEqual((first["file"], first["line"], first["column"]),
                             ("m/model.yaml", 2, 1))
        self.assertNotIn("m", self.weir("get", "models").split())

    def test_models_are_folders_beside_the_file(self):
        shutil.copytree(EXAMPLE / "models", self.folder / "models")
        text = (EXAMPLE / "app.yaml").read_text()
        self.assertIn("Model intrusion created", self.apply(text))
        self.assertIn("Model intrusion unchanged", self.apply(text))
        first = json.loads(self.weir("get", "models", "intrusion", "--json"))["versions"]
        with open(self.folder / "models" / "intrusion" / "model.yaml", "a") as model:
            model.write("# another\n")
        applied = self.apply(text)
        self.assertIn("Model intrusion changed", applied)
        self.assertIn("Model activity unchanged", applied)
        versions = json.loads(self.weir("get", "models", "intrusion", "--json"))["versions"]
        self.assertEqual(len(first), 1)
        self.assertEqual(len(versions), 2)


def main():
    global programs
    programs = pathlib.Path(sys.argv.pop(1)).resolve()
    require(shutil.which("ffmpeg"), "ffmpeg is not installed")
    unittest.main()


if __name__ == "__main__":
    main()
