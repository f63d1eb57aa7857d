"""One HTML file that shows a whole run: `keras-v1-activity report`, `Run.report`."""

from keras_v1_activity.report.reported_run import ReportedRun
from keras_v1_activity.report.writing import Written, is_report, write_report

__all__ = ["ReportedRun", "Written", "is_report", "write_report"]
