"""A USB camera without hardware."""
