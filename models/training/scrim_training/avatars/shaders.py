"""The GLSL programs: one shades skin, cloth, solid hair and things, one draws strands of hair as ribbons.

Light is linear: spherical harmonics of an environment and one key light. Colours leave encoded and
premultiplied.
"""

VERTEX = """#version 330
in vec3 position; in vec3 normal; in vec2 uv; in vec3 rest; in float scalp;
uniform mat4 view; uniform float grow;
out vec3 n; out vec2 t; out vec3 world; out vec3 r; out float bare;
void main() {
    vec3 p = position + normal * grow;
    gl_Position = view * vec4(p, 1.0);
    n = normal; t = uv; world = p; r = rest; bare = scalp;
}"""

LIGHT = """
uniform vec3 sh[9]; uniform vec3 key; uniform vec3 key_colour; uniform vec3 eye; uniform float gloss;
vec3 ambient(vec3 n) {
    return sh[0] * .282095 + sh[1] * .488603 * n.y + sh[2] * .488603 * n.z + sh[3] * .488603 * n.x
        + sh[4] * 1.092548 * n.x * n.y + sh[5] * 1.092548 * n.y * n.z
        + sh[6] * .315392 * (3. * n.z * n.z - 1.)
        + sh[7] * 1.092548 * n.x * n.z + sh[8] * .546274 * (n.x * n.x - n.y * n.y);
}
vec3 lit(vec3 c, vec3 n, vec3 v) {
    vec3 e = max(ambient(n), vec3(.03)) + key_colour * max(dot(n, key), 0.);
    return c * e + key_colour * pow(max(dot(n, normalize(key + v)), 0.), 24.) * gloss;
}
vec3 shown(vec3 c) { return pow(clamp(c / (1. + c * .25), 0., 1.), vec3(1. / 2.2)); }
"""

FRAGMENT = (
    """#version 330
in vec3 n; in vec2 t; in vec3 world; in vec3 r; in float bare;
uniform sampler2D picture; uniform vec4 flat_colour;
uniform int pattern; uniform vec3 first; uniform vec3 second; uniform vec3 third; uniform vec3 shoe;
uniform vec2 frequency; uniform float neck; uniform float wrist; uniform float hip;
uniform float shell; uniform vec2 grain; uniform vec4 tint; uniform vec4 root_colour;
out vec4 colour;
"""
    + LIGHT
    + """
float noise(vec2 v) { return fract(sin(dot(v, vec2(127.1, 311.7))) * 43758.5453); }
float smooth_noise(vec2 v) {
    vec2 i = floor(v), f = smoothstep(0., 1., fract(v));
    float low = mix(noise(i), noise(i + vec2(1, 0)), f.x);
    return mix(low, mix(noise(i + vec2(0, 1)), noise(i + vec2(1, 1)), f.x), f.y);
}
vec3 cloth() {
    vec2 w = r.xy * frequency;
    if (pattern == 2) return fract(w.y) < .5 ? first : second;
    if (pattern == 3) return fract(w.x) < .5 ? first : second;
    if (pattern == 4) {
        vec3 k = fract(w.x) < .35 ? mix(first, second, .55) : first;
        return fract(w.y) < .35 ? mix(k, third, .55) : k;
    }
    if (pattern == 5) return noise(floor(w * 2.)) < .35 ? second : first;
    if (pattern == 6) return abs(r.x) < .05 + .1 * max(0., r.y - neck + .25) && r.z > 0. ? second : first;
    if (pattern == 7) return length(r.xy - vec2(0., neck - .22)) < .09 && r.z > 0. ? second : first;
    if (pattern == 8) return mix(first, second, smoothstep(.42, .58, smooth_noise(w)));
    return first;
}
void main() {
    if (shell > 0. && noise(floor(t * grain)) < shell) discard;
    vec3 v = normalize(eye - world), m = normalize(n);
    if (dot(m, v) < 0.) m = -m;
    vec3 c = pow(texture(picture, t).rgb, vec3(2.2));
    c = mix(c, c * tint.rgb, tint.a);
    c = mix(c, root_colour.rgb, root_colour.a * bare);
    if (flat_colour.a > 0.) c = flat_colour.rgb;
    if (pattern > 0) {
        float far = abs(r.x), torso = smoothstep(neck, neck - .012, r.y - .55 * max(0., far - .05));
        float worn = max(torso, smoothstep(.10, .13, far)) * (1. - smoothstep(wrist - .02, wrist, far));
        float folds = clamp(.55 + dot(c, vec3(.3, .59, .11)) * 1.6, .45, 1.5);
        vec3 k = r.y < .09 ? shoe : (r.y < hip && far < .4 ? third : cloth());
        c = mix(c, k * folds, worn);
    }
    colour = vec4(shown(lit(c, m, v)), 1.);
}"""
)


STRAND_VERTEX = """#version 330
in vec3 position; in vec3 tangent; in vec3 normal; in vec3 data;
uniform mat4 view; uniform vec2 viewport; uniform float focal; uniform float width; uniform float least;
out vec3 n; out vec3 along; out vec3 world; out float t; out float shade; out float cover;
void main() {
    vec4 a = view * vec4(position, 1.0), b = view * vec4(position + tangent * .002, 1.0);
    vec2 d = (b.xy / b.w - a.xy / a.w) * viewport;
    d /= max(length(d), 1e-6);
    float samples = width * (1. - .75 * data.y * data.y) * focal / a.w;
    float wide = max(samples, least);
    cover = samples / wide;
    a.xy += vec2(-d.y, d.x) * data.x * wide / viewport * a.w;
    gl_Position = a;
    n = normal; along = tangent; world = position; t = data.y; shade = data.z;
}"""

STRAND_FRAGMENT = (
    """#version 330
in vec3 n; in vec3 along; in vec3 world; in float t; in float shade; in float cover;
uniform vec3 hair; uniform float blend;
out vec4 colour;
"""
    + LIGHT
    + """
void main() {
    vec3 m = normalize(n), d = normalize(along), v = normalize(eye - world), h = normalize(key + v);
    float across = sqrt(max(0., 1. - pow(dot(d, key), 2.))), shine = sqrt(max(0., 1. - pow(dot(d, h), 2.)));
    float side = clamp(.25 + .75 * dot(m, key), 0., 1.);
    vec3 c = hair * shade * mix(.6, 1.05, smoothstep(0., .5, t));
    vec3 e = max(ambient(m), vec3(.03)) + key_colour * across * side;
    vec3 sum = c * e + (key_colour * side + ambient(m) * .3) * pow(shine, 60.) * (.04 + .3 * c);
    float a = mix(1., cover, blend);
    colour = vec4(shown(sum) * a, a);
}"""
)
