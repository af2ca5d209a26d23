"""The host's side: what the machine is made of, and how it is started."""
