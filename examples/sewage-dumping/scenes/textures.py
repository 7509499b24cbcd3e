"""Ground and walls as functions of metres: each gives colours (…, 3) in 0..255.

A texture is a function of two coordinate arrays and a random generator; the generator fixes colours
and noise, the coordinates may be any pixels, so that a window paints the same as the whole picture.
"""

import numpy as np


class Noise:
    """Value noise on a wrapped lattice: smooth, cheap, the same for the same generator."""

    SIZE = 256

    def __init__(self, rng):
        self.table = rng.random((self.SIZE, self.SIZE), dtype=np.float32)

    def __call__(self, u, v):
        iu, iv = np.floor(u), np.floor(v)
        fu, fv = (u - iu).astype(np.float32), (v - iv).astype(np.float32)
        fu, fv = fu * fu * (3 - 2 * fu), fv * fv * (3 - 2 * fv)
        iu = iu.astype(np.int32) & (self.SIZE - 1)
        iv = iv.astype(np.int32) & (self.SIZE - 1)
        ju, jv = (iu + 1) & (self.SIZE - 1), (iv + 1) & (self.SIZE - 1)
        t = self.table
        top = t[iv, iu] * (1 - fu) + t[iv, ju] * fu
        low = t[jv, iu] * (1 - fu) + t[jv, ju] * fu
        return top * (1 - fv) + low * fv

    def cell(self, iu, iv):
        """One random number per cell of a grid."""
        return self.table[iv.astype(np.int32) & (self.SIZE - 1),
                          iu.astype(np.int32) & (self.SIZE - 1)]

    def rough(self, u, v):
        """Three octaves around 0."""
        return (
            self(u, v) + 0.5 * self(2.1 * u, 2.1 * v) + 0.25 * self(4.3 * u, 4.3 * v)
        ) / 1.75 - 0.5


def tinted(base, factor):
    return np.asarray(base, np.float32) * factor[..., None]


def gray(rng, low, high, tint=6):
    """A gray that leans to the warm or, less, to the cold side."""
    warm = rng.uniform(-0.4 * tint, tint)
    return rng.uniform(low, high) + np.array([warm, rng.uniform(0.0, 0.4) * warm, -warm])


def joints(u, v, width):
    """1 on the lines of a unit grid, fading out; `width` in units."""
    du = np.minimum(u % 1.0, 1 - u % 1.0)
    dv = np.minimum(v % 1.0, 1 - v % 1.0)
    return np.clip(1.5 - np.minimum(du, dv) / width, 0, 1)


def grime(noise, u, v):
    """Wear common to every ground: large stains, fine grain."""
    return (1 + 0.22 * noise.rough(u * 0.6, v * 0.6) + 0.16 * noise.rough(u * 9, v * 9)
            + 0.10 * (noise(u * 41, v * 41) - 0.5))


def asphalt(u, v, rng):
    noise, base = Noise(rng), gray(rng, 78, 112)
    factor = grime(noise, u, v) + 0.25 * (noise(u * 60, v * 60) - 0.5)
    crack = np.abs(noise.rough(u * 0.35 + 3, v * 0.35))
    return tinted(base, factor * (1 - 0.35 * np.clip(1 - crack / 0.006, 0, 1)))


def square_tiles(u, v, rng):
    noise, base, size = Noise(rng), gray(rng, 120, 165, 10), rng.uniform(0.35, 0.6)
    p, q = u / size, v / size
    factor = grime(noise, u, v) * (0.92 + 0.16 * noise.cell(np.floor(p), np.floor(q)))
    return tinted(base, factor * (1 - 0.38 * joints(p, q, 0.035)))


def bricks(u, v, rng):
    noise, base = Noise(rng), np.array([150, 98, 80]) * rng.uniform(0.8, 1.1)
    q = v / 0.11
    p = u / 0.22 + 0.5 * (np.floor(q) % 2)
    factor = grime(noise, u, v) * (0.8 + 0.4 * noise.cell(np.floor(p), np.floor(q)))
    return tinted(base, factor * (1 - 0.35 * joints(p, q, 0.06)))


