"""Random poses of people before a camera: what each arm does, the trunk, the head, the fingers, the legs."""

from dataclasses import dataclass

import numpy as np

from .avatar import Avatar, Pose, turn
from .limbs import reach

ACTIONS = ("down", "gesture", "raised", "chin", "up", "typing", "crossed", "holding", "lap")
SEATED_WEIGHTS = (0.06, 0.22, 0.1, 0.14, 0.05, 0.18, 0.08, 0.12, 0.05)
STANDING_WEIGHTS = (0.36, 0.22, 0.1, 0.07, 0.06, 0.01, 0.08, 0.1, 0.0)


@dataclass
class Posed:
    """A pose with what the picture's description says of it."""

    pose: Pose
    action: str
    seated: bool
    holding: str | None


def _arm(avatar: Avatar, side: str, action: str, rng: np.random.Generator) -> tuple[Pose, float]:
    """Turns of one arm and how far its fingers curl (degrees a joint)."""
    g = 1 if side == "Left" else -1
    u, shoulder, head = rng.uniform, avatar.joint(side + "Arm"), avatar.joint("Head")
    hips = avatar.joint("Hips")
    chest_z = avatar.joint("Spine2")[2] + 0.16

    def at(x: float, y: float, z: float) -> np.ndarray:
        return np.array([g * x, y, z])

    pole, twist, curl = at(u(0.2, 0.8), -1, u(-0.7, 0.0)), u(-25, 25), u(5, 45)
    if action == "down":
        wrist = at(abs(shoulder[0]) + u(0.0, 0.13), hips[1] + u(-0.1, 0.1), u(-0.06, 0.12))
        pole, curl = at(u(0.3, 1), 0, -1), u(15, 40)
    elif action == "gesture":
        wrist = at(u(0.05, 0.42), shoulder[1] + u(-0.32, -0.02), chest_z + u(0.1, 0.32))
        twist, curl = u(-80, 90), u(0, 50)
    elif action == "raised":
        wrist = at(u(0.22, 0.5), head[1] + u(-0.1, 0.25), u(0.05, 0.3))
        twist, curl = u(-90, 0), u(0, 25) if rng.random() < 0.7 else u(40, 80)
    elif action == "chin":
        wrist = at(u(0.03, 0.13), head[1] + u(-0.17, -0.05), avatar.joint("Head")[2] + u(0.14, 0.19))
        pole, twist, curl = at(u(0.1, 0.7), -1, u(0.0, 0.4)), u(0, 60), u(30, 80)
    elif action == "up":
        wrist = at(u(0.1, 0.6), head[1] + u(0.2, 0.42), u(-0.05, 0.15))
        pole, twist, curl = at(1, u(-0.4, 0.2), u(-0.3, 0.3)), u(-60, 30), u(0, 40)
    elif action == "typing":
        wrist = at(u(0.06, 0.2), hips[1] + u(0.14, 0.26), chest_z + u(0.16, 0.32))
        pole, twist, curl = at(u(0.4, 1), -1, -0.5), u(-12, 12), u(10, 30)
    elif action == "crossed":
        wrist = at(u(-0.1, 0.0), avatar.joint("Spine2")[1] + u(-0.06, 0.1), chest_z + (0.05 if g > 0 else 0.1))
        pole, twist, curl = at(1, -0.9, 0.2), u(0, 40), u(20, 40)
    elif action == "holding":
        wrist = at(u(0.1, 0.32), shoulder[1] + u(-0.3, 0.05), chest_z + u(0.1, 0.26))
        twist, curl = u(60, 95), u(45, 70)
    else:
        wrist = at(u(0.08, 0.22), hips[1] + u(0.08, 0.14), chest_z + u(0.1, 0.26))
        pole = at(0.8, -0.6, -0.6)
    return reach(avatar, side, wrist, pole, twist), curl


def _hand(side: str, curl: float, loose: bool, rng: np.random.Generator) -> Pose:
    g = 1 if side == "Left" else -1
    out = {}
    if loose:
        out[side + "Hand"] = (
            turn("x", rng.uniform(-25, 25)) @ turn("z", rng.normal(0, 14)) @ turn("y", rng.normal(0, 10))
        )
    for finger in ("Index", "Middle", "Ring", "Pinky"):
        each = curl * rng.uniform(0.6, 1.2) if rng.random() < 0.85 else rng.uniform(0, 80)
        spread = rng.uniform(-7, 7)
        for k in (1, 2, 3):
            m = turn("z", -g * min(each, 85))
            out[f"{side}Hand{finger}{k}"] = m @ turn("y", spread) if k == 1 else m
    bend = rng.uniform(0, 22)
    for k in (1, 2, 3):
        out[f"{side}HandThumb{k}"] = turn("y", -g * bend)
    return out


def _legs(seated: bool, rng: np.random.Generator) -> Pose:
    out = {}
    step = rng.normal(0, 9) if rng.random() < 0.7 else rng.uniform(-26, 26)
    wide = abs(rng.normal(3, 3))
    for side, g in (("Left", 1), ("Right", -1)):
        if seated:
            lift, open_ = rng.uniform(72, 92), rng.uniform(-4, 18)
            out[side + "UpLeg"] = turn("y", g * open_) @ turn("x", -lift)
            out[side + "Leg"] = turn("x", lift + rng.uniform(-30, 18))
            out[side + "Foot"] = turn("x", rng.uniform(-8, 12))
        else:
            out[side + "UpLeg"] = turn("z", g * wide) @ turn("y", g * rng.uniform(0, 14)) @ turn("x", -g * step)
            out[side + "Leg"] = turn("x", rng.uniform(0, 8) + max(0, -g * step) * rng.uniform(0.2, 1.2))
    return out


def random_pose(avatar: Avatar, seated: bool, rng: np.random.Generator) -> Posed:
    """A random pose. Both arms do the same in a third of the pictures and in `typing`, `up` and `crossed`."""
    weights = np.array(SEATED_WEIGHTS if seated else STANDING_WEIGHTS)
    action = str(rng.choice(ACTIONS, p=weights / weights.sum()))
    calm = 0.35 if action in ("chin", "crossed") else 1.0
    n = rng.normal
    pose: Pose = {
        "Spine": turn("y", n(0, 5)) @ turn("x", rng.uniform(-5, 10)) @ turn("z", n(0, 2.5)),
        "Spine2": turn("y", n(0, 5)) @ turn("x", n(0, 4)) @ turn("z", n(0, 3)),
        "Neck": turn("y", calm * n(0, 11)) @ turn("x", calm * n(0, 6)) @ turn("z", calm * n(0, 3)),
        "Head": turn("y", calm * n(0, 11)) @ turn("x", calm * n(2, 7)) @ turn("z", calm * n(0, 6)),
    }
    both = action in ("typing", "up", "crossed") or rng.random() < 0.33
    rest = "lap" if seated and rng.random() < 0.5 else "down"
    lead = "Left" if rng.random() < 0.5 else "Right"
    for side in ("Left", "Right"):
        doing = action if both or side == lead else rest
        arm, curl = _arm(avatar, side, doing, rng)
        pose |= arm | _hand(side, curl, doing != "typing", rng)
        g = 1 if side == "Left" else -1
        lift = rng.uniform(8, 22) if doing == "up" else rng.uniform(-5, 6)
        pose[side + "Shoulder"] = turn("z", g * lift)
    return Posed(pose | _legs(seated, rng), action, seated, lead if action == "holding" else None)
