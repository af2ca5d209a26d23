"""Reads a VALID avatar (glTF binary with EXT_meshopt_compression) and poses it: morphs, then linear blend skinning.

All positions are metres in glTF axes (x to the person's left, y up, z towards the camera).
"""

import io
import json
import struct

import meshoptimizer
import numpy as np
from PIL import Image

COMPONENT = {
    5120: np.int8, 5121: np.uint8, 5122: np.int16, 5123: np.uint16, 5125: np.uint32, 5126: np.float32,
}
WIDTH = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT4": 16}


class Glb:
    """One glTF binary: its JSON and its buffer views, decoded when first asked for."""

    def __init__(self, path):
        data = open(path, "rb").read()
        (length,) = struct.unpack_from("<I", data, 12)
        self.json = json.loads(data[20 : 20 + length])
        self.bin = data[20 + length + 8 :]
        self._views = {}

    def view(self, index):
        """(bytes as uint8, stride or None) of a buffer view."""
        if index not in self._views:
            view = self.json["bufferViews"][index]
            packed = view.get("extensions", {}).get("EXT_meshopt_compression")
            self._views[index] = self._unpack(packed) if packed else (self._raw(view), view.get("byteStride"))
        return self._views[index]

    def _raw(self, view):
        start = view.get("byteOffset", 0)
        return np.frombuffer(self.bin, np.uint8, view["byteLength"], start)

    def _unpack(self, packed):
        count, stride = packed["count"], packed["byteStride"]
        source = self._raw(packed).tobytes()
        if packed["mode"] == "ATTRIBUTES":
            out = meshoptimizer.decode_vertex_buffer(count, stride, source)
        elif packed["mode"] == "TRIANGLES":
            out = meshoptimizer.decode_index_buffer(count, 4, source)
            out = np.asarray(out).astype({2: np.uint16, 4: np.uint32}[stride])
        else:
            out = meshoptimizer.decode_index_sequence(count, 4, source)
            out = np.asarray(out).astype({2: np.uint16, 4: np.uint32}[stride])
        out = np.frombuffer(np.ascontiguousarray(out).tobytes(), np.uint8).copy()
        assert out.size == count * stride, (packed["mode"], out.size, count, stride)
        # Only normals carry the octahedral filter, and normals are computed anew after posing.
        return out, stride

    def accessor(self, index):
        a = self.json["accessors"][index]
        kind, width = COMPONENT[a["componentType"]], WIDTH[a["type"]]
        size = np.dtype(kind).itemsize * width
        if "bufferView" in a:
            data, stride = self.view(a["bufferView"])
            start = a.get("byteOffset", 0)
            rows = np.lib.stride_tricks.as_strided(data[start:], (a["count"], size), (stride or size, 1))
            out = rows.copy().view(kind).reshape(a["count"], width)
        else:
            out = np.zeros((a["count"], width), kind)
        if "sparse" in a:
            s = a["sparse"]
            iview, vview = s["indices"], s["values"]
            idata = self.view(iview["bufferView"])[0][iview.get("byteOffset", 0) :].tobytes()
            ids = np.frombuffer(idata, COMPONENT[iview["componentType"]], s["count"])
            vdata = self.view(vview["bufferView"])[0][vview.get("byteOffset", 0) :].tobytes()
            out[ids] = np.frombuffer(vdata, kind, s["count"] * width).reshape(-1, width)
        if a.get("normalized"):
            out = np.maximum(out.astype(np.float32) / np.iinfo(kind).max, -1)
        return out

    def image(self, texture):
        t = self.json["textures"][texture]
        source = t.get("extensions", {}).get("EXT_texture_webp", {}).get("source", t.get("source"))
        return Image.open(io.BytesIO(self._raw(self.json["bufferViews"][self.json["images"][source]["bufferView"]]).tobytes()))


def rotation(axis, degrees):
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    i, j = {"x": (1, 2), "y": (2, 0), "z": (0, 1)}[axis]
    m = np.eye(3)
    m[i, i] = m[j, j] = c
    m[i, j], m[j, i] = -s, s
    return m


