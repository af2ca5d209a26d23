//! The compositor on whatever device there is, a software rasteriser included. Without one the tests skip loudly;
//! `REQUIRE_GPU=1` makes a skip a failure.

mod against_reference;
mod behaviour;
mod common;
mod encode;
mod properties;
