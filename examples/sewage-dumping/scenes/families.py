"""What a scene may look like: two families that share no value.

Training draws from `seen` alone. `unseen` has nothing in common with it in what is listed here:

camera      pixels per metre at the drain, height of view, angle to the street, focal length and
            place of the drain in the picture come from intervals that do not meet
background  other procedures paint the ground, the wall behind it, the drain and the parked cars
clothing    other cuts, other headwear, other hues and brightnesses
things      other shapes and colours of buckets, other colours of what is poured
conduct     other speeds of walking, heights, tilts and lengths of pouring
light       other weathers, directions and colours of the light
region      another outline of the watched region

What both share is what a street *is*: a ground with a drain, bodies with joints that walk, a bucket
that must be tilted to be emptied, what the acts are called, and the noise of a cheap sensor.
An interval is (low, high), in the unit its name ends with; a tuple of intervals is drawn from by
length. `generate_test.py` checks that nothing overlaps.
"""

from dataclasses import dataclass, fields

import numpy as np


@dataclass(frozen=True)
class Light:
    """Colours are factors on a surface's; azimuth 0 shines along the view, 90 from the right."""

    ambient: tuple
    sun: tuple
    azimuth_degrees: tuple
    height_degrees: tuple
    shadow: float
    rain: float = 0.0
    fog: float = 0.0
    lamp: float = 0.0
    noise: float = 3.0
    clouds: float = 0.0
    leaves: float = 0.0


@dataclass(frozen=True)
class Family:
    # camera
    scale_pixels: tuple
    elevation_degrees: tuple
    turn_degrees: tuple
    focal_pixels: tuple
    drain_x: tuple
    drain_y: tuple
    # background
    grounds: tuple
    backdrops: tuple
    drains: tuple
    car_hues: tuple
    # clothing
    cuts: tuple
    heads: tuple
    garment_hues: tuple
    garment_brightness: tuple
    skins: tuple
    # things
    buckets: tuple
    bucket_hues: tuple
    bucket_heights: tuple
    liquids: tuple
    # conduct
    walk_speeds: tuple
    pour_tilts_degrees: tuple
    pour_seconds: tuple
    pour_heights: tuple
    # light and region
    lights: dict
    outlines: tuple


SEEN = Family(
    scale_pixels=((48, 57), (62, 71), (76, 84)),
    elevation_degrees=((13, 20), (24, 29), (33, 38)),
    turn_degrees=((-20, 20),),
    focal_pixels=((430, 540), (600, 680)),
    drain_x=((0.36, 0.64),),
    drain_y=((0.60, 0.68), (0.73, 0.80)),
    grounds=("asphalt", "square tiles", "bricks"),
    backdrops=("brick house", "plaster house", "concrete wall"),
    drains=("long grate", "round cover"),
    car_hues=((200, 250), (0, 15)),
    cuts=("shirt", "jacket", "shorts"),
    heads=("short hair", "cap", "bald"),
    garment_hues=((0, 45), (100, 140), (200, 255)),
    garment_brightness=((0.10, 0.38), (0.55, 0.72)),
    skins=((232, 190, 160), (198, 146, 112), (120, 80, 58)),
    buckets=("pail",),
    bucket_hues=((0, 20), (195, 235)),
    bucket_heights=((0.27, 0.33),),
    liquids=((122, 112, 92), (188, 192, 188), (84, 78, 64)),
    walk_speeds=((0.8, 1.15), (1.35, 1.6)),
    pour_tilts_degrees=((108, 122), (134, 150)),
    pour_seconds=((1.7, 2.4), (2.9, 3.8)),
    pour_heights=((0.62, 0.80), (0.92, 1.05)),
    lights={
        "overcast": Light((0.86, 0.88, 0.92), (0.10, 0.10, 0.10), (150, 210), (60, 80), 0.12,
                          noise=2.5, clouds=0.06),
        "morning": Light((0.58, 0.61, 0.67), (0.54, 0.49, 0.40), (-110, -50), (28, 46), 0.42,
                         noise=2.5, clouds=0.10, leaves=0.38),
        "noon": Light((0.66, 0.68, 0.72), (0.44, 0.43, 0.40), (-40, -10), (55, 70), 0.38,
                      noise=2.0, clouds=0.15),
        "dusk": Light((0.42, 0.45, 0.56), (0.06, 0.05, 0.05), (-110, -50), (20, 30), 0.10,
                      noise=6.5),
        "rain": Light((0.60, 0.64, 0.70), (0.04, 0.04, 0.04), (150, 210), (60, 80), 0.08,
                      rain=1.0, noise=4.5),
    },
    outlines=("rectangle", "trapezoid"),
)

