"""The sample clip: one avatar talking in the room of room.py, as concatenated baseline JPEGs that loop without a seam.

    presenter.py AVATAR.glb WORK plate            the empty room, and the room's light as a panorama
    presenter.py AVATAR.glb WORK still FRAME...   chosen frames, to look at
    presenter.py AVATAR.glb WORK people           the person in every frame (those already in WORK are kept)
    presenter.py AVATAR.glb WORK clip OUT.mjpeg   lays the person over the plate and writes the clip
"""

import io
import math
import os
import sys

import moderngl  # noqa: F401  (before bpy, which brings GL symbols of its own)

from scene import *

import avatar
import raster
import room
from avatar import rotation
from mathutils.bvhtree import BVHTree
from PIL import Image, ImageFilter

FRAMES = 50
WIDTH, HEIGHT = 1280, 720
QUALITY = 85
# Seated: the avatar stands 0.42 m below the floor of the room.
LOWERED = 0.42
EYE, TARGET, HFOV = (0.0, -0.98, 1.13), (0.0, 0.0, 1.065), 66
# Place and light that arrives at the face (irradiance over pi) of the two lamps; plate() has the same ones.
KEY = ((-1.3, -1.4, 1.75), (1.0, 0.965, 0.92))
FILL = ((1.6, -1.0, 1.4), (0.2, 0.215, 0.23))


def lights():
    area_light(KEY[0], (0, 0, 1.1), 1.1, 34, (1, 0.965, 0.92))
    area_light(FILL[0], (0, 0, 1.1), 1.2, 8, (0.9, 0.95, 1))


def plate(work):
    new_scene(WIDTH, HEIGHT, 8)
    room.build()
    world_light((0.75, 0.85, 1), 0.25)
    lights()
    camera(EYE, TARGET, HFOV, focus=0.98, fstop=9)
    render(f"{work}/plate.exr")
    s = bpy.context.scene
    s.render.resolution_x, s.render.resolution_y = 96, 48
    s.cycles.samples = 32
    for ob in [o for o in bpy.data.objects if o.type == "LIGHT" and o.data.type == "AREA"]:
        ob.visible_camera = False
    cam = s.camera
    cam.data.dof.use_dof = False
    cam.data.type = "PANO"
    cam.data.panorama_type = "EQUIRECTANGULAR"
    cam.location = (0, 0.05, 1.1)
    # An equirectangular world looks along +x through its middle column; the camera is turned to agree.
    cam.rotation_euler = (math.pi / 2, 0, -math.pi / 2)
    render(f"{work}/around.exr")


def wave(t, *terms):
    """A sum of whole-numbered harmonics, so that the loop closes: (harmonic, amplitude, phase in turns)."""
    return sum(a * math.sin(2 * math.pi * (n * t + p)) for n, a, p in terms)


def bump(t, centre, width):
    """A smooth pulse on the loop."""
    d = abs((t - centre + 0.5) % 1 - 0.5) / width
    return 0.5 + 0.5 * math.cos(math.pi * d) if d < 1 else 0.0


