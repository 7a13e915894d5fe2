// One RGB picture -> the input tensors of N crops, in one launch: affine warp (bilinear, black outside), normalisation.
// One thread for each pixel of each crop; grid (ceil(columns / block.x), ceil(rows / block.y), crops).

__device__ float pixel_of(const unsigned char *picture, int height, int width, int x, int y, int channel)
{
    if (x < 0 || y < 0 || x >= width || y >= height)
        return 0.0f;
    return (float)picture[(y * width + x) * 3 + channel];
}

extern "C" __global__ void warp_crops(const unsigned char *picture, int height, int width, const float *to_picture,
                                      float *tensors, int rows, int columns, int swap_channels, int planar,
                                      const float *mean, const float *spread)
{
    int column = blockIdx.x * blockDim.x + threadIdx.x;
    int row = blockIdx.y * blockDim.y + threadIdx.y;
    int crop = blockIdx.z;
    if (column >= columns || row >= rows)
        return;
    // Two rows of three: picture = matrix * (column, row, 1), both counted from the centres of pixels.
    const float *matrix = to_picture + crop * 6;
    float x = matrix[0] * (float)column + matrix[1] * (float)row + matrix[2];
    float y = matrix[3] * (float)column + matrix[4] * (float)row + matrix[5];
    // Far outside is black whatever the numbers; whole numbers beyond these would not fit.
    int outside = !(x > -2.0f && y > -2.0f && x < (float)width + 1.0f && y < (float)height + 1.0f);
    float x_floor = outside ? -2.0f : floorf(x), y_floor = outside ? -2.0f : floorf(y);
    int x0 = (int)x_floor, y0 = (int)y_floor;
    float right = outside ? 0.0f : x - x_floor, below = outside ? 0.0f : y - y_floor;
    for (int channel = 0; channel < 3; ++channel) {
        float a = pixel_of(picture, height, width, x0, y0, channel);
        float b = pixel_of(picture, height, width, x0 + 1, y0, channel);
        float c = pixel_of(picture, height, width, x0, y0 + 1, channel);
        float d = pixel_of(picture, height, width, x0 + 1, y0 + 1, channel);
        float upper = a + (b - a) * right;
        float lower = c + (d - c) * right;
        float value = upper + (lower - upper) * below;
        int to = swap_channels ? 2 - channel : channel;
        int place = planar ? (to * rows + row) * columns + column : (row * columns + column) * 3 + to;
        tensors[crop * 3 * rows * columns + place] = (value - mean[to]) * spread[to];
    }
}
