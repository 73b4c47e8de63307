"""One policy on every engine: Polars, DuckDB, PostgreSQL and Spark give what the Python evaluator gives, row by row."""