def pose_at(t):
    turn = {}
    sway = wave(t, (1, 1.6, 0.1), (2, 0.6, 0.4))
    turn["Spine"] = rotation("z", sway) @ rotation("x", 3 + wave(t, (1, 1.2, 0.3)))
    turn["Spine2"] = rotation("y", wave(t, (1, 3.0, 0.0))) @ rotation("x", wave(t, (2, 0.5, 0.0)))
    turn["Neck"] = rotation("y", wave(t, (1, 2.5, 0.05))) @ rotation("z", -0.5 * sway)
    turn["Head"] = (
        rotation("y", wave(t, (1, 4.5, 0.08), (2, 2.0, 0.3)))
        @ rotation("x", -2 + wave(t, (2, 2.2, 0.1), (3, 1.6, 0.55)))
        @ rotation("z", 2 + wave(t, (1, 2.5, 0.45), (3, 0.8, 0.2)))
    )
    # Left arm rests; the right hand talks along.
    turn["LeftShoulder"] = rotation("z", -4)
    turn["LeftArm"] = rotation("y", -12) @ rotation("z", -72) @ rotation("x", 10)
    turn["LeftForeArm"] = rotation("y", -(38 + wave(t, (1, 2, 0.2))))
    turn["LeftHand"] = rotation("x", 10)
    beat = wave(t, (1, 1.0, 0.0), (2, 0.55, 0.2), (3, 0.25, 0.6))
    swing = wave(t, (1, 1.0, 0.3), (2, 0.4, 0.7))
    turn["RightShoulder"] = rotation("z", 3)
    turn["RightArm"] = rotation("y", 14 + 4 * swing) @ rotation("z", 62 - 5 * beat) @ rotation("x", -12 + 10 * swing)
    turn["RightForeArm"] = rotation("y", 123 + 7 * beat)
    turn["RightHand"] = rotation("x", 30 + 14 * swing) @ rotation("y", -6 + 8 * beat) @ rotation("z", 6 * swing)
    for side, sign, curl in (("Left", 1, 24), ("Right", -1, 20 - 9 * beat)):
        for k, finger in enumerate(("Index", "Middle", "Ring", "Pinky")):
            c = curl * (0.65 + 0.22 * k)
            for q in (1, 2, 3):
                spread = rotation("y", sign * (4 - 3 * k)) if q == 1 else np.eye(3)
                turn[f"{side}Hand{finger}{q}"] = rotation("z", -sign * c) @ spread
        turn[f"{side}HandThumb2"] = rotation("y", -sign * 14)
        turn[f"{side}HandThumb3"] = rotation("y", -sign * 14)
    # The eyes stay on the camera while the head moves.
    yaw = wave(t, (1, 10.0, 0.06), (2, 2.0, 0.3))
    for eye in ("LeftEye", "RightEye"):
        turn[eye] = rotation("y", -0.7 * yaw) @ rotation("x", 3)
    return turn


# What the mouth says: (moment in the loop, morph, strength).
SPEECH = (
    (0.02, "AE_AA", 0.45), (0.10, "MPB_Up", 0.5), (0.10, "MPB_Down", 0.4), (0.17, "AO_a", 0.7), (0.26, "TD_I", 0.8),
    (0.34, "Ax_E", 0.7), (0.42, "UW_U", 0.7), (0.50, "S", 0.6), (0.57, "AE_AA", 0.55), (0.66, "FV", 0.6),
    (0.73, "H_EST", 0.7), (0.81, "UH_OO", 0.75), (0.90, "MPB_Up", 0.4), (0.90, "MPB_Down", 0.4),
)


def face_at(t):
    face = {"RsmileClose": 0.32, "LsmileClose": 0.35}
    for moment, name, strength in SPEECH:
        face[name] = face.get(name, 0) + strength * bump(t, moment, 0.085)
    face["MouthOpen"] = 0.1 * (0.5 + wave(t, (5, 0.5, 0.0)))
    blink = max(bump(t, 0.31, 0.055), 0.0)
    face["ReyeClose"] = face["LeyeClose"] = blink
    brow = 0.2 * bump(t, 0.6, 0.2)
    face["RbrowUp"] = face["LbrowUp"] = brow
    return {k: min(1.0, v) for k, v in face.items()}


