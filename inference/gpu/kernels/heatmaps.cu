// Heatmaps -> for each its highest place, the value there, and the window about it: all that a refinement needs, a
// hundredth of what would have to be copied otherwise. One block for each map, any number of threads (a power of two).

extern "C" __global__ void heatmap_peaks(const float *maps, int rows, int columns, int side, int *places, float *peaks,
                                         float *windows)
{
    extern __shared__ float shared[];
    float *best = shared;
    int *where = (int *)(shared + blockDim.x);
    const float *map = maps + (long long)blockIdx.x * rows * columns;
    int cells = rows * columns;
    float highest = -3.402823466e38f;
    int place = cells;
    for (int cell = threadIdx.x; cell < cells; cell += blockDim.x) {
        float value = map[cell];
        if (value > highest) {
            highest = value;
            place = cell;
        }
    }
    best[threadIdx.x] = highest;
    where[threadIdx.x] = place;
    __syncthreads();
    for (int half = blockDim.x / 2; half > 0; half /= 2) {
        if (threadIdx.x < half) {
            float other = best[threadIdx.x + half];
            int there = where[threadIdx.x + half];
            // Of equal values the first place counts, as in numpy.
            if (other > best[threadIdx.x] || (other == best[threadIdx.x] && there < where[threadIdx.x])) {
                best[threadIdx.x] = other;
                where[threadIdx.x] = there;
            }
        }
        __syncthreads();
    }
    int found = where[0] < cells ? where[0] : 0;
    if (threadIdx.x == 0) {
        places[blockIdx.x] = found;
        peaks[blockIdx.x] = map[found];
    }
    int centre_row = found / columns, centre_column = found % columns;
    for (int cell = threadIdx.x; cell < side * side; cell += blockDim.x) {
        int row = centre_row + cell / side - side / 2;
        int column = centre_column + cell % side - side / 2;
        row = row < 0 ? 0 : row >= rows ? rows - 1 : row;
        column = column < 0 ? 0 : column >= columns ? columns - 1 : column;
        windows[(long long)blockIdx.x * side * side + cell] = map[row * columns + column];
    }
}
