"""Two-bone inverse kinematics for arms: where the wrist shall be, to the turns of upper arm and forearm."""

import numpy as np

from .avatar import Avatar, Pose, turn


def unit(v: np.ndarray) -> np.ndarray:
    """`v` brought to length 1."""
    return v / max(np.linalg.norm(v), 1e-9)


def elbow(
    shoulder: np.ndarray, wrist: np.ndarray, upper: float, fore: float, pole: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Positions (elbow, wrist), each (3,), of a two-bone limb with bones of length `upper` and `fore` metres.

    The elbow lies in the plane of shoulder, wrist and `pole` direction, on the pole's side. A wrist out of
    reach is pulled in to 99.5 % of the limb's length, one too near pushed out to an elbow of 28 degrees.
    """
    nearest = np.sqrt(upper**2 + fore**2 - 2 * upper * fore * np.cos(np.radians(28)))
    d = float(np.clip(np.linalg.norm(wrist - shoulder), nearest, 0.995 * (upper + fore)))
    along = unit(wrist - shoulder)
    out = unit(pole - along * (pole @ along))
    a = (upper**2 - fore**2 + d**2) / (2 * d)
    h = np.sqrt(max(upper**2 - a**2, 0))
    return shoulder + along * a + out * h, shoulder + along * d


def _axes(along: np.ndarray, hinge: np.ndarray) -> np.ndarray:
    hinge = unit(hinge - along * (hinge @ along))
    return np.stack([along, hinge, np.cross(along, hinge)], 1)


def reach(avatar: Avatar, side: str, wrist: np.ndarray, pole: np.ndarray, twist: float) -> Pose:
    """Turns of arm and forearm of `side` (`Left`, `Right`) that bring the wrist to `wrist`.

    `wrist` (3,) and the elbow's direction `pole` (3,) are in rest axes of the chest; `twist` degrees turn the
    forearm about itself (0: as at rest; positive: palm towards the face when the arm is raised in front).
    """
    s, e, w = (avatar.joint(side + n) for n in ("Arm", "ForeArm", "Hand"))
    to_elbow, to_wrist = elbow(s, wrist, np.linalg.norm(e - s), np.linalg.norm(w - e), pole)
    u, f = unit(to_elbow - s), unit(to_wrist - to_elbow)
    sign = 1 if side == "Left" else -1
    rest_hinge = np.array([0.0, -sign, 0.0])
    hinge = unit(np.cross(u, f)) if np.linalg.norm(np.cross(u, f)) > 1e-3 else unit(np.cross(u, -pole))
    arm = _axes(u, hinge) @ _axes(unit(e - s), rest_hinge).T
    forearm = _axes(f, hinge) @ _axes(unit(w - e), rest_hinge).T
    return {side + "Arm": arm, side + "ForeArm": arm.T @ forearm @ turn("x", sign * twist)}
