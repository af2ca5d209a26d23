"""The machine rig: real kernel drivers and a browser in a virtual machine.

`__main__.py` and `host/` run on the computer, `guest/` in the machine. `cargo xtask rig vm` starts it.
"""
