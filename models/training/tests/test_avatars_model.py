"""Avatars: GLB decoding, skinning, arm kinematics, hair and light against numbers worked out by hand."""

import meshoptimizer
import numpy as np
import pytest
from tiny_avatar import Writer, figure, skinned

from scrim_training.avatars import hair, hats, light
from scrim_training.avatars.avatar import Avatar, skin, turn
from scrim_training.avatars.glb import Glb, octahedral
from scrim_training.avatars.head import measure, radii
from scrim_training.avatars.limbs import elbow, reach
from scrim_training.avatars.pixels import extend, reduce
from scrim_training.avatars.poses import random_pose
from scrim_training.avatars.render import person_of
from scrim_training.problem import Problem

TRIANGLE = (
    np.array([[0.0, 0, 0], [1, 0, 0], [2, 0, 0]]),
    np.tile([0.0, 1, 0], (3, 1)),
    np.array([[0, 1, 2]]),
)
TWO = {"upper": (None, (0.0, 0.0, 0.0)), "lower": ("upper", (1.0, 0.0, 0.0))}


def triangle() -> Avatar:
    """Vertices at x = 0 (upper joint), 1 (half and half) and 2 (lower joint, whose place is x = 1)."""
    joint = np.array([[0, 0, 0, 0], [0, 1, 0, 0], [1, 0, 0, 0]])
    weight = np.array([[255, 0, 0, 0], [128, 128, 0, 0], [255, 0, 0, 0]])
    return Avatar(Glb(skinned(TWO, TRIANGLE, joint, weight)))


def test_a_glb_is_decoded():
    avatar = triangle()
    (part,) = avatar.parts
    assert np.allclose(part.position, TRIANGLE[0])
    assert part.faces.tolist() == [[0, 1, 2]]
    assert np.allclose(part.weight, [[1, 0], [0.5, 0.5], [0, 1]])
    assert np.allclose(part.rest, TRIANGLE[0])
    assert np.allclose(avatar.joint("lower"), [1, 0, 0])
    assert avatar.textures[0][0, 0].tolist() == [200, 90, 40]


def test_packed_vertices_are_decoded():
    values = np.array([[1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11, 12]], np.float32)
    packed = meshoptimizer.encode_vertex_buffer(values, 3, 16)
    w = Writer()
    view = w.view(bytes(packed))
    w.json["bufferViews"] = [
        {
            "byteLength": 48,
            "extensions": {
                "EXT_meshopt_compression": {
                    **w.json["bufferViews"][view],
                    "byteStride": 16,
                    "count": 3,
                    "mode": "ATTRIBUTES",
                }
            },
        }
    ]
    w.json["accessors"] = [{"bufferView": 0, "componentType": 5126, "count": 3, "type": "VEC3"}]
    assert Glb(w.glb()).accessor(0).tolist() == values[:, :3].tolist()


def test_octahedral_normals():
    # (x, y, one, unused): up the z axis, along x, and the fold: x = y = one is the far pole.
    coded = np.array([[0, 0, 127, 0], [127, 0, 127, 0], [127, 127, 127, 0], [0, -127, 127, 9]], np.int8)
    out = octahedral(coded.reshape(-1).view(np.uint8), 4, 4).view(np.int8).reshape(4, 4)
    assert out.tolist() == [[0, 0, 127, 0], [127, 0, 0, 0], [0, 0, -127, 0], [0, -127, 0, 9]]


def test_what_is_no_glb_is_refused():
    with pytest.raises(Problem, match="not a glTF binary"):
        Glb(b"<html>not found</html> and more", "a.glb")


def test_skinning_by_hand():
    # Half at rest, half moved by 2 in x: moved by 1. Wholly turned by 90 degrees about z: x becomes y.
    moved, turned = np.eye(4), np.eye(4)
    moved[0, 3] = 2
    turned[:3, :3] = turn("z", 90)
    weight = np.array([[0.5, 0.5, 0], [0, 0, 1]], np.float32)
    v, n = skin(
        np.array([[0, 1, 0], [3, 0, 0]], np.float32),
        np.array([[0, 0, 2], [1, 0, 0]], np.float32),
        weight,
        np.array([np.eye(4), moved, turned]),
    )
    assert np.allclose(v, [[1, 1, 0], [0, 3, 0]], atol=1e-6)
    assert np.allclose(n, [[0, 0, 1], [0, 1, 0]], atol=1e-6)


def test_a_joint_turns_what_hangs_on_it():
    # The lower joint at (1, 0, 0) turns by 90 degrees: its vertex goes from (2, 0, 0) to (1, 1, 0); one
    # at the joint stays, since the joint's own place does.
    avatar = triangle()
    v, _ = avatar.posed(avatar.body, avatar.globals({"lower": turn("z", 90)}))
    assert np.allclose(v, [[0, 0, 0], [1, 0, 0], [1, 1, 0]], atol=1e-6)
    # Turning both doubles up: the lower part ends along -x from (0, 1, 0).
    v, _ = avatar.posed(avatar.body, avatar.globals({"upper": turn("z", 90), "lower": turn("z", 90)}))
    assert np.allclose(v[2], [-1, 1, 0], atol=1e-6)


def test_elbow_of_a_3_4_5_triangle():
    # Upper 3, fore 4, wrist 5 away along x: the elbow is 9/5 along and 12/5 towards the pole.
    at, wrist = elbow(np.zeros(3), np.array([5.0, 0, 0]), 3, 4, np.array([0.3, -1, 0]))
    assert np.allclose(at, [1.8, -2.4, 0]) and np.allclose(wrist, [5, 0, 0])
    _, wrist = elbow(np.zeros(3), np.array([0, 9.0, 0]), 3, 4, np.array([1.0, 0, 0]))
    assert np.allclose(wrist, [0, 0.995 * 7, 0])


