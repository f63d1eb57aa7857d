"""Methods replaced for a while: afterwards the objects are as before, whatever happened."""

import pytest

from keras_v1_activity.capture.methods import replaced_methods


class Layer:
    def call(self):
        return "its own"


def test_a_replaced_method_of_the_class_leaves_nothing_behind():
    layer = Layer()
    with pytest.raises(KeyboardInterrupt):
        with replaced_methods([(layer, "call", lambda: "replaced")]):
            assert layer.call() == "replaced"
            raise KeyboardInterrupt
    assert layer.call() == "its own" and vars(layer) == {}


def test_a_method_that_the_object_already_had_of_its_own_comes_back():
    layer = Layer()
    layer.call = own = lambda: "set by the user"
    with replaced_methods([(layer, "call", lambda: "outer")]):
        with replaced_methods([(layer, "call", lambda: "inner")]):
            assert layer.call() == "inner"
        assert layer.call() == "outer"
    assert layer.call is own
