"""An avatar: a skeleton of named joints and skinned meshes, and the linear blend skinning that poses them.

Positions are metres in the axes of glTF: x to the person's left, y up, z to the person's front.
A pose is a dict from joint name to a 3x3 turn about the rest axes of the body (not of the joint), applied
below the parent's turn: turning `LeftArm` carries forearm and hand along.
"""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from .glb import Glb

Pose = dict[str, np.ndarray]
TEXTURE_SIDE = 1024
"""Textures are brought to this size: a head of 200 px shows no more."""


def turn(axis: str, degrees: float) -> np.ndarray:
    """3x3 right-handed turn by `degrees` about `axis` (x, y or z)."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    i, j = {"x": (1, 2), "y": (2, 0), "z": (0, 1)}[axis]
    m = np.eye(3)
    m[i, i] = m[j, j] = c
    m[i, j], m[j, i] = -s, s
    return m


def local_matrix(node: dict) -> np.ndarray:
    """4x4 matrix of a glTF node from its matrix, or its translation, rotation (quaternion xyzw) and scale."""
    if "matrix" in node:
        return np.array(node["matrix"], np.float64).reshape(4, 4).T
    x, y, z, w = node.get("rotation", [0, 0, 0, 1])
    r = np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )
    m = np.eye(4)
    m[:3, :3] = r * np.array(node.get("scale", [1, 1, 1]))
    m[:3, 3] = node.get("translation", [0, 0, 0])
    return m


def skin(
    position: np.ndarray, normal: np.ndarray, weight: np.ndarray, joints: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Linear blend skinning.

    `position`, `normal` (n, 3); `weight` (n, j), rows sum to 1; `joints` (j, 4, 4), from mesh to posed space.
    Returns positions (n, 3) and unit normals (n, 3), float32.
    """
    m = (weight @ joints[:, :3].reshape(len(joints), 12).astype(np.float32)).reshape(-1, 3, 4)
    v = np.einsum("nij,nj->ni", m[:, :, :3], position) + m[:, :, 3]
    n = np.einsum("nij,nj->ni", m[:, :, :3], normal)
    return v, n / np.maximum(np.linalg.norm(n, axis=1, keepdims=True), 1e-12)


@dataclass
class Part:
    """One mesh of an avatar, as it lies in the file; `rest` holds its positions in the rest pose, metres."""

    name: str
    position: np.ndarray
    normal: np.ndarray
    uv: np.ndarray
    weight: np.ndarray
    inverse_bind: np.ndarray
    joints: list[int]
    faces: np.ndarray
    texture: int | None
    rest: np.ndarray

    @property
    def is_hair(self) -> bool:
        """Whether this is the solid mesh of the hair."""
        return "wig" in self.name.lower() or "hair" in self.name.lower()


class Avatar:
    """One avatar file. `body` is the part with most vertices that is no hair."""

    def __init__(self, glb: Glb):
        nodes = glb.json["nodes"]
        self.names = [n.get("name", str(i)) for i, n in enumerate(nodes)]
        self.index = {n: i for i, n in enumerate(self.names)}
        self.parent = {c: i for i, n in enumerate(nodes) for c in n.get("children", [])}
        self.local = [local_matrix(n) for n in nodes]
        self.order: list[int] = []
        stack = [i for i in range(len(nodes)) if i not in self.parent]
        while stack:
            self.order.append(stack.pop())
            stack += nodes[self.order[-1]].get("children", [])
        self.rest = self._rest()
        self.parts = [part for n in nodes if "mesh" in n for part in self._parts(glb, n)]
        self.body = max((p for p in self.parts if not p.is_hair), key=lambda p: len(p.position))
        used = {p.texture for p in self.parts if p.texture is not None}
        self.textures = {t: _fit(glb.picture(t)) for t in used}

    @classmethod
    def read(cls, path: Path) -> "Avatar":
        """The avatar at `path`."""
        return cls(Glb.read(path))

    def _rest(self) -> dict[int, np.ndarray]:
        out: dict[int, np.ndarray] = {}
        for i in self.order:
            out[i] = out[self.parent[i]] @ self.local[i] if i in self.parent else self.local[i]
        return out

    def _parts(self, glb: Glb, node: dict) -> list[Part]:
        held = glb.json["skins"][node["skin"]]
        bind = glb.accessor(held["inverseBindMatrices"]).reshape(-1, 4, 4).transpose(0, 2, 1).astype(np.float64)
        out = []
        for prim in glb.json["meshes"][node["mesh"]]["primitives"]:
            at = prim["attributes"]
            position = glb.accessor(at["POSITION"])[:, :3].astype(np.float32)
            normal = glb.accessor(at["NORMAL"])[:, :3].astype(np.float32)
            index, w = (
                glb.accessor(at["JOINTS_0"]).astype(int),
                glb.accessor(at["WEIGHTS_0"]).astype(np.float32),
            )
            weight = np.zeros((len(position), len(held["joints"])), np.float32)
            for c in range(4):
                np.add.at(weight, (np.arange(len(position)), index[:, c]), w[:, c])
            weight /= np.maximum(weight.sum(1, keepdims=True), 1e-9)
            material = glb.json["materials"][prim["material"]] if "material" in prim else {}
            colour = material.get("pbrMetallicRoughness", {}).get("baseColorTexture", {})
            joints = np.array([self.rest[j] @ bind[k] for k, j in enumerate(held["joints"])])
            out.append(
                Part(
                    node.get("name", ""),
                    position,
                    normal,
                    glb.accessor(at["TEXCOORD_0"]).astype(np.float32),
                    weight,
                    bind,
                    held["joints"],
                    glb.accessor(prim["indices"]).astype(np.uint32).reshape(-1, 3),
                    colour.get("index"),
                    skin(position, normal, weight, joints)[0],
                )
            )
        return out

    def joint(self, name: str) -> np.ndarray:
        """Rest position of a joint, (3,), metres."""
        return self.rest[self.index[name]][:3, 3]

    def globals(self, pose: Pose) -> dict[int, np.ndarray]:
        """4x4 matrix of each node under a pose."""
        out: dict[int, np.ndarray] = {}
        for i in self.order:
            m = out[self.parent[i]] @ self.local[i] if i in self.parent else self.local[i]
            t = pose.get(self.names[i])
            if t is not None:
                axes = self.rest[i][:3, :3] / np.linalg.norm(self.rest[i][:3, :3], axis=0)
                own = np.eye(4)
                own[:3, :3] = axes.T @ t @ axes
                m = m @ own
            out[i] = m
        return out

    def carried(self, name: str, posed: dict[int, np.ndarray]) -> np.ndarray:
        """4x4 matrix that carries things from where they lie beside the joint at rest to the posed joint."""
        i = self.index[name]
        return posed[i] @ np.linalg.inv(self.rest[i])

    def posed(self, part: Part, posed: dict[int, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        """Positions and unit normals (n, 3) of a part, from the matrices of `globals`."""
        joints = np.array([posed[j] @ part.inverse_bind[k] for k, j in enumerate(part.joints)])
        return skin(part.position, part.normal, part.weight, joints)


def _fit(picture: np.ndarray) -> np.ndarray:
    return cv2.resize(picture, (TEXTURE_SIDE, TEXTURE_SIDE), interpolation=cv2.INTER_AREA)
