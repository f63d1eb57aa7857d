"""A run in the formats of other tools: NWB, SONATA, tables."""

from keras_v1_activity.export.exporting import Exported, export_run

__all__ = ["Exported", "export_run"]
