"""The one way a change is made: key -> load -> decide -> append -> commit."""

from fullrecall.write_path.change import CaseHead, Change, LineHead, case_stream, line_stream
from fullrecall.write_path.write import Written, write

__all__ = ["CaseHead", "Change", "LineHead", "Written", "case_stream", "line_stream", "write"]
