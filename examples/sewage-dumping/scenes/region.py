"""The watched region: its outline, the pixels around it, and what lies in it."""

import numpy as np

from .camera import HEIGHT, WIDTH


def outline(camera, shape, rng):
    """The watched region (n, 2) in fractions: where somebody at the drain is seen, with some air.

    Hundredths, as a person would write them down."""
    return np.round(corners(camera, shape, rng), 2)


def corners(camera, shape, rng):
    ground = np.array([[a, y, b] for a in (-1.05, 1.05) for b in (-0.75, 0.75) for y in (0, 1.85)])
    pixels, _ = camera.project(ground)
    low = np.clip(pixels.min(0) / [WIDTH, HEIGHT], 0.005, 0.995)
    high = np.clip(pixels.max(0) / [WIDTH, HEIGHT], 0.005, 0.995)
    (x0, y0), (x1, y1) = low, high
    w, h = x1 - x0, y1 - y0
    if shape == "rectangle":
        return np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]])
    if shape == "trapezoid":
        cut = rng.uniform(0.04, 0.12) * w
        return np.array([[x0 + cut, y0], [x1 - cut, y0], [x1, y1], [x0, y1]])
    if shape == "hexagon":
        cut = rng.uniform(0.06, 0.12) * w
        return np.array([[x0 + cut, y0], [x1 - cut, y0], [x1, y0 + 0.5 * h], [x1 - cut, y1],
                         [x0 + cut, y1], [x0, y0 + 0.5 * h]])
    shrink = rng.uniform(0.0, 0.09, (4, 2)) * [w, h]
    box = np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]])
    return box + shrink * np.array([[1, 1], [-1, 1], [-1, -1], [1, -1]])


def around(region, margin=0.22):
    """An even-sized pixel window around a region, `margin` of its size wider on each side."""
    low, high = region.min(0) * [WIDTH, HEIGHT], region.max(0) * [WIDTH, HEIGHT]
    pad = (high - low) * margin
    x0, y0 = np.maximum(low - pad, 0).astype(int) // 2 * 2
    x1, y1 = np.minimum(np.ceil(high + pad), [WIDTH, HEIGHT]).astype(int) // 2 * 2
    return int(x0), int(y0), int(x1), int(y1)


def within(polygon, points):
    """Which points lie in a polygon (even-odd)."""
    x, y = points[:, 0], points[:, 1]
    inside = np.zeros(len(points), bool)
    for (ax, ay), (bx, by) in zip(polygon, np.roll(polygon, -1, 0)):
        crosses = (ay > y) != (by > y)
        with np.errstate(divide="ignore", invalid="ignore"):
            at = ax + (y - ay) / (by - ay) * (bx - ax)
        inside ^= crosses & (x < at)
    return inside
