// What a kernel needs of CUDA, for g++: a block's threads run one after the other, or as threads of the machine where
// they wait for each other.
#include <barrier>
#include <math.h>
#include <thread>
#include <vector>

struct Dim3 {
    unsigned x, y, z;
};
static thread_local Dim3 threadIdx, blockIdx;
static Dim3 blockDim, gridDim;
static std::barrier<> *gate = nullptr;
static void __syncthreads() { gate->arrive_and_wait(); }
float shared[1 << 16];

#define __global__
#define __device__ static
#define __shared__

template <typename Kernel> static void launch(Dim3 grid, Dim3 block, bool together, Kernel kernel)
{
    gridDim = grid;
    blockDim = block;
    for (unsigned z = 0; z < grid.z; ++z)
        for (unsigned y = 0; y < grid.y; ++y)
            for (unsigned x = 0; x < grid.x; ++x) {
                std::vector<std::thread> threads;
                std::barrier<> meeting(block.x * block.y * block.z);
                gate = &meeting;
                for (unsigned i = 0; i < block.x * block.y * block.z; ++i) {
                    auto one = [=] {
                        blockIdx = {x, y, z};
                        threadIdx = {i % block.x, i / block.x % block.y, i / (block.x * block.y)};
                        kernel();
                    };
                    if (together)
                        threads.emplace_back(one);
                    else
                        one();
                }
                for (auto &thread : threads)
                    thread.join();
            }
}
