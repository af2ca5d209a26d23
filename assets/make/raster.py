"""Draws the avatar with OpenGL (EGL; llvmpipe is enough): soft-shadowed key light, fill, the room's light, linear premultiplied RGBA.

Path tracing the person took minutes a frame on the CPU; this takes seconds and keeps the room's own path-traced light as ambient.
Each picture is the mean of several moments inside the shutter with sub-pixel shifts: motion blur and clean edges at once.
Positions here are metres with z up, the camera looking along +y.
"""

import math

import moderngl
import numpy as np

SHADOW = 1024

VERTEX = """#version 330
in vec3 p; in vec3 n; in vec2 uv; in float ao; in float kind;
uniform mat4 view; out vec3 P; out vec3 N; out vec2 T; out float A; flat out int K;
void main() { P = p; N = n; T = uv; A = ao; K = int(kind + 0.5); gl_Position = view * vec4(p, 1); }"""

FRAGMENT = """#version 330
in vec3 P; in vec3 N; in vec2 T; in float A; flat in int K;
uniform sampler2D colour, bumps, cloth, shadow; uniform mat4 sun; uniform vec3 eye;
uniform vec3 key_at, key_power, fill_at, fill_power, sh[9]; uniform float spin; out vec4 result;

vec3 room(vec3 n, float k) {
  vec3 e = sh[0] * 0.2821 + k * 0.4886 * (sh[1] * n.y + sh[2] * n.z + sh[3] * n.x);
  e += k * k * (sh[4] * 1.0925 * n.x * n.y + sh[5] * 1.0925 * n.y * n.z + sh[6] * 0.3154 * (3. * n.z * n.z - 1.)
      + sh[7] * 1.0925 * n.x * n.z + sh[8] * 0.5463 * (n.x * n.x - n.y * n.y)) * 0.6;
  return max(e, vec3(0.0));
}
float lit(vec3 at, vec3 n) {
  vec4 q = sun * vec4(at + n * 0.004, 1); vec3 s = q.xyz * 0.5 + 0.5;
  float turn = 6.2832 * fract(52.98 * fract(dot(gl_FragCoord.xy, vec2(0.0671, 0.00584)) + spin)), sum = 0.0;
  for (int i = 0; i < 14; i++) {
    float r = sqrt((float(i) + 0.5) / 14.0) * 0.021, a = turn + float(i) * 2.39996;
    float d = texture(shadow, s.xy + r * vec2(cos(a), sin(a))).r;
    sum += smoothstep(-0.0006, 0.0006, d - s.z + 0.0035 + 0.05 * r);
  }
  return sum / 14.0;
}
float shine(vec3 n, vec3 v, vec3 l, float rough, float f0) {
  vec3 h = normalize(v + l); float a = rough * rough, nh = max(dot(n, h), 0.0), nl = max(dot(n, l), 0.0), nv = max(dot(n, v), 0.05);
  float d = nh * nh * (a * a - 1.0) + 1.0, D = a * a / (3.1416 * d * d), k = a * 0.5 + 0.02;
  float F = f0 + (1.0 - f0) * pow(1.0 - clamp(dot(v, h), 0.0, 1.0), 5.0);
  return nl * D * F / (4.0 * (nl * (1.0 - k) + k) * (nv * (1.0 - k) + k));
}
void main() {
  vec3 flat_n = normalize(cross(dFdx(P), dFdy(P))), v = normalize(eye - P);
  // The teeth are two coincident sides, whose welded normals cancel.
  vec3 n = K == 2 || dot(N, N) < 1e-4 ? flat_n : normalize(N);
  float fabric = texture(cloth, T).r;
  vec3 albedo = pow(texture(colour, T).rgb, vec3(2.2));
  if (K == 0) {
    vec3 dx = dFdx(P), dy = dFdy(P); vec2 tx = dFdx(T), ty = dFdy(T);
    vec3 t = dx * ty.y - dy * tx.y, b = dy * tx.x - dx * ty.x; float len = max(dot(t, t), dot(b, b));
    if (len > 0.0) {
      float k = inversesqrt(len); vec3 m = texture(bumps, T).xyz * 2.0 - 1.0;
      n = normalize(n + mix(0.55, 0.9, fabric) * (t * k * m.x + b * k * m.y));
    }
  }
  if (dot(n, v) < 0.0) n = normalize(n - 1.1 * dot(n, v) * v);
  float ao = A, rough = mix(0.46, 0.9, fabric), f0 = mix(0.03, 0.015, fabric);
  if (K == 1) { rough = 0.12; f0 = 0.03; }
  if (K == 2) { rough = 0.3; ao *= 0.55; }
  vec3 soft = mix(vec3(0.30, 0.14, 0.09), vec3(0.06), fabric);
  vec3 l = normalize(key_at - P), f = normalize(fill_at - P);
  float shade = lit(P, n); vec3 dark = mix(vec3(shade), sqrt(vec3(shade)), soft);
  vec3 e = key_power * dark * clamp((dot(n, l) + soft) / (1.0 + soft), 0.0, 1.0) * mix(1.0, ao, 0.35);
  e += fill_power * clamp((dot(n, f) + soft) / (1.0 + soft), 0.0, 1.0) * mix(1.0, ao, 0.6);
  // Light that enters shaded skin leaves it redder.
  vec3 ambient = room(n, 1.0) * mix(vec3(ao), pow(vec3(max(ao, 0.01)), vec3(0.75, 1.0, 1.1)), 1.0 - fabric);
  vec3 c = albedo * (e + ambient);
  c += key_power * 3.1416 * shade * shine(n, v, l, rough, f0) * 0.8 + fill_power * 3.1416 * ao * shine(n, v, f, rough, f0) * 0.8;
  float rim = f0 + (1.0 - rough) * 0.35 * pow(1.0 - clamp(dot(n, v), 0.0, 1.0), 5.0);
  c += room(reflect(-v, n), 1.4) * rim * ao;
  result = vec4(min(c, vec3(30)), 1);
}"""

