"""The real `weir run` on simulated cameras: each frame it sees becomes an alert line."""

import json
import pathlib
import struct
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "sim"))

from child import Child  # noqa: E402

PRODUCT = "kind: Product\nname: camera\nproperties: {video: {type: stream}}\n"

CAMERA = """---
kind: Device
name: %(name)s
product: camera
driver: rtsp
connect: {host: "127.0.0.1:%(port)d"%(login)s}
bind: {video: {path: %(path)s}}
"""

# The least that shows frames getting through: decoded, and one alert each.
WATCH = """---
kind: Pipeline
name: watch
steps:
  - stream_input: {product: camera, property: video}
  - demux
  - decode
  - alert: {title: frame, gap: 1ms}
---
kind: Deployment
name: watch
pipeline: watch
devices: {product: camera}
"""


def camera(name, port, path="/camera", login=""):
    """The YAML of one camera. `login` is such as ", user: guest, password: s3cret"."""
    return CAMERA % {"name": name, "port": port, "path": path, "login": login}


class Weir(Child):
    """`weir run` with these cameras and a pipeline that raises an alert for each frame."""

    def __init__(self, program, folder, cameras):
        self.app = folder / "app.yaml"
        self.app.write_text(PRODUCT + "".join(cameras) + WATCH)
        self.metrics = folder / "metrics.json"
        super().__init__([program, "run", self.app, "--alerts", folder / "alerts",
                          "--metrics", self.metrics])

    def frames(self, device):
        """How many frames of the device have come through."""
        return sum(json.loads(line)["device"] == device for line in list(self.stdout))

    def next_frames(self, device, count, seconds):
        """Waits for `count` frames of the device from now on."""
        def wanted(line):
            return json.loads(line)["device"] == device
        since = len(self.stdout)
        for _ in range(count):
            since = 1 + self.wait_for(self.stdout, wanted, seconds, since, f"frames of {device}")

    def next_picture(self, device, size, seconds):
        """Waits for an alert of the device, from now on, whose picture is (width, height) large."""
        def wanted(line):
            alert = json.loads(line)
            return alert["device"] == device and jpeg_size(alert["picture"]) == size
        self.wait_for(self.stdout, wanted, seconds, len(self.stdout), f"a picture of {size}")

    def logged(self, seconds, *words, since=0):
        """The index of the first line of the log from `since` on that holds all `words`."""
        return self.wait_for(self.stderr, lambda line: all(word in line for word in words),
                             seconds, since, f"a log line with {words}")

    def finish(self, seconds):
        """Stops weir; its metrics."""
        code = self.stop(seconds)
        if code != 0:
            raise AssertionError(f"weir ended with code {code}\n{self.tail()}")
        return json.loads(self.metrics.read_text())


def jpeg_size(path):
    """(width, height) of a JPEG file, from its frame header (ITU-T T.81, B.2.2)."""
    data = pathlib.Path(path).read_bytes()
    at = 2
    while data[at + 1] not in (0xC0, 0xC1, 0xC2):  # SOF0 to SOF2
        at += 2 + int.from_bytes(data[at + 2:at + 4], "big")
    height, width = struct.unpack(">HH", data[at + 5:at + 9])
    return width, height
