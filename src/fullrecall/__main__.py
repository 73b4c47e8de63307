"""`python -m fullrecall` is the same as the command."""

from fullrecall.cli.main import run

run()
