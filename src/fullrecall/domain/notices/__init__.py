"""Which notice is due, what it says as data, when it may be sent, and what proves it."""
