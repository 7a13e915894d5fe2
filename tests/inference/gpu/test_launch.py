import re

from inference.gpu.launch import KERNELS, constants_of, crops_launch, letterbox_launch, peaks_launch
from inference.gpu.nvrtc import kernel_source
from inference.gpu.twins import Letterbox, Normalisation

HOW = Normalisation((1, 2, 3), (4, 5, 6))


def test_constants_are_mean_and_spread_as_the_kernels_read_them() -> None:
    assert constants_of(HOW).tolist() == [1, 2, 3, 4, 5, 6]
    launch = crops_launch(0, (4, 4), (1, 4, 4), HOW, matrices=0, constants=1000, tensors=0)
    assert [int(one) for one in launch.arguments[-2:]] == [1000, 1012]


def test_each_launch_has_the_arguments_of_its_kernel_in_kind_and_number() -> None:
    launches = [
        letterbox_launch(0, (4, 4), "nv12", Letterbox(4, 4, 0, 0, 4, 4), HOW, constants=0, tensor=0),
        crops_launch(0, (4, 4), (1, 4, 4), HOW, matrices=0, constants=0, tensors=0),
        peaks_launch(0, (1, 4, 4), 3, places=0, peaks=0, windows=0),
    ]
    assert {launch.kernel for launch in launches} == set(KERNELS)
    for launch in launches:
        found = re.search(rf"__global__ void {launch.kernel}\(([^)]*)\)", kernel_source(KERNELS[launch.kernel]))
        assert found
        kinds = ["uint64" if "*" in one else one.split()[0] for one in found[1].split(",")]
        names = {"uint64": "uint64", "int": "int32", "float": "float32"}
        assert [str(one.dtype) for one in launch.arguments] == [names[kind] for kind in kinds]


def test_the_grid_covers_every_pixel() -> None:
    launch = crops_launch(0, (4, 4), (7, 257, 193), HOW, matrices=0, constants=0, tensors=0)
    assert launch.grid == (7, 33, 7)
    assert all(count * size >= side for count, size, side in zip(launch.grid, launch.block, (193, 257, 7), strict=True))
