"""Names and verdicts in words."""

from keras_v1_activity.figures.kit.wording import printable, verdict


def test_names_are_made_printable():
    assert printable("a\n b") == "a b"
    assert printable("\u795e") == "\N{REPLACEMENT CHARACTER}"
    assert len(printable("x" * 50, 12)) == 12


def test_verdict_says_right_wrong_and_unknown_in_words_and_colour():
    assert verdict(3, 3)[0] == "true 3, predicted 3 ✓"
    assert verdict(3, 5)[0] == "true 3, predicted 5 ✗"
    assert verdict(3, 3)[1] != verdict(3, 5)[1]
    assert "unknown" in verdict(None, 5)[0] and "unknown" in verdict(-1, -1)[0]
