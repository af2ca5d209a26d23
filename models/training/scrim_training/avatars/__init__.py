"""Pictures of posed avatars with exact alpha."""
