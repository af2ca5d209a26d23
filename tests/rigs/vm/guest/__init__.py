"""The guest's side: suites of scenes, and what they are played with."""
