//! scrim
fn main() {}