def cobbles(u, v, rng):
    """Stones around jittered points: the nearer of two nearest points tells the joint."""
    noise, base, size = Noise(rng), gray(rng, 105, 140, 10), rng.uniform(0.13, 0.19)
    p, q = u / size, v / size
    ip, iq = np.floor(p), np.floor(q)
    first = np.full(p.shape, 9.0, np.float32)
    second = first.copy()
    tone = np.zeros_like(first)
    for dp in (-1, 0, 1):
        for dq in (-1, 0, 1):
            cp, cq = ip + dp, iq + dq
            x = cp + 0.2 + 0.6 * noise.cell(cp, cq) - p
            y = cq + 0.2 + 0.6 * noise.cell(cp + 77, cq + 31) - q
            distance = x * x + y * y
            nearer = distance < first
            second = np.where(nearer, first, np.minimum(second, distance))
            tone = np.where(nearer, noise.cell(cp + 13, cq + 5), tone)
            first = np.where(nearer, distance, first)
    gap = np.sqrt(second) - np.sqrt(first)
    factor = grime(noise, u, v) * (0.78 + 0.4 * tone) * (0.5 + 0.5 * np.clip(gap / 0.25, 0, 1))
    return tinted(base, factor)


def hexagons(u, v, rng):
    noise, base, size = Noise(rng), gray(rng, 130, 175, 14), rng.uniform(0.22, 0.32)
    p, q = u / size, v / size * 1.1547
    pa, qa = np.round(p), np.round(q / 1.5 / 2) * 3
    pb, qb = np.floor(p) + 0.5, (np.floor(q / 3) + 0.5) * 3
    da = np.maximum(np.abs(p - pa), 0.5 * np.abs(p - pa) + np.abs(q - qa) * 0.5)
    db = np.maximum(np.abs(p - pb), 0.5 * np.abs(p - pb) + np.abs(q - qb) * 0.5)
    tone = noise.cell(np.where(da < db, pa * 2, pb * 2 + 1), np.where(da < db, qa, qb))
    edge = np.clip((np.minimum(da, db) - 0.44) / 0.05, 0, 1)
    return tinted(base, grime(noise, u, v) * (0.88 + 0.22 * tone) * (1 - 0.33 * edge))


def slabs(u, v, rng):
    noise, base = Noise(rng), gray(rng, 138, 170, 8)
    q = v / 0.9
    p = u / 1.35 + 0.37 * np.floor(q)
    factor = grime(noise, u, v) * (0.9 + 0.18 * noise.cell(np.floor(p), np.floor(q)))
    moss = np.clip(noise.rough(u * 1.3, v * 1.3) * 3, 0, 1) * joints(p, q, 0.05)
    colors = tinted(base, factor * (1 - 0.4 * joints(p, q, 0.014)))
    return colors + (np.array([70, 86, 48], np.float32) - colors) * (0.6 * moss)[..., None]


def openings(u, v, width, height, sill, pitch, storey):
    """Where windows are: inside (0..1), frame (0..1), cell numbers; metres."""
    p, q = u / pitch, v / storey
    x = np.abs(p - np.floor(p) - 0.5) * pitch
    y = np.abs((q - np.floor(q)) * storey - sill - height / 2)
    inside = np.clip((width / 2 - x) / 0.03, 0, 1) * np.clip((height / 2 - y) / 0.03, 0, 1)
    border = np.clip((width / 2 + 0.1 - x) / 0.03, 0, 1) * np.clip(
        (height / 2 + 0.1 - y) / 0.03, 0, 1
    )
    cross = np.clip(1.5 - np.minimum(x, np.abs(y)) / 0.025, 0, 1) * inside
    return inside * (1 - cross), np.maximum(border - inside, cross), np.floor(p), np.floor(q)


def glazed(colors, u, v, noise, rng, **shape):
    inside, frame, p, q = openings(u, v, **shape)
    glass = 38 + 60 * noise.cell(p, q) + 55 * np.clip(noise.rough(u * 0.7, v * 0.9 + u * 0.5), 0, 1)
    glass = glass[..., None] * np.array([0.86, 0.96, 1.08], np.float32)
    colors = colors + (gray(rng, 190, 235) - colors) * frame[..., None]
    return colors + (glass - colors) * inside[..., None]


