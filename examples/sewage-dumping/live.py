"""The application on live cameras, a node and a hub: plays clips over RTSP, judges the alerts.

For demo.py and the benchmark `alert`; standard library only. What is measured: `captured` of an
alert is the time at which its frame was released, which the camera stamps into each frame;
`received` is when the pipeline got it; `raised` is when the node had it; `committed` is when the
hub had it synced to its disk.
"""

import contextlib
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
from daemons import Feed, Hub, HubAddress, Node  # noqa: E402
from proxy import Proxy  # noqa: E402

APP = HERE / "app.yaml"
APP_ADDRESS = "127.0.0.1:8554"  # of the cameras, in app.yaml
TOLERANCE_S = 2.0  # an alert is right this far around the labelled event
QUIET_S = 3.0  # without an alert, after the cameras have ended, until the run is over
CONNECT_S = 60.0  # for all cameras to be watched
OVERTIME_S = 60.0  # for a camera to end, beyond the length of its clip
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
    number: int  # the hub's
    device: str
    title: str
    picture: str  # its URL; "" where it has none
    captured_ns: int
    received_ns: int
    raised_ns: int
    committed_ns: int

    @classmethod
    def parse(cls, alert, hub_url, seen_ns):
        """`alert` as the hub's REST or feed tells it. Only the feed says when it was committed:
        of others it is taken to be when they were seen, which is later."""
        record = alert["record"]
        for name in ("captured", "received", "raised"):
            if name not in record:
                raise Failure(f"an alert without {name!r}: {alert}")
        picture = f"{hub_url}/api/v1/alerts/{alert['number']}/picture"
        committed = alert.get("committed")
        return cls(alert["number"], alert["device"], alert["title"],
                   picture if alert.get("picture") else "", unix_ns(record["captured"]),
                   unix_ns(record["received"]), unix_ns(record["raised"]),
                   unix_ns(committed) if committed else seen_ns)

    @property
    def latency_ns(self):
        return self.committed_ns - self.captured_ns

    @property
    def share_ns(self):
        return self.raised_ns - self.received_ns

    @property
    def uplink_ns(self):
        return self.committed_ns - self.raised_ns


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


