"""The room behind the presenter of the sample clip: lived in and untidy, so that its replacement is plain to see."""

import math
import random

from scene import *


def build():
    forget_cached_materials()
    rng = random.Random(11)
    wall = plain("#cfc6b6", 0.85, 0.1, 0.06, (2, 2, 2), 0.06)
    white = plain("#e9e6df", 0.5, 0.3)
    floor = wood("#8a6242", "x", 0.4)
    # Shell: floor, back wall with a window opening, side walls, ceiling. The camera's side is open to the dim world.
    box((-2.3, -2.2, -0.1), (2.6, 2.2, 0), floor, 0)
    y = 1.95
    wx0, wx1, wz0, wz1 = -1.72, -0.72, 0.95, 2.05
    box((-2.3, y, 0), (wx0, y + 0.15, 2.6), wall, 0)
    box((wx1, y, 0), (2.6, y + 0.15, 2.6), wall, 0)
    box((wx0, y, 0), (wx1, y + 0.15, wz0), wall, 0)
    box((wx0, y, wz1), (wx1, y + 0.15, 2.6), wall, 0)
    box((-2.3, -2.2, 0), (-2.15, y, 2.6), wall, 0)
    box((2.4, -2.2, 0), (2.6, y, 2.6), plain("#7f9690", 0.85, 0.1), 0)
    box((-2.3, -2.2, 2.6), (2.6, 2.2, 2.7), plain("#ecebe6", 0.9, 0.1), 0)
    box((-2.15, y - 0.015, 0), (2.4, y, 0.09), white, 0.003)
    # Window: frame, crossbar, sill, daylight behind.
    for lo, hi in (
        ((wx0, y + 0.02, wz0), (wx0 + 0.05, y + 0.08, wz1)), ((wx1 - 0.05, y + 0.02, wz0), (wx1, y + 0.08, wz1)),
        ((wx0, y + 0.02, wz1 - 0.05), (wx1, y + 0.08, wz1)), ((wx0, y + 0.02, wz0), (wx1, y + 0.08, wz0 + 0.05)),
        (((wx0 + wx1) / 2 - 0.025, y + 0.03, wz0), ((wx0 + wx1) / 2 + 0.025, y + 0.07, wz1)),
        ((wx0 - 0.05, y - 0.14, wz0 - 0.035), (wx1 + 0.05, y + 0.1, wz0)),
    ):
        box(lo, hi, white, 0.004)
    _daylight(wx0 - 0.6, wx1 + 0.6, y + 0.9, 0.4, 2.7)
    cloth = plain("#c9a46a", 0.9, 0.1, 0.15, (8, 8, 1), 0, 0, 0.4)
    curtain(wx0 - 0.28, wx0 + 0.1, y - 0.09, 0.12, 2.25, cloth, 5, 0.035, 1)
    curtain(wx1 - 0.06, wx1 + 0.24, y - 0.09, 0.12, 2.25, cloth, 4, 0.035, 2)
    rod = lathe([(0.012, 0), (0.012, 1.75)], plain("#2b2622", 0.35, 0.5), (wx0 - 0.36, y - 0.09, 2.27), 16)
    rod.rotation_euler = (0, math.pi / 2, 0)
    # On the sill.
    lathe([(0.001, 0), (0.035, 0), (0.04, 0.09), (0.034, 0.09), (0.03, 0.01), (0.001, 0.01)], plain("#3b6f8f", 0.35, 0.5), (-1.3, y - 0.06, wz0))
    stack(-1.5, y - 0.06, wz0, 3, rng)
    _bookshelf(rng, y)
    _sofa(rng)
    plant(-0.95, y - 0.07, wz0, 0.3, rng, 26, 0.17, "#b5623f", 0.42)
    _lamp(-0.36, 1.72)
    _pictures(y)
    _clutter(rng)


