"""What weather does to a picture: rain, shade under trees, a camera shaken by the wind."""

import numpy as np

from .camera import HEIGHT, WIDTH


def rain(image, strength, rng, slant=0.12):
    """Streaks, and the veil of what falls farther away."""
    height, width = image.shape[:2]
    image += (np.float32(150) - image) * np.float32(0.08 * strength)
    count = int(120 * strength * width * height / (WIDTH * HEIGHT)) + 1
    x, y = rng.uniform(0, width, count), rng.uniform(-14, height, count)
    length, bright = rng.uniform(6, 16, count), rng.uniform(10, 34, count).astype(np.float32)
    for step in range(16):
        live = length > step
        i, j = (x + slant * step).astype(int), (y + step).astype(int)
        live &= (i < width) & (j >= 0) & (j < height)
        image[j[live], i[live]] += bright[live][:, None]


def foliage(x, y, rng):
    """How much a tree's crown shades the ground at pixels (x, y): 0..1, spots of sun between."""
    spots, crown = (sum(np.sin(6.283 * (np.cos(angle) * x + 2.2 * np.sin(angle) * y) / wave + phase)
                        for angle, wave, phase in zip(rng.uniform(0, np.pi, 14),
                                                      rng.uniform(*waves, 14),
                                                      rng.uniform(0, 6.283, 14)))
                    for waves in ((16, 70), (260, 700)))
    covered = np.clip(crown / 4 + 0.3, 0, 1)
    return (covered * np.clip(0.62 + spots / 5, 0, 1)).astype(np.float32)


def shifted(image, dx, dy):
    """The picture moved by less than a pixel or two; edges repeat."""
    for axis, amount in ((1, dx), (0, dy)):
        whole = int(np.floor(amount))
        part = np.float32(amount - whole)
        near = np.roll(image, whole, axis)
        far = np.roll(image, whole + 1, axis)
        image = near + (far - near) * part
    return image
