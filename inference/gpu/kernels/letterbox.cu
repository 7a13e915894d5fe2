// Planes of YUV 4:2:0 -> one input tensor, in one pass: colour, bilinear resize, letterbox, normalisation.
// One thread for each pixel of the input; grid (ceil(columns / block.x), ceil(rows / block.y)).
// I420: u and v are planes of their own, chroma_step 1. NV12: v = u + 1, chroma_step 2.

__device__ float channel_of(const unsigned char *y_plane, int y_pitch, const unsigned char *u_plane,
                            const unsigned char *v_plane, int chroma_pitch, int chroma_step, int x, int y,
                            int channel)
{
    // BT.601, limited range; each value is rounded to a whole number, as the pictures on the CPU are.
    float luma = 1.164f * fmaxf((float)y_plane[y * y_pitch + x] - 16.0f, 0.0f);
    int place = (y / 2) * chroma_pitch + (x / 2) * chroma_step;
    float u = (float)u_plane[place] - 128.0f;
    float v = (float)v_plane[place] - 128.0f;
    float value;
    if (channel == 0)
        value = luma + 1.596f * v;
    else if (channel == 1)
        value = luma - 0.813f * v - 0.391f * u;
    else
        value = luma + 2.018f * u;
    return rintf(fminf(fmaxf(value, 0.0f), 255.0f));
}

extern "C" __global__ void letterbox_planes(const unsigned char *y_plane, int y_pitch, const unsigned char *u_plane,
                                            const unsigned char *v_plane, int chroma_pitch, int chroma_step,
                                            int height, int width, float *tensor, int rows, int columns, int top,
                                            int left, int inner_rows, int inner_columns, float pad, int swap_channels,
                                            int planar, const float *mean, const float *spread)
{
    int column = blockIdx.x * blockDim.x + threadIdx.x;
    int row = blockIdx.y * blockDim.y + threadIdx.y;
    if (column >= columns || row >= rows)
        return;
    int inside = row >= top && row < top + inner_rows && column >= left && column < left + inner_columns;
    float x = 0.0f, y = 0.0f;
    if (inside) {
        x = ((float)(column - left) + 0.5f) * ((float)width / (float)inner_columns) - 0.5f;
        y = ((float)(row - top) + 0.5f) * ((float)height / (float)inner_rows) - 0.5f;
        x = fminf(fmaxf(x, 0.0f), (float)(width - 1));
        y = fminf(fmaxf(y, 0.0f), (float)(height - 1));
    }
    int x0 = (int)x, y0 = (int)y;
    int x1 = x0 + 1 < width ? x0 + 1 : x0;
    int y1 = y0 + 1 < height ? y0 + 1 : y0;
    float right = x - (float)x0, below = y - (float)y0;
    for (int channel = 0; channel < 3; ++channel) {
        float value = pad;
        if (inside) {
            float a = channel_of(y_plane, y_pitch, u_plane, v_plane, chroma_pitch, chroma_step, x0, y0, channel);
            float b = channel_of(y_plane, y_pitch, u_plane, v_plane, chroma_pitch, chroma_step, x1, y0, channel);
            float c = channel_of(y_plane, y_pitch, u_plane, v_plane, chroma_pitch, chroma_step, x0, y1, channel);
            float d = channel_of(y_plane, y_pitch, u_plane, v_plane, chroma_pitch, chroma_step, x1, y1, channel);
            float upper = a + (b - a) * right;
            float lower = c + (d - c) * right;
            value = upper + (lower - upper) * below;
        }
        int to = swap_channels ? 2 - channel : channel;
        int place = planar ? (to * rows + row) * columns + column : (row * columns + column) * 3 + to;
        tensor[place] = (value - mean[to]) * spread[to];
    }
}
