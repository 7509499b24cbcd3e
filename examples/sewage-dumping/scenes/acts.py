"""Who does what, where and when: scripts of walking, standing, dumping, sweeping and playing.

An actor is a list of segments, one after the other. A segment gives for its own time the place on
the ground, the heading (radians from the street's direction), the joints and the points of what is
held, both in the body's frame. Between segments all of it is blended.
"""

from dataclasses import dataclass, field

import numpy as np

from . import poses as P

BLEND_S = 0.4
KINDS = ("passing", "standing", "dumping", "sweeping", "playing")


def ease(x):
    x = min(max(x, 0.0), 1.0)
    return x * x * (3 - 2 * x)


@dataclass
class Moment:
    """What a segment says of one instant."""

    place: np.ndarray              # (a, b)
    heading: float
    joints: np.ndarray
    held: dict = field(default_factory=dict)   # name -> points (k, 3)
    pour: float = 0.0
    full: float = 0.0


def carried(pose, carry, bucket_height):
    """Points of what hangs in the right hand or is held before the chest; moves the arms to it."""
    if carry in ("bucket", "full bucket"):
        P.hang(pose, P.RIGHT_SHOULDER, 0.06, 0.08, 0.22)
        bottom, axis = P.bucket_in_hand(pose, bucket_height + 0.13)
        return {"bucket": np.stack([bottom, bottom + axis * bucket_height])}
    if carry == "bag":
        P.hang(pose, P.RIGHT_SHOULDER, 0.04, 0.1, 0.10)
        return {"bag": pose[P.RIGHT_WRIST][None]}
    if carry == "umbrella":
        P.reach(pose, P.RIGHT_SHOULDER, P.RIGHT_WRIST, pose[P.PELVIS] + [0.22, 0.25, 0.12])
        return {"umbrella": pose[P.RIGHT_WRIST][None]}
    if carry == "crate":
        center = pose[P.PELVIS] + [0.36, 0.18, 0.0]
        P.reach(pose, P.LEFT_SHOULDER, P.LEFT_WRIST, center + [0, -0.04, -0.2])
        P.reach(pose, P.RIGHT_SHOULDER, P.RIGHT_WRIST, center + [0, -0.04, 0.2])
        return {"crate": center[None]}
    if carry == "bucket before":
        center = pose[P.PELVIS] + [0.33, 0.12, 0.0]
        P.reach(pose, P.LEFT_SHOULDER, P.LEFT_WRIST, center + [0, 0.02, -0.16])
        P.reach(pose, P.RIGHT_SHOULDER, P.RIGHT_WRIST, center + [0, 0.02, 0.16])
        half = np.array([0, bucket_height / 2, 0])
        return {"bucket": np.stack([center - half, center + half])}
    if carry == "broom":
        P.reach(pose, P.RIGHT_SHOULDER, P.RIGHT_WRIST, pose[P.PELVIS] + [0.16, 0.05, 0.24])
        hand = pose[P.RIGHT_WRIST]
        return {"broom": np.stack([hand + [0.25, 0.55, 0], hand + [-0.40, -0.82, 0.05]])}
    return {}


class Walk:
    kind = "passing"

    def __init__(self, start, end, speed, carry="", bucket_height=0.3, size=1.0):
        self.start, self.end = np.asarray(start, float), np.asarray(end, float)
        self.carry, self.bucket_height = carry, bucket_height
        self.distance = float(np.linalg.norm(self.end - self.start))
        self.seconds = max(self.distance / speed, 0.1)
        self.length = min(0.35 + 0.55 * speed / size ** 0.5, 1.5)
        self.turn = 2 * np.pi / (1.45 * size * (0.6 + 0.4 * self.length))
        step = self.end - self.start
        self.heading = float(np.arctan2(step[1], step[0]))

    def at(self, t):
        share = t / self.seconds
        gone = share * self.distance
        slow = min(1.0, 0.25 + min(gone, self.distance - gone) / 0.4)
        pose = P.walking(gone * self.turn, self.length * max(slow, 0.25), bool(self.carry))
        held = carried(pose, self.carry, self.bucket_height)
        return Moment(self.start + (self.end - self.start) * share, self.heading, pose, held,
                      full=float(self.carry in ("full bucket", "bucket before")))


