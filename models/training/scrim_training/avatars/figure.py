"""One picture of one posed avatar: draws body, clothes, hair and things, and says what is in it.

Drawn with OpenGL and not with Blender, for speed: a finished picture takes 0.39 CPU-seconds, 0.67 with strand
hair (4x4 samples, 7000 strands), beside 0.34 to read an avatar. Cycles (Blender 3.4, one thread, same CPU)
takes 3.0 for the bare mesh of one avatar at 400x400 with 32 samples, without hair, textures and posing. What
the network learns from avatars is outline, clothes and hair in great number, not the last of the light.
"""

from dataclasses import dataclass

import moderngl
import numpy as np

from .appearance import PATTERNS, Appearance, random_appearance
from .avatar import Avatar, Part
from .camera import FRAMINGS, random_view, random_yaw
from .hair import Style
from .head import measure
from .light import random_light
from .pixels import extend, reduce
from .poses import random_pose
from .renderer import Renderer
from .wardrobe import BEHIND_SHARE, Coloured, Hair, Worn, dress, furnish

SHELLS = 8
"""Layers of the soft hair shell."""
STRAND_WIDTH = 0.0009
"""Width of a drawn strand at its root, metres: a lock of about ten hairs."""
ROOM = 0.5
"""How far beside the hips furniture still widens the picture, metres: a sofa would make the person small."""
FLYAWAY_WIDTH = 0.00022
"""Width of a single stray strand, metres: two or three hairs."""


@dataclass
class Picture:
    """`rgba` (h, w, 4) uint8: straight encoded sRGB extended under transparency, and alpha.

    `behind`, where there is one, shows in the same framing what stands behind the person and is no part of
    the matte. `meta` describes the picture.
    """

    rgba: np.ndarray
    behind: np.ndarray | None
    meta: dict


class Studio:
    """A renderer, the environments and hair styles; draws pictures of one avatar at a time."""

    def __init__(self, renderer: Renderer, environments: list[np.ndarray], styles: list[Style]):
        self.renderer = renderer
        self.environments = environments
        self.styles = styles
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
        look, light, yaw = (
            random_appearance(avatar, rng),
            random_light(self.environments, rng),
            random_yaw(rng),
        )
        vertices = [avatar.posed(part, matrices) for part in avatar.parts]
        worn = dress(avatar, self.head, self.styles, posed, matrices, framing, rng)
        if seated and abs(yaw) < 75 and rng.random() < BEHIND_SHARE:
            furnish(
                avatar,
                posed,
                matrices,
                float(vertices[avatar.parts.index(avatar.body)][0][:, 1].min()),
                worn,
                rng,
            )
        grown = look.hair_soft + 0.002
        points = [v + n * grown if part.is_hair else v for part, (v, n) in zip(avatar.parts, vertices, strict=True)]
        points += [s[0] for each in worn.things.values() for s, _ in each]
        middle = matrices[avatar.index["Hips"]][0, 3]
        points += [s[0][np.abs(s[0][:, 0] - middle) < ROOM] for s, _ in worn.behind.values()]
        if worn.hair:
            strands = worn.hair.strands
            chosen = strands.flyaway | (np.arange(len(strands.shade)) % 5 == 0)
            points.append(strands.points[chosen].reshape(-1, 3))
        view = random_view(avatar, matrices, np.concatenate(points), framing, yaw, rng)
        factor = 4 if worn.hair else 3
        r.begin(view.size, factor)
        r.scene(view.matrix, view.eye, light)
        self._draw(vertices, look, worn)
        rgba, behind = extend(reduce(r.end(), factor)), None
        if worn.behind:
            r.begin(view.size, factor)
            r.scene(view.matrix, view.eye, light)
            for thing in worn.behind.values():
                self._thing(thing)
            behind = extend(reduce(r.end(), factor))
        meta = {
            "framing": framing,
            "pose": posed.action,
            "seated": seated,
            "yaw": round(view.yaw, 1),
            "cut_bottom": view.cut,
            "cloth": PATTERNS[look.pattern],
            "things": sorted(worn.things),
            "hair": worn.hair.style if worn.hair else ("soft" if look.hair_soft else "solid"),
            "behind_things": sorted(worn.behind),
            "size": list(view.size),
        }
        return Picture(rgba, behind, meta)

    def _draw(self, vertices: list[tuple[np.ndarray, np.ndarray]], look: Appearance, worn: Worn) -> None:
        for part, (position, normal) in zip(self.avatar.parts, vertices, strict=True):
            if not (part.is_hair and worn.hair):
                hatted = bool({"beanie", "cap", "hat", "hood"} & set(worn.things))
                self._part(part, position, normal, look, worn.hair, hatted)
        for each in worn.things.values():
            for thing in each:
                self._thing(thing)
        if worn.hair:
            self._strands(worn.hair)

    def _part(
        self,
        part: Part,
        position: np.ndarray,
        normal: np.ndarray,
        look: Appearance,
        hair: Hair | None,
        hatted: bool,
    ) -> None:
        r = self.renderer
        r.plain()
        if part.texture is not None:
            self._textures[part.texture].use(0)
        body = part is self.avatar.body
        mesh = r.mesh(position, normal, part.uv, part.rest, part.faces, hair.scalp if hair and body else None)
        if body:
            r.wear(look)
            if hair:
                r.set(root_colour=(*(hair.colour * 0.55), 0.92))
        if part.is_hair and look.hair_tinted:
            r.set(tint=(*look.hair_tint, 0.85))
        mesh.draw()
        if part.is_hair and look.hair_soft and not hatted:
            r.set(grain=look.hair_grain)
            for k in range(1, SHELLS):
                r.set(grow=look.hair_soft * k / (SHELLS - 1), shell=0.5 + 0.42 * k / SHELLS)
                mesh.draw()
        mesh.release()

    def _strands(self, hair: Hair) -> None:
        r, s = self.renderer, hair.strands
        r.set(hair=hair.colour)
        for stray in (False, True):
            chosen = s.flyaway == stray
            if not chosen.any():
                continue
            mesh = r.strands(s.points[chosen], hair.normal[chosen], s.shade[chosen])
            r.blended(stray)
            r.set(width=FLYAWAY_WIDTH if stray else STRAND_WIDTH, least=1.0)
            mesh.draw()
            mesh.release()
        r.blended(False)

    def _thing(self, thing: Coloured) -> None:
        (position, normal, faces), colour = thing
        self.renderer.plain()
        self.renderer.set(flat_colour=(*colour, 1.0))
        mesh = self.renderer.mesh(position, normal, np.zeros((len(position), 2)), position, faces)
        mesh.draw()
        mesh.release()
