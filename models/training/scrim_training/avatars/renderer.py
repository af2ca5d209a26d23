"""Draws figures with OpenGL (EGL, llvmpipe suffices) into a premultiplied RGBA framebuffer.

Every pixel of the result is the mean of factor x factor samples, so alpha is the covered share of the pixel
in steps of 1 / factor squared; 3 is for smooth outlines, 4 for strands of hair. Multisampling is not used: on
llvmpipe 2x2 with 4 multisamples took 0.75 CPU-seconds a picture where 4x4 plain samples took 0.59, 3x3 0.38
and 2x2 0.27.
"""

import os

import moderngl
import numpy as np

from ..problem import Problem
from .appearance import Appearance
from .light import Light
from .shaders import FRAGMENT, STRAND_FRAGMENT, STRAND_VERTEX, VERTEX

LARGEST = (700, 450)
"""Largest picture, px: holds the widest and the highest crop of `camera`."""
FACTORS = (3, 4)
"""Samples along each side of a pixel that can be asked for."""


def open_context() -> moderngl.Context:
    """An OpenGL context without a window.

    Raises Problem when EGL gives none.
    """
    os.environ.setdefault("LP_NUM_THREADS", "0")
    try:
        return moderngl.create_context(standalone=True, backend="egl")
    except Exception as error:
        raise Problem(
            "no OpenGL context",
            f"EGL gave none: {error}",
            "install Mesa (Debian: libegl1 libgl1-mesa-dri); no graphics card is needed",
        ) from error


class Mesh:
    """Vertices (n, c) and triangles on the OpenGL side, drawn by `program`; `layout` names the columns."""

    def __init__(self, program: moderngl.Program, data: np.ndarray, layout: tuple[str, ...], faces: np.ndarray):
        context = program.ctx
        self._vertices = context.buffer(np.ascontiguousarray(data, np.float32).tobytes())
        self._faces = context.buffer(np.ascontiguousarray(faces, np.uint32).tobytes())
        self._array = context.vertex_array(program, [(self._vertices, *layout)], self._faces)

    def draw(self) -> None:
        """Draws it with the program's present uniforms."""
        self._array.render()

    def release(self) -> None:
        """Gives the buffers back."""
        for held in (self._array, self._vertices, self._faces):
            held.release()


