"""The two small networks, and how a training crop is varied before they see it."""

import torch
import torch.nn.functional as F
from torch import nn

SIDE = 64
# Drawn once: fresh noise for each batch would cost more than the networks.
NOISE = torch.randn(1 << 23, generator=torch.Generator().manual_seed(1))


def block(into, out, stride):
    return nn.Sequential(nn.Conv2d(into, out, 3, stride, 1, bias=False), nn.BatchNorm2d(out),
                         nn.ReLU(inplace=True))


def pooled(features):
    """Mean and greatest value of each channel."""
    flat = features.flatten(2)
    return torch.cat([flat.mean(2), flat.amax(2)], 1)


class Intrusion(nn.Module):
    """Is somebody in the region? (1, 3, 64, 64) -> logits of [background, person]."""

    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(block(3, 16, 2), block(16, 32, 2), block(32, 48, 2),
                                      block(48, 64, 2))
        self.head = nn.Linear(128, 2)

    def forward(self, x):
        return self.head(pooled(self.features(x)))


class Activity(nn.Module):
    """What is done in the region? (n, 8, 3, 64, 64), oldest first -> logits of five labels.

    Each frame is seen with what changed since the one before and with what differs from the mean of
    all, so that what stands still need not be learnt; two convolutions over time follow."""

    def __init__(self, labels=5):
        super().__init__()
        self.features = nn.Sequential(block(9, 16, 2), block(16, 32, 2), block(32, 48, 2),
                                      block(48, 64, 1))
        self.time = nn.Sequential(nn.Conv1d(128, 96, 3, padding=1), nn.ReLU(inplace=True),
                                  nn.Conv1d(96, 96, 3, padding=1), nn.ReLU(inplace=True))
        self.head = nn.Linear(96 * 3, labels)
        self.each = nn.Linear(96, labels)

    def forward(self, x):
        return self.both(x)[0]

    def both(self, x):
        """Logits of the window (n, labels), and of each of its frames (n, labels, 8): training
        learns eight labels a window, the model answers with one."""
        steps = self.steps(x)
        whole = self.head(torch.cat([steps[:, :, -1], steps.mean(2), steps.amax(2)], 1))
        return whole, self.each(steps.transpose(1, 2)).transpose(1, 2)

    def steps(self, x):
        before = torch.cat([x[:, :1], x[:, :-1]], 1)
        inputs = torch.cat([x, x - before, x - x.mean(1, keepdim=True)], 2)
        count = x.shape[1]
        inputs = inputs.flatten(0, 1).contiguous(memory_format=torch.channels_last)  # the faster
        frames = pooled(self.features(inputs))
        return self.time(frames.reshape(-1, count, frames.shape[1]).transpose(1, 2))


def uniform(shape, low, high):
    return torch.rand(shape) * (high - low) + low


def noise(shape):
    """A piece of NOISE that begins anywhere."""
    size = torch.Size(shape).numel()
    start = int(torch.randint(0, NOISE.numel() - size, (1,)))
    return NOISE[start:start + size].view(shape)


def vary(frames, boxes, share=1.0):
    """Crops (n, t, 3, 64, 64) in 0..1 out of bytes (n, t, 96, 96, 3), each window varied as a
    whole; `share` of them in colour and light too.

    `boxes` (n, 4) is the region in the frames, fractions left, top, right, bottom."""
    n, t = frames.shape[:2]
    x = frames.permute(0, 1, 4, 2, 3).float().div_(255).flatten(1, 2)
    x = F.grid_sample(x, placement(boxes), align_corners=False, padding_mode="border")
    x = x.view(n, t, 3, SIDE, SIDE)
    varied = int(share * n)
    if varied:
        x[:varied] = weather(recolor(x[:varied], varied), varied, t)
    if torch.rand(1) < 0.35:
        soft = F.avg_pool2d(x.flatten(0, 1), 3, 1, 1, count_include_pad=False).view_as(x)
        x = x + (soft - x) * uniform((n, 1, 1, 1, 1), 0.0, 1.0)
    sigma = uniform((n, 1, 1, 1, 1), 0, 1) ** 2 * 0.04
    x = (x + noise(x.shape) * sigma).clamp_(0, 1)
    return x * outlines(n)[:, None, None]


