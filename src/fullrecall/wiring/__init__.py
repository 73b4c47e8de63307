"""Settings, and the one place where parts are joined."""
