"""A lender's export, read through a declared mapping, as tape rows in month order."""

from fullrecall.adapters.tape_files.checks import BadTape
from fullrecall.adapters.tape_files.mapping import Mapping
from fullrecall.adapters.tape_files.mapping_files import read_mapping
from fullrecall.adapters.tape_files.marked_yaml import BadMapping
from fullrecall.adapters.tape_files.read import ObservedPayment, TapeFile, open_tape

__all__ = ["BadMapping", "BadTape", "Mapping", "ObservedPayment", "TapeFile", "open_tape", "read_mapping"]