def _daylight(x0, x1, y, z0, z1):
    """What is outside: sky over blurred foliage, as light."""
    m = bpy.data.materials.new("outside")
    m.use_nodes = True
    nt = m.node_tree
    nt.nodes.clear()
    out, em = nt.nodes.new("ShaderNodeOutputMaterial"), nt.nodes.new("ShaderNodeEmission")
    co, sep = nt.nodes.new("ShaderNodeTexCoord"), nt.nodes.new("ShaderNodeSeparateXYZ")
    noise, add, ramp = nt.nodes.new("ShaderNodeTexNoise"), nt.nodes.new("ShaderNodeMath"), nt.nodes.new("ShaderNodeValToRGB")
    noise.inputs["Scale"].default_value = 5
    noise.inputs["Detail"].default_value = 5
    add.operation = "MULTIPLY_ADD"
    add.inputs[1].default_value = 0.55
    e = ramp.color_ramp.elements
    e[0].position, e[0].color = 0.35, (*rgb("#4d6a3a"), 1)
    e[1].position, e[1].color = 0.95, (*rgb("#dbe9f5"), 1)
    k = e.new(0.62)
    k.color = (*rgb("#93ad6c"), 1)
    k = e.new(0.7)
    k.color = (*rgb("#cfdde6"), 1)
    nt.links.new(co.outputs["Generated"], sep.inputs[0])
    nt.links.new(co.outputs["Object"], noise.inputs["Vector"])
    nt.links.new(noise.outputs["Fac"], add.inputs[0])
    nt.links.new(sep.outputs["Z"], add.inputs[2])
    nt.links.new(add.outputs[0], ramp.inputs["Fac"])
    nt.links.new(ramp.outputs["Color"], em.inputs["Color"])
    em.inputs["Strength"].default_value = 2.6
    nt.links.new(em.outputs[0], out.inputs["Surface"])
    box((x0, y, z0), (x1, y + 0.01, z1), m, 0)


def _bookshelf(rng, y):
    x0, x1, depth, top = 0.62, 1.78, 0.27, 1.98
    w = wood("#6d4a2f", "x")
    up = wood("#6d4a2f", "z")
    f = y - depth
    for x in (x0, (x0 + x1) / 2, x1):
        box((x - 0.011, f, 0), (x + 0.011, y - 0.01, top), up, 0.003)
    box((x0, y - 0.015, 0), (x1, y - 0.01, top), wood("#4f3622", "z"), 0)
    levels = [0.06, 0.44, 0.79, 1.12, 1.44, 1.72, top]
    for z in levels:
        box((x0, f, z - 0.022), (x1, y - 0.01, z), w, 0.003)
    mid = (x0 + x1) / 2
    for i, z in enumerate(levels[:-1]):
        gap = levels[i + 1] - z - 0.03
        for k, (a, b) in enumerate(((x0 + 0.015, mid - 0.015), (mid + 0.015, x1 - 0.015))):
            c = (i * 2 + k) % 6
            if c == 3:
                stack(a + 0.14, f + 0.13, z, 5, rng)
                _vase(b - 0.12, f + 0.13, z, gap * 0.75)
            elif c == 5:
                box((a + 0.03, f + 0.02, z), (b - 0.2, f + 0.24, z + gap * 0.62), plain("#a98f6b", 0.9, 0.1, 0.1), 0.004)
                books(b - 0.16, b, f + 0.02, z, gap, rng, 0.9)
            else:
                books(a, b, f + 0.015, z, gap, rng, rng.uniform(0.65, 0.97))
    stack(x0 + 0.2, f + 0.14, top, 4, rng)
    box((x1 - 0.45, f + 0.02, top), (x1 - 0.08, y - 0.03, top + 0.2), plain("#b08d5c", 0.9, 0.1, 0.12), 0.004, 6)


def _vase(x, y, z, h):
    lathe([(0.001, 0), (h * 0.2, 0), (h * 0.34, h * 0.35), (h * 0.14, h * 0.8), (h * 0.18, h), (h * 0.15, h), (h * 0.1, h * 0.8), (0.001, h * 0.4)],
          plain("#b9c6c4", 0.25, 0.5), (x, y, z))


