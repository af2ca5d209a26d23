"""Blender pieces shared by the room of the sample clip and the backgrounds: materials, boxes, books, plants, cloth, renders."""

import math
import random

import bpy  # first: it makes bmesh and mathutils importable
import bmesh
import numpy as np
from mathutils import Vector


def new_scene(width, height, samples, threads=2, bounces=4):
    bpy.ops.wm.read_factory_settings(use_empty=True)
    s = bpy.context.scene
    s.render.engine = "CYCLES"
    s.cycles.device = "CPU"
    s.cycles.samples = samples
    s.cycles.use_adaptive_sampling = True
    s.cycles.adaptive_threshold = 0.02
    s.cycles.use_denoising = True
    s.cycles.denoiser = "OPENIMAGEDENOISE"
    s.cycles.max_bounces = bounces
    s.cycles.diffuse_bounces = bounces
    s.cycles.glossy_bounces = 2
    s.cycles.transmission_bounces = 2
    s.cycles.caustics_reflective = s.cycles.caustics_refractive = False
    s.cycles.sample_clamp_indirect = 4
    s.render.threads_mode = "FIXED"
    s.render.threads = threads
    s.render.resolution_x, s.render.resolution_y = width, height
    s.render.image_settings.file_format = "OPEN_EXR"
    s.render.image_settings.color_depth = "16"
    s.render.image_settings.color_mode = "RGBA"
    s.view_settings.view_transform = "Raw"
    s.world = bpy.data.worlds.new("world")
    s.world.use_nodes = True
    return s


def world_light(colour, strength):
    node = bpy.context.scene.world.node_tree.nodes["Background"]
    node.inputs[0].default_value = (*colour, 1)
    node.inputs[1].default_value = strength


def camera(eye, target, hfov_degrees, focus=None, fstop=None):
    data = bpy.data.cameras.new("camera")
    data.sensor_fit = "HORIZONTAL"
    data.angle = math.radians(hfov_degrees)
    data.clip_start = 0.02
    if focus is not None:
        data.dof.use_dof = True
        data.dof.focus_distance = focus
        data.dof.aperture_fstop = fstop
    ob = link(data, eye)
    aim(ob, target)
    bpy.context.scene.camera = ob
    return ob


def aim(ob, target):
    ob.rotation_euler = (Vector(target) - ob.location).to_track_quat("-Z", "Y").to_euler()


def link(data, location=(0, 0, 0), name=None):
    ob = bpy.data.objects.new(name or data.name, data)
    ob.location = location
    bpy.context.scene.collection.objects.link(ob)
    return ob


def area_light(location, target, size, power, colour=(1, 1, 1), height=None):
    data = bpy.data.lights.new("area", "AREA")
    data.size = size
    if height:
        data.shape, data.size_y = "RECTANGLE", height
    data.energy, data.color = power, colour
    ob = link(data, location)
    aim(ob, target)
    return ob


def point_light(location, power, colour, radius=0.06):
    data = bpy.data.lights.new("bulb", "POINT")
    data.energy, data.color, data.shadow_soft_size = power, colour, radius
    return link(data, location)


