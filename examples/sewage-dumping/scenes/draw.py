"""Anti-aliased shapes on a window of the picture.

Every shape touches only the pixels of its own bounding box: a person is some twenty small patches.
Coordinates are pixels of the full picture, colours are RGB in 0..255.
"""

import numpy as np


def limit(x, low, high):
    """np.clip without its checks, which cost more than the work on small patches."""
    return np.minimum(np.maximum(x, low), high)


class Canvas:
    """A float picture whose upper left pixel is (left, top) of the full picture."""

    def __init__(self, image, left=0, top=0):
        self.image = image
        self.left = left
        self.top = top

    def patch(self, x0, y0, x1, y1):
        """The view of the pixels in a box, with their centres' coordinates; None when outside."""
        height, width = self.image.shape[:2]
        i0, i1 = max(int(x0) - self.left, 0), min(int(x1) + 2 - self.left, width)
        j0, j1 = max(int(y0) - self.top, 0), min(int(y1) + 2 - self.top, height)
        if i0 >= i1 or j0 >= j1:
            return None
        xs = np.arange(i0 + self.left, i1 + self.left, dtype=np.float32)[None, :] + 0.5
        ys = np.arange(j0 + self.top, j1 + self.top, dtype=np.float32)[:, None] + 0.5
        return self.image[j0:j1, i0:i1], xs, ys


def capsule(canvas, a, b, ra, rb, color, light=(0.0, 0.0), alpha=1.0, round_ends=True,
            weave=None):
    """A limb: a tapering rod from a to b, lit from the direction `light` of the picture.

    `weave(along, across)` gives a factor on the colour from the place on the rod."""
    ax, ay, bx, by = float(a[0]), float(a[1]), float(b[0]), float(b[1])
    r = max(ra, rb) + 1.0
    found = canvas.patch(min(ax, bx) - r, min(ay, by) - r, max(ax, bx) + r, max(ay, by) + r)
    if found is None:
        return
    view, xs, ys = found
    dx, dy = bx - ax, by - ay
    length2 = dx * dx + dy * dy + 1e-6
    px, py = xs - ax, ys - ay
    along = (px * dx + py * dy) / length2
    clipped = limit(along, 0.0, 1.0)
    ox, oy = px - clipped * dx, py - clipped * dy
    radius = ra + clipped * (rb - ra)
    cover = limit(radius - np.sqrt(ox * ox + oy * oy) + 0.5, 0.0, 1.0)
    if not round_ends:
        length = length2 ** 0.5
        cover = cover * limit(np.minimum(along, 1.0 - along) * length + 0.5, 0.0, 1.0)
    if not cover.any():
        return
    nx, ny = ox / (radius + 0.5), oy / (radius + 0.5)
    shade = 1.0 - 0.22 * (nx * nx + ny * ny) + (nx * light[0] + ny * light[1])
    if weave is not None:
        shade = shade * weave(along, nx - ny)
    view += (np.asarray(color, np.float32) * shade[..., None] - view) * (cover * alpha)[..., None]


def disc(canvas, center, radius_x, radius_y, color, angle=0.0, alpha=1.0, soft=0.0,
         light=(0.0, 0.0)):
    """An ellipse; `soft` > 0 fades it out from its middle (1: all the way)."""
    cx, cy = float(center[0]), float(center[1])
    r = max(radius_x, radius_y) + 1.0
    found = canvas.patch(cx - r, cy - r, cx + r, cy + r)
    if found is None:
        return
    view, xs, ys = found
    c, s = np.cos(angle), np.sin(angle)
    u = ((xs - cx) * c + (ys - cy) * s) / max(radius_x, 0.3)
    v = ((ys - cy) * c - (xs - cx) * s) / max(radius_y, 0.3)
    distance = np.sqrt(u * u + v * v)
    if soft > 0:
        cover = limit((1.0 - distance) / soft, 0.0, 1.0)
    else:
        cover = limit((1.0 - distance) * min(radius_x, radius_y) + 0.5, 0.0, 1.0)
    shade = 1.0
    if light[0] or light[1]:
        shade = (1.0 - 0.15 * distance * distance + u * light[0] + v * light[1])[..., None]
    view += (np.asarray(color, np.float32) * shade - view) * (cover * alpha)[..., None]


