"""The camera that PipeWire offers, watched by browsers."""