class Renderer:
    """One context, its program and its framebuffers."""

    def __init__(self):
        self.context = open_context()
        self.program = self.context.program(VERTEX, FRAGMENT)
        self.strand_program = self.context.program(STRAND_VERTEX, STRAND_FRAGMENT)
        self._targets = {f: self._framebuffer(f) for f in FACTORS}
        self._factor = FACTORS[0]
        self._target = self._targets[self._factor]
        self._blank = self.context.texture((1, 1), 3, b"\xff\xff\xff")
        self._size = LARGEST

    def _framebuffer(self, factor: int) -> moderngl.Framebuffer:
        size = LARGEST[0] * factor, LARGEST[1] * factor
        return self.context.framebuffer([self.context.texture(size, 4)], self.context.depth_renderbuffer(size))

    def texture(self, picture: np.ndarray) -> moderngl.Texture:
        """A texture with mipmaps from RGB uint8 (h, w, 3)."""
        out = self.context.texture(picture.shape[1::-1], 3, np.ascontiguousarray(picture).tobytes())
        out.build_mipmaps()
        return out

    def mesh(
        self,
        position: np.ndarray,
        normal: np.ndarray,
        uv: np.ndarray,
        rest: np.ndarray,
        faces: np.ndarray,
        scalp: np.ndarray | None = None,
    ) -> Mesh:
        """A mesh from arrays (n, 3), (n, 3), (n, 2), (n, 3), (n,) and triangles (m, 3)."""
        scalp = np.zeros(len(position), np.float32) if scalp is None else scalp
        data = np.hstack([position, normal, uv, rest, scalp[:, None]])
        return Mesh(self.program, data, ("3f 3f 2f 3f 1f", "position", "normal", "uv", "rest", "scalp"), faces)

    def strands(self, points: np.ndarray, normal: np.ndarray, shade: np.ndarray) -> Mesh:
        """Ribbons along strands (n, k, 3) with normals (n, k, 3) and brightness factors (n,)."""
        n, k, _ = points.shape
        tangent = np.gradient(points, axis=1)
        tangent /= np.maximum(np.linalg.norm(tangent, axis=2, keepdims=True), 1e-9)
        data = np.empty((n, k, 2, 12), np.float32)
        data[..., 0:3], data[..., 3:6], data[..., 6:9] = (
            points[:, :, None],
            tangent[:, :, None],
            normal[:, :, None],
        )
        data[..., 9] = [-1, 1]
        data[..., 10] = np.linspace(0, 1, k)[None, :, None]
        data[..., 11] = shade[:, None, None]
        start = (np.arange(n)[:, None] * k + np.arange(k - 1)[None]).reshape(-1, 1) * 2
        faces = (start + [0, 1, 2, 2, 1, 3]).reshape(-1, 3)
        return Mesh(
            self.strand_program,
            data.reshape(-1, 12),
            ("3f 3f 3f 3f", "position", "tangent", "normal", "data"),
            faces,
        )

    def begin(self, size: tuple[int, int], factor: int) -> None:
        """Clears to transparent for a picture of `size` (width, height) px, `factor` samples a side."""
        self._factor, self._target = factor, self._targets[factor]
        self._size = size[0] * factor, size[1] * factor
        self._target.use()
        self._target.viewport = (0, 0, *self._size)
        self.context.enable_only(moderngl.DEPTH_TEST)
        self.context.blend_func = moderngl.ONE, moderngl.ONE_MINUS_SRC_ALPHA
        self._target.clear(0, 0, 0, 0)

    def scene(self, view: np.ndarray, eye: np.ndarray, light: Light) -> None:
        """Sets camera (`view` (4, 4), `eye` (3,)) and light."""
        focal = np.linalg.norm(view[1, :3]) * self._size[1] / 2
        self.set(
            view=view.T,
            eye=eye,
            focal=focal,
            viewport=self._size,
            sh=light.sh,
            key=light.key,
            key_colour=light.colour,
        )
        self.plain()

    def set(self, **values: object) -> None:
        """Sets uniforms by name in both programs; one the compiler removed is passed over."""
        for program in (self.program, self.strand_program):
            for name, value in values.items():
                if name not in program:
                    continue
                if isinstance(value, int):
                    program[name].value = value
                else:
                    program[name].write(np.asarray(value, np.float32).tobytes())

    def blended(self, on: bool) -> None:
        """Whether what is drawn next lies over the picture by its alpha and leaves depth alone."""
        (self.context.enable if on else self.context.disable)(moderngl.BLEND)
        self._target.depth_mask = not on
        self.set(blend=1.0 if on else 0.0)

    def plain(self) -> None:
        """Back to an untextured, unpatterned white surface."""
        self._blank.use(0)
        self.set(
            pattern=0,
            grow=0.0,
            shell=0.0,
            tint=(1, 1, 1, 0),
            root_colour=(0, 0, 0, 0),
            flat_colour=(0, 0, 0, 0),
            gloss=0.08,
        )

    def wear(self, look: Appearance) -> None:
        """Sets the clothes of `look`."""
        first, second, third = look.colours
        self.set(
            pattern=look.pattern,
            first=first,
            second=second,
            third=third,
            shoe=look.shoe,
            gloss=look.gloss,
            frequency=look.frequency,
            neck=look.neck,
            wrist=look.wrist,
            hip=look.hip,
        )

    def end(self) -> np.ndarray:
        """The picture at supersampled size (for `reduce`): premultiplied RGBA uint8, top row first."""
        w, h = self._size
        raw = self._target.read(viewport=(0, 0, w, h), components=4)
        return np.frombuffer(raw, np.uint8).reshape(h, w, 4)[::-1]
