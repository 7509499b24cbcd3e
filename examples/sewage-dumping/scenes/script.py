"""Schedules: from a family and a generator to the actors of a clip.

Acts at the drain follow one another; passers-by come as they like. Two dumpings of a clip lie at
least DUMPING_GAP_S apart, so that each is an event of its own.
"""

import numpy as np

from .acts import Actor, Dump, Play, Stay, Sweep, Walk
from .families import draw, pick
from .figures import Bucket, Look
from .poses import STANDING_STYLES

DUMPING_GAP_S = 15.0
FAR_M = 9.0
# Nobody could see a bucket emptied behind the dumper's back: such a heading is drawn anew.
BACK_TURNED = 0.35
MIX = {"dump": 0.34, "stand": 0.20, "visit": 0.14, "sweep": 0.14, "play": 0.10, "talk": 0.08}


class Script:
    """Collects the actors of one clip."""

    def __init__(self, family, rng, layout, bounds, view):
        self.family, self.rng = family, rng
        self.view = view                 # from the camera to the drain, a unit vector (a, b)
        self.actors = []
        self.wall = layout.wall
        self.left, self.right = bounds   # metres along the street that the picture shows
        self.dumped_until = -1e9

    def lane(self, low=-1.1, high=1.5):
        return self.rng.uniform(low, min(high, self.wall - 0.6))

    def edges(self):
        """Where somebody comes from and where to: beyond the picture's left or right."""
        left, right = max(self.left, -FAR_M) - 0.7, min(self.right, FAR_M) + 0.7
        return (left, right) if self.rng.random() < 0.5 else (right, left)

    def speed(self):
        return draw(self.rng, self.family.walk_speeds)

    def pass_by(self, start, kind=None, lane=None):
        rng = self.rng
        carry = kind if kind is not None else pick(
            rng, ("", "", "", "bag", "umbrella", "full bucket", "bucket before", "crate", "broom"))
        look, bucket = Look(self.family, rng, child=rng.random() < 0.1), Bucket(self.family, rng)
        first, last = self.edges()
        b = self.lane() if lane is None else lane
        path = Walk((first, b), (last, b + rng.uniform(-0.3, 0.3)), self.speed(), carry,
                    bucket.height, look.size)
        self.actors.append(Actor(look, start, [path], bucket, rng.random() < 0.5))
        return self.actors[-1].end

    def spot(self, heading, out):
        """Where to stand to have the drain `out` metres ahead."""
        return np.array([-np.cos(heading), -np.sin(heading)]) * out + self.rng.normal(0, 0.06, 2)

    def heading(self):
        """Along the street or across it; towards the wall side seldom."""
        return pick(self.rng, (0.0, np.pi, 0.5, np.pi - 0.5, -0.5, np.pi + 0.5, -1.2, -np.pi + 1.2,
                               1.3, -np.pi / 2)) + self.rng.normal(0, 0.15)

    def visit(self, arrive, segments_there, place, carry_in, carry_out, bucket, look):
        """Walks to `place` so as to be there at `arrive`, acts, and walks on."""
        rng = self.rng
        first, last = self.edges()
        speed = self.speed()
        come = Walk((first, self.lane()), place, speed, carry_in, bucket.height, look.size)
        end = segments_there[-1]
        after = end.end if hasattr(end, "end") else place
        leave = Walk(after, (last, self.lane()), speed, carry_out, bucket.height, look.size)
        actor = Actor(look, arrive - come.seconds, [come, *segments_there, leave], bucket,
                      rng.random() < 0.5)
        self.actors.append(actor)
        return arrive + sum(s.seconds for s in segments_there)

    def dump(self, arrive, heading=None):
        rng, family = self.rng, self.family
        look, bucket = Look(family, rng), Bucket(family, rng)
        heading = self.heading() if heading is None else heading
        while np.dot([np.cos(heading), np.sin(heading)], self.view) > BACK_TURNED:
            heading = self.heading()
        place = self.spot(heading, rng.uniform(0.50, 0.75))
        act = Dump(place, heading, bucket.height, np.radians(draw(rng, family.pour_tilts_degrees)),
                   draw(rng, family.pour_seconds), draw(rng, family.pour_heights), rng)
        there = [act]
        if rng.random() < 0.5:
            pause = Stay(place, heading, rng.uniform(0.6, 2.5), "idle", act.carry, bucket.height)
            there = [pause, act]
        if rng.random() < 0.5:
            there.append(
                Stay(place, heading, rng.uniform(0.6, 2.0), "idle", "bucket", bucket.height)
            )
        end = self.visit(arrive, there, place, act.carry, "bucket", bucket, look)
        self.dumped_until = self.actors[-1].tilting()[-1][1]
        return end

    def stand(self, arrive, style=None, seconds=None):
        rng, family = self.rng, self.family
        look, bucket = Look(family, rng), Bucket(family, rng)
        heading = self.heading()
        place = self.spot(heading, rng.uniform(0.45, 0.9))
        style = style or pick(rng, STANDING_STYLES + ("inspect", "inspect"))
        seconds = seconds or rng.uniform(3, 8)
        if style == "inspect":
            carry_in = carry_out = pick(rng, ("full bucket", "bucket before"))
            carry = ""
        else:
            carry = pick(rng, ("", "bag", "bucket down", "full bucket", "umbrella", "crate"))
            carry_in = carry_out = {"bucket down": "full bucket"}.get(carry, carry)
        there = [Stay(place, heading, seconds, style, carry, bucket.height, rng.uniform(0, 6))]
        return self.visit(arrive, there, place, carry_in, carry_out, bucket, look)

    def near(self, arrive):
        """Comes up to the drain, hesitates, walks on."""
        rng = self.rng
        look, bucket = Look(self.family, rng), Bucket(self.family, rng)
        heading = self.heading()
        place = self.spot(heading, rng.uniform(0.3, 0.8))
        carry = pick(rng, ("", "bag", "full bucket", "bucket before", "umbrella"))
        there = [Stay(place, heading, rng.uniform(0.4, 1.6), "look down", carry, bucket.height)]
        return self.visit(arrive, there, place, carry, carry, bucket, look)

    def sweep(self, arrive, seconds=None):
        rng = self.rng
        look, bucket = Look(self.family, rng), Bucket(self.family, rng)
        heading = self.heading()
        start = self.spot(heading, rng.uniform(0.4, 0.9)) + rng.normal(0, 0.2, 2)
        act = Sweep(
            start, start + rng.normal(0, 0.35, 2), heading, seconds or rng.uniform(4, 9), rng
        )
        return self.visit(arrive, [act], start, "broom", "broom", bucket, look)

    def play(self, start, seconds=None):
        rng = self.rng
        seconds = seconds or rng.uniform(5, 10)
        players = []
        count = int(rng.integers(1, 3))
        for i in range(count):
            look = Look(self.family, rng, child=True)
            side = (-0.6, 0.6)[i] if count == 2 else 0.0
            act = Play(
                (side, rng.uniform(-0.4, 0.6)), rng.uniform(0.5, 0.9), seconds, look.size, rng
            )
            first, last = self.edges()
            come = Walk((first, self.lane()), act.spot(0), 2.0, size=look.size)
            leave = Walk(act.spot(seconds), (last, self.lane()), 2.2, size=look.size)
            players.append(Actor(look, start - come.seconds, [come, act, leave]))
        acts = [player.segments[1] for player in players]
        color = np.array(
            pick(rng, ((208, 60, 44), (230, 190, 60), (70, 110, 190), (225, 225, 220))), np.float32
        )
        players[0].extra = ball(acts, players[0].start + players[0].segments[0].seconds, color)
        self.actors += players
        return start + seconds

    def talk(self, arrive):
        """Two people stand and talk; one may have set down a bucket."""
        rng = self.rng
        seconds = rng.uniform(4, 8)
        for heading in (0.0, np.pi):
            look, bucket = Look(self.family, rng), Bucket(self.family, rng)
            place = np.array([-np.cos(heading) * 0.45, rng.uniform(-0.3, 0.3)])
            carry = pick(rng, ("", "bucket down", "bag"))
            there = [Stay(place, heading, seconds, pick(rng, ("talk", "idle", "hips")), carry,
                          bucket.height, rng.uniform(0, 6))]
            carry = {"bucket down": "full bucket"}.get(carry, carry)
            self.visit(arrive + rng.uniform(0, 1), there, place, carry, carry, bucket, look)
        return arrive + seconds + 1

    def fill(self, seconds, mix=MIX, dumping_gap_s=DUMPING_GAP_S, crowd=1.0):
        """Acts drawn at random until the clip ends; `crowd` scales how many pass by besides."""
        names, weights = list(mix), np.array(list(mix.values()))
        acts = {"dump": self.dump, "stand": self.stand, "visit": self.near, "sweep": self.sweep,
                "play": self.play, "talk": self.talk,
                "inspect": lambda arrive: self.stand(arrive, "inspect")}
        clock = self.rng.uniform(1.5, 4.0)
        while clock < seconds - 9.0:
            name = names[self.rng.choice(len(names), p=weights / weights.sum())]
            if name == "dump" and clock < self.dumped_until + dumping_gap_s:
                name = pick(self.rng, ("stand", "visit", "sweep", "stand"))
            clock = acts[name](clock) + self.rng.uniform(0.8, 4.0)
        for _ in range(self.rng.poisson(crowd * seconds / 11.0)):
            self.pass_by(self.rng.uniform(-2, seconds - 3))


def ball(acts, start, color):
    """The ball of a game as a function of time: (centre, radius, colour), None before and after."""
    radius = 0.12

    def at(t):
        t -= start
        if not 0 <= t < acts[0].seconds:
            return None
        first = acts[0].spot(t)
        if len(acts) == 2:
            share = 0.5 - 0.5 * np.cos(2.4 * t)
            place = first + (acts[1].spot(t) - first) * share
            up = radius + 1.1 * abs(np.sin(2.4 * t))
        else:
            ahead = acts[0].spot(t + 0.25) - first
            place = first + ahead / (np.linalg.norm(ahead) + 1e-6) * (0.35 + 0.25 * np.sin(3.1 * t))
            up = radius + 0.55 * abs(np.sin(4.0 * t))
        return np.array([place[0], up, place[1]]), radius, color

    return at