def brick_house(u, v, rng):
    noise, base = Noise(rng), np.array([148, 84, 66]) * rng.uniform(0.75, 1.1)
    q = v / 0.085
    p = u / 0.26 + 0.5 * (np.floor(q) % 2)
    factor = (0.75 + 0.4 * noise.cell(np.floor(p), np.floor(q))) * (1 + 0.3 * noise.rough(u, v))
    colors = tinted(base, factor)
    colors += (np.array([170, 160, 150], np.float32) - colors) * (0.5 * joints(p, q, 0.07))[
        ..., None
    ]
    return glazed(colors, u, v, noise, rng, width=1.0, height=1.4, sill=0.9, pitch=2.4, storey=3.0)


def plaster_house(u, v, rng):
    noise = Noise(rng)
    base = np.array([[214, 196, 160], [202, 202, 196], [206, 172, 148]][int(rng.integers(3))])
    factor = 1 + 0.14 * noise.rough(u * 0.5, v * 0.4) + 0.05 * noise.rough(u * 14, v * 14)
    factor = factor * np.where(v < 0.6, 0.72, 1.0)
    return glazed(tinted(base, factor), u, v, noise, rng, width=1.1, height=1.5, sill=0.95,
                  pitch=2.9, storey=3.1)


def concrete_wall(u, v, rng):
    noise, base = Noise(rng), gray(rng, 140, 175)
    factor = 1 + 0.25 * noise.rough(u * 0.7, v * 0.25) + 0.12 * noise.rough(u * 6, v * 6)
    streak = np.clip(noise.rough(u * 2.5, v * 0.08) * 2, 0, 0.5)
    return tinted(base, factor * (1 - 0.4 * streak) * (1 - 0.3 * joints(u / 2.5, v / 1.25, 0.012)))


def shop_front(u, v, rng):
    """Rolling shutters under a coloured band, smooth render above."""
    noise, base = Noise(rng), gray(rng, 165, 205, 14)
    band = np.array([[46, 110, 92], [168, 120, 40], [120, 50, 96]][int(rng.integers(3))])
    bay = np.abs(u / 3.2 - np.floor(u / 3.2) - 0.5) * 3.2
    colors = tinted(base, 1 + 0.15 * noise.rough(u, v))
    shutter = tinted(gray(rng, 120, 160), 0.82 + 0.18 * np.sin(v * 2 * np.pi / 0.11)
                     + 0.1 * noise.rough(u, v * 0.2))
    colors = np.where(((bay < 1.35) & (v < 2.5))[..., None], shutter, colors)
    sign = tinted(band, 1 + 0.1 * noise.rough(u * 2, v))
    return np.where(((v > 2.6) & (v < 3.25))[..., None], sign, colors)


def timber_house(u, v, rng):
    noise = Noise(rng)
    base = np.array([[96, 124, 118], [176, 150, 96], [124, 92, 120]][int(rng.integers(3))])
    board = np.floor(v / 0.19)
    factor = (0.88 + 0.2 * noise.cell(board * 0 + 3, board)) * (
        1 + 0.15 * noise.rough(u * 0.6, v * 8)
    )
    factor = factor * (1 - 0.35 * np.clip(1 - (v / 0.19 % 1.0) / 0.12, 0, 1))
    return glazed(tinted(base, factor), u, v, noise, rng, width=1.5, height=1.0, sill=1.2,
                  pitch=3.6, storey=2.8)


def hedge(u, v, rng):
    """Leaves to 1.7 m on a low wall, trees above."""
    noise = Noise(rng)
    leaf = noise(u * 16, v * 16) * 0.6 + noise(u * 7, v * 7) * 0.5 + 0.4 * noise.rough(u, v)
    colors = tinted((70, 96, 44), 0.35 + leaf)
    stone = tinted(gray(rng, 130, 160), (1 + 0.3 * noise.rough(u * 3, v * 3))
                   * (1 - 0.3 * joints(u / 0.5, v / 0.25, 0.04)))
    colors = np.where((v < 0.5)[..., None], stone, colors)
    crown = tinted((86, 104, 66), 0.4 + noise.rough(u * 0.9, v * 0.9) + noise(u * 6, v * 6) * 0.7)
    return np.where((v > 1.7 + 0.15 * noise(u * 3, v * 0))[..., None], crown, colors)


GROUNDS = {"asphalt": asphalt, "square tiles": square_tiles, "bricks": bricks, "cobbles": cobbles,
           "hexagons": hexagons, "slabs": slabs}
BACKDROPS = {"brick house": brick_house, "plaster house": plaster_house,
             "concrete wall": concrete_wall, "shop front": shop_front,
             "timber house": timber_house, "hedge": hedge}
