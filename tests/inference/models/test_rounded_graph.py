"""The rounding steps are float16's own: to the last bit, wherever float16 has all its bits."""

import numpy as np
import onnxruntime
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import helper, numpy_helper

from inference.models.rounded_graph import rounded


def session() -> onnxruntime.InferenceSession:
    """A network that does nothing but round: a 1x1 convolution by one."""
    weight = numpy_helper.from_array(np.ones((1, 1, 1, 1), np.float32), "w")
    x, y = (helper.make_tensor_value_info(name, 1, [1, 1, 1, "n"]) for name in "xy")
    nodes = [helper.make_node("Conv", ["x", "w"], ["y"])]
    model = helper.make_model(
        helper.make_graph(nodes, "g", [x], [y], [weight]), opset_imports=[helper.make_opsetid("", 17)], ir_version=9
    )
    return onnxruntime.InferenceSession(rounded(model).SerializeToString(), providers=["CPUExecutionProvider"])


SESSION = session()
NUMBERS = st.floats(2.0**-14, 65504, width=32) | st.floats(-65504, -(2.0**-14), width=32) | st.just(0.0)


@settings(max_examples=200, deadline=None)
@given(st.lists(NUMBERS, min_size=1, max_size=50))
def test_it_rounds_as_float16_does(numbers: list[float]) -> None:
    values = np.array(numbers, np.float32).reshape(1, 1, 1, -1)
    (got,) = SESSION.run(None, {"x": values})
    assert np.array_equal(got, values.astype(np.float16).astype(np.float32))
