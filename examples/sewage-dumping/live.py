"""The application on live cameras: plays clips over RTSP, runs `weir` on them, judges its alerts.

For demo.py and the benchmark `alert`; standard library only. What is measured: `captured` of an
alert is the time at which its frame was released, which the camera stamps into each frame;
`received` is when the pipeline got it; `raised` is when the alert was written.
"""

import dataclasses
import datetime
import hashlib
import json
import os
import pathlib
import re
import shutil
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "sim"))

from child import Child, Simulator  # noqa: E402

APP = HERE / "app.yaml"
APP_ADDRESS = "127.0.0.1:8554"  # of the cameras, in app.yaml
TOLERANCE_S = 2.0  # an alert is right this far around the labelled event
QUIET_S = 3.0  # without an alert, after the cameras have ended, until the run is over
CONNECT_S = 60.0  # for all cameras to be watched
OVERTIME_S = 60.0  # for a camera to end, beyond the length of its clip
STOP_S = 30.0  # for weir to drain
CLIPS_S = 900.0  # for the clips to be generated
NS = 1_000_000_000


class Failure(Exception):
    """The run could not be made; says why."""


def unix_ns(text):
    """Nanoseconds since 1970 of an RFC 3339 time in UTC, such as 2026-01-01T00:00:00.123456789Z."""
    match = re.fullmatch(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z", text)
    if not match:
        raise Failure(f"{text!r} is no RFC 3339 time in UTC")
    whole = datetime.datetime.fromisoformat(match[1]).replace(tzinfo=datetime.timezone.utc)
    return int(whole.timestamp()) * NS + int((match[2] or "").ljust(9, "0"))


@dataclasses.dataclass(frozen=True)
class Alert:
    device: str
    title: str
    picture: str
    captured_ns: int
    received_ns: int
    raised_ns: int

    @classmethod
    def parse(cls, line):
        fields = json.loads(line)
        for name in ("captured", "received", "raised"):
            if name not in fields:
                raise Failure(f"an alert without {name!r}: {line}")
        return cls(fields["device"], fields["title"], fields.get("picture", ""),
                   unix_ns(fields["captured"]), unix_ns(fields["received"]),
                   unix_ns(fields["raised"]))

    @property
    def latency_ns(self):
        return self.raised_ns - self.captured_ns

    @property
    def share_ns(self):
        return self.raised_ns - self.received_ns


@dataclasses.dataclass(frozen=True)
class Scenario:
    """Clips in `folder`, one a camera, and what `truth` says happens in them."""

    folder: pathlib.Path
    truth: dict  # truth.json's "cameras"

    @classmethod
    def load(cls, folder):
        return cls(folder, json.loads((folder / "truth.json").read_text())["cameras"])

    @property
    def seconds(self):
        return max(camera["seconds"] for camera in self.truth.values())

    @property
    def events(self):
        """(camera, start, end) of each staged event, in seconds since the camera's first frame."""
        return [(name, event["start"], event["end"])
                for name, camera in self.truth.items() for event in camera["events"]]

    def clips(self, camera):
        """What the camera plays one after the other: paths between commas."""
        names = self.truth[camera]["clip"].split(",")
        return ",".join(str(self.folder / name) for name in names)

    def acts(self):
        """(start, end, camera, kind) of everything that happens, in the order of the starts."""
        return sorted((act["start"], act["end"], name, act["kind"])
                      for name, camera in self.truth.items()
                      for act in camera["events"] + camera["acts"])


@dataclasses.dataclass
class Verdict:
    """What became of the events staged and of the alerts raised."""

    staged: int
    right: list  # alerts: the only one of its event
    wrong: list  # alerts: of no event, or a further one of an event
    missed: list  # events, as in Scenario.events

    @property
    def perfect(self):
        return len(self.right) == self.staged and not self.wrong


def judge(scenario, first_frame_ns, alerts):
    """`first_frame_ns` gives for each camera when it released its first frame."""
    events = scenario.events
    found = {event: [] for event in events}
    wrong = []
    for alert in alerts:
        for event in events:
            camera, start, end = event
            if alert.device != camera:
                continue
            at = (alert.captured_ns - first_frame_ns[camera]) / NS
            if start - TOLERANCE_S <= at <= end + TOLERANCE_S:
                found[event].append(alert)
                break
        else:
            wrong.append(alert)
    right = []
    for own in found.values():
        right += own[:1] if len(own) == 1 else []
        wrong += own if len(own) > 1 else []
    return Verdict(len(events), right, wrong, [event for event in events if not found[event]])


def percentile(values, share):
    """The smallest value that `share` of all values do not exceed; None of no values."""
    ordered = sorted(values)
    if not ordered:
        return None
    return ordered[max(0, -(-len(ordered) * share // 100) - 1)]


def generator_digest():
    """Changes when the generator does."""
    digest = hashlib.sha256()
    for source in sorted([HERE / "generate.py", *(HERE / "scenes").glob("*.py")]):
        digest.update(source.name.encode() + b"\0" + source.read_bytes() + b"\0")
    return digest.hexdigest()


def demo_clips(folder, report):
    """The demo's clips in `folder`; made anew only where the generator has changed since."""
    stamp = folder / "generator.sha256"
    if stamp.exists() and stamp.read_text() == generator_digest():
        return Scenario.load(folder)
    report("generating the cameras' clips, once: about half a minute")
    shutil.rmtree(folder, ignore_errors=True)
    with Child([sys.executable, HERE / "generate.py", "demo", "--out", folder]) as generator:
        if generator.wait(CLIPS_S) != 0:
            raise Failure(f"generate.py failed\n{generator.tail()}")
    scenario = Scenario.load(folder)
    stamp.write_text(generator_digest())
    return scenario


class Live:
    """One run of the application on the cameras of a scenario; a context manager."""

    def __init__(self, scenario, binaries, folder, app_text=None):
        """`app_text` is run in the place of app.yaml. `folder` is emptied and gets what a run
        leaves: the application as run, pictures, weir's log and metrics."""
        self.scenario = scenario
        self.folder = folder
        self.alerts = []
        self.first_frame_ns = {}
        self._quiet_since = None
        self._lines_read = 0
        for program in ("rtsp_camera", "weir"):
            if not (binaries / program).exists():
                raise Failure(f"{binaries / program} is not built")
        shutil.rmtree(folder, ignore_errors=True)
        (folder / "alerts").mkdir(parents=True)
        cameras = [argument for name in scenario.truth
                   for argument in ("--camera", f"/{name}={scenario.clips(name)}")]
        self._cameras = Simulator([binaries / "rtsp_camera", "--start-when-watched", *cameras])
        try:
            app = self._write_app(app_text or APP.read_text())
            self._weir = Child([binaries / "weir", "run", app, "--alerts", folder / "alerts",
                                "--metrics", folder / "metrics.json"], cwd=ROOT)
        except BaseException:
            self._cameras.kill()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._weir.kill()
        self._cameras.kill()
        (self.folder / "weir.log").write_text("\n".join(self._weir.stderr) + "\n")

    def _write_app(self, text):
        """The application at the cameras' port, beside its models."""
        if APP_ADDRESS not in text:
            raise Failure(f"{APP} names no camera at {APP_ADDRESS}")
        os.symlink(HERE / "models", self.folder / "models")
        app = self.folder / "app.yaml"
        app.write_text(text.replace(APP_ADDRESS, f"127.0.0.1:{self._cameras.port}"))
        return app

    @property
    def command(self):
        return " ".join(os.path.relpath(word, ROOT) if word.startswith("/") else word
                        for word in self._weir.argv)

    def begin(self):
        """Waits until weir watches every camera and the first frames are released."""
        deadline = time.monotonic() + CONNECT_S
        for name in self.scenario.truth:
            while name not in self.first_frame_ns:
                self._check_weir()
                try:
                    event = self._cameras.event("released", 0.1, camera=f"/{name}")
                    self.first_frame_ns[name] = event["at"]
                except TimeoutError:
                    if time.monotonic() > deadline:
                        raise Failure(f"weir does not watch {name}\n{self._weir.tail()}") from None

    @property
    def elapsed_s(self):
        return (time.time_ns() - min(self.first_frame_ns.values())) / NS

    def new_alerts(self):
        """The alerts raised since the last call."""
        new = []
        while self._lines_read < len(self._weir.stdout):
            new.append(Alert.parse(self._weir.stdout[self._lines_read]))
            self._lines_read += 1
        self.alerts += new
        return new

    def over(self):
        """True once all cameras have ended and no alert has come for a while."""
        self._check_weir()
        if not all(self._ended(name) for name in self.scenario.truth):
            if self.elapsed_s > self.scenario.seconds + OVERTIME_S:
                raise Failure(f"the cameras do not end\n{self._cameras.tail()}")
            return False
        now = time.monotonic()
        if self._quiet_since is None or self._lines_read < len(self._weir.stdout):
            self._quiet_since = now
        return now - self._quiet_since >= QUIET_S

    def _ended(self, name):
        return any(event["event"] == "ended" and event["camera"] == f"/{name}"
                   for event in map(json.loads, list(self._cameras.stdout)))

    def _check_weir(self):
        if not self._weir.running():
            raise Failure(f"weir ended with code {self._weir.wait(STOP_S)}\n{self._weir.tail()}")

    def finish(self):
        """Stops weir, which drains; returns its metrics."""
        code = self._weir.stop(STOP_S)
        self.new_alerts()
        if code != 0:
            raise Failure(f"weir ended with code {code}\n{self._weir.tail()}")
        return json.loads((self.folder / "metrics.json").read_text())


CHOOSING = {"filter", "frame_rate", "alert"}  # operators that drop what they are told to drop


def frames_dropped(metrics):
    """Packets and frames lost because something was too slow, over all cameras and operators."""
    operators = [operator for deployment in metrics["deployments"]
                 for operator in deployment["operators"]]
    losing = [operator for operator in operators if operator["operator"] not in CHOOSING]
    return sum(part["dropped"] for part in losing + metrics["cameras"])