@pytest.mark.parametrize("side", ["Left", "Right"])
def test_the_wrist_arrives(side: str):
    avatar = Avatar(Glb(figure()))
    target = np.array([0.1, 1.3, 0.35])
    pose = reach(avatar, side, target, np.array([0.0, -1, 0]), 40)
    assert np.allclose(avatar.globals(pose)[avatar.index[side + "Hand"]][:3, 3], target, atol=1e-6)
    for t in pose.values():
        assert np.allclose(t @ t.T, np.eye(3), atol=1e-9) and np.linalg.det(t) > 0


def test_seated_legs_are_bent():
    avatar = Avatar(Glb(figure()))
    matrices = avatar.globals(random_pose(avatar, True, np.random.default_rng(1)).pose)
    hip, knee, foot = (matrices[avatar.index["Left" + n]][:3, 3] for n in ("UpLeg", "Leg", "Foot"))
    assert knee[2] - hip[2] > 0.3 and abs(knee[1] - hip[1]) < 0.2 and knee[1] - foot[1] > 0.25


def test_polylines_are_resampled_by_length():
    bent = np.array([[0.0, 0, 0], [1, 0, 0], [1, 3, 0]])
    assert np.allclose(hair.resample(bent, 5), [[0, 0, 0], [1, 0, 0], [1, 1, 0], [1, 2, 0], [1, 3, 0]])


def test_scalp_weights_fall_with_distance():
    v = np.array([[0.0, 0, 0.005], [0.0, 0, 0.015], [0, 0, 0.025]])
    assert np.allclose(hair.scalp(v, np.zeros((1, 3)), near=0.01), [1, 0.5, 0], atol=1e-4)


def test_strands_stay_outside_the_head():
    head = measure(Avatar(Glb(figure())))
    line = np.linspace([0.0, 1.74, -0.05], [0.0, 1.60, 0.05], hair.POINTS)
    lines = line[None] + np.linspace(-0.05, 0.05, 40)[:, None, None] * np.array([1.0, 0, 0])
    style = hair.Style("test", lines, np.tile([0, 1, 2, 3], (40, 1)))
    strands = hair.grow(style, head, 300, np.random.default_rng(2))
    d = strands.points - head.skull.centre
    length = np.linalg.norm(d, axis=2)
    above = strands.points[..., 1] > head.joint[1] + 0.02
    assert above.mean() > 0.9
    assert (length - head.skull.at(d / length[..., None]))[above].min() > 0.001


def test_the_radius_map_of_a_ball():
    d = np.random.default_rng(0).normal(size=(4000, 3))
    d /= np.linalg.norm(d, axis=1, keepdims=True)
    ball = radii(d * 0.1 + [0, 1, 0], np.array([0.0, 1, 0]))
    assert np.allclose(ball.at(d[:50]), 0.1, atol=1e-3)


def test_light_of_a_white_sky_and_of_half_of_one():
    # Irradiance over pi under radiance 1: 1 everywhere. Under the upper half: 1 up, 0 down, 1/2 sideways.
    whole = light.harmonics(np.ones((64, 128, 3)))
    half = light.harmonics(np.concatenate([np.ones((32, 128, 3)), np.zeros((32, 128, 3))]))
    up, down, side = np.eye(3)[1], -np.eye(3)[1], np.eye(3)[0]
    for d in (up, down, side):
        assert np.allclose(light.basis(d) @ whole, 1, atol=2e-3)
    assert np.allclose(light.basis(up) @ half, 1, atol=0.01)
    assert np.allclose(light.basis(down) @ half, 0, atol=0.01)
    assert np.allclose(light.basis(side) @ half, 0.5, atol=0.01)


def test_reduce_and_extend_keep_alpha_and_spread_colour():
    samples = np.zeros((40, 60, 4), np.uint8)
    samples[10:30, 20:31] = (200, 100, 50, 255)
    small = reduce(samples, 2)
    assert small.shape == (20, 30, 4) and small[10, 15, 3] == pytest.approx(0.5, abs=0.01)
    out = extend(small)
    assert np.abs(out[..., 3] / 255.0 - small[..., 3]).max() <= 0.5 / 255 + 1e-6
    assert np.abs(out[..., :3].astype(int) - [200, 100, 50]).max() <= 2


def test_persons_are_told_by_identity():
    assert person_of("X_NHPI_F_2_Busi") == ("avatar:X_NHPI_F_2", "Busi")
    assert person_of("White_M_1_Casual")[0] == person_of("White_M_1_Medi")[0]
    assert person_of("someone") == ("avatar:someone", "")


@pytest.mark.parametrize("kind", hats.KINDS)
def test_hats_lie_outside_the_head_and_over_its_top(kind: str):
    head = measure(Avatar(Glb(figure())))
    (points, normals, faces), dome = hats.hat(kind, head, head.skull, np.random.default_rng(3))
    d = points - head.skull.centre
    length = np.linalg.norm(d, axis=1)
    # The rolled edge, some 2 cm thick on a hood, dips a little into the skin.
    assert (length - head.skull.at(d / length[:, None])).min() > -0.006
    assert faces.max() < len(points) and np.allclose(np.linalg.norm(normals, axis=1), 1, atol=1e-6)
    top = np.array([[0, head.top, head.skull.centre[2]]])
    assert dome.covers(top)[0] and not dome.covers(top - [0, 0.2, 0])[0]
    # Only the hair band leaves the top of the head bare.
    assert (points[:, 1].max() > head.top) == (kind != "band")