def _sofa(rng):
    cloth = plain("#4d6f78", 0.9, 0.1, 0.12, (30, 30, 30), 0.1, 0, 0.5)
    box((-1.75, 1.0, 0.1), (0.25, 1.72, 0.42), cloth, 0.05)
    box((-1.75, 1.52, 0.3), (0.25, 1.75, 0.86), cloth, 0.07)
    box((-1.9, 1.0, 0.1), (-1.7, 1.75, 0.62), cloth, 0.06)
    box((0.2, 1.0, 0.1), (0.4, 1.75, 0.62), cloth, 0.06)
    for x, c, t in ((-1.4, "#d29a3a", 14), (-1.05, "#2f5a52", -8), (-0.05, "#9c3f35", -16)):
        ob = box((x - 0.21, 1.38, 0.44), (x + 0.21, 1.54, 0.84), plain(c, 0.9, 0.1, 0.15, (25, 25, 25), 0.1, 0, 0.4), 0.07, t)
        ob.rotation_euler[0] = math.radians(-14)


def _lamp(x, y):
    metal = plain("#26221f", 0.4, 0.5)
    lathe([(0.001, 0), (0.13, 0), (0.13, 0.015), (0.012, 0.025), (0.012, 1.5)], metal, (x, y + 0.12, 0), 24)
    shade = plain("#f0cf96", 0.9, 0.1, emission=1.5)
    lathe([(0.2, 1.42), (0.13, 1.72)], shade, (x, y + 0.06, 0))
    point_light((x, y + 0.06, 1.78), 5, (1, 0.7, 0.4))


def _pictures(y):
    frame = plain("#2b2521", 0.4, 0.4)
    mount = plain("#eeeae0", 0.9, 0.1)
    for x0, z0, x1, z1, blocks in (
        (-0.38 + 0.28, 1.5, 0.4, 2.15, (("#d96f3d", 0.12, 0.1, 0.55, 0.6), ("#274a5e", 0.4, 0.35, 0.9, 0.9), ("#e8c46a", 0.2, 0.55, 0.45, 0.8))),
        (0.0, 1.05, 0.3, 1.4, (("#6d8f72", 0.15, 0.15, 0.85, 0.5), ("#31404f", 0.15, 0.5, 0.85, 0.62))),
    ):
        box((x0, y - 0.025, z0), (x1, y, z1), frame, 0.004)
        box((x0 + 0.02, y - 0.028, z0 + 0.02), (x1 - 0.02, y - 0.02, z1 - 0.02), mount, 0)
        for i, (c, a, b, d, e) in enumerate(blocks):
            t = y - 0.0285 - 0.0005 * (i + 1)
            box((x0 + a * (x1 - x0), t, z0 + b * (z1 - z0)), (x0 + d * (x1 - x0), y - 0.02, z0 + e * (z1 - z0)), plain(c, 0.85, 0.1, 0.1), 0)


def _clutter(rng):
    card = plain("#a9804f", 0.9, 0.1, 0.15, (5, 5, 5))
    box((1.1, 1.05, 0), (1.6, 1.45, 0.36), card, 0.004, 12)
    box((1.15, 1.12, 0.36), (1.5, 1.42, 0.6), card, 0.004, -9)
    stack(1.3, 1.27, 0.6, 4, rng)
    # A clothes stand with a coat and a scarf.
    dark = wood("#3a2a20", "z")
    lathe([(0.015, 0), (0.015, 1.75)], dark, (1.98, 1.55, 0), 16)
    coat = plain("#394a3a", 0.9, 0.1, 0.2, (20, 20, 20), 0.1, 0, 0.4)

    def hang(u, v):
        a = 2 * math.pi * u
        r = 0.07 + 0.13 * min(1, v * 2.2) + 0.025 * math.sin(5 * a + 3 * v) * v
        return (1.98 + r * 1.1 * math.cos(a), 1.55 + r * 0.8 * math.sin(a), 1.62 - 1.0 * v + 0.03 * math.cos(a))

    surface(hang, 90, 50, coat)
    red = plain("#a8483f", 0.95, 0.1, 0.3, (60, 60, 8), 0.1, 0, 0.4)
    surface(lambda u, v: (1.86 + 0.09 * u + 0.01 * math.sin(8 * v), 1.42 + 0.02 * math.sin(6 * u + 7 * v), 1.68 - 0.75 * v), 14, 50, red)
