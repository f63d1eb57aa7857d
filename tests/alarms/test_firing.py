"""Watch: an alarm fires once, is cleared after two good looks, and may fire again."""

from functools import partial

import pytest
from alarm_histories import rows_of

from keras_v1_activity.alarms import DEFAULT_RULES, Alarm, Watch, needs
from keras_v1_activity.history import History


def too_fast(history, *, most=50.0, population=None, level="amber"):
    rate = history.value(-1, "rate")
    if rate > most:
        return Alarm("too fast", level, population, rate, most, int(history.steps[-1]), "Too fast.")
    return None


@needs("late", "rate")
def late_and_fast(history):
    rate = history.value(-1, "late", "rate")
    if rate > 50:
        return Alarm("late", "amber", None, rate, 50.0, int(history.steps[-1]), "Too fast.")
    return None


class Judged:
    """A run whose looks become known one after the other, and what a watch makes of it."""

    def __init__(self, *rules):
        self.errors = []
        self.watch = Watch(rules, on_error=lambda name, error: self.errors.append((name, error)))
        self.history = History()

    def add(self, step, **part):
        self.history.merge(step, part)
        return [alarm.step for alarm in self.watch.see(self.history, step)]

    def spans(self):
        return [(alarm.step, alarm.cleared_step) for alarm in self.watch.fired]


@pytest.mark.parametrize(
    ("bad", "spans"),
    [
        ("..x", [(3, None)]),
        ("..xx", [(3, None)]),
        ("..xxx.", [(3, None)]),
        ("..x.x.x", [(3, None)]),
        ("..xx..", [(3, 6)]),
        (".x..x..", [(2, 4), (5, 7)]),
        ("x..xx....x", [(1, 3), (4, 7), (10, None)]),
    ],
)
def test_it_fires_once_and_is_cleared_after_two_good_looks(bad, spans):
    judged = Judged(too_fast)
    fired = []
    for step, look in enumerate(bad, 1):
        fired += judged.add(step, rate=90.0 if look == "x" else 9.0)
    assert judged.spans() == spans and fired == [start for start, _ in spans]
    assert len(judged.watch.standing) == sum(end is None for _, end in spans)


def test_populations_stand_and_are_cleared_each_for_itself():
    judged = Judged(partial(too_fast, population="a"), partial(too_fast, most=80, population="b"))
    for step, rate in enumerate([90, 60, 60, 9, 9], 1):
        judged.add(step, rate=rate)
    found = {alarm.population: (alarm.step, alarm.cleared_step) for alarm in judged.watch.fired}
    assert found == {"a": (1, 5), "b": (1, 3)}


def test_red_ones_are_the_first_of_those_that_stand():
    judged = Judged(too_fast, partial(too_fast, population="a", level="red"))
    judged.add(1, rate=90)
    assert [alarm.level for alarm in judged.watch.standing] == ["red", "amber"]
    assert [alarm.level for alarm in judged.watch.fired] == ["amber", "red"]


def test_a_number_that_comes_out_of_order_clears_nothing_and_may_be_counted():
    @needs("late", "rate")
    def two_running(history):
        rates = history.series("late", "rate")[-2:]
        if len(rates) == 2 and rates.min() > 50:
            return Alarm("two", "red", None, None, None, int(history.steps[-1]), "Too fast.")
        return None

    judged = Judged(late_and_fast, two_running)
    judged.add(2, late={"rate": 90})
    judged.add(4, late={"rate": 90})
    assert [alarm.name for alarm in judged.watch.fired] == ["late", "two"]
    # Steps 1 and 3 are good, but were before.
    judged.add(3, late={"rate": 9})
    judged.add(1, late={"rate": 9})
    assert judged.spans() == [(2, None), (4, None)]
    judged.add(5, late={"rate": 9})
    assert judged.spans() == [(2, None), (4, None)]
    judged.add(6, late={"rate": 9})
    assert judged.spans() == [(2, 6), (4, 6)]


