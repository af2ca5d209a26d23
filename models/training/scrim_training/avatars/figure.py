"""One picture of one posed avatar: draws body, clothes, hair and things, and says what is in it."""

from dataclasses import dataclass

import moderngl
import numpy as np

from .appearance import PATTERNS, Appearance, random_appearance
from .avatar import Avatar
from .camera import FRAMINGS, random_view
from .head import headphones, measure
from .light import Light, random_light
from .pixels import extend, reduce
from .poses import random_pose
from .renderer import FACTOR, Renderer
from .shapes import Shape, moved

SHELLS = 8
"""Layers of the soft hair shell."""


@dataclass
class Picture:
    """`rgba` (h, w, 4) uint8: straight encoded sRGB extended under transparency, and alpha; `meta` describes it."""

    rgba: np.ndarray
    meta: dict


class Studio:
    """A renderer and the environments; draws pictures of one avatar at a time."""

    def __init__(self, renderer: Renderer, environments: list[np.ndarray]):
        self.renderer = renderer
        self.environments = environments
        self.avatar: Avatar
        self._textures: dict[int, moderngl.Texture] = {}

    def invite(self, avatar: Avatar) -> None:
        """Makes `avatar` the one that is drawn."""
        for held in self._textures.values():
            held.release()
        self.avatar = avatar
        self.head = measure(avatar)
        self._textures = {i: self.renderer.texture(p) for i, p in avatar.textures.items()}

    def picture(self, rng: np.random.Generator) -> Picture:
        """A random picture; the same state of `rng` gives the same picture."""
        avatar, r = self.avatar, self.renderer
        framing = str(rng.choice(list(FRAMINGS), p=list(FRAMINGS.values())))
        seated = bool(rng.random() < (0.5 if framing in ("full", "three-quarter") else 0.35))
        posed = random_pose(avatar, seated, rng)
        matrices = avatar.globals(posed.pose)
        look, light = random_appearance(avatar, rng), random_light(self.environments, rng)
        vertices = [avatar.posed(part, matrices) for part in avatar.parts]
        worn = self._worn(matrices, rng)
        points = np.concatenate([v for v, _ in vertices] + [shape[0] for shape, _ in worn.values()])
        view = random_view(avatar, matrices, points, framing, seated, rng)
        r.begin(view.size)
        r.scene(view.matrix, view.eye, light)
        for part, (position, normal) in zip(avatar.parts, vertices):
            self._part(part, position, normal, look)
        for shape, colour in worn.values():
            self._thing(shape, colour)
        rgba = extend(reduce(r.end(), FACTOR))
        meta = {"framing": framing, "pose": posed.action, "seated": seated, "yaw": round(view.yaw, 1),
                "cut_bottom": view.cut, "cloth": PATTERNS[look.pattern], "hair_soft": look.hair_soft > 0,
                "hair_tinted": look.hair_tinted, "things": sorted(worn), "size": list(view.size)}
        return Picture(rgba, meta)

    def _part(self, part, position: np.ndarray, normal: np.ndarray, look: Appearance) -> None:
        r = self.renderer
        r.plain()
        if part.texture is not None:
            self._textures[part.texture].use(0)
        mesh = r.mesh(position, normal, part.uv, part.rest, part.faces)
        if part is self.avatar.body:
            r.wear(look)
        if part.is_hair and look.hair_tinted:
            r.set(tint=(*look.hair_tint, 0.85))
        mesh.draw()
        if part.is_hair and look.hair_soft:
            r.set(grain=look.hair_grain)
            for k in range(1, SHELLS):
                r.set(grow=look.hair_soft * k / (SHELLS - 1), shell=0.5 + 0.42 * k / SHELLS)
                mesh.draw()
        mesh.release()

    def _worn(self, matrices: dict[int, np.ndarray], rng: np.random.Generator) -> dict[str, tuple[Shape, np.ndarray]]:
        out = {}
        if rng.random() < 0.2:
            carry = self.avatar.carried("Head", matrices)
            grey = rng.uniform(0.005, 0.2) if rng.random() < 0.75 else rng.uniform(0.3, 0.9)
            out["headphones"] = moved(headphones(self.head), carry), grey * rng.uniform(0.85, 1.15, 3)
        return out

    def _thing(self, shape: Shape, colour: np.ndarray) -> None:
        position, normal, faces = shape
        self.renderer.plain()
        self.renderer.set(flat_colour=(*colour, 1.0))
        mesh = self.renderer.mesh(position, normal, np.zeros((len(position), 2)), position, faces)
        mesh.draw()
        mesh.release()