def polygon(canvas, points, color, alpha=1.0, bottom=None):
    """A convex polygon; with `bottom` the colour runs to it from top to bottom."""
    points = np.asarray(points, np.float64)
    low, high = points.min(0), points.max(0)
    found = canvas.patch(low[0] - 1, low[1] - 1, high[0] + 1, high[1] + 1)
    if found is None:
        return
    view, xs, ys = found
    following = np.roll(points, -1, 0)
    area = np.sum(points[:, 0] * following[:, 1] - following[:, 0] * points[:, 1])
    cover = None
    for (px, py), (qx, qy) in zip(points, following):
        length = np.hypot(qx - px, qy - py)
        if length < 1e-3:
            continue
        side = ((qx - px) * (ys - py) - (qy - py) * (xs - px)) / (length if area > 0 else -length)
        cover = side if cover is None else np.minimum(cover, side)
    if cover is None:
        return
    cover = limit(cover + 0.5, 0.0, 1.0) * alpha
    color = np.asarray(color, np.float32)
    if bottom is not None:
        share = limit((ys - low[1]) / max(high[1] - low[1], 1.0), 0, 1)[..., None]
        color = color + (np.asarray(bottom, np.float32) - color) * share
    view += (color - view) * cover[..., None]


def shadow(canvas, rods, strength):
    """Darkens the union of rods [(a, b, ra, rb)] once, however they overlap."""
    if not rods:
        return
    ends = np.array([[*a, *b, max(ra, rb)] for a, b, ra, rb in rods])
    r = ends[:, 4].max() + 1
    found = canvas.patch(ends[:, [0, 2]].min() - r, ends[:, [1, 3]].min() - r,
                         ends[:, [0, 2]].max() + r, ends[:, [1, 3]].max() + r)
    if found is None:
        return
    view, xs, ys = found
    cover = np.zeros(view.shape[:2], np.float32)
    x_first, y_first = xs[0, 0], ys[0, 0]
    for a, b, ra, rb in rods:
        reach = max(ra, rb) + 1.5
        i0 = max(int(min(a[0], b[0]) - reach - x_first), 0)
        i1 = int(max(a[0], b[0]) + reach - x_first) + 2
        j0 = max(int(min(a[1], b[1]) - reach - y_first), 0)
        j1 = int(max(a[1], b[1]) + reach - y_first) + 2
        part = cover[j0:j1, i0:i1]
        if i1 <= 0 or j1 <= 0 or not part.size:
            continue
        dx, dy = b[0] - a[0], b[1] - a[1]
        px, py = xs[:, i0:i1] - a[0], ys[j0:j1] - a[1]
        along = limit((px * dx + py * dy) / (dx * dx + dy * dy + 1e-6), 0, 1)
        ox, oy = px - along * dx, py - along * dy
        # An edge two pixels wide: the sun is not a point.
        inside = limit((ra + along * (rb - ra) - np.sqrt(ox * ox + oy * oy)) * 0.5 + 0.5, 0, 1)
        np.maximum(part, inside, out=part)
    view *= (1.0 - strength * cover)[..., None]


class Sprite:
    """What does not change, drawn once: `draw(canvas)` on black and on white tells its opacity."""

    def __init__(self, draw, left, top, width, height):
        black, white = (np.full((height, width, 3), level, np.float32) for level in (0, 255))
        draw(Canvas(black, left, top))
        draw(Canvas(white, left, top))
        through = (white - black).mean(2) / 255.0
        rows, columns = np.flatnonzero(through.min(1) < 0.99), np.flatnonzero(through.min(0) < 0.99)
        self.box = None
        if len(rows):
            self.box = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
            self.colors, self.through = black[self.box], through[self.box][..., None]

    def draw(self, image):
        if self.box:
            view = image[self.box]
            view *= self.through
            view += self.colors
