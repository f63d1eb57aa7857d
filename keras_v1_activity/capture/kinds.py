"""What an output of a model may be: a choice between classes, or values."""

UNKNOWN: int = 0
CLASSES: int = 1
VALUES: int = 2