def rgb(text):
    """'#rrggbb' (sRGB) to linear."""
    v = [int(text[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    return tuple(c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in v)


def plain(colour, roughness=0.6, specular=0.3, variation=0.0, scale=(4, 4, 4), bump=0.0, emission=0.0, sheen=0.0):
    """A principled material; `variation` mixes in a darker tone by noise stretched by `scale`."""
    m = bpy.data.materials.new("m")
    m.use_nodes = True
    nt = m.node_tree
    b = nt.nodes["Principled BSDF"]
    colour = rgb(colour) if isinstance(colour, str) else colour
    b.inputs["Base Color"].default_value = (*colour, 1)
    b.inputs["Roughness"].default_value = roughness
    b.inputs["Specular IOR Level"].default_value = specular
    b.inputs["Sheen Weight"].default_value = sheen
    if emission:
        b.inputs["Emission Color"].default_value = (*colour, 1)
        b.inputs["Emission Strength"].default_value = emission
    if variation or bump:
        coord = nt.nodes.new("ShaderNodeTexCoord")
        mapping = nt.nodes.new("ShaderNodeMapping")
        mapping.inputs["Scale"].default_value = scale
        noise = nt.nodes.new("ShaderNodeTexNoise")
        noise.inputs["Detail"].default_value = 6
        nt.links.new(coord.outputs["Object"], mapping.inputs["Vector"])
        nt.links.new(mapping.outputs["Vector"], noise.inputs["Vector"])
        if variation:
            ramp = nt.nodes.new("ShaderNodeValToRGB")
            ramp.color_ramp.elements[0].position, ramp.color_ramp.elements[1].position = 0.3, 0.7
            ramp.color_ramp.elements[0].color = (*[c * (1 - variation) for c in colour], 1)
            ramp.color_ramp.elements[1].color = (*colour, 1)
            nt.links.new(noise.outputs["Fac"], ramp.inputs["Fac"])
            nt.links.new(ramp.outputs["Color"], b.inputs["Base Color"])
        if bump:
            node = nt.nodes.new("ShaderNodeBump")
            node.inputs["Strength"].default_value = bump
            node.inputs["Distance"].default_value = 0.01
            nt.links.new(noise.outputs["Fac"], node.inputs["Height"])
            nt.links.new(node.outputs["Normal"], b.inputs["Normal"])
    return m


def wood(colour, along="x", roughness=0.45):
    scale = {"x": (1.2, 22, 22), "y": (22, 1.2, 22), "z": (22, 22, 1.2)}[along]
    return plain(colour, roughness, 0.35, 0.45, scale, 0.12)


def mesh(name, vertices, faces, material, smooth=False, location=(0, 0, 0)):
    me = bpy.data.meshes.new(name)
    me.from_pydata([tuple(map(float, v)) for v in vertices], [], [tuple(map(int, f)) for f in faces])
    if smooth:
        me.shade_smooth()
    me.materials.append(material)
    return link(me, location)


def box(lo, hi, material, bevel=0.004, turn=0.0):
    """An axis-aligned box from `lo` to `hi` with rounded edges, turned by `turn` degrees about its own upright axis."""
    centre = [(a + b) / 2 for a, b in zip(lo, hi)]
    bm = bmesh.new()
    bmesh.ops.create_cube(bm, size=1)
    for v in bm.verts:
        v.co = [c * (b - a) for c, a, b in zip(v.co, lo, hi)]
    if bevel:
        bmesh.ops.bevel(bm, geom=bm.edges[:], offset=min(bevel, min(b - a for a, b in zip(lo, hi)) / 2.1), segments=3, affect="EDGES", profile=0.5)
    me = bpy.data.meshes.new("box")
    bm.to_mesh(me)
    bm.free()
    if bevel > 0.02:
        me.shade_smooth()
    me.materials.append(material)
    ob = link(me, centre)
    ob.rotation_euler = (0, 0, math.radians(turn))
    return ob


def lathe(profile, material, location=(0, 0, 0), segments=40):
    """Turns (radius, height) points about the upright axis."""
    n = len(profile)
    v = [(r * math.cos(a), r * math.sin(a), h) for r, h in profile for a in np.linspace(0, 2 * math.pi, segments, endpoint=False)]
    f = [(i * segments + j, i * segments + (j + 1) % segments, (i + 1) * segments + (j + 1) % segments, (i + 1) * segments + j)
         for i in range(n - 1) for j in range(segments)]
    return mesh("lathe", v, f, material, True, location)


def surface(function, nu, nv, material, location=(0, 0, 0)):
    """A smooth sheet: function(u, v) for u, v in 0..1 gives a point."""
    v = [function(i / (nu - 1), j / (nv - 1)) for j in range(nv) for i in range(nu)]
    f = [(j * nu + i, j * nu + i + 1, (j + 1) * nu + i + 1, (j + 1) * nu + i) for j in range(nv - 1) for i in range(nu - 1)]
    return mesh("sheet", v, f, material, True, location)


def curtain(x0, x1, y, z0, z1, material, folds=9, depth=0.04, seed=0):
    rng = random.Random(seed)
    ph = [rng.uniform(0, 6.28) for _ in range(4)]

    def at(u, v):
        wave = math.sin(2 * math.pi * folds * u + ph[0] + 0.5 * math.sin(5 * u + ph[1])) + 0.35 * math.sin(2 * math.pi * folds * 1.7 * u + ph[2])
        return (x0 + (x1 - x0) * u + 0.01 * math.sin(9 * v + ph[3]), y + depth * wave * (0.75 + 0.25 * v), z1 + (z0 - z1) * v)

    return surface(at, folds * 24, 24, material)


BOOK_COLOURS = ["#8c2f2b", "#23425f", "#d9b23f", "#3d5b41", "#e4dccb", "#5b3a57", "#c7652f", "#1f2a33", "#7d8c94", "#b98a72", "#2f6f73", "#efe9dd", "#a33c4a", "#46516b", "#92a35a"]


def books(x0, x1, y_front, z, height, rng, fill=0.85, palette=BOOK_COLOURS):
    """A row of upright books with a few leaning, from x0 to x1, spines at about y_front, standing on z."""
    x = x0 + 0.01
    end = x0 + (x1 - x0) * fill
    while x < end:
        w = rng.uniform(0.014, 0.042)
        h = height * rng.uniform(0.6, 0.92)
        d = rng.uniform(0.13, 0.2)
        y = y_front + rng.uniform(0, 0.03)
        ob = box((x, y, z), (x + w, y + d, z + h), _book(rng.choice(palette)), 0.003)
        if rng.random() < 0.25:
            k = rng.uniform(0.15, 0.8)
            m = _book(rng.choice(["#e8d9a8", "#d8d4cc", "#222222"]))
            box((x - 0.0004, y - 0.0008, z + h * k), (x + w + 0.0004, y + 0.02, z + h * k + h * 0.1), m, 0)
        if rng.random() < 0.1:
            a = rng.uniform(5, 14)
            ob.rotation_euler = (0, math.radians(a), 0)
            x += h * math.sin(math.radians(a)) * 0.9
        x += w + 0.0015


_books = {}


def _book(colour):
    if colour not in _books:
        _books[colour] = plain(colour, 0.55, 0.35, 0.25, (3, 3, 9))
    return _books[colour]


def forget_cached_materials():
    _books.clear()


def stack(x, y, z, n, rng, palette=BOOK_COLOURS):
    for _ in range(n):
        h, w, d = rng.uniform(0.015, 0.035), rng.uniform(0.11, 0.15), rng.uniform(0.15, 0.21)
        box((x - d / 2, y - w / 2, z), (x + d / 2, y + w / 2, z + h), _book(rng.choice(palette)), 0.003, rng.uniform(-12, 12))
        z += h + 0.0005
    return z


def plant(x, y, z, height, rng, leaves=26, leaf=0.3, pot="#b5623f", size=1.0):
    """A pot of long arching leaves."""
    r, h = 0.13 * size, 0.25 * size
    profile = [(0.001, 0), (r * 0.75, 0), (r, 0.96 * h), (r * 1.05, h), (r * 0.93, h), (r * 0.9, 0.88 * h), (0.001, 0.88 * h)]
    lathe(profile, plain(pot, 0.7, 0.2, 0.2), (x, y, z))
    mats = [plain(c, 0.4, 0.4, 0.35, (6, 6, 3)) for c in ("#3f6b35", "#55803c", "#2f5a34")]
    for _ in range(leaves):
        a = rng.uniform(0, 6.283)
        reach, rise = rng.uniform(0.5, 1.3) * leaf, height * rng.uniform(0.55, 1)
        droop, width = rng.uniform(0.1, 0.5) * rise, leaf * rng.uniform(0.1, 0.17)
        ca, sa = math.cos(a), math.sin(a)
        stem = 0.35

        def at(u, v):
            k = v ** 1.1
            out, up = reach * k ** 1.7, rise * k - droop * k**3
            t = max(0.0, (v - stem) / (1 - stem))
            w = 0.004 + width * math.sin(math.pi * min(1, t) ** 0.75) * (t > 0)
            s = (u - 0.5) * 2 * w
            return (ca * out - sa * s, sa * out + ca * s, up + 0.25 * abs(s))

        surface(at, 5, 22, rng.choice(mats), (x, y, z + 0.8 * h))


def render(path):
    """Renders to EXR and gives (height, width, 4) float32 linear, top row first, premultiplied."""
    s = bpy.context.scene
    s.render.filepath = path
    bpy.ops.render.render(write_still=True)
    return load(path)


def load(path):
    image = bpy.data.images.load(path)
    w, h = image.size
    out = np.empty(w * h * 4, np.float32)
    image.pixels.foreach_get(out)
    bpy.data.images.remove(image)
    return out.reshape(h, w, 4)[::-1].copy()


def develop(linear, exposure=1.0, white=4.0):
    """Linear light to display bytes: an extended Reinhard shoulder on luminance-like maxima, then the sRGB curve."""
    x = np.maximum(linear[..., :3] * exposure, 0)
    x = x * (1 + x / white**2) / (1 + x) * 1.35
    x = np.clip(x, 0, 1)
    x = np.where(x <= 0.0031308, x * 12.92, 1.055 * np.power(x, 1 / 2.4) - 0.055)
    return (x * 255 + 0.5).astype(np.uint8)
