"""Writes small GLB files for the tests of the avatars: a triangle on two joints, a figure of balls."""

import json
import struct

import cv2
import numpy as np

from scrim_training.avatars.shapes import ellipsoid, joined

KINDS = {
    np.dtype(np.uint8): 5121,
    np.dtype(np.uint16): 5123,
    np.dtype(np.uint32): 5125,
    np.dtype(np.float32): 5126,
}
TYPES = {1: "SCALAR", 2: "VEC2", 3: "VEC3", 4: "VEC4", 16: "MAT4"}


class Writer:
    """Collects the JSON and the bytes of a GLB."""

    def __init__(self) -> None:
        self.json: dict = {"asset": {"version": "2.0"}, "bufferViews": [], "accessors": [], "buffers": [{}]}
        self.bytes = b""

    def view(self, data: bytes, **more: object) -> int:
        """A buffer view of `data`, 4-byte aligned."""
        self.json["bufferViews"].append({"byteOffset": len(self.bytes), "byteLength": len(data), **more})
        self.bytes += data + b"\0" * (-len(data) % 4)
        return len(self.json["bufferViews"]) - 1

    def accessor(self, values: np.ndarray, normalised: bool = False) -> int:
        """An accessor of `values` (n, width)."""
        entry = {
            "bufferView": self.view(np.ascontiguousarray(values).tobytes()),
            "count": len(values),
            "componentType": KINDS[values.dtype],
            "type": TYPES[values.shape[1]],
        }
        self.json["accessors"].append(entry | ({"normalized": True} if normalised else {}))
        return len(self.json["accessors"]) - 1

    def glb(self) -> bytes:
        """The file."""
        text = json.dumps(self.json).encode()
        text += b" " * (-len(text) % 4)
        total = 12 + 8 + len(text) + 8 + len(self.bytes)
        head = struct.pack("<4sII", b"glTF", 2, total) + struct.pack("<I4s", len(text), b"JSON")
        return head + text + struct.pack("<I4s", len(self.bytes), b"BIN\0") + self.bytes


def skinned(
    names: dict[str, tuple[str | None, tuple[float, float, float]]],
    mesh: tuple[np.ndarray, ...],
    joint: np.ndarray,
    weight: np.ndarray,
) -> bytes:
    """A GLB of one skinned mesh.

    `names`: joint to (parent, place at rest, metres); `mesh`: positions, normals, faces; `joint` (n, 4)
    places in `names`, `weight` (n, 4) uint8 of 255.
    """
    w, order = Writer(), list(names)
    place = {n: np.array(p) for n, (_, p) in names.items()}
    nodes = []
    for n, (parent, _) in names.items():
        children = [order.index(c) for c in order if names[c][0] == n]
        offset = place[n] - (place[parent] if parent else 0)
        nodes.append({"name": n, "translation": offset.tolist()} | ({"children": children} if children else {}))
    bind = np.array([np.eye(4) for _ in order], np.float32)
    for k, n in enumerate(order):
        bind[k, :3, 3] = -place[n]
    position, normal, faces = mesh
    attributes = {
        "POSITION": w.accessor(position.astype(np.float32)),
        "NORMAL": w.accessor(normal.astype(np.float32)),
        "TEXCOORD_0": w.accessor(np.full((len(position), 2), 0.5, np.float32)),
        "JOINTS_0": w.accessor(joint.astype(np.uint8)),
        "WEIGHTS_0": w.accessor(weight.astype(np.uint8), True),
    }
    indices = w.accessor(faces.reshape(-1, 1).astype(np.uint32))
    held = w.accessor(bind.transpose(0, 2, 1).reshape(-1, 16).copy())
    picture = cv2.imencode(".png", np.full((4, 4, 3), (40, 90, 200), np.uint8))[1].tobytes()
    w.json |= {
        "nodes": [*nodes, {"name": "body", "mesh": 0, "skin": 0}],
        "skins": [{"joints": list(range(len(order))), "inverseBindMatrices": held}],
        "meshes": [{"primitives": [{"attributes": attributes, "indices": indices, "material": 0}]}],
        "materials": [{"pbrMetallicRoughness": {"baseColorTexture": {"index": 0}}}],
        "textures": [{"source": 0}],
        "images": [{"bufferView": w.view(picture), "mimeType": "image/png"}],
    }
    return w.glb()


def _bones() -> dict[str, tuple[str | None, tuple[float, float, float]]]:
    out: dict[str, tuple[str | None, tuple[float, float, float]]] = {
        "Hips": (None, (0, 0.97, 0)),
        "Spine": ("Hips", (0, 1.0, 0)),
        "Spine2": ("Spine", (0, 1.17, 0)),
        "Neck": ("Spine2", (0, 1.45, 0.03)),
        "Head": ("Neck", (0, 1.55, 0.06)),
        "LeftEye": ("Head", (0.03, 1.6, 0.12)),
        "RightEye": ("Head", (-0.03, 1.6, 0.12)),
    }
    for side, g in (("Left", 1), ("Right", -1)):
        chain = {
            "Shoulder": (0.04, 1.41, 0),
            "Arm": (0.16, 1.4, 0),
            "ForeArm": (0.42, 1.4, 0),
            "Hand": (0.65, 1.4, 0),
            "HandMiddle1": (0.73, 1.4, 0.02),
        }
        parent = "Spine2"
        for n, (x, y, z) in chain.items():
            out[side + n] = parent, (g * x, y, z)
            parent = side + n
        parent = "Hips"
        for n, (x, y, z) in {"UpLeg": (0.08, 0.9, 0), "Leg": (0.08, 0.5, 0), "Foot": (0.08, 0.09, 0)}.items():
            out[side + n] = parent, (g * x, y, z)
            parent = side + n
    return out


def figure() -> bytes:
    """A figure of ellipsoids with all the joints that posing needs, each ellipsoid bound to one joint."""
    bones = _bones()
    balls = [
        ("Head", (0, 1.62, 0.05), (0.08, 0.12, 0.1)),
        ("Spine2", (0, 1.25, 0), (0.18, 0.22, 0.11)),
        ("Hips", (0, 0.97, 0), (0.17, 0.15, 0.12)),
        ("Neck", (0, 1.47, 0.02), (0.05, 0.08, 0.05)),
    ]
    for side, g in (("Left", 1), ("Right", -1)):
        balls += [
            (side + "Arm", (g * 0.29, 1.4, 0), (0.15, 0.05, 0.05)),
            (side + "ForeArm", (g * 0.53, 1.4, 0), (0.14, 0.04, 0.04)),
            (side + "Hand", (g * 0.72, 1.4, 0.01), (0.09, 0.02, 0.05)),
            (side + "UpLeg", (g * 0.08, 0.7, 0), (0.08, 0.22, 0.08)),
            (side + "Leg", (g * 0.08, 0.3, 0), (0.06, 0.22, 0.06)),
            (side + "Foot", (g * 0.08, 0.04, 0.06), (0.05, 0.04, 0.12)),
        ]
    shapes = [ellipsoid(np.array(c), np.array(r), 24 if n == "Head" else 10) for n, c, r in balls]
    mesh = joined(shapes)
    joint, order = np.zeros((len(mesh[0]), 4)), list(bones)
    joint[:, 0] = np.concatenate(
        [np.full(len(s[0]), order.index(n)) for (n, _, _), s in zip(balls, shapes, strict=True)]
    )
    weight = np.zeros_like(joint)
    weight[:, 0] = 255
    return skinned(bones, mesh, joint, weight)