class Person:
    def __init__(self, path, work, width, height):
        self.avatar = avatar.Avatar(path)
        glb = self.avatar.glb
        m = glb.json["materials"][0]
        colour = glb.image(m["pbrMetallicRoughness"]["baseColorTexture"]["index"]).convert("RGB")
        colour, cloth = dress(colour)
        textures = {"colour": colour, "bumps": glb.image(m["normalTexture"]["index"]).convert("RGB"), "cloth": cloth}
        parts = []
        for part, ao in zip(self.avatar.parts, self._occlusion(f"{work}/occlusion.npz")):
            kind = 1 if "eye" in part.name or "gland" in part.name else 2 if "Teeth" in part.name else 0
            parts.append((part.faces, part.loop_uv, ao, kind))
        around = load(f"{work}/around.exr")
        self.raster = raster.Raster(width, height, parts, textures, EYE, TARGET, HFOV, KEY, FILL, raster.spherical_harmonics(around))

    def _vertices(self, pose, face):
        return [v[:, [0, 2, 1]] * [1, -1, 1] - [0, 0, LOWERED] for v in self.avatar.posed(pose, face)]

    def _occlusion(self, kept):
        """How open each vertex lies to its surroundings, 0..1, with the arms down and the mouth a little open."""
        if os.path.exists(kept):
            return list(np.load(kept).values())
        pose = pose_at(0)
        for name in ("Shoulder", "Arm", "ForeArm", "Hand"):
            pose.pop("Right" + name)
        pose["RightArm"] = rotation("z", 60)
        posed = self._vertices(pose, {"MouthOpen": 0.25})
        offset, corners, faces = 0, [], []
        for part, v in zip(self.avatar.parts, posed):
            corners.append(v)
            faces.append(part.faces + offset)
            offset += len(v)
        tree = BVHTree.FromPolygons(np.concatenate(corners).tolist(), np.concatenate(faces).tolist())
        rng = np.random.default_rng(3)
        out = []
        for part, v in zip(self.avatar.parts, posed):
            f = part.faces
            face = np.cross(v[f[:, 1]] - v[f[:, 0]], v[f[:, 2]] - v[f[:, 0]])
            n = np.stack([sum(np.bincount(f[:, k], face[:, i], len(v)) for k in range(3)) for i in range(3)], 1)
            n /= np.maximum(np.linalg.norm(n, axis=1, keepdims=True), 1e-12)
            open_ = np.ones(len(v))
            for i in np.nonzero(v[:, 2] > TARGET[2] - 0.55)[0]:
                d = rng.normal(size=(20, 3))
                d = d / np.linalg.norm(d, axis=1, keepdims=True) + n[i]
                start = Vector(v[i] + 0.002 * n[i])
                open_[i] = np.mean([tree.ray_cast(start, Vector(k), 0.25)[0] is None for k in d])
            for _ in range(3):
                mean = np.zeros(len(v))
                for a, b in ((0, 1), (1, 2), (2, 0)):
                    mean += np.bincount(f[:, a], open_[f[:, b]], len(v)) + np.bincount(f[:, b], open_[f[:, a]], len(v))
                near = np.bincount(f.ravel(), minlength=len(v)) * 2
                open_ = 0.5 * open_ + 0.5 * mean / np.maximum(near, 1)
            out.append(open_)
        np.savez(kept, *out)
        return out

    def picture(self, frame, moments=2):
        """The person during half the time of frame `frame`: linear, premultiplied."""
        times = [(frame + 0.5 * (k / moments - 0.5)) / FRAMES % 1 for k in range(moments)]
        return self.raster.picture([self._vertices(pose_at(t), face_at(t)) for t in times])


def dress(colour):
    """Finds the shirt in the texture by its colour; gives the texture and the mask of cloth."""
    x = np.asarray(colour).astype(np.float32) / 255
    hi, lo = x.max(2), x.min(2)
    sat = (hi - lo) / np.maximum(hi, 1e-3)
    h, w = hi.shape
    shirt = np.asarray(Image.fromarray(((sat < 0.27) & (hi > 0.15) & (hi < 0.75)).astype(np.uint8) * 255).resize((w, h)))
    return colour, Image.fromarray(shirt)


def over(person, behind):
    return person[..., :3] + (1 - np.clip(person[..., 3:], 0, 1)) * behind[..., :3]


def finish(linear):
    """What a webcam adds: exposure, a little vignetting, a lens that is not quite sharp."""
    h, w, _ = linear.shape
    y, x = np.mgrid[0:h, 0:w]
    r2 = ((x / w - 0.5) ** 2 + ((y / h - 0.5) * h / w) ** 2) / 0.33
    picture = Image.fromarray(develop(linear * (1 - 0.22 * r2)[..., None], 1.25))
    return picture.filter(ImageFilter.GaussianBlur(0.65))


def main():
    path, work, step, *rest = sys.argv[1:]
    os.makedirs(work, exist_ok=True)
    if step == "plate":
        plate(work)
    elif step == "still":
        person, behind = Person(path, work, WIDTH, HEIGHT), load(f"{work}/plate.exr")
        for i in map(int, rest):
            finish(over(person.picture(i), behind)).save(f"{work}/still_{i:02}.png")
    elif step == "people":
        person = Person(path, work, WIDTH, HEIGHT)
        for i in range(FRAMES):
            layer = f"{work}/person_{i:03}.npy"
            if not os.path.exists(layer):
                np.save(layer, person.picture(i).astype(np.float16))
    elif step == "clip":
        behind = load(f"{work}/plate.exr")
        with open(rest[0], "wb") as clip:
            for i in range(FRAMES):
                picture = finish(over(np.load(f"{work}/person_{i:03}.npy").astype(np.float32), behind))
                data = io.BytesIO()
                picture.save(data, "JPEG", quality=QUALITY, subsampling="4:2:0", optimize=True, progressive=False)
                clip.write(data.getvalue())
        print(rest[0], os.path.getsize(rest[0]))
    else:
        sys.exit(f"unknown step {step!r}: one of plate, still, people, clip")


if __name__ == "__main__":
    main()