DEPTH = """#version 330
in vec3 p; uniform mat4 view; void main() { gl_Position = view * vec4(p, 1); }"""


def look_at(eye, target):
    eye, target = np.array(eye, float), np.array(target, float)
    f = (target - eye) / np.linalg.norm(target - eye)
    s = np.cross(f, [0, 0, 1])
    s /= np.linalg.norm(s)
    m = np.eye(4)
    m[:3, :3] = [s, np.cross(s, f), -f]
    m[:3, 3] = -m[:3, :3] @ eye
    return m


def perspective(hfov_degrees, aspect, near=0.1, far=6.0):
    t = 1 / math.tan(math.radians(hfov_degrees) / 2)
    return np.array([[t, 0, 0, 0], [0, t * aspect, 0, 0], [0, 0, (far + near) / (near - far), 2 * far * near / (near - far)], [0, 0, -1, 0]])


def spherical_harmonics(panorama):
    """Irradiance over pi, as nine RGB coefficients, of an equirectangular picture whose middle column looks along +x and left is +y."""
    h, w, _ = panorama.shape
    up = math.pi * (0.5 - (np.arange(h) + 0.5) / h)[:, None]
    around = math.pi * (1 - 2 * (np.arange(w) + 0.5) / w)[None]
    x, y, z = np.cos(up) * np.cos(around), np.cos(up) * np.sin(around), np.sin(up) * np.ones((1, w))
    area = (np.cos(up) * (math.pi / h) * (2 * math.pi / w) * np.ones((1, w)))[..., None]
    basis = (0 * x + 0.2821, 0.4886 * y, 0.4886 * z, 0.4886 * x, 1.0925 * x * y, 1.0925 * y * z, 0.3154 * (3 * z * z - 1),
             1.0925 * x * z, 0.5463 * (x * x - y * y))
    band = [1] + [2 / 3] * 3 + [1 / 4] * 5
    return np.array([k * (panorama[..., :3] * b[..., None] * area).sum((0, 1)) for b, k in zip(basis, band)])