def placement(boxes):
    """Sampling grids (n, 64, 64, 2): the region's box, shifted, scaled, turned, mirrored."""
    n = len(boxes)
    center = (boxes[:, :2] + boxes[:, 2:]) - 1
    half = (boxes[:, 2:] - boxes[:, :2]) * uniform((n, 1), 0.82, 1.18) * uniform((n, 2), 0.93, 1.07)
    center = center + half * uniform((n, 2), -0.16, 0.16)
    half = half * torch.stack([torch.rand(n).lt(0.5).float() * 2 - 1, torch.ones(n)], 1)
    turn = uniform((n,), -0.07, 0.07)
    theta = torch.zeros(n, 2, 3)
    theta[:, 0, 0], theta[:, 0, 1] = half[:, 0] * turn.cos(), -half[:, 1] * turn.sin()
    theta[:, 1, 0], theta[:, 1, 1] = half[:, 0] * turn.sin(), half[:, 1] * turn.cos()
    theta[:, :, 2] = center
    return F.affine_grid(theta, (n, 1, SIDE, SIDE), align_corners=False)


def recolor(x, n):
    """Turns hues about the gray axis, changes saturation, contrast, brightness and gamma."""
    angle = torch.where(torch.rand(n) < 0.6, uniform((n,), -3.14, 3.14), torch.zeros(n))
    gray = torch.full((3, 3), 1 / 3)
    skew = torch.tensor([[0., -1, 1], [1, 0, -1], [-1, 1, 0]]) / 3 ** 0.5
    cos, sin = angle.cos()[:, None, None], angle.sin()[:, None, None]
    turn = cos * (torch.eye(3) - gray) + sin * skew
    color = gray + turn * uniform((n, 1, 1), 0.3, 1.5)
    x = torch.einsum("nij,ntjhw->ntihw", color, x)
    x = x.clamp(1e-4, 1) ** uniform((n, 1, 1, 1, 1), 0.7, 1.35)
    middle = x.mean((1, 2, 3, 4), keepdim=True)
    x = middle + (x - middle) * uniform((n, 1, 1, 1, 1), 0.65, 1.35)
    return x * uniform((n, 1, 1, 1, 1), 0.6, 1.3) * uniform((n, 1, 3, 1, 1), 0.88, 1.12)


def weather(x, n, t):
    """Uneven light, a flicker, mist, streaks, and a texture that stands still."""
    def sometimes(share):
        return (torch.rand(n, 1, 1, 1, 1) < share).float()

    def field(size):
        coarse = F.interpolate(torch.rand(n, 1, size, size), (SIDE, SIDE), mode="bilinear",
                               align_corners=True)
        return coarse[:, None] - 0.5

    x = x * (1 + field(2) * uniform((n, 1, 1, 1, 1), 0, 1.0) * sometimes(0.4))
    size = int(torch.randint(5, 40, (1,)))
    x = x * (1 + field(size) * uniform((n, 1, 1, 1, 1), 0, 0.6) * sometimes(0.4))
    x = x * (1 + 0.02 * torch.randn(n, t, 1, 1, 1))
    mist = uniform((n, 1, 1, 1, 1), 0, 0.5) * sometimes(0.3)
    x = x + (uniform((n, 1, 1, 1, 1), 0.5, 0.9) - x) * mist
    wet = torch.randperm(n)[:int(0.3 * n)]
    x[wet] += streaks(len(wet), t) * uniform((len(wet), 1, 1, 1, 1), 0.02, 0.15)
    return x


def streaks(n, t):
    """Upright streaks (n, t, 1, 64, 64) of 0 and 1, others in each frame."""
    drops = noise((n * t, 1, SIDE, SIDE)).gt(2.4).float()
    return F.max_pool2d(drops, (5, 1), 1, (2, 0)).view(n, t, 1, SIDE, SIDE)


def outlines(n):
    """Masks (n, 64, 64): rectangles, and trapezoids narrower at the top."""
    cut = torch.where(torch.rand(n) < 0.5, uniform((n,), 0.0, 0.14), torch.zeros(n))[:, None, None]
    y = ((torch.arange(SIDE) + 0.5) / SIDE)[None, :, None]
    x = ((torch.arange(SIDE) + 0.5) / SIDE)[None, None, :]
    edge = cut * (1 - y)
    return ((x >= edge) & (x <= 1 - edge)).float()
