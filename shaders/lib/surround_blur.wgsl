// Gaussian of both weighted pictures along one direction. Nothing counts beyond their edges.
@group(0) @binding(2) var person_cells: texture_2d<f32>;
@group(0) @binding(3) var room_cells: texture_2d<f32>;

struct Surround {
    @location(0) person: vec4<f32>,
    @location(1) room: vec4<f32>,
}

fn blur_along(at: vec2<i32>, direction: vec2<i32>) -> Surround {
    let last = vec2<i32>(params.cells) - 1;
    var sums = Surround(vec4<f32>(0.0), vec4<f32>(0.0));
    var weights = 0.0;
    for (var i = -params.radius; i <= params.radius; i++) {
        let origin = at + i * direction;
        if any(origin < vec2<i32>(0)) || any(origin > last) {
            continue;
        }
        let weight = gauss(i);
        sums.person += weight * textureLoad(person_cells, origin, 0);
        sums.room += weight * textureLoad(room_cells, origin, 0);
        weights += weight;
    }
    return Surround(sums.person / weights, sums.room / weights);
}
