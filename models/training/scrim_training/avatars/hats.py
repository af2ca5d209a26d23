"""Things worn on the head and fitted to it: hats of several kinds, hair bands, headphones, glasses."""

import numpy as np

from .head import Head, Radii
from .shapes import Shape, box, ellipsoid, grid, joined, tube

KINDS = ("beanie", "cap", "hat", "band", "hood")


class Dome:
    """A cap of the head's surface above a plane.

    The plane lies `level` metres above the eyes and rises to the front by `slope` degrees; `surface` is what
    the cap lies on.
    """

    def __init__(self, head: Head, surface: Radii, level: float, slope: float):
        self.surface, self.centre = surface, surface.centre
        s = np.radians(slope)
        self.up = np.array([0, np.cos(s), -np.sin(s)])
        self.front = np.array([0, np.sin(s), np.cos(s)])
        self.level = head.eyes[1] + level - self.centre[1]

    def directions(self, polar: np.ndarray, azimuth: np.ndarray) -> np.ndarray:
        """Unit directions (a, b, 3) at angles (a, b) from the dome's pole; azimuth 0 is the person's left."""
        side = np.array([1.0, 0, 0])
        flat = side * np.cos(azimuth)[..., None] + self.front * np.sin(azimuth)[..., None]
        return self.up * np.cos(polar)[..., None] + flat * np.sin(polar)[..., None]

    def rim(self, azimuth: np.ndarray, level: float | None = None) -> np.ndarray:
        """Angles from the pole (b,) at which the surface crosses the plane."""
        polar = np.linspace(0.2, 2.6, 140)
        d = self.directions(*np.meshgrid(polar, azimuth, indexing="ij"))
        height = (d @ self.up) * self.surface.at(d)
        return polar[(height > (self.level if level is None else level)).sum(0).clip(1, 139)]

    def shell(self, thickness: float, bulge: float = 0.0, low: float | None = None, steps: int = 18) -> Shape:
        """The surface, `thickness` metres outside, from the pole (or the plane `low` higher) to the rim."""
        azimuth = np.linspace(0, 2 * np.pi, 49)
        end = self.rim(azimuth)
        start = np.full_like(end, 0.001) if low is None else self.rim(azimuth, self.level + low)
        t = np.linspace(0, 1, steps)[:, None]
        polar = start + (end - start) * t
        d = self.directions(polar, np.broadcast_to(azimuth, polar.shape))
        lift = thickness + bulge * np.cos(np.minimum(polar, np.pi / 2)) ** 2
        out = [grid(self.centre + d * (self.surface.at(d) + lift)[..., None], d)]
        # The rolled edge hides that the shell is hollow.
        edges = [polar[-1]] if low is None else [polar[-1], polar[0]]
        for edge in edges:
            e = self.directions(edge[None], azimuth[None])[0]
            ring = self.centre + e * (self.surface.at(e) + thickness * 0.5)[:, None]
            out.append(tube(ring, max(thickness * 0.6, 0.002), 8))
        return joined(out)

    def covers(self, points: np.ndarray) -> np.ndarray:
        """Whether points (n, 3) lie above the plane."""
        return (points - self.centre) @ self.up > self.level


def _brim(dome: Dome, thickness: float, reach: np.ndarray, droop: float, azimuth: np.ndarray) -> Shape:
    edge = dome.rim(azimuth)
    d = dome.directions(edge[None], azimuth[None])[0]
    inner = dome.centre + d * (dome.surface.at(d) + thickness * 0.7)[:, None]
    flat = d - dome.up * (d @ dome.up)[:, None]
    flat /= np.linalg.norm(flat, axis=1, keepdims=True)
    t = np.linspace(0, 1, 8)[:, None, None]
    p = inner + flat * reach[None, :, None] * t - dome.up * (droop * t**2 * reach[None, :, None])
    n = np.broadcast_to(dome.up, p.shape)
    return joined([grid(p, n), grid(p - dome.up * 0.003, -n)])


