"""One policy on every engine: Polars, DuckDB, PostgreSQL and Spark answer as Python does, row by row."""