class Stay:
    kind = "standing"

    def __init__(self, place, heading, seconds, style, carry="", bucket_height=0.3, seed=0.0):
        self.place, self.heading, self.seconds = np.asarray(place, float), heading, seconds
        self.style, self.carry, self.bucket_height, self.seed = style, carry, bucket_height, seed

    def at(self, t):
        if self.style == "inspect":
            # Lifts the bucket, looks into it, tilts it a little, pours nothing.
            up = ease(t / 0.8) * ease((self.seconds - t) / 0.8)
            tilt = 0.45 * up * max(0.0, np.sin(1.3 * t + self.seed))
            pose, bottom, axis = P.holding(tilt, 0.70 + 0.28 * up, 0.36, 0.15, self.bucket_height)
            points = np.stack([bottom, bottom + axis * self.bucket_height])
            return Moment(self.place, self.heading, pose, {"bucket": points}, full=1.0)
        pose = P.standing(self.style, t, self.seed)
        if self.carry == "bucket down":
            foot = np.array([0.12, 0.02, 0.42])
            held = {"bucket": np.stack([foot, foot + [0, self.bucket_height, 0]])}
        elif self.style in ("idle", "look down", "wave") or self.carry in ("umbrella", "broom"):
            held = carried(pose, self.carry, self.bucket_height)
        else:
            held = {}
        return Moment(self.place, self.heading, pose, held, full=1.0)


class Dump:
    """Lifts a full bucket, tilts and empties it, lowers it. The event lasts while it is tilted."""

    kind = "dumping"

    def __init__(self, place, heading, bucket_height, tilt, pour_s, hand_up, rng):
        self.place, self.heading = np.asarray(place, float), heading
        self.bucket_height, self.tilt, self.hand_up = bucket_height, tilt, hand_up
        self.lift_s, self.lower_s = rng.uniform(0.6, 1.1), rng.uniform(0.5, 0.8)
        self.rise_s, self.pour_s = rng.uniform(0.45, 0.75), pour_s
        self.lean = float(np.clip(0.75 - 0.65 * hand_up, 0.05, 0.5) + rng.uniform(0, 0.15))
        self.out = rng.uniform(0.38, 0.46)
        self.shake = rng.uniform(0.0, 0.12)
        self.carry = "bucket before" if rng.random() < 0.3 else "full bucket"
        self.seconds = self.lift_s + pour_s + self.lower_s
        self.tilting = (self.lift_s, self.lift_s + pour_s)

    def at(self, t):
        since = t - self.lift_s
        left = self.seconds - t
        if since < 0:
            tilt, lifted = 0.0, ease(t / self.lift_s)
        elif left > self.lower_s:
            tilt, lifted = self.tilt * ease(since / self.rise_s), 1.0
            tilt += self.shake * np.sin(9 * since) * ease((since - self.rise_s) / 0.4)
        else:
            share = 1 - left / self.lower_s
            tilt, lifted = self.tilt * (1 - ease(share / 0.7)), 1 - ease((share - 0.3) / 0.7)
        sunk = max(0.0, 0.85 - self.hand_up) * 0.8
        pose, bottom, axis = P.holding(tilt, self.hand_up, self.out, self.lean, self.bucket_height,
                                       crouch=sunk)
        bucket = np.stack([bottom, bottom + axis * self.bucket_height])
        if lifted < 1:
            rest = P.planted()
            hung = carried(rest, self.carry, self.bucket_height)["bucket"]
            pose = rest + (pose - rest) * lifted
            bucket = hung + (bucket - hung) * lifted
        share = since / self.pour_s
        pour = 0.0
        if 0 < share < 1 and tilt > 1.15:
            pour = min(1.0, (tilt - 1.15) * 3) * (
                1.0 if share < 0.7 else 1.0 - 0.8 * (share - 0.7) / 0.3
            )
        return Moment(self.place, self.heading, pose, {"bucket": bucket}, pour,
                      full=float(since < 0.5 * self.pour_s))


