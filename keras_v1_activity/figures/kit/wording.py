"""Names, numbers and verdicts as the figures write them."""

from __future__ import annotations

from keras_v1_activity.figures.kit import style

_UNPRINTABLE = "\N{REPLACEMENT CHARACTER}"


def printable(text: object, most: int = 16) -> str:
    """`text` on one line, at most `most` characters, all of them in the font we draw with.

    Example:
        >>> printable(" two   words "), printable("a long name", 7)
        ('two words', 'a long…')
    """
    line = "".join(c if _in_font(c) else _UNPRINTABLE for c in " ".join(str(text).split()))
    return line if len(line) <= most else line[: most - 1] + "…"


def _in_font(character: str) -> bool:
    """DejaVu Sans has all of Latin, Greek and Cyrillic; other scripts would warn at each draw."""
    code = ord(character)
    return 32 <= code < 0x250 and not 127 <= code < 160 or 0x384 <= code < 0x482


def short_number(value: float) -> str:
    """A number in at most five characters.

    Example:
        >>> short_number(940), short_number(16_800), short_number(1.2e6)
        ('940', '16.8k', '1.2M')
    """
    for limit, unit in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
        if value >= limit:
            scaled = value / (1e3 if unit == "k" else limit)
            return f"{scaled:.1f}{unit}" if scaled < 100 else f"{scaled:.0f}{unit}"
    return f"{value:,.0f}"


def count(n: int, noun: str) -> str:
    """`n` with its noun.

    Example:
        >>> count(1, "neuron"), count(2000, "neuron")
        ('1 neuron', '2,000 neurons')
    """
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


def rate_text(hz: float) -> str:
    """A rate with two to three significant digits.

    Example:
        >>> rate_text(0.123), rate_text(12.3), rate_text(123.4)
        ('0.12 Hz', '12.3 Hz', '123 Hz')
    """
    return f"{hz:.2f} Hz" if 0 < hz < 1 else f"{hz:.1f} Hz" if hz < 100 else f"{hz:,.0f} Hz"


def verdict(label: int | None, prediction: int | None) -> tuple[str, str]:
    """Words and colour for a true class and a predicted one; -1 and None are unknown.

    Example:
        >>> verdict(3, 5)[0]
        'true 3, predicted 5 ✗'
    """
    known_label = label is not None and label >= 0
    known_prediction = prediction is not None and prediction >= 0
    if known_label and known_prediction:
        right = label == prediction
        mark, colour = ("✓", style.RIGHT) if right else ("✗", style.WRONG)
        return f"true {label}, predicted {prediction} {mark}", colour
    if known_label:
        return f"true {label}, prediction unknown", style.INK
    if known_prediction:
        return f"predicted {prediction}, label unknown", style.INK
    return "label and prediction unknown", style.SOFT_INK


def true_minus(text: str) -> str:
    """`text` with the sign that is as wide as a plus, as matplotlib writes it at the ticks.

    Example:
        >>> true_minus("-51 mV")
        '−51 mV'
    """
    return text.replace("-", "−")
