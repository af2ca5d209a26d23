"""Reads a glTF binary: its JSON, its accessors and its pictures.

Accessors may be plain, quantised (KHR_mesh_quantization) or packed (EXT_meshopt_compression).
"""

import json
import struct
from pathlib import Path

import cv2
import meshoptimizer
import numpy as np

from ..problem import Problem

COMPONENT = {
    5120: np.int8,
    5121: np.uint8,
    5122: np.int16,
    5123: np.uint16,
    5125: np.uint32,
    5126: np.float32,
}
WIDTH = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT4": 16}
GLTF_MAGIC = 0x46546C67
"""The first four bytes of a GLB, `glTF` (glTF 2.0 specification, section 4.4.2)."""


class Glb:
    """One glTF binary. `json` is its document; buffer views are decoded when first asked for."""

    def __init__(self, data: bytes, name: str = "glb"):
        """Parses `data`, the bytes of the file; `name` is what an error calls it.

        Raises Problem when the bytes are no GLB with a JSON chunk.
        """
        if len(data) < 20 or struct.unpack_from("<I", data)[0] != GLTF_MAGIC:
            raise Problem(
                f"{name} is not a glTF binary",
                "its first bytes are not `glTF`",
                "fetch the file again, or leave it out of the folder",
            )
        (length,) = struct.unpack_from("<I", data, 12)
        try:
            self.json = json.loads(data[20 : 20 + length])
        except ValueError as error:
            raise Problem(
                f"{name} cannot be read",
                f"its JSON chunk is broken: {error}",
                "fetch the file again, or leave it out of the folder",
            ) from error
        self.name = name
        self._binary = data[20 + length + 8 :]
        self._views: dict[int, tuple[np.ndarray, int | None]] = {}

    @classmethod
    def read(cls, path: Path) -> "Glb":
        """The GLB at `path`."""
        return cls(path.read_bytes(), path.name)

    def view(self, index: int) -> tuple[np.ndarray, int | None]:
        """Bytes (uint8, one axis) and stride of a buffer view; the stride is None where elements touch."""
        if index not in self._views:
            view = self.json["bufferViews"][index]
            packed = view.get("extensions", {}).get("EXT_meshopt_compression")
            self._views[index] = self._unpack(packed) if packed else (self._raw(view), view.get("byteStride"))
        return self._views[index]

    def _raw(self, view: dict) -> np.ndarray:
        return np.frombuffer(self._binary, np.uint8, view["byteLength"], view.get("byteOffset", 0))

    def _unpack(self, packed: dict) -> tuple[np.ndarray, int]:
        count, stride = packed["count"], packed["byteStride"]
        source = self._raw(packed).tobytes()
        if packed["mode"] == "ATTRIBUTES":
            out = np.asarray(meshoptimizer.decode_vertex_buffer(count, stride, source))
            if packed.get("filter") == "OCTAHEDRAL":
                return octahedral(np.frombuffer(out.tobytes(), np.uint8), count, stride), stride
        else:
            triangles = packed["mode"] == "TRIANGLES"
            decode = meshoptimizer.decode_index_buffer if triangles else meshoptimizer.decode_index_sequence
            out = np.asarray(decode(count, 4, source)).astype({2: np.uint16, 4: np.uint32}[stride])
        return np.frombuffer(np.ascontiguousarray(out).tobytes(), np.uint8), stride

    def accessor(self, index: int) -> np.ndarray:
        """An accessor as (count, width); normalised integers become float32 in -1..1 or 0..1."""
        a = self.json["accessors"][index]
        kind, width = COMPONENT[a["componentType"]], WIDTH[a["type"]]
        size = np.dtype(kind).itemsize * width
        data, stride = self.view(a["bufferView"])
        rows = np.lib.stride_tricks.as_strided(data[a.get("byteOffset", 0) :], (a["count"], size), (stride or size, 1))
        out = rows.copy().view(kind).reshape(a["count"], width)
        if a.get("normalized"):
            out = np.maximum(out.astype(np.float32) / np.iinfo(kind).max, -1)
        return out

    def picture(self, texture: int) -> np.ndarray:
        """The picture of a texture: RGB uint8, encoded sRGB, (height, width, 3)."""
        t = self.json["textures"][texture]
        source = t.get("extensions", {}).get("EXT_texture_webp", {}).get("source", t.get("source"))
        raw = self._raw(self.json["bufferViews"][self.json["images"][source]["bufferView"]])
        picture = cv2.imdecode(raw, cv2.IMREAD_COLOR)
        if picture is None:
            raise Problem(
                f"{self.name}: texture {texture} cannot be decoded",
                "it is neither WebP, PNG nor JPEG",
                "leave the file out of the folder",
            )
        return cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)


def octahedral(data: np.ndarray, count: int, stride: int) -> np.ndarray:
    """Undoes the octahedral filter of EXT_meshopt_compression on `count` normals of `stride` 4 or 8 bytes.

    The first two components are the octahedral coordinates, the third what stands for one; all become signed
    normalised components. Returns bytes of the same layout.
    """
    kind = np.int8 if stride == 4 else np.int16
    q = data.view(kind).reshape(count, 4)
    one = np.maximum(q[:, 2].astype(np.float64), 1)
    x, y = q[:, 0] / one, q[:, 1] / one
    z = 1 - np.abs(x) - np.abs(y)
    fold = np.minimum(z, 0)
    x, y = x + np.where(x >= 0, fold, -fold), y + np.where(y >= 0, fold, -fold)
    n = np.stack([x, y, z], 1)
    n *= np.iinfo(kind).max / np.linalg.norm(n, axis=1, keepdims=True)
    out = q.copy()
    out[:, :3] = np.round(n)
    return np.frombuffer(out.tobytes(), np.uint8)
