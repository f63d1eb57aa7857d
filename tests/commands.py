"""Running commands of ``keras-v1-activity`` in the tests."""

import shlex
import subprocess
import sys

from keras_v1_activity.cli.main import main


def run(words, capsys):
    """(exit code, lines on stdout, text on stderr) of one command."""
    code = main(shlex.split(words) if isinstance(words, str) else [str(word) for word in words])
    out, err = capsys.readouterr()
    return code, out.splitlines(), err


def loaded_by(words):
    """(last line printed, which of TensorFlow and Keras a command loads) in a fresh process."""
    code = (
        "import sys\nfrom keras_v1_activity.cli import main\n"
        f"try:\n    code = main({[str(word) for word in words]!r})\n"
        "except SystemExit as end:\n    code = end.code\n"
        "print('loaded', sorted({'tensorflow', 'keras', 'tf_keras'} & set(sys.modules)), code)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    return done.stdout.splitlines()[-1]
