import numpy as np

from inference.runners.runner import FunctionRunner, Runner


def test_no_tensors_no_answers() -> None:
    assert FunctionRunner(lambda tensor: [tensor]).infer([]) == []


def test_the_function_is_applied_to_each_tensor_in_order() -> None:
    runner: Runner = FunctionRunner(lambda tensor: [tensor + 1, tensor.sum(keepdims=True)])
    answers = runner.infer([np.zeros(2), np.ones(2)])
    assert [[output.tolist() for output in outputs] for outputs in answers] == [[[1, 1], [0]], [[2, 2], [2]]]
    runner.close()
