"""Sessions of TensorFlow 1: a script may make one, and there is nothing to run in it."""

import pytest

from tinynet.keras_scripts.sessions import ConfigProto, GPUOptions, InteractiveSession, Session


def test_a_session_can_be_made_and_closed() -> None:
    config = ConfigProto(gpu_options=GPUOptions(allow_growth=True), allow_soft_placement=True)
    assert config.gpu_options.allow_growth
    config.device_count = {"GPU": 0}
    with Session(config=config).as_default() as session:
        pass
    session.close()
    with pytest.raises(NotImplementedError, match="use fit and predict"):
        InteractiveSession(config=config).run([])
