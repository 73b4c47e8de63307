"""One file per thing a user can do: load, decide once, save."""
