"""A whole scene: a place, a camera, a light, actors; its frames, its truth, its clip."""

import subprocess

import numpy as np

from . import acts, background
from .camera import HEIGHT, WIDTH, Camera, Pose
from .draw import Canvas, Sprite, disc, shadow
from .families import FAMILIES, draw, hsv, pick
from .figures import LIMBS, Painter
from .poses import HEAD, NECK, PELVIS
from .region import around, outline, within
from .script import Script
from .weather import foliage, rain, shifted

FPS = 10
STAIN_FADE_S = 25.0
NOISE_FIELDS = 4


class Street:
    """One camera's scene; everything follows from (family, seed). Not for several threads.

    `window` limits what is painted to a box of the picture (left, top, right, bottom in pixels), or
    to the watched region with a margin when it is "region": what lies in it stays the same but for
    the sensor's noise.
    """

    def __init__(self, family, seed, seconds=50.0, write=None, light=None, window=None):
        self.family = FAMILIES[family]
        self.seed = [sorted(FAMILIES).index(family), int(seed)]
        self.seconds = seconds
        rng = np.random.default_rng(self.seed)
        self.layout = background.draw_layout(self.family, rng)
        self.camera = Camera(draw_pose(self.family, rng))
        name = pick(rng, sorted(self.family.lights))
        self.light_name = light or name
        self.light = self.family.lights[self.light_name]
        self.set_sun(rng)
        self.region = outline(self.camera, pick(rng, self.family.outlines), rng)
        self.window = (0, 0, WIDTH, HEIGHT)
        if window == "region":
            self.window = around(self.region)
        self.cars = self.draw_cars(rng, seconds)
        self.shaking = rng.uniform(0.2, 0.7) if rng.random() < 0.5 else 0.0
        script = Script(self.family, np.random.default_rng([*self.seed, 1]), self.layout,
                        visible(self.camera), view_direction(self.camera))
        (write or (lambda s: s.fill(seconds)))(script)
        self.actors = script.actors
        self.base = None

    def set_sun(self, rng):
        light = self.light
        azimuth = np.radians(rng.uniform(*light.azimuth_degrees))
        height = np.radians(rng.uniform(*light.height_degrees))
        right, _, forward = self.camera.axes
        ahead = np.array([forward[0], 0, forward[2]]) / np.hypot(forward[0], forward[2])
        flat = right * np.sin(azimuth) - ahead * np.cos(azimuth)
        self.sun = flat * np.cos(height) + np.array([0, np.sin(height), 0])
        ambient, sun = np.array(light.ambient), np.array(light.sun)
        brightness = rng.uniform(0.92, 1.06)
        self.gains = {"ground": (ambient + sun * np.sin(height)) * brightness,
                      "wall": (ambient + sun * max(0.0, -self.sun[2])) * brightness,
                      "figure": (ambient + 0.6 * sun) * brightness}
        strength = 0.10 + 0.5 * float(sun.mean())
        self.picture_light = (
            float(self.sun @ right) * strength,
            -abs(self.sun[1]) * strength * 0.5,
        )

    def draw_cars(self, rng, seconds):
        """Parked cars as (place, colour), passing ones with start, speed and length too."""
        layout, parked, passing = self.layout, [], []

        def color():
            plain = rng.random() < 0.5
            return hsv(draw(rng, self.family.car_hues), 0.05 if plain else rng.uniform(0.3, 0.5),
                       rng.uniform(0.2, 0.85))

        lane, nearest = layout.parking
        for side in (-1, 1):
            if rng.random() < 0.6:
                place = np.array([side * (nearest + rng.uniform(0, 2.5)), 0.0, lane])
                parked.append((place, color()))
        if layout.lane and self.camera.position[2] < layout.lane - 2.5:
            for _ in range(rng.poisson(seconds / 14)):
                passing.append((rng.uniform(0, seconds), rng.choice([-1, 1]) * rng.uniform(5, 9),
                                color()))
        return parked, passing

    def prepare(self):
        """Everything of the picture that does not move, and fields of noise."""
        left, top, right, bottom = self.window
        width, height = right - left, bottom - top
        self.base, self.ground = background.paint(
            self.camera, self.layout, self.light, self.gains, left, top, width, height, self.seed[1]
        )
        self.sprites = [
            Sprite(
                lambda canvas, p=place, c=color: self.painter(canvas).car(p, c),
                left,
                top,
                width,
                height,
            )
            for place, color in self.cars[0]
        ]
        rng = np.random.default_rng([*self.seed, 2])
        sigma = self.light.noise
        self.noise = [rng.normal(0, sigma, (height + 16, width + 16, 1)).astype(np.float32)
                      + rng.normal(0, 0.5 * sigma, (height + 16, width + 16, 3)).astype(np.float32)
                      for _ in range(NOISE_FIELDS)]
        ys, xs = np.mgrid[top:bottom, left:right].astype(np.float32)
        self.glow = None
        if self.light.lamp:
            drain, _ = self.camera.project(np.zeros(3))
            far = ((xs - drain[0] - rng.uniform(-80, 80)) / 230) ** 2 + ((ys - drain[1]) / 190) ** 2
            pool = 0.55 + 1.25 * np.exp(-far)
            self.glow = pool[..., None] * np.array([1.12, 1.0, 0.80], np.float32)
        self.mist = None
        if self.light.fog:
            self.mist = (self.light.fog * np.clip(1.25 - 0.6 * ys / HEIGHT, 0, 1))[..., None]
        self.leaves = None
        if self.light.leaves:
            x = np.arange(width + 64) + left
            y = np.arange(height + 32) + top
            self.leaves = self.light.leaves * foliage(x[None, :], y[:, None], rng)

    def frame(self, index):
        """The picture at index / FPS seconds: (height, width, 3) uint8, RGB."""
        if self.base is None:
            self.prepare()
        t = index / FPS
        rng = np.random.default_rng([*self.seed, 3, index])
        image = self.base.copy()
        self.shade_ground(image, t)
        canvas = Canvas(image, self.window[0], self.window[1])
        painter = self.painter(canvas)
        moments = [(actor, moment) for actor in self.actors if (moment := actor.at(t)) is not None]
        self.stains(canvas, t)
        for actor, moment in moments:
            self.cast(canvas, actor, moment)
        for _, task in sorted(self.tasks(painter, moments, t, rng), key=lambda task: -task[0]):
            task()
        return self.sense(image, t, rng)

    def painter(self, canvas):
        return Painter(self.camera, canvas, self.gains["figure"], self.picture_light)

    def shade_ground(self, image, t):
        if self.leaves is not None:
            dx = int(32 + 22 * np.sin(0.9 * t) + 8 * np.sin(2.3 * t))
            dy = int(16 + 9 * np.sin(1.1 * t + 1))
            height, width = image.shape[:2]
            shade = self.leaves[dy:dy + height, dx:dx + width] * self.ground
            image *= (1 - shade)[..., None]

    def stains(self, canvas, t):
        """What was poured lies around the drain and dries."""
        for actor in self.actors:
            for start, end in actor.tilting():
                if not start < t < end + STAIN_FADE_S:
                    continue
                grown = min(1.0, (t - start) / (end - start + 0.5)) ** 0.7
                dried = min(1.0, (end + STAIN_FADE_S - t) / STAIN_FADE_S)
                center, depth = self.camera.project(np.zeros(3))
                unit = self.camera.focal / depth
                flat = self.camera.position[1] / np.linalg.norm(self.camera.position)
                color = actor.bucket.liquid * self.gains["ground"] * 0.45
                for dx, size, alpha in ((0.0, 0.62, 0.40), (0.18, 0.40, 0.35), (-0.22, 0.34, 0.35)):
                    r = size * grown * unit
                    disc(canvas, center + [dx * unit, 0], r, r * flat, color, soft=0.35,
                         alpha=alpha * dried)

    def cast(self, canvas, actor, moment):
        """The shadow of a person on the ground, and the dark under the feet."""
        size = actor.look.size
        joints = moment.joints
        sun, strength = self.sun, self.light.shadow
        center = np.array([joints[PELVIS][0], 0, joints[PELVIS][2]])
        pixels, depth = self.camera.project(center)
        unit = self.camera.focal / depth * size
        flat = self.camera.position[1] / np.linalg.norm(self.camera.position - center)
        disc(canvas, pixels, 0.34 * unit, 0.34 * unit * flat, (0, 0, 0), soft=1.0, alpha=0.5)
        if strength < 0.2:
            return
        fallen = joints - np.outer(joints[:, 1] / sun[1], sun)
        flat_pixels, depths = self.camera.project(fallen)
        scale = self.camera.focal / depths * size * 0.8
        rods = [(flat_pixels[a], flat_pixels[b], ra * scale[a], rb * scale[b])
                for a, b, ra, rb, _ in LIMBS]
        rods.append((flat_pixels[NECK], flat_pixels[PELVIS], 0.19 * scale[0], 0.15 * scale[0]))
        rods.append((flat_pixels[HEAD], flat_pixels[NECK], 0.12 * scale[0], 0.07 * scale[0]))
        shadow(canvas, rods, strength)

    def tasks(self, painter, moments, t, rng):
        """(depth, drawing) of all that stands on the street."""
        found = []
        parked, passing = self.cars
        for (place, _), sprite in zip(parked, self.sprites):
            _, depth = self.camera.project(place)
            found.append((depth, lambda s=sprite: s.draw(painter.canvas.image)))
        for start, speed, color in passing:
            place = np.array([(t - start) * speed - np.sign(speed) * 18, 0.0, self.layout.lane])
            if abs(place[0]) < 18:
                _, depth = self.camera.project(place)
                found.append((depth, lambda p=place, c=color, s=speed: painter.car(
                    p, c, heading=float(np.sign(s)))))
        for actor, moment in moments:
            _, depth = self.camera.project(moment.joints[PELVIS])
            found.append((depth, lambda a=actor, m=moment: perform(painter, a, m, rng)))
            thing = actor.extra(t) if actor.extra else None
            if thing:
                center, radius, color = thing
                _, depth = self.camera.project(center)
                found.append((depth, lambda c=center, r=radius, k=color: painter.ball(c, r, k)))
        return found

    def sense(self, image, t, rng):
        """Light, weather and sensor: from colours to the picture's bytes."""
        light = self.light
        if light.clouds:
            image *= 1 + light.clouds * np.sin(0.23 * t + self.seed[1]) * np.sin(0.071 * t)
        if self.glow is not None:
            image *= self.glow
        if self.mist is not None:
            image += (np.float32(205) * np.array(light.ambient, np.float32) - image) * self.mist
        if light.rain:
            rain(image, light.rain, rng)
        if self.shaking:
            image = shifted(image, self.shaking * np.sin(7.1 * t + np.sin(1.3 * t)),
                            self.shaking * np.sin(9.7 * t + 2 * np.sin(0.9 * t)))
        field = self.noise[int(rng.integers(NOISE_FIELDS))]
        dy, dx = rng.integers(0, 16, 2)
        image += field[dy:dy + image.shape[0], dx:dx + image.shape[1]]
        return np.clip(image, 0, 255).astype(np.uint8)

    def inside(self, actor, moment):
        """The share of a person's joints that lies in the watched region."""
        pixels, _ = self.camera.project(moment.joints)
        return float(within(self.region * [WIDTH, HEIGHT], pixels).mean())

    def doings(self, index):
        """[(kind, share of the person in the region)] of frame `index`, of those in the region."""
        t = index / FPS
        found = []
        for actor in self.actors:
            moment = actor.at(t)
            if moment is None:
                continue
            share = self.inside(actor, moment)
            if share > 0:
                kind = actor.kind(t)
                if kind == "dumping" and not any(s <= t <= e for s, e in actor.tilting()):
                    kind = "standing"
                found.append((kind, share))
        return found

    def truth(self, clip):
        """The entry of truth.json for this scene."""
        dumpings = sorted(span for actor in self.actors for span in actor.tilting())
        return {"clip": clip, "fps": FPS, "seconds": self.seconds, "light": self.light_name,
                "drain": [[float(x), float(y)] for x, y in self.region],
                "events": [{"kind": "dumping", "start": round(s, 2), "end": round(e, 2)}
                           for s, e in dumpings if e < self.seconds],
                "acts": self.other_acts()}

    def other_acts(self):
        """Spans in which somebody in the region does anything but dump."""
        spans = []
        for actor in self.actors:
            last, began = None, 0.0
            for index in range(int(self.seconds * FPS) + 1):
                t = index / FPS
                moment = actor.at(t) if t < self.seconds else None
                kind = actor.kind(t) if moment and self.inside(actor, moment) > 0.5 else None
                if kind != last:
                    if last not in (None, "dumping"):
                        spans.append({"kind": last, "start": began, "end": t})
                    last, began = kind, t
        return sorted(spans, key=lambda span: span["start"])

    def frames(self):
        for index in range(int(round(self.seconds * FPS))):
            yield self.frame(index)

    def write(self, path, quality=26):
        """Encodes the scene: H.264, a keyframe each second, no B-frames, no look-ahead."""
        left, top, right, bottom = self.window
        command = ["ffmpeg", "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "rgb24",
                   "-s", f"{right - left}x{bottom - top}", "-r", str(FPS), "-i", "-",
                   "-c:v", "libx264", "-preset", "veryfast", "-tune", "zerolatency",
                   "-crf", str(quality), "-g", str(FPS), "-keyint_min", str(FPS),
                   "-sc_threshold", "0", "-bf", "0", "-threads", "1", "-pix_fmt", "yuv420p",
                   "-fflags", "+bitexact", "-flags:v", "+bitexact", str(path)]
        encoder = subprocess.Popen(command, stdin=subprocess.PIPE)
        for picture in self.frames():
            encoder.stdin.write(picture.tobytes())
        encoder.stdin.close()
        if encoder.wait() != 0:
            raise SystemExit(f"ffmpeg could not write {path}")