def _local(node):
    x, y, z, w = node.get("rotation", [0, 0, 0, 1])
    r = np.array([
        [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
        [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
        [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
    ])
    m = np.eye(4)
    m[:3, :3] = r * np.array(node.get("scale", [1, 1, 1]))
    m[:3, 3] = node.get("translation", [0, 0, 0])
    return m


class Part:
    """One mesh of the avatar, welded so that texture seams do not break smooth shading."""

    def __init__(self, glb, node):
        mesh = glb.json["meshes"][node["mesh"]]
        (prim,) = mesh["primitives"]
        at = prim["attributes"]
        self.name = node["name"]
        skin = glb.json["skins"][node["skin"]]
        self.joints = skin["joints"]
        self.inverse_bind = glb.accessor(skin["inverseBindMatrices"]).reshape(-1, 4, 4).transpose(0, 2, 1)
        position = glb.accessor(at["POSITION"])[:, :3].astype(np.float64)
        index = glb.accessor(at["JOINTS_0"]).astype(int)
        weight = glb.accessor(at["WEIGHTS_0"]).astype(np.float64)
        faces = glb.accessor(prim["indices"]).astype(int).reshape(-1, 3)
        targets = [glb.accessor(t["POSITION"])[:, :3].astype(np.float64) for t in prim.get("targets", [])]
        # The lips touch at rest but move apart: the morphs are part of the key.
        key = np.concatenate([position, *targets[:30]], 1) if targets else position
        _, first, to = np.unique(np.round(key / np.abs(position).max() * 1e6).astype(np.int64), axis=0, return_index=True, return_inverse=True)
        self.position, self.index, self.weight = position[first], index[first], weight[first]
        self.weight /= np.maximum(self.weight.sum(1, keepdims=True), 1e-9)
        names = mesh.get("extras", {}).get("targetNames", [])
        self.morphs = {n.split(".")[-1].removesuffix("_h"): t[first] for n, t in zip(names, targets)}
        self.loop_uv = glb.accessor(at["TEXCOORD_0"]).astype(np.float64)[faces.ravel()]
        self.faces = to.ravel()[faces]
        # Welding can make a sliver degenerate.
        f = self.faces
        good = (f[:, 0] != f[:, 1]) & (f[:, 1] != f[:, 2]) & (f[:, 0] != f[:, 2])
        self.faces = f[good]
        self.loop_uv = self.loop_uv.reshape(-1, 3, 2)[good].reshape(-1, 2)
        self.material = prim["material"]


class Avatar:
    def __init__(self, path):
        self.glb = Glb(path)
        self.nodes = self.glb.json["nodes"]
        self.parent = {c: i for i, n in enumerate(self.nodes) for c in n.get("children", [])}
        self.local = [_local(n) for n in self.nodes]
        self.order = []
        stack = [i for i in range(len(self.nodes)) if i not in self.parent]
        while stack:
            i = stack.pop()
            self.order.append(i)
            stack += self.nodes[i].get("children", [])
        self.rest = self._globals({})
        self.parts = [Part(self.glb, n) for n in self.nodes if "mesh" in n]

    def _globals(self, pose):
        out = {}
        for i in self.order:
            m = (out[self.parent[i]] if i in self.parent else np.eye(4)) @ self.local[i]
            turn = pose.get(self.nodes[i].get("name"))
            if turn is not None:
                a = self.rest[i][:3, :3]
                a = a / np.linalg.norm(a, axis=0)
                d = np.eye(4)
                d[:3, :3] = a.T @ turn @ a
                m = m @ d
            out[i] = m
        return out

    def joint(self, name, pose=None):
        g = self._globals(pose) if pose else self.rest
        return next(g[i][:3, 3] for i, n in enumerate(self.nodes) if n.get("name") == name)

    def posed(self, pose, face):
        """Vertex positions of each part. `pose`: joint name to 3x3 turn about the rest axes of the body; `face`: morph to 0..1."""
        g = self._globals(pose)
        out = []
        for part in self.parts:
            v = part.position.copy()
            for name, amount in face.items():
                if name in part.morphs and amount:
                    v += amount * part.morphs[name]
                elif "t_" + name in part.morphs and amount:
                    v += amount * part.morphs["t_" + name]
            joints = np.array([g[j] @ part.inverse_bind[k] for k, j in enumerate(part.joints)])
            m = sum(joints[part.index[:, c]] * part.weight[:, c, None, None] for c in range(4))
            out.append(np.einsum("nij,nj->ni", m[:, :3, :3], v) + m[:, :3, 3])
        return out
