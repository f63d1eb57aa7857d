"""The Kerases that tests run with: Keras 3 and tf-keras, or Keras 2 where it is all there is."""

import keras
import pytest

KERAS_2 = keras.__version__.startswith("2.")
if KERAS_2:
    # Beside Keras 3, Keras 2 is called tf-keras: what is tested of that is tested of this.
    tf_keras = keras
    KITS = [keras]
else:
    import tf_keras

    KITS = [keras, tf_keras]

needs_keras_3 = pytest.mark.skipif(
    KERAS_2, reason=f"Keras 3 has what is tested here, and Keras {keras.__version__} has not"
)
needs_v1_network = pytest.mark.skipif(
    KERAS_2, reason=f"the V1 network needs Keras 3.7, and this is Keras {keras.__version__}"
)
