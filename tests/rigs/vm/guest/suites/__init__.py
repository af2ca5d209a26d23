"""What is checked; each suite has a machine of its own."""
