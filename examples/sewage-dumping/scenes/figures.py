"""People, buckets, brooms, balls and cars, drawn from points of the street."""

import numpy as np

from . import poses as P
from .draw import capsule, disc, polygon
from .families import draw, hsv, pick

LIMBS = (  # from, to, radii in metres, which garment
    (P.LEFT_HIP, P.LEFT_KNEE, 0.085, 0.062, "legs"),
    (P.LEFT_KNEE, P.LEFT_ANKLE, 0.062, 0.042, "shins"),
    (P.LEFT_ANKLE, P.LEFT_TOE, 0.048, 0.036, "shoes"),
    (P.RIGHT_HIP, P.RIGHT_KNEE, 0.085, 0.062, "legs"),
    (P.RIGHT_KNEE, P.RIGHT_ANKLE, 0.062, 0.042, "shins"),
    (P.RIGHT_ANKLE, P.RIGHT_TOE, 0.048, 0.036, "shoes"),
    (P.LEFT_SHOULDER, P.LEFT_ELBOW, 0.058, 0.046, "sleeves"),
    (P.LEFT_ELBOW, P.LEFT_WRIST, 0.043, 0.034, "forearms"),
    (P.RIGHT_SHOULDER, P.RIGHT_ELBOW, 0.058, 0.046, "sleeves"),
    (P.RIGHT_ELBOW, P.RIGHT_WRIST, 0.043, 0.034, "forearms"),
)


class Look:
    """What a person wears; drawn once from a family."""

    def __init__(self, family, rng, child=False):
        self.size = float(rng.uniform(0.62, 0.78) if child else rng.uniform(0.92, 1.06))
        self.girth = float(rng.uniform(0.9, 1.18))
        self.cut = pick(rng, family.cuts)
        self.head = pick(rng, family.heads)
        skin = np.array(pick(rng, family.skins), np.float32)
        hair = np.array([[38, 30, 26], [70, 48, 32], [120, 112, 106], [150, 118, 74]][
            int(rng.integers(4))], np.float32)
        top, bottom, extra = (self.cloth(family, rng) for _ in range(3))
        shoes = hsv(rng.uniform(0, 360), 0.2, rng.uniform(0.12, 0.85))
        self.colors = {"torso": top, "legs": bottom, "shins": bottom, "shoes": shoes,
                       "sleeves": top, "forearms": top, "skin": skin, "hair": hair, "hat": extra}
        if self.cut == "shirt" and rng.random() < 0.6 or self.cut in ("shorts", "dress"):
            self.colors["forearms"] = skin
        if self.cut in ("shorts", "dress"):
            self.colors["shins"] = skin
        if self.cut == "vest":
            self.colors["torso"] = extra * 1.1
        stripes = rng.random() < 0.3
        count, depth = rng.uniform(4, 9), rng.uniform(0.15, 0.35)
        self.weave = ((lambda along, across: 1 - depth * (np.sin(along * count * 6.28) > 0.2))
                      if stripes else None)

    @staticmethod
    def cloth(family, rng):
        saturation = 0.10 if rng.random() < 0.4 else rng.uniform(0.22, 0.62)
        return hsv(draw(rng, family.garment_hues), saturation, draw(rng, family.garment_brightness))