def test_what_stood_before_a_resume_stands_and_is_cleared_after_it():
    before = Judged(too_fast, late_and_fast)
    for step, rate in enumerate([90, 9, 9, 90], 1):
        before.add(step, rate=rate, late={"rate": rate})
    after = Judged(too_fast, late_and_fast)
    after.watch.restore(before.watch.content())
    assert after.watch.fired == before.watch.fired
    after.history = before.history
    assert after.add(5, rate=90) == []  # it stands, and does not fire again
    after.add(6, rate=9)
    after.add(7, rate=9)
    named = [(alarm.name, alarm.step, alarm.cleared_step) for alarm in after.watch.fired]
    assert named == [
        ("too fast", 1, 3), ("late", 1, 3), ("too fast", 4, 7), ("late", 4, None),
    ]  # fmt: skip
    assert after.add(8, rate=90) == [8]


def test_rules_know_the_looks_before_a_resume_but_do_not_judge_them():
    seen = []

    def keeps(history):
        seen.append(history.steps.tolist())

    judged = Judged(keeps, too_fast)
    judged.history = History(rows_of(("rate",), [90.0, 90.0]))
    assert judged.add(30, rate=9) == []
    assert seen == [[10, 20, 30]]


@pytest.mark.parametrize("content", [None, "x", 3, [None, 4, {"name": "x"}], {}])
def test_damaged_content_is_left_out(content):
    watch = Watch([too_fast])
    watch.restore(content)
    assert watch.fired == [] and watch.content() == []


def test_a_rule_may_return_one_alarm_several_or_none():
    def several(history):
        return (too_fast(history, most=0, population=name) for name in "abc")

    judged = Judged(too_fast, several, lambda history: None, lambda history: [])
    judged.add(1, rate=90)
    assert [alarm.population for alarm in judged.watch.fired] == [None, "a", "b", "c"]
    assert judged.errors == []


@pytest.mark.parametrize(
    "nonsense", [True, False, 7, "runaway", [None], ["runaway"], {"a": 1}, object()]
)
def test_a_rule_that_returns_nonsense_is_left_out_and_the_others_go_on(nonsense):
    calls = []

    def mine(history):
        calls.append(1)
        return nonsense

    judged = Judged(mine, too_fast)
    assert judged.add(1, rate=90) == [1]
    judged.add(2, rate=90)
    ((name, error),) = judged.errors
    assert name == "mine" and len(calls) == 1
    assert "mine must return an Alarm, a list of them or None; got " in str(error)


def test_a_rule_that_raises_is_left_out_also_in_the_middle_of_its_list():
    def fails(history):
        raise ZeroDivisionError("no rate")

    def breaks_off(history):
        yield too_fast(history, most=0, population="a")
        raise KeyError("b")

    judged = Judged(fails, partial(breaks_off), too_fast)
    assert judged.add(1, rate=90) == [1]
    judged.add(2, rate=90)
    assert [name for name, _ in judged.errors] == ["fails", "breaks_off"]
    assert [alarm.population for alarm in judged.watch.fired] == [None]


def test_hundreds_of_healthy_looks_with_all_that_is_known_fire_nothing():
    statistics = {
        "similarity": 0.6,
        "rate_change": {"e4Rorb": 0.02},
        "population_fano": {"bins_ms": [1.0, 12.7], "factors": [1.0, 1.3]},
        "spectrum": {"hz": [0.0, 10.0, 20.0, 40.0], "density": [1.0, 1.0, 1.0, 1.0]},
        "band_fractions": {"theta": 0.25, "alpha": 0.25, "beta": 0.25, "gamma": 0.25},
    }
    health = {
        "gradient_norm": {"all": 1.0},
        "mean_abs_gradient": {"all": 1e-3},
        "update_ratio": {"all": 1e-3},
        "surrogate_occupancy": {"all": 0.5},
        "dale_violations": {"all": 0},
        "not_finite": {"gradients": 0, "weights": 0},
    }
    judged = Judged(*DEFAULT_RULES)
    for step in range(1, 301):
        judged.add(
            step, n_steps=600, dt_ms=1.0, n_neurons=500, population_sizes={"e4Rorb": 500},
            population_rates_hz={"e4Rorb": 3.0 + step % 3}, mean_rate_hz=4.0, peak_fraction=0.08,
            quiet_fractions={"ten_looks": {"e4Rorb": 0.1}, "twenty_looks": {"all": 0.05}},
            scalars={"loss": 2.3 * 0.999**step}, voltage_below_range_fraction=0.01, health=health,
            nan_count=0, recording={"saves_failed": 0, "interval_factor": 1.0},
        )  # fmt: skip
        judged.add(step, statistics=dict(statistics))
    assert judged.watch.fired == [] and judged.errors == []