def hat(kind: str, head: Head, surface: Radii, rng: np.random.Generator) -> tuple[Shape, Dome]:
    """A hat of `kind` (one of KINDS) on `surface`, in the rest pose, and the dome that it covers."""
    u = rng.uniform
    if kind == "beanie":
        dome = Dome(head, surface, u(0.02, 0.06), u(8, 20))
        fold = Dome(head, surface, dome.level + dome.centre[1] - head.eyes[1], 0)
        fold.up, fold.front = dome.up, dome.front
        shapes = [dome.shell(u(0.005, 0.012), u(0, 0.045)), fold.shell(0.014, low=u(0.025, 0.05))]
        if rng.random() < 0.2:
            top = dome.centre + dome.up * (surface.at(dome.up) + 0.045)
            shapes.append(ellipsoid(top, np.full(3, u(0.02, 0.04))))
        return joined(shapes), dome
    if kind == "cap":
        dome = Dome(head, surface, u(0.045, 0.07), u(2, 12))
        azimuth = np.linspace(np.pi * 0.14, np.pi * 0.86, 25)
        if rng.random() < 0.12:
            azimuth = azimuth + np.pi
        reach = u(0.055, 0.08) * np.sin(np.linspace(0, np.pi, 25)) ** 0.45
        return joined([dome.shell(u(0.005, 0.01), u(0, 0.015)), _brim(dome, 0.008, reach, u(0.1, 0.5), azimuth)]), dome
    if kind == "hat":
        dome = Dome(head, surface, u(0.04, 0.06), u(0, 10))
        azimuth = np.linspace(0, 2 * np.pi, 49)
        brim = _brim(dome, 0.008, np.full(49, u(0.045, 0.11)), u(-0.25, 0.4), azimuth)
        return joined([dome.shell(0.009, u(0.01, 0.05)), brim]), dome
    if kind == "band":
        dome = Dome(head, surface, u(0.05, 0.075), u(-5, 40))
        return dome.shell(u(0.003, 0.007), low=u(0.008, 0.045), steps=6), dome
    dome = Dome(head, surface, u(-0.02, 0.015), u(38, 46))
    return dome.shell(u(0.008, 0.02), u(0.0, 0.02), steps=26), dome


def headphones(head: Head, surface: Radii, rng: np.random.Generator) -> Shape:
    """Headphones over the ears, sometimes with a microphone on a boom."""
    up = np.array([0.0, 1, 0])
    half, ear, z = head.ears + 0.008, head.eyes[1] - 0.012, head.skull.centre[2] - 0.012
    top = surface.centre[1] + surface.at(up) + 0.012
    a = np.linspace(0, np.pi, 24)
    band = np.stack([np.cos(a) * (half + 0.012), ear + np.sin(a) * (top - ear), np.full(24, z)], 1)
    size = np.array([0.024, 0.042, 0.036]) * rng.uniform(0.75, 1.2)
    out = [tube(band, np.array([0.009, 0.016]) * rng.uniform(0.6, 1.2))]
    out += [ellipsoid(np.array([s * (half + 0.008), ear, z]), size) for s in (-1, 1)]
    if rng.random() < 0.35:
        t = np.linspace(0, 1, 14)[:, None]
        start, end = (
            np.array([half + 0.015, ear - 0.02, z]),
            np.array([0.045, head.joint[1] - 0.01, head.eyes[2] + 0.04]),
        )
        boom = start + (end - start) * t + np.array([0.025, -0.02, 0.02]) * np.sin(t * np.pi)
        out += [tube(boom, 0.003, 6), ellipsoid(end, np.full(3, 0.009))]
    return joined(out)


def glasses(head: Head, rng: np.random.Generator) -> tuple[Shape, Shape | None]:
    """Frame of a pair of glasses and, for sunglasses, its lenses."""
    w, h = rng.uniform(0.023, 0.03), rng.uniform(0.016, 0.027)
    squareness, radius = rng.uniform(2, 5), rng.uniform(0.0009, 0.0028)
    z, y = head.eyes[2] + rng.uniform(0.026, 0.031), head.eyes[1] - 0.002
    a = np.linspace(0, 2 * np.pi, 33)
    c, s = np.cos(a), np.sin(a)
    outline = np.stack(
        [
            np.sign(c) * np.abs(c) ** (2 / squareness) * w,
            np.sign(s) * np.abs(s) ** (2 / squareness) * h,
            0 * a,
        ],
        1,
    )
    frame, lenses = [], []
    dark = rng.random() < 0.25
    for g in (-1, 1):
        rim = outline + [g * 0.032, y, z]
        frame.append(tube(rim, radius, 6))
        temple = np.stack(
            [
                g * np.linspace(0.032 + w, head.ears - 0.004, 6),
                np.full(6, y + h * 0.4),
                np.linspace(z, head.skull.centre[2] - 0.02, 6),
            ],
            1,
        )
        frame.append(tube(temple, radius, 6))
        if dark:
            fan = np.stack([np.repeat(rim.mean(0)[None], 33, 0), rim])
            lenses.append(grid(fan, np.broadcast_to([0.0, 0, 1], fan.shape)))
    frame.append(box(np.array([0, y + h * 0.3, z]), np.array([max(0.032 - w, 0.002), radius, radius])))
    return joined(frame), joined(lenses) if dark else None