class Sweep:
    kind = "sweeping"

    def __init__(self, start, end, heading, seconds, rng):
        self.start, self.end = np.asarray(start, float), np.asarray(end, float)
        self.heading, self.seconds = heading, seconds
        self.rate, self.amplitude = rng.uniform(0.7, 1.2), rng.uniform(0.22, 0.38)

    def at(self, t):
        pose, (top, foot) = P.sweeping(t, self.rate, self.amplitude)
        place = self.start + (self.end - self.start) * (t / self.seconds)
        return Moment(place, self.heading + 0.25 * np.sin(0.5 * t), pose,
                      {"broom": np.stack([top, foot])})


class Play:
    """Runs about a middle, and stops to throw; the ball is the game's, not the child's."""

    kind = "playing"

    def __init__(self, center, radius, seconds, size, rng):
        self.center, self.radius, self.seconds = np.asarray(center, float), radius, seconds
        self.phases, self.rates = rng.uniform(0, 6.28, 3), rng.uniform(0.5, 1.0, 2)
        self.rate, self.size = rng.uniform(0.5, 0.9), size
        times = np.arange(0, seconds + 0.1, 0.05)
        steps = np.diff(np.array([self.spot(t) for t in times]), axis=0)
        self.times, self.gone = times[1:], np.cumsum(np.linalg.norm(steps, axis=1))

    def spot(self, t):
        wave = np.array([np.sin(self.rates[0] * t + self.phases[0]),
                         0.6 * np.sin(self.rates[1] * 1.3 * t + self.phases[1])])
        return self.center + self.radius * wave

    def at(self, t):
        here, next_ = self.spot(t), self.spot(t + 0.1)
        step = next_ - here
        speed = np.linalg.norm(step) / 0.1
        run = P.walking(np.interp(t, self.times, self.gone) * 7.2 / self.size,
                        min(0.3 + speed, 1.4))
        throw = P.throwing(t, self.rate, self.phases[2])
        share = ease(0.5 + 1.5 * np.sin(0.8 * t + self.phases[2]))
        heading = float(np.arctan2(step[1], step[0]))
        return Moment(here, heading, run + (throw - run) * share)


class Actor:
    """One person with a script, from `start` seconds on."""

    def __init__(self, look, start, segments, bucket=None, mirrored=False, extra=None):
        self.look, self.start, self.segments = look, start, segments
        self.bucket, self.mirrored, self.extra = bucket, mirrored, extra
        self.ends = start + np.cumsum([segment.seconds for segment in segments])

    @property
    def end(self):
        return float(self.ends[-1])

    def segment_at(self, t):
        """The segment of time t and the time within it; None when the actor is not there."""
        if t < self.start or t >= self.end:
            return None
        index = int(np.searchsorted(self.ends, t, side="right"))
        segment = self.segments[index]
        return segment, t - (self.ends[index] - segment.seconds), index

    def kind(self, t):
        found = self.segment_at(t)
        return found[0].kind if found else None

    def tilting(self):
        """(start, end) of each dumping."""
        return [(float(end - s.seconds + s.tilting[0]), float(end - s.seconds + s.tilting[1]))
                for s, end in zip(self.segments, self.ends) if isinstance(s, Dump)]

    def at(self, t):
        """A Moment with joints and held points in street coordinates; None when not there."""
        found = self.segment_at(t)
        if not found:
            return None
        segment, within, index = found
        moment = segment.at(within)
        if index > 0 and within < BLEND_S:
            before = self.segments[index - 1]
            last = before.at(before.seconds - 1e-3)
            share = ease(within / BLEND_S)
            turn = (moment.heading - last.heading + np.pi) % (2 * np.pi) - np.pi
            moment.heading = last.heading + turn * share
            moment.joints = last.joints + (moment.joints - last.joints) * share
            for name in moment.held.keys() & last.held.keys():
                moment.held[name] = last.held[name] + (moment.held[name] - last.held[name]) * share
        size = self.look.size
        ahead = np.array([np.cos(moment.heading), 0.0, np.sin(moment.heading)])
        side = np.array([np.sin(moment.heading), 0.0, -np.cos(moment.heading)])
        frame = np.stack([ahead, [0.0, 1.0, 0.0], -side if self.mirrored else side])
        origin = np.array([moment.place[0], 0.0, moment.place[1]])
        moment.joints = origin + size * moment.joints @ frame
        moment.held = {name: origin + size * points @ frame for name, points in moment.held.items()}
        return moment