def perform(painter, actor, moment, rng):
    """A person and what is held; what is nearer to the camera than the body comes last."""
    facing = np.array([np.cos(moment.heading), 0.0, np.sin(moment.heading)])
    _, body = painter.camera.project(moment.joints[PELVIS])
    things = []
    for name, points in moment.held.items():
        _, depths = painter.camera.project(points)
        things.append((float(np.mean(depths)), name, points))
    for depth, name, points in things:
        if depth >= body:
            hold(painter, actor, moment, name, points, facing, rng)
    painter.person(moment.joints, actor.look, facing)
    for depth, name, points in things:
        if depth < body:
            hold(painter, actor, moment, name, points, facing, rng)


def hold(painter, actor, moment, name, points, facing, rng):
    colors = actor.look.colors
    if name == "bucket":
        axis = (points[1] - points[0]) / (np.linalg.norm(points[1] - points[0]) + 1e-6)
        bucket = actor.bucket
        if moment.pour > 0.02:
            lip = points[1] + facing * bucket.radius_high * 0.6 - [0, bucket.radius_high * 0.5, 0]
            painter.pour(lip, facing, bucket, moment.pour, 0.0, rng)
        painter.bucket(points[0], axis, bucket, moment.full)
        if axis[1] > 0.9 and np.linalg.norm(moment.joints[8] - points[1]) < 0.35:
            painter.handle(points[0], axis, bucket, moment.joints[8])
    elif name == "broom":
        painter.broom(points[0], points[1], np.array([196, 160, 84], np.float32))
    elif name == "bag":
        painter.bag(points[0], colors["hat"], 0.22)
    elif name == "umbrella":
        painter.umbrella(points[0], colors["hat"])
    elif name == "crate":
        painter.crate(points[0], facing, 0.36, np.array([168, 130, 86], np.float32))


def draw_pose(family, rng):
    return Pose(scale=draw(rng, family.scale_pixels),
                elevation=np.radians(draw(rng, family.elevation_degrees)),
                turn=np.radians(draw(rng, family.turn_degrees)),
                focal=draw(rng, family.focal_pixels), drain_x=draw(rng, family.drain_x),
                drain_y=draw(rng, family.drain_y))


def visible(camera):
    """How far along the street (metres) the picture shows the ground at the drain's distance."""
    row = camera.project(np.zeros(3))[0][1]
    rays = camera.rays(np.array([0, WIDTH], np.float32), np.array([row], np.float32))[0]
    return tuple(sorted(
        float(camera.position[0] - camera.position[1] / ray[1] * ray[0]) for ray in rays))


def view_direction(camera):
    """From the camera to the drain over the ground, (a, b)."""
    flat = -camera.position[[0, 2]]
    return flat / np.linalg.norm(flat)