UNSEEN = Family(
    scale_pixels=((58, 61), (72, 75), (85, 92)),
    elevation_degrees=((21, 23), (30, 32), (39, 43)),
    turn_degrees=((-42, -23), (23, 42)),
    focal_pixels=((550, 590), (690, 760)),
    drain_x=((0.24, 0.34), (0.66, 0.76)),
    drain_y=((0.69, 0.72), (0.81, 0.84)),
    grounds=("cobbles", "hexagons", "slabs"),
    backdrops=("shop front", "timber house", "hedge"),
    drains=("square grate", "kerb gully"),
    car_hues=((30, 60), (90, 150)),
    cuts=("coat", "dress", "vest"),
    heads=("long hair", "brim", "hood"),
    garment_hues=((52, 92), (148, 192), (265, 345)),
    garment_brightness=((0.40, 0.53), (0.74, 0.88)),
    skins=((245, 212, 190), (165, 115, 85), (88, 58, 44)),
    buckets=("tub", "can"),
    bucket_hues=((45, 65), (100, 150), (270, 320)),
    bucket_heights=((0.22, 0.26), (0.34, 0.38)),
    liquids=((140, 96, 58), (150, 168, 120), (44, 42, 42)),
    walk_speeds=((1.18, 1.32), (1.62, 1.8)),
    pour_tilts_degrees=((98, 107), (123, 133)),
    pour_seconds=((2.45, 2.85), (3.85, 4.5)),
    pour_heights=((0.81, 0.91), (1.06, 1.15)),
    lights={
        "afternoon": Light((0.57, 0.59, 0.64), (0.66, 0.60, 0.49), (50, 110), (35, 52), 0.52,
                           noise=2.2, clouds=0.12, leaves=0.45),
        "sunset": Light((0.56, 0.49, 0.45), (0.66, 0.47, 0.25), (30, 45), (15, 19), 0.40,
                        noise=3.5),
        "lamps": Light((0.40, 0.37, 0.33), (0.05, 0.04, 0.03), (30, 45), (81, 86), 0.12,
                       lamp=1.0, noise=5.5),
        "fog": Light((0.82, 0.83, 0.83), (0.03, 0.03, 0.03), (112, 140), (81, 86), 0.05,
                     fog=0.42, noise=3.2),
        "shower": Light((0.66, 0.68, 0.70), (0.12, 0.11, 0.10), (112, 140), (47, 54), 0.14,
                        rain=1.7, noise=4.0),
    },
    outlines=("hexagon", "quadrilateral"),
)

FAMILIES = {"seen": SEEN, "unseen": UNSEEN}


def draw(rng, intervals):
    """A number from a tuple of intervals, each as likely as it is long."""
    lengths = np.array([high - low for low, high in intervals], float)
    low, high = intervals[rng.choice(len(intervals), p=lengths / lengths.sum())]
    return float(rng.uniform(low, high))


def pick(rng, choices):
    return choices[int(rng.integers(len(choices)))]


def hsv(hue_degrees, saturation, value):
    """RGB in 0..255."""
    h = (hue_degrees % 360) / 60.0
    c = value * saturation
    x = c * (1 - abs(h % 2 - 1))
    r, g, b = [(c, x, 0), (x, c, 0), (0, c, x), (0, x, c), (x, 0, c), (c, 0, x)][int(h) % 6]
    m = value - c
    return np.array([r + m, g + m, b + m], np.float32) * 255.0


def shared_values(first, second):
    """Names of the fields in which two families overlap: empty for SEEN and UNSEEN."""
    shared = []
    for field in fields(Family):
        one, other = getattr(first, field.name), getattr(second, field.name)
        numbers = not isinstance(one, dict) and isinstance(one[0], tuple) and len(one[0]) == 2
        if numbers:
            if any(a < d and c < b for a, b in one for c, d in other):
                shared.append(field.name)
        elif set(one) & set(other):
            shared.append(field.name)
    return shared
