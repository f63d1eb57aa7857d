"""Entry of ``python -m keras_v1_activity``: the same as the command ``keras-v1-activity``."""

import sys

from keras_v1_activity.cli import main

if __name__ == "__main__":
    sys.exit(main())
