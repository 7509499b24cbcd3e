"""A body's joints in its own frame: forward, up, right; metres for a person of 1.75 m.

A pose is an array (17, 3) in the order of the constants below. Walking turns joint angles; all else
plants the feet and reaches with the hands, and the knees and elbows follow.
"""

import numpy as np

PELVIS, NECK, HEAD = 0, 1, 2
LEFT_SHOULDER, LEFT_ELBOW, LEFT_WRIST = 3, 4, 5
RIGHT_SHOULDER, RIGHT_ELBOW, RIGHT_WRIST = 6, 7, 8
LEFT_HIP, LEFT_KNEE, LEFT_ANKLE, LEFT_TOE = 9, 10, 11, 12
RIGHT_HIP, RIGHT_KNEE, RIGHT_ANKLE, RIGHT_TOE = 13, 14, 15, 16
COUNT = 17
HEIGHT_M = 1.75

THIGH, SHIN, FOOT = 0.43, 0.42, 0.17
UPPER_ARM, FOREARM = 0.29, 0.26
HIP_UP, TORSO = 0.93, 0.50
ANKLE_UP = 0.08


def bend(root, target, first, second, pole):
    """The middle joint between root and target for two bones, bent towards `pole`; and the end."""
    reach = target - root
    distance = np.linalg.norm(reach) + 1e-6
    far = min(distance, first + second - 1e-3)
    direction = reach / distance
    along = (first * first - second * second + far * far) / (2 * far)
    out = np.sqrt(max(first * first - along * along, 0.0))
    side = pole - direction * np.dot(pole, direction)
    side /= np.linalg.norm(side) + 1e-6
    return root + direction * along + side * out, root + direction * far


def torso(pose, pelvis, lean, nod=0.0, twist=0.0):
    """Places pelvis, hips, shoulders and head; `lean` forward and `nod` in radians."""
    up = np.array([np.sin(lean), np.cos(lean), 0.0])
    ahead = np.array([np.cos(lean), -np.sin(lean), 0.0])
    side = np.array([-np.sin(twist), 0.0, np.cos(twist)])
    pose[PELVIS] = pelvis
    pose[NECK] = pelvis + up * TORSO
    pose[HEAD] = pose[NECK] + up * 0.19 + ahead * (0.03 + 0.15 * np.sin(nod))
    pose[HEAD][1] -= 0.05 * (1 - np.cos(nod))
    for shoulder, hip, sign in ((LEFT_SHOULDER, LEFT_HIP, -1), (RIGHT_SHOULDER, RIGHT_HIP, 1)):
        pose[shoulder] = pelvis + up * (TORSO - 0.06) + side * (0.19 * sign)
        pose[hip] = pelvis + np.array([0.0, -0.02, 0.10 * sign])


def reach(pose, shoulder, wrist, target):
    """Brings a hand to `target`; the elbow points down and a little back and out."""
    sign = -1.0 if shoulder == LEFT_SHOULDER else 1.0
    pole = np.array([-0.5, -1.0, 0.5 * sign])
    pose[shoulder + 1], pose[wrist] = bend(pose[shoulder], np.asarray(target, float), UPPER_ARM,
                                           FOREARM, pole)


def hang(pose, shoulder, swing=0.0, elbow=0.25, spread=0.06):
    """Lets an arm hang, swung forward by `swing` radians."""
    sign = -1.0 if shoulder == LEFT_SHOULDER else 1.0
    upper = np.array([np.sin(swing), -np.cos(swing), spread * sign])
    lower = np.array([np.sin(swing + elbow), -np.cos(swing + elbow), spread * 0.5 * sign])
    pose[shoulder + 1] = pose[shoulder] + upper * UPPER_ARM
    pose[shoulder + 2] = pose[shoulder + 1] + lower * FOREARM


