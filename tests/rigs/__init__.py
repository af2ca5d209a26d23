"""Rigs: the program against real daemons, drivers and browsers. `cargo xtask rig` starts them."""
