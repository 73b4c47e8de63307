"""Fits a scorecard on a tape and its outcome, and writes it as policy data that every engine runs."""

from fullrecall.analytics.training.scale import Scale
from fullrecall.analytics.training.settings import TrainingSettings
from fullrecall.analytics.training.train import Trained, train

__all__ = ["Scale", "Trained", "TrainingSettings", "train"]
