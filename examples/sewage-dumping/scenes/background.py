"""The street without anybody in it: every pixel's ray ends on the ground, a wall or the sky."""

from dataclasses import dataclass

import numpy as np

from . import textures
from .families import pick

SUPERSAMPLING = 2


@dataclass(frozen=True)
class Layout:
    """Where things of a street lie, in metres across it (b): kerbs, wall, lanes for cars."""

    name: str
    road: tuple          # (from, to); empty without a road
    wall: float
    wall_height: float
    lane: float          # where cars pass; 0 without a road
    parking: tuple       # where cars may be parked: (b, nearest |a|)
    ground: str
    road_ground: str
    backdrop: str
    drain: str


def draw_layout(family, rng):
    name = pick(rng, ("kerb", "plaza", "far road"))
    ground, backdrop, drain = (pick(rng, family.grounds), pick(rng, family.backdrops),
                               pick(rng, family.drains))
    height = {"concrete wall": 2.4, "hedge": 30.0}.get(backdrop, 9.0)
    others = [g for g in family.grounds if g != ground] or [ground]
    second = "asphalt" if "asphalt" in others else pick(rng, others)
    if name == "kerb":
        wall = rng.uniform(2.6, 4.2)
        return Layout(name, (-30.0, 0.32), wall, height, -4.6, (-0.75, 4.6), ground, second,
                      backdrop, drain)
    if name == "plaza":
        wall = rng.uniform(3.0, 6.5)
        return Layout(name, (), wall, height, 0.0, (wall - 1.3, 3.2), ground, ground, backdrop,
                      drain)
    return Layout(name, (0.55, 6.6), rng.uniform(8.5, 10.0), height, 4.7, (1.65, 4.4), ground,
                  second, backdrop, drain)


def paint(camera, layout, light, gains, left, top, width, height, seed):
    """The picture (height, width, 3) of a window, and which of its pixels are ground (0..1)."""
    n = SUPERSAMPLING
    xs = left + (np.arange(width * n, dtype=np.float32) + 0.5) / n
    ys = top + (np.arange(height * n, dtype=np.float32) + 0.5) / n
    rays = camera.rays(xs, ys)
    start = camera.position.astype(np.float32)
    rng = np.random.default_rng([seed, 11])

    with np.errstate(divide="ignore", invalid="ignore"):
        to_ground = np.where(rays[..., 1] < -1e-4, -start[1] / rays[..., 1], np.inf)
        to_wall = np.where(rays[..., 2] > 1e-4, (layout.wall - start[2]) / rays[..., 2], np.inf)
    wall_up = start[1] + np.where(np.isfinite(to_wall), to_wall, 0) * rays[..., 1]
    on_ground = to_ground < to_wall
    on_wall = ~on_ground & np.isfinite(to_wall) & (wall_up < layout.wall_height)

    image = np.empty(rays.shape, np.float32)
    rise = np.clip(rays[..., 1] * 1.5, 0, 1)[..., None]
    sky = np.array([214, 222, 230]) * (1 - rise) + np.array([150, 182, 218]) * rise
    image[:] = sky * np.minimum(np.array(light.ambient) * 1.15, 1.0)

    distance = to_ground[on_ground]
    a = start[0] + distance * rays[on_ground][:, 0]
    b = start[2] + distance * rays[on_ground][:, 2]
    ground = floor(a, b, layout, rng) * gains["ground"]
    haze = np.clip((distance - 6) / 60, 0, 0.6)[:, None]
    image[on_ground] = ground + (image[on_ground] - ground) * haze

    distance = to_wall[on_wall]
    u = start[0] + distance * rays[on_wall][:, 0]
    wall = textures.BACKDROPS[layout.backdrop](u, wall_up[on_wall], rng)
    # Dirt and shade gather where a wall meets the ground.
    foot = 1 - 0.35 * np.exp(-wall_up[on_wall] / 0.25)
    wall = wall * foot[:, None] * gains["wall"]
    image[on_wall] = wall + (image[on_wall] - wall) * np.clip((distance - 6) / 60, 0, 0.6)[:, None]

    image = image.reshape(height, n, width, n, 3).mean((1, 3))
    share = on_ground.reshape(height, n, width, n).mean((1, 3)).astype(np.float32)
    return np.ascontiguousarray(image, np.float32), share


def floor(a, b, layout, rng):
    colors = textures.GROUNDS[layout.ground](a, b, rng)
    if layout.road:
        low, high = layout.road
        road = textures.GROUNDS[layout.road_ground](a, b, rng)
        if layout.road_ground == layout.ground:
            road = road * 0.8
        inside = (b > low) & (b < high)
        colors = np.where(inside[:, None], road, colors)
        dashes = (np.abs(b - (layout.lane + (1.75 if low < -1 else -1.0))) < 0.06) & (a % 4.0 < 2.0)
        colors = np.where(
            (dashes & inside)[:, None], np.float32(205) * np.ones(3, np.float32), colors
        )
        for edge, into in ((low, -1), (high, 1)):
            stone = (b - edge) * into
            grain = 1 + 0.15 * np.sin(a * 97.0) * np.sin(a * 41.0)
            joint = np.where(a % 1.0 < 0.025, 0.6, 1.0)
            kerb = np.array([158, 156, 150], np.float32) * (grain * joint)[:, None]
            colors = np.where(((stone > 0) & (stone < 0.15))[:, None], kerb, colors)
            # The kerb's face lies in its own shade; water and dirt run along it.
            colors = np.where(((stone > -0.05) & (stone <= 0))[:, None], kerb * 0.45, colors)
            gutter = 1 - 0.25 * np.exp(-np.abs(stone + 0.05) / 0.12) * (stone < 0)
            colors = colors * gutter[:, None]
    shade = 1 - 0.3 * np.exp(-np.maximum(layout.wall - b, 0) / 0.3)
    colors = colors * shade[:, None]
    return drain(colors, a, b, layout)


def drain(colors, a, b, layout):
    """The drain at (0, 0): a frame, slots, a damp and dirty surround."""
    dirt = np.exp(-(a * a / 0.5 + b * b / 0.2))
    colors = colors * (1 - 0.38 * dirt)[:, None]
    iron = np.array([74, 72, 70], np.float32)
    if layout.drain == "round cover":
        r = np.hypot(a, b)
        pattern = 1 + 0.35 * np.sign(np.sin(a * 62) * np.sin(b * 62))
        colors = np.where(
            (r < 0.34)[:, None], iron * (pattern * np.where(r > 0.30, 1.5, 0.9))[:, None], colors
        )
        return colors
    half_a, half_b = {"long grate": (0.48, 0.17), "square grate": (0.30, 0.30),
                      "kerb gully": (0.40, 0.20)}[layout.drain]
    inside = (np.abs(a) < half_a) & (np.abs(b) < half_b)
    frame = (np.abs(a) > half_a - 0.035) | (np.abs(b) > half_b - 0.035)
    slots = np.sin(a * (2 * np.pi / 0.085)) if layout.drain != "square grate" else (
        np.sin(b * (2 * np.pi / 0.10)))
    metal = iron * np.where(frame, 1.7, np.where(slots > 0, 1.5, 0.18))[:, None]
    colors = np.where(inside[:, None], metal, colors)
    if layout.drain == "kerb gully":
        mouth = (np.abs(a) < 0.42) & (b > half_b) & (b < half_b + 0.11)
        colors = np.where(mouth[:, None], np.float32(16), colors)
    return colors
