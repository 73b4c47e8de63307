"""What touches the outside world: files, clock, mail, messages; each adapter serves one port."""
