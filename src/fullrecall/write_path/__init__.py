"""The one way a change is made: key -> load -> decide -> append -> commit."""

from fullrecall.write_path.write import Written, write

__all__ = ["Written", "write"]
