"""Pictures of posed avatars with exact alpha: `render` is the command, `figure` one picture."""
