"""An older Keras is refused by the V1 network in one sentence, and by nothing else."""

import pytest
from kits import KERAS_2

from keras_v1_activity import v1
from keras_v1_activity.v1.network.v1_network import V1Network


@pytest.mark.skipif(not KERAS_2, reason="this Keras is new enough")
@pytest.mark.parametrize("name", ["create_model", "RSNN", "ClassLoss"])
def test_an_older_keras_is_refused(name):
    with pytest.raises(ImportError, match=r"needs Keras 3\.7 or newer, and this is Keras 2\.\d+"):
        getattr(v1, name)
    assert v1.V1Network is V1Network and callable(v1.load_network)


@pytest.mark.skipif(KERAS_2, reason="needs a Keras that the network runs on")
@pytest.mark.parametrize("version", ["2.10.0", "3.0.0", "3.6.2"])
def test_what_is_said_of_an_older_keras(version):
    from keras_v1_activity.v1.layers.needed_keras import check_keras

    with pytest.raises(ImportError, match="pip install --upgrade 'tensorflow>=2.18'") as error:
        check_keras(version)
    assert version in str(error.value) and "\n" not in str(error.value)
    for newer in ("3.7.0", "3.15.1", "4.0.0rc1"):
        check_keras(newer)