class Painter:
    """Draws things of the street on a canvas through a camera, lit by a scene's light."""

    def __init__(self, camera, canvas, gain, light):
        self.camera = camera
        self.canvas = canvas
        self.gain = np.asarray(gain, np.float32)  # what light does to a standing surface's colour
        self.light = light                        # its direction in the picture, with its strength

    def rod(self, a, b, ra, rb, color, **options):
        pixels, depths = self.camera.project(np.stack([a, b]))
        scale = self.camera.focal / depths
        capsule(self.canvas, pixels[0], pixels[1], ra * scale[0], rb * scale[1],
                np.asarray(color) * self.gain, self.light, **options)

    def ball(self, center, radius, color, **options):
        pixels, depth = self.camera.project(center)
        r = radius * self.camera.focal / depth
        disc(self.canvas, pixels, r, r, np.asarray(color) * self.gain, light=self.light, **options)

    def person(self, joints, look, facing):
        """`joints` in street coordinates, `facing` a unit vector there."""
        pixels, depths = self.camera.project(joints)
        scale = self.camera.focal / depths * look.size
        colors = look.colors
        parts = []
        for a, b, ra, rb, name in LIMBS:
            wide = look.girth * (
                1.12 if look.cut in ("jacket", "coat") and name != "shoes" else 1.0
            )
            parts.append((0.5 * (depths[a] + depths[b]), a, b, ra * wide, rb * wide, colors[name]))
        parts.sort(key=lambda part: -part[0])
        body = depths[P.PELVIS]
        for part in parts:
            if part[0] >= body:
                self.limb(pixels, scale, part)
        self.trunk(joints, pixels, scale, look)
        self.headgear(joints, look, facing)
        for part in parts:
            if part[0] < body:
                self.limb(pixels, scale, part)
        for wrist in (P.LEFT_WRIST, P.RIGHT_WRIST):
            if depths[wrist] < body:
                self.ball(joints[wrist], 0.048 * look.size, colors["skin"])

    def limb(self, pixels, scale, part):
        _, a, b, ra, rb, color = part
        capsule(self.canvas, pixels[a], pixels[b], ra * scale[a], rb * scale[b],
                color * self.gain, self.light)

    def trunk(self, joints, pixels, scale, look):
        color = look.colors["torso"] * self.gain
        wide = look.girth * (1.15 if look.cut in ("jacket", "coat") else 1.0)
        pelvis = pixels[P.PELVIS]
        hem = None
        if look.cut in ("coat", "dress", "jacket"):
            knees = 0.5 * (pixels[P.LEFT_KNEE] + pixels[P.RIGHT_KNEE])
            hem = pelvis + (knees - pelvis) * (0.35 if look.cut == "jacket" else 0.95)
        if hem is not None:
            flare = 0.17 if look.cut == "jacket" else 0.24
            capsule(
                self.canvas,
                pelvis,
                hem,
                0.16 * wide * scale[0],
                flare * wide * scale[0],
                color,
                self.light,
                round_ends=False,
            )
        else:
            capsule(self.canvas, pelvis, pixels[P.PELVIS], 0.14 * wide * scale[0],
                    0.14 * wide * scale[0], look.colors["legs"] * self.gain, self.light)
        for shoulder, hip in ((P.LEFT_SHOULDER, P.LEFT_HIP), (P.RIGHT_SHOULDER, P.RIGHT_HIP)):
            capsule(self.canvas, pixels[shoulder] + (pixels[P.NECK] - pixels[shoulder]) * 0.25,
                    pixels[hip] + (pixels[P.NECK] - pixels[hip]) * 0.08, 0.095 * wide * scale[0],
                    0.085 * wide * scale[0], color, self.light, weave=look.weave)
        chest = pixels[P.NECK] + (pelvis - pixels[P.NECK]) * 0.22
        capsule(self.canvas, chest, pelvis, 0.15 * wide * scale[0], 0.125 * wide * scale[0], color,
                self.light, weave=look.weave)
        if look.cut == "vest":
            middle = 0.5 * (chest + pelvis)
            capsule(self.canvas, middle + [-0.15 * scale[0], 0], middle + [0.15 * scale[0], 0],
                    0.03 * scale[0], 0.03 * scale[0], np.array([235, 235, 225]) * self.gain)

    def headgear(self, joints, look, facing):
        head, neck = joints[P.HEAD], joints[P.NECK]
        colors, size = look.colors, look.size
        up = np.array([0, 1.0, 0])
        toward = self.camera.position - head
        away = float(np.dot(facing, toward / np.linalg.norm(toward))) < 0
        self.rod(neck, neck + (head - neck) * 0.6, 0.055 * size, 0.055 * size, colors["skin"] * 0.9)
        hair = colors["skin"] * 0.95 if look.head == "bald" else colors["hair"]
        behind = head - facing * 0.035 * size + up * 0.03 * size

        def face():
            self.rod(head + up * 0.03 * size, head - up * 0.05 * size + facing * 0.02 * size,
                     0.098 * size, 0.082 * size, colors["skin"])

        def back():
            if look.head == "long hair":
                self.rod(behind, behind - up * 0.20 * size - facing * 0.03 * size, 0.112 * size,
                         0.09 * size, hair)
            elif look.head == "hood":
                self.rod(behind, neck, 0.128 * size, 0.12 * size, colors["torso"] * 0.92)
            else:
                self.ball(behind, 0.106 * size, hair)

        for layer in ((face, back) if away else (back, face)):
            layer()
        top = head + up * 0.075 * size
        if look.head == "cap":
            self.rod(
                top - facing * 0.03, top + facing * 0.04, 0.095 * size, 0.09 * size, colors["hat"]
            )
            self.rod(
                top - up * 0.02,
                top + facing * 0.17 * size - up * 0.03,
                0.05 * size,
                0.03 * size,
                colors["hat"] * 0.8,
            )
        elif look.head == "brim":
            pixels, depth = self.camera.project(top - up * 0.01)
            r = 0.24 * size * self.camera.focal / depth
            disc(self.canvas, pixels, r, r * 0.38, colors["hat"] * self.gain * 0.85)
            self.rod(top, top + up * 0.08 * size, 0.10 * size, 0.085 * size, colors["hat"])
        elif look.head != "bald" and look.head != "hood":
            self.rod(
                top - facing * 0.03, top + facing * 0.035 * size, 0.072 * size, 0.05 * size, hair
            )

    def bucket(self, bottom, axis, bucket, full=0.0):
        """`axis` a unit vector from the bottom to the opening; `full` 0..1 shows the liquid."""
        top = bottom + axis * bucket.height
        pixels, depths = self.camera.project(np.stack([bottom, top]))
        scale = self.camera.focal / depths
        color = bucket.color * self.gain
        low, high = bucket.radius_low * scale[0], bucket.radius_high * scale[1]
        view = self.camera.position - top
        view /= np.linalg.norm(view)
        facing = float(np.dot(axis, view))
        across = pixels[1] - pixels[0]
        angle = np.arctan2(across[1], across[0]) + np.pi / 2
        flat = max(abs(facing), 0.08)
        end_a, end_b = (pixels[0], low), (pixels[1], high)
        near, far = (end_b, end_a) if facing > 0 else (end_a, end_b)
        disc(
            self.canvas, far[0], far[1], far[1] * flat, color * (0.75 if facing > 0 else 0.4), angle
        )
        capsule(
            self.canvas,
            pixels[0],
            pixels[1],
            low,
            high,
            color,
            (self.light[0] * 1.6, self.light[1]),
            round_ends=False,
        )
        disc(
            self.canvas,
            near[0],
            near[1],
            near[1] * flat,
            color * (1.12 if facing > 0 else 0.7),
            angle,
        )
        if facing > 0:
            inner = bucket.liquid * self.gain * 0.9 if full > 0.05 else color * 0.5
            disc(self.canvas, near[0], near[1] * 0.88, near[1] * flat * 0.85, inner, angle)

    def handle(self, bottom, axis, bucket, hand):
        rim = bottom + axis * bucket.height
        for side in (-1, 1):
            edge = rim + np.array([0.0, 0.0, side * bucket.radius_high * 0.9])
            self.rod(edge, hand, 0.008, 0.008, (70, 70, 72))

    def pour(self, lip, out, bucket, strength, ground, rng):
        """A stream from `lip` to the ground, thrown along `out` (horizontal); flickers."""
        fall = max(lip[1] - ground, 0.05)
        end = np.sqrt(2 * fall / 9.81)
        points = []
        for t in np.linspace(0, end, 7):
            wobble = rng.normal(0, 0.012 + 0.02 * t, 3)
            points.append(lip + out * (0.9 * t) - [0, 0.5 * 9.81 * t * t, 0] + wobble)
        color = bucket.liquid * self.gain
        for i in range(6):
            r = (0.050 + 0.008 * i * rng.uniform(0.5, 1.4)) * strength
            self.rod(points[i], points[i + 1], r, r, color * rng.uniform(0.92, 1.25),
                     alpha=0.80 - 0.05 * i)
        for _ in range(int(8 * strength)):
            around = rng.normal(0, 0.13, 3)
            drop = np.array([points[-1][0] + around[0], ground + abs(around[1]) * 0.9,
                             points[-1][2] + around[2]])
            self.ball(drop, rng.uniform(0.012, 0.026), bucket.liquid * 1.25, alpha=0.7)
        return points[-1]

    def broom(self, top, foot, color):
        self.rod(top, foot, 0.016, 0.016, (150, 112, 70))
        along = (foot - top) / np.linalg.norm(foot - top)
        self.rod(foot - along * 0.16, foot, 0.05, 0.13, color, round_ends=False)

    def umbrella(self, hand, color):
        top = hand + np.array([0, 0.95, 0])
        self.rod(hand, top, 0.012, 0.012, (60, 60, 60))
        pixels, depth = self.camera.project(top)
        r = 0.52 * self.camera.focal / depth
        disc(self.canvas, pixels, r, r * 0.40, color * self.gain, light=self.light)
        disc(self.canvas, pixels + [0, -0.12 * r], r * 0.7, r * 0.26, color * self.gain * 1.08)

    def bag(self, hand, color, size):
        low = hand - np.array([0, 0.12 + size, 0])
        self.rod(
            hand - np.array([0, 0.10, 0]), low, size * 0.5, size * 0.62, color, round_ends=False
        )
        self.rod(hand, hand - np.array([0, 0.1, 0]), 0.02, 0.03, color * 0.7)

    def crate(self, center, facing, size, color):
        side = np.array([-facing[2], 0, facing[0]])
        self.box(center - np.array([0, size * 0.4, 0]), facing * size * 0.45, side * size * 0.6,
                 size * 0.8, color)

    def box(self, foot, half_a, half_b, height, color, glass=None):
        """An upright box on `foot`; faces towards the camera only."""
        corners = np.array(
            [
                foot + sa * half_a + sb * half_b + [0, up, 0]
                for up in (0, height)
                for sa, sb in ((-1, -1), (1, -1), (1, 1), (-1, 1))
            ]
        )
        pixels, _ = self.camera.project(corners)
        view = self.camera.position - foot
        for i, j, normal in ((0, 1, -half_b), (1, 2, half_a), (2, 3, half_b), (3, 0, -half_a)):
            if np.dot(normal, view) > 0:
                shade = 0.78 + 0.22 * abs(normal[0]) / (np.linalg.norm(normal) + 1e-6)
                face = pixels[[i, j, 4 + j, 4 + i]]
                polygon(self.canvas, face, color * self.gain * shade * 1.05,
                        bottom=color * self.gain * shade * 0.72)
        polygon(self.canvas, pixels[4:], color * self.gain * 1.18)

    def car(self, place, color, length=4.2, heading=1.0):
        """A car that stands along the street at `place` (a, 0, b)."""
        a, b = np.array([1.0, 0, 0]), np.array([0, 0, 1.0])
        gain = self.gain
        pixels, depth = self.camera.project(place)
        r = 1.0 * self.camera.focal / depth
        disc(self.canvas, pixels, length * 0.60 * r, 0.62 * r, (0, 0, 0), alpha=0.55, soft=0.5)
        side = np.sign(self.camera.position[2] - place[2]) or -1.0
        self.box(place + [0, 0.26, 0], a * length / 2, b * 0.86, 0.58, color)
        wheels = [place + a * (s * length * 0.31) + b * (side * 0.84) for s in (-1, 1)]
        # The cabin: four leaning panes and a roof.
        low = [place + a * (heading * la) + b * lb + [0, 0.84, 0]
               for la, lb in ((-1.62, -0.80), (1.05, -0.80), (1.05, 0.80), (-1.62, 0.80))]
        high = [place + a * (heading * la) + b * lb + [0, 1.43, 0]
                for la, lb in ((-1.20, -0.62), (0.42, -0.62), (0.42, 0.62), (-1.20, 0.62))]
        corners, _ = self.camera.project(np.array(low + high))
        center = place + [0, 1.1, 0]
        view = self.camera.position - center
        glass = np.array([52, 60, 68], np.float32) * gain
        for i, j in ((0, 1), (1, 2), (2, 3), (3, 0)):
            middle = 0.5 * (np.array(low[i]) + np.array(low[j])) - center
            middle[1] = 0
            if np.dot(middle, view) > 0:
                face = corners[[i, j, 4 + j, 4 + i]]
                polygon(self.canvas, face, color * gain * 0.85)
                inner = face.mean(0) + (face - face.mean(0)) * 0.86
                polygon(self.canvas, inner, glass * 1.5, bottom=glass * 0.8)
        polygon(self.canvas, corners[4:], color * gain * 1.12)
        for wheel in wheels:
            where, depth = self.camera.project(wheel + [0, 0.31, 0])
            r = 0.33 * self.camera.focal / depth
            turn = abs(self.camera.axes[0][0])
            disc(self.canvas, where, r * turn, r, (24, 24, 26))
            disc(self.canvas, where, r * turn * 0.58, r * 0.58, np.array([128, 130, 134]) * gain)


class Bucket:
    """What is carried and emptied; drawn once from a family."""

    SHAPES = {"pail": (0.105, 0.15), "tub": (0.16, 0.20), "can": (0.135, 0.135)}

    def __init__(self, family, rng):
        shape = pick(rng, family.buckets)
        self.radius_low, self.radius_high = self.SHAPES[shape]
        self.height = draw(rng, family.bucket_heights)
        plain = rng.random() < 0.35
        self.color = hsv(draw(rng, family.bucket_hues), 0.1 if plain else rng.uniform(0.5, 0.85),
                         rng.uniform(0.35, 0.9))
        self.liquid = np.array(pick(rng, family.liquids), np.float32)
