"""CUDA: kernels for pictures and heatmaps, the same in numpy, and the device they run on."""
