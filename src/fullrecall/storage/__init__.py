"""Where facts, postings and what is folded from them are kept: SQLite or PostgreSQL, the same tables."""