def walking(phase, length=1.0, carry_arms=False):
    """One instant of a gait: `phase` in radians (a cycle is two steps), `length` of step 0..1.4."""
    pose = np.zeros((COUNT, 3))
    torso(pose, np.array([0.0, HIP_UP, 0.0]), 0.05 + 0.04 * max(length - 1, 0),
          twist=0.12 * length * np.sin(phase))
    for hip, turn in ((LEFT_HIP, phase), (RIGHT_HIP, phase + np.pi)):
        thigh = 0.48 * length * np.sin(turn) + 0.05
        flex = 0.10 + 0.95 * length * max(0.0, np.cos(turn)) ** 2
        shin = thigh - flex
        pose[hip + 1] = pose[hip] + THIGH * np.array([np.sin(thigh), -np.cos(thigh), 0])
        pose[hip + 2] = pose[hip + 1] + SHIN * np.array([np.sin(shin), -np.cos(shin), 0])
        tip = 0.6 * shin + 0.1
        pose[hip + 3] = pose[hip + 2] + FOOT * np.array([np.cos(tip), np.sin(tip) - 0.18, 0])
    swing = 0.0 if carry_arms else 0.5 * length
    hang(pose, LEFT_SHOULDER, -swing * np.sin(phase) + 0.05, 0.3 + 0.15 * length)
    hang(pose, RIGHT_SHOULDER, swing * np.sin(phase) + 0.05, 0.3 + 0.15 * length)
    pose[:, 1] += ANKLE_UP - min(pose[LEFT_ANKLE][1], pose[RIGHT_ANKLE][1])
    return pose


def planted(lean=0.0, crouch=0.0, sway=0.0, stagger=0.06, nod=0.0, twist=0.0, apart=0.12):
    """Feet on the ground, hands hanging; `crouch` lowers the pelvis in metres."""
    pose = np.zeros((COUNT, 3))
    pelvis = np.array([-0.25 * np.sin(lean) + 0.3 * sway, HIP_UP - 0.02 - crouch, sway])
    torso(pose, pelvis, lean, nod, twist)
    for hip, sign in ((LEFT_HIP, -1), (RIGHT_HIP, 1)):
        ankle = np.array([stagger * sign, ANKLE_UP, apart * sign])
        pose[hip + 1], pose[hip + 2] = bend(pose[hip], ankle, THIGH, SHIN,
                                            np.array([1.0, 0.2, 0.15 * sign]))
        pose[hip + 3] = pose[hip + 2] + np.array([FOOT, -0.04, 0.05 * sign])
    hang(pose, LEFT_SHOULDER, 0.05 + 0.3 * lean)
    hang(pose, RIGHT_SHOULDER, 0.05 + 0.3 * lean)
    return pose


def standing(style, t, seed=0.0):
    """Somebody who waits: `style` names what the hands do, t in seconds."""
    sway = 0.02 * np.sin(0.9 * t + seed)
    turn = 0.15 * np.sin(0.5 * t + 2 * seed)
    if style == "look down":
        pose = planted(lean=0.30 + 0.08 * np.sin(0.7 * t), sway=sway, nod=0.7)
    elif style == "crouch":
        pose = planted(lean=0.55, crouch=0.38, nod=0.5, stagger=0.16)
        wiggle = 0.03 * np.sin(5 * t)
        reach(pose, LEFT_SHOULDER, LEFT_WRIST, [0.32 + wiggle, 0.22, -0.08])
        reach(pose, RIGHT_SHOULDER, RIGHT_WRIST, [0.32 - wiggle, 0.22, 0.08])
    else:
        pose = planted(sway=sway, nod=0.25 * np.sin(0.6 * t + seed), twist=turn)
    if style == "call":
        reach(pose, RIGHT_SHOULDER, RIGHT_WRIST, pose[HEAD] + [0.06, -0.03, 0.11])
    elif style == "phone":
        pose[HEAD] += [0.05, -0.02, 0]
        reach(pose, RIGHT_SHOULDER, RIGHT_WRIST, [0.28, 1.18 + 0.01 * np.sin(3 * t), 0.05])
        reach(pose, LEFT_SHOULDER, LEFT_WRIST, [0.27, 1.15, -0.04])
    elif style == "hips":
        reach(pose, RIGHT_SHOULDER, RIGHT_WRIST, [0.02, 0.98, 0.19])
        reach(pose, LEFT_SHOULDER, LEFT_WRIST, [0.02, 0.98, -0.19])
    elif style == "wave":
        reach(pose, RIGHT_SHOULDER, RIGHT_WRIST,
              [0.2, 1.65 + 0.05 * np.sin(6 * t), 0.3 + 0.12 * np.sin(6 * t)])
    elif style == "talk":
        reach(pose, RIGHT_SHOULDER, RIGHT_WRIST,
              [0.36, 1.1 + 0.12 * np.sin(2.3 * t + seed), 0.15 + 0.1 * np.sin(1.7 * t)])
    elif style == "drink":
        up = np.clip(1.6 * np.sin(0.9 * t + seed), 0, 1)
        reach(pose, RIGHT_SHOULDER, RIGHT_WRIST,
              (1 - up) * np.array([0.25, 1.05, 0.2]) + up * (pose[HEAD] + [0.14, 0.0, 0.03]))
    return pose