class Raster:
    """`parts`: (faces, loop_uv, ambient occlusion per vertex, kind: 0 body, 1 eye, 2 inside the mouth) in drawing order."""

    def __init__(self, width, height, parts, textures, eye, target, hfov, key, fill, harmonics):
        self.size = width, height
        c = self.context = moderngl.create_context(standalone=True, backend="egl")
        self.program = c.program(VERTEX, FRAGMENT)
        self.depth_program = c.program(DEPTH, "#version 330\nvoid main() {}")
        self.multi = c.framebuffer([c.renderbuffer((width, height), 4, samples=4, dtype="f2")], c.depth_renderbuffer((width, height), samples=4))
        self.flat = c.framebuffer([c.texture((width, height), 4, dtype="f2")])
        self.shadow = c.depth_texture((SHADOW, SHADOW))
        self.shadow.compare_func = ""
        self.shadow.repeat_x = self.shadow.repeat_y = False
        self.shadow_buffer = c.framebuffer(depth_attachment=self.shadow)
        c.enable(moderngl.DEPTH_TEST)
        self.faces = [p[0] for p in parts]
        uv = np.concatenate([p[1] for p in parts]).astype("f4")
        ao = np.concatenate([p[2][p[0].ravel()] for p in parts]).astype("f4")
        kind = np.concatenate([np.full(p[0].size, p[3], "f4") for p in parts])
        fixed = c.buffer(np.concatenate([uv, ao[:, None], kind[:, None]], 1).astype("f4").tobytes())
        self.count = len(uv)
        self.moving = c.buffer(reserve=self.count * 24)
        self.draw = c.vertex_array(self.program, [(self.moving, "3f 3f", "p", "n"), (fixed, "2f 1f 1f", "uv", "ao", "kind")])
        self.cast = c.vertex_array(self.depth_program, [(self.moving, "3f 12x", "p")])
        for unit, (name, image) in enumerate(textures.items()):
            data = np.ascontiguousarray(image)
            t = c.texture((data.shape[1], data.shape[0]), data.shape[2] if data.ndim == 3 else 1, data.tobytes())
            t.build_mipmaps()
            t.use(unit)
            setattr(self, "texture_" + name, t)
            self.program[name].value = unit
        self.shadow.use(7)
        p = self.program
        p["shadow"].value = 7
        p["eye"].value = tuple(eye)
        p["key_at"].value, p["key_power"].value = key
        p["fill_at"].value, p["fill_power"].value = fill
        p["sh"].write(harmonics.astype("f4").tobytes())
        self.camera = look_at(eye, target)
        self.lens = perspective(hfov, width / height)
        sun = look_at(key[0], (0, 0, 1.1))
        span = 0.6
        self.sun = np.diag([1 / span, 1 / span, -1 / 1.5, 1]) @ np.array([[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, np.linalg.norm(np.array(key[0]) - (0, 0, 1.1))], [0, 0, 0, 1.0]]) @ sun
        p["sun"].write(self.sun.T.astype("f4").tobytes())
        self.depth_program["view"].write(self.sun.T.astype("f4").tobytes())

    def _upload(self, vertices):
        rows = []
        for v, f in zip(vertices, self.faces):
            a, b, c = v[f[:, 0]], v[f[:, 1]], v[f[:, 2]]
            face = np.cross(b - a, c - a)
            n = np.stack([sum(np.bincount(f[:, k], face[:, i], len(v)) for k in range(3)) for i in range(3)], 1)
            n /= np.maximum(np.linalg.norm(n, axis=1, keepdims=True), 1e-12)
            rows.append(np.concatenate([v, n], 1)[f.ravel()])
        self.moving.write(np.concatenate(rows).astype("f4").tobytes())

    def picture(self, moments):
        """Mean of the person at several moments: (height, width, 4) float32."""
        w, h = self.size
        total = np.zeros((h, w, 4), np.float32)
        for i, vertices in enumerate(moments):
            self._upload(vertices)
            self.shadow_buffer.use()
            self.context.viewport = (0, 0, SHADOW, SHADOW)
            self.shadow_buffer.clear(depth=1.0)
            self.cast.render()
            jx, jy = ((i + 0.5) / len(moments) - 0.5), ((i * 0.618 + 0.25) % 1 - 0.5)
            # A shift of the picture plane survives the division by depth only in the column of z.
            lens = self.lens.copy()
            lens[0, 2], lens[1, 2] = -2 * jx / w, -2 * jy / h
            self.program["view"].write((lens @ self.camera).T.astype("f4").tobytes())
            self.program["spin"].value = i * 0.37
            self.multi.use()
            self.multi.clear(0, 0, 0, 0)
            self.draw.render()
            self.context.copy_framebuffer(self.flat, self.multi)
            data = np.frombuffer(self.flat.read(components=4, dtype="f2"), np.float16).reshape(h, w, 4)
            total += data[::-1].astype(np.float32)
        return total / len(moments)
