// What is known of whole tiles of the matte before any pass runs: 0 or 1 where every sample in the tile and in the tiles
// around it is surely room or surely person, 0.5 elsewhere. Most of a picture needs no filtering.
const TILE: u32 = 8u;
// Alpha this close to 0 or 1 is taken for 0 or 1: half a code of eight bits, which could not be shown.
const SURE: f32 = 0.00196078431;

fn is_known(tile: f32) -> bool {
    return tile == 0.0 || tile == 1.0;
}

fn snapped(alpha: f32) -> f32 {
    return select(select(alpha, 1.0, alpha >= 1.0 - SURE), 0.0, alpha <= SURE);
}
