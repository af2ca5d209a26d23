"""Procedural meshes. A shape is (positions (n, 3), unit normals (n, 3), faces (m, 3)); lengths in metres."""

import numpy as np

Shape = tuple[np.ndarray, np.ndarray, np.ndarray]


def grid(points: np.ndarray, normals: np.ndarray) -> Shape:
    """A surface from a grid of points and normals, each (a, b, 3)."""
    a, b, _ = points.shape
    i = np.arange(a * b).reshape(a, b)
    quads = np.stack([i[:-1, :-1], i[1:, :-1], i[1:, 1:], i[:-1, :-1], i[1:, 1:], i[:-1, 1:]], -1)
    normals = normals / np.maximum(np.linalg.norm(normals, axis=-1, keepdims=True), 1e-9)
    return points.reshape(-1, 3), normals.reshape(-1, 3), quads.reshape(-1, 3)


def ellipsoid(centre: np.ndarray, radii: np.ndarray, steps: int = 14) -> Shape:
    """An ellipsoid."""
    u, w = np.linspace(0, np.pi, steps)[:, None], np.linspace(0, 2 * np.pi, 2 * steps)[None]
    d = np.stack([np.sin(u) * np.cos(w), np.cos(u) + 0 * w, np.sin(u) * np.sin(w)], -1)
    return grid(centre + d * radii, d / radii)


def tube(path: np.ndarray, radius: float | np.ndarray, steps: int = 10) -> Shape:
    """A tube of `radius` (one, or (width, depth) across) about a path (n, 3)."""
    along = np.gradient(path, axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    other = np.array([0.0, 0.0, 1.0]) if np.abs(along[:, 2]).max() < 0.9 else np.array([0.0, 1.0, 0.0])
    if np.abs(along @ other).max() > 0.98:
        other = np.array([0.31, 0.87, 0.38])
    side = np.cross(along, other)
    side /= np.linalg.norm(side, axis=1, keepdims=True)
    up = np.cross(side, along)
    f = np.linspace(0, 2 * np.pi, steps)[None, :, None]
    n = side[:, None] * np.cos(f) + up[:, None] * np.sin(f)
    ra, rb = np.broadcast_to(radius, 2)
    return grid(path[:, None] + side[:, None] * np.cos(f) * ra + up[:, None] * np.sin(f) * rb, n)


def box(centre: np.ndarray, half: np.ndarray) -> Shape:
    """A box with flat faces."""
    out = []
    for axis in range(3):
        for sign in (-1, 1):
            u, v = [k for k in range(3) if k != axis]
            p = np.zeros((2, 2, 3))
            p[..., axis], p[..., u], p[..., v] = sign, [[-1, -1], [1, 1]], [[-1, 1], [-1, 1]]
            n = np.zeros((2, 2, 3))
            n[..., axis] = sign
            out.append(grid(np.asarray(centre) + p * half, n))
    return joined(out)


def joined(shapes: list[Shape]) -> Shape:
    """Several shapes as one."""
    starts = np.cumsum([0] + [len(s[0]) for s in shapes])
    return (
        np.concatenate([s[0] for s in shapes]),
        np.concatenate([s[1] for s in shapes]),
        np.concatenate([s[2] + o for s, o in zip(shapes, starts[:-1], strict=True)]),
    )


def moved(shape: Shape, matrix: np.ndarray) -> Shape:
    """A shape carried by a 4x4 matrix without shear."""
    p, n, f = shape
    n = n @ matrix[:3, :3].T
    return p @ matrix[:3, :3].T + matrix[:3, 3], n / np.linalg.norm(n, axis=1, keepdims=True), f
