"""What a user reads comes through one logger, and never raises."""

import io
import logging
import subprocess
import sys

from keras_v1_activity.common import notices


class Broken(logging.Handler):
    def emit(self, record):
        raise RuntimeError


class Closed(io.StringIO):
    def write(self, text):
        raise OSError


def test_news_and_warnings_carry_their_level(caplog):
    with caplog.at_level("INFO", "keras_v1_activity"):
        notices.tell("100 % done")
        notices.warn("a figure is missing")
    assert [(r.levelname, r.getMessage()) for r in caplog.records] == [
        ("INFO", "100 % done"),
        ("WARNING", "a figure is missing"),
    ]


def test_a_handler_that_fails_stops_nothing():
    logger, handler = logging.getLogger("keras_v1_activity"), Broken()
    logger.addHandler(handler)
    try:
        notices.warn("still here")
    finally:
        logger.removeHandler(handler)


def test_a_stream_that_is_closed_or_cannot_encode_stops_nothing():
    notices.write("lost", Closed())
    narrow = io.TextIOWrapper(io.BytesIO(), "ascii")
    notices.write("µV", narrow)
    assert narrow.buffer.getvalue() == rb"\xb5V"


def run(code):
    program = f"from keras_v1_activity.common import notices\n{code}"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0 and done.stdout == ""
    return done.stderr


def test_without_logging_a_notice_is_a_line_on_standard_error():
    assert run("notices.tell('moved')") == "keras_v1_activity: moved\n"


def test_a_user_can_silence_it():
    code = (
        "import logging; logging.getLogger('keras_v1_activity').setLevel('ERROR')\n"
        "notices.tell('moved'); notices.warn('lost')"
    )
    assert run(code) == ""


def test_a_user_who_set_up_logging_gets_it_once():
    code = "import logging; logging.basicConfig(level='INFO')\nnotices.tell('moved')"
    assert run(code).splitlines() == ["INFO:keras_v1_activity:moved"]


def test_no_standard_error_at_all_stops_nothing():
    assert run("import sys; sys.stderr = None\nnotices.tell('moved')") == ""