@dataclasses.dataclass(frozen=True)
class Network:
    """How long each byte is under way on the links from a camera to the hub, there as back."""

    camera_to_gateway_s: float = 0.0
    gateway_to_node_s: float = 0.0
    node_to_hub_s: float = 0.0

    @property
    def way_s(self):
        return self.camera_to_gateway_s + self.gateway_to_node_s + self.node_to_hub_s


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

    NODE = "gate-1"

    def __init__(self, scenario, binaries, folder, app_text=None, network=Network()):
        """`app_text` is run in the place of app.yaml. `folder` is emptied and gets what a run
        leaves: the application as run, and all that hub and node wrote."""
        self.scenario = scenario
        self.network = network
        self.folder = folder
        self.alerts = []
        self.first_frame_ns = {}
        self._binaries = binaries
        self._app_text = app_text or APP.read_text()
        self._quiet_since = None
        self._texts_read = 0
        self._connections = 0
        self._dropped_before = 0
        for program in ("rtsp_camera", "weir", "weir-node", "weir-hub"):
            if not (binaries / program).exists():
                raise Failure(f"{binaries / program} is not built")
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        self._held = contextlib.ExitStack()

    def __enter__(self):
        with contextlib.ExitStack() as held:
            cameras = [argument for name in self.scenario.truth
                       for argument in ("--camera", f"/{name}={self.scenario.clips(name)}")]
            self._cameras = held.enter_context(Simulator(
                [self._binaries / "rtsp_camera", "--start-when-watched", *cameras]))
            self.hub = held.enter_context(Hub(self._binaries, self.folder / "hub"))
            self._feed = Feed(self.hub.port, "/api/v1/alerts/live")
            held.callback(self._feed.stop)
            self._cameras_port = self._distant(held, self._cameras.port,
                                               self.network.camera_to_gateway_s,
                                               self.network.gateway_to_node_s)
            hub = HubAddress(*(self._distant(held, port, self.network.node_to_hub_s)
                               for port in (self.hub.port, self.hub.broker_port)))
            self.node = held.enter_context(Node(self._binaries, self.folder / "node", self.NODE,
                                                hub, self.hub.add_node(self.NODE)))
            self._held = held.pop_all()
        return self

    @staticmethod
    def _distant(held, port, *delays_s):
        """The port at which `port` is found behind links with these delays."""
        for delay_s in filter(None, delays_s):
            proxy = Proxy(port, delay_s)
            held.callback(proxy.close)
            port = proxy.port
        return port

    def __exit__(self, *_):
        self._held.close()

    def begin(self):
        """Applies the application, and waits until the first frames are released."""
        if APP_ADDRESS not in self._app_text:
            raise Failure(f"{APP} names no camera at {APP_ADDRESS}")
        os.symlink(HERE / "models", self.folder / "models")
        app = self.folder / "app.yaml"
        app.write_text(self._app_text.replace(APP_ADDRESS, f"127.0.0.1:{self._cameras_port}"))
        self.node.apply(app)
        deadline = time.monotonic() + CONNECT_S
        for name in self.scenario.truth:
            while name not in self.first_frame_ns:
                self.check_daemons()
                try:
                    event = self._cameras.event("released", 0.1, camera=f"/{name}")
                    self.first_frame_ns[name] = event["at"]
                except TimeoutError:
                    if time.monotonic() > deadline:
                        raise Failure(f"nobody watches {name}\n{self.node.tail()}") from None

    @property
    def elapsed_s(self):
        return (time.time_ns() - min(self.first_frame_ns.values())) / NS

    def kill_node(self):
        self._dropped_before += dropped_in(self.node.status())
        self.node.kill()

    def new_alerts(self):
        """The alerts committed since the last call: what the feed told, and after each of its
        connections what it may have missed."""
        new = []
        while self._texts_read < len(self._feed.texts):
            seen_ns, text = self._feed.texts[self._texts_read]
            self._texts_read += 1
            new.append(Alert.parse(json.loads(text), self.hub.url, seen_ns))
        if self._feed.opened != self._connections and self.hub.running():
            self._connections = self._feed.opened
            new += self._listed()
        return self._keep(new)

    def _keep(self, found):
        """Of these, the ones that were not known."""
        numbers = {alert.number for alert in self.alerts}
        new = list({alert.number: alert for alert in reversed(found)
                    if alert.number not in numbers}.values())[::-1]
        self.alerts += new
        return new

    def _listed(self):
        return [Alert.parse(alert, self.hub.url, time.time_ns()) for alert in self.hub.alerts()]

    def over(self):
        """True once all cameras have ended, the hub has everything, and all is quiet."""
        if not all(self._ended(name) for name in self.scenario.truth):
            if self.elapsed_s > self.scenario.seconds + OVERTIME_S:
                raise Failure(f"the cameras do not end\n{self._cameras.tail()}")
            return False
        self.check_daemons()
        now = time.monotonic()
        waiting = self.node.status()["uplink"]["classes"]["alert"]["backlog"] > 0
        if self._quiet_since is None or waiting or self._texts_read < len(self._feed.texts):
            self._quiet_since = now
        return now - self._quiet_since >= QUIET_S + self.network.way_s

    def _ended(self, name):
        return any(event["event"] == "ended" and event["camera"] == f"/{name}"
                   for event in map(json.loads, list(self._cameras.stdout)))

    def check_daemons(self):
        for daemon in (self.hub, self.node):
            if not daemon.running():
                raise Failure(f"a daemon has ended\n{daemon.tail()}")

    def stop_daemons(self):
        """As an operator would: the node first, so that the hub gets what it still has."""
        for daemon in (self.node, self.hub):
            if code := daemon.stop():
                raise Failure(f"a daemon ended with code {code}\n{daemon.tail()}")

    def finish(self):
        """How many frames were lost because something was too slow. Afterwards `alerts` are all
        that the hub has."""
        self._keep(self._listed())
        return self._dropped_before + dropped_in(self.node.status())


CHOOSING = {"filter", "frame_rate", "alert"}  # operators that drop what they are told to drop


def dropped_in(status):
    """Packets and frames that a node lost because something was too slow."""
    steps = [step for deployment in status["deployments"] for step in deployment["steps"]]
    losing = [step for step in steps if step["operator"] not in CHOOSING]
    return sum(part["dropped"] for part in losing + status["cameras"])