STANDING_STYLES = ("look down", "crouch", "idle", "call", "phone", "hips", "wave", "talk", "drink")


def sweeping(t, rate, amplitude):
    """Both hands on a broom; gives the pose and the broom's (top, foot) in the body's frame."""
    stroke = np.sin(2 * np.pi * rate * t)
    pose = planted(lean=0.28 + 0.06 * stroke, nod=0.4, stagger=0.12, twist=0.3 * stroke,
                   crouch=0.03)
    foot = np.array([0.72 + 0.12 * stroke, 0.03, 0.10 + amplitude * stroke])
    top = np.array([0.20, 1.32, -0.05 + 0.12 * stroke])
    reach(pose, LEFT_SHOULDER, LEFT_WRIST, top + (foot - top) * 0.08)
    reach(pose, RIGHT_SHOULDER, RIGHT_WRIST, top + (foot - top) * 0.42)
    return pose, (top, foot)


def throwing(t, rate, seed):
    """A child that plays: hops, arms up and down."""
    beat = np.sin(2 * np.pi * rate * t + seed)
    pose = planted(crouch=0.06 + 0.06 * beat, lean=0.1 - 0.1 * beat, stagger=0.12)
    height = 1.15 + 0.40 * beat
    reach(pose, LEFT_SHOULDER, LEFT_WRIST, [0.28, height, -0.16])
    reach(pose, RIGHT_SHOULDER, RIGHT_WRIST, [0.28, height, 0.16])
    return pose


def bucket_in_hand(pose, drop):
    """Where the bottom of a bucket hangs under the right hand, and that it stands upright."""
    return pose[RIGHT_WRIST] - [0.0, drop, -0.04], np.array([0.0, 1.0, 0.0])


def holding(tilt, hand_up, hand_out, lean, height, sway=0.0, crouch=0.0):
    """Both hands on a bucket: one at the rim, one under it; gives pose, bottom and axis.

    `tilt` radians: 0 upright, beyond pi/2 it pours forward."""
    pose = planted(lean=lean, nod=0.35 + 0.3 * lean, sway=sway, stagger=0.10, crouch=crouch)
    axis = np.array([np.sin(tilt), np.cos(tilt), 0.0])
    center = np.array([hand_out, hand_up, 0.0])
    bottom = center - axis * (0.5 * height)
    reach(pose, LEFT_SHOULDER, LEFT_WRIST, center + axis * (0.25 * height) + [0, 0, -0.15])
    reach(pose, RIGHT_SHOULDER, RIGHT_WRIST, center - axis * (0.30 * height) + [0, 0, 0.13])
    return pose, bottom, axis
