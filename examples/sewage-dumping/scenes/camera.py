"""A pinhole camera over a street.

Street coordinates, in metres, have their origin at the drain: `a` runs along the street, `y` up,
`b` across it, away from the camera. Pixels run right and down; depth is along the optical axis.
"""

from dataclasses import dataclass

import numpy as np

WIDTH, HEIGHT = 640, 360


@dataclass(frozen=True)
class Pose:
    """How the camera looks at the drain, in the numbers a scene is drawn from.

    scale      pixels per metre at the drain
    elevation  angle of the line from the drain to the camera above the ground, radians
    turn       angle between the picture's horizontal and the street, radians
    focal      focal length in pixels
    drain_x, drain_y   where the drain lies in the picture, fractions
    """

    scale: float
    elevation: float
    turn: float
    focal: float
    drain_x: float
    drain_y: float


class Camera:
    def __init__(self, pose):
        self.focal = pose.focal
        self.center = np.array([WIDTH / 2, HEIGHT / 2])
        offset_x = pose.drain_x * WIDTH - self.center[0]
        offset_y = pose.drain_y * HEIGHT - self.center[1]
        pitch = pose.elevation - np.arctan2(offset_y, pose.focal)
        yaw = pose.turn - np.arctan2(offset_x, pose.focal)
        distance = pose.focal / pose.scale
        # The camera stands at angle `turn` to the street's normal, so that a wall runs obliquely.
        flat = distance * np.cos(pose.elevation)
        self.position = np.array([
            -flat * np.sin(pose.turn), distance * np.sin(pose.elevation),
            -flat * np.cos(pose.turn)])
        forward = np.array([np.sin(yaw) * np.cos(pitch), -np.sin(pitch),
                            np.cos(yaw) * np.cos(pitch)])
        right = np.array([np.cos(yaw), 0.0, -np.sin(yaw)])
        self.axes = np.stack([right, np.cross(forward, right), forward])

    def project(self, points):
        """Pixels (…, 2) and depths (…) of points (…, 3) given as (a, y, b)."""
        local = (np.asarray(points, np.float64) - self.position) @ self.axes.T
        depth = np.maximum(local[..., 2], 0.3)
        pixels = np.stack([self.center[0] + self.focal * local[..., 0] / depth,
                           self.center[1] - self.focal * local[..., 1] / depth], -1)
        return pixels, depth

    def rays(self, xs, ys):
        """Directions (h, w, 3) through pixels: xs (w), ys (h)."""
        x = (xs - self.center[0]) / self.focal
        y = -(ys - self.center[1]) / self.focal
        right, up, forward = self.axes.astype(np.float32)
        return (x[None, :, None] * right + y[:, None, None] * up + forward).astype(np.float32)
