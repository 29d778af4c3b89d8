# LibTorch as the PyPI wheel holds it. Its own CMake package asks for the CUDA toolkit; this target needs neither the
# toolkit nor a driver: CUDA is loaded at run time (core/nn/cuda_backend.cpp).
if(NOT EXISTS "${VITRINE_TORCH_DIR}/lib/libtorch_cpu.so")
    message(FATAL_ERROR "No LibTorch in ${VITRINE_TORCH_DIR}. Run tools/setup.sh, or pass -DVITRINE_TORCH_DIR=.")
endif()
# Without OpenMP at::parallel_for, a template in LibTorch's headers, silently runs on one thread. There must be one OpenMP
# in a process: LibTorch's own, where the wheel has it.
set(openmp "${VITRINE_TORCH_DIR}/lib/libgomp.so.1")
if(NOT EXISTS "${openmp}")
    set(openmp -fopenmp)
endif()
add_library(vitrine_torch INTERFACE)
target_compile_options(vitrine_torch INTERFACE -fopenmp)
target_include_directories(vitrine_torch SYSTEM INTERFACE "${VITRINE_TORCH_DIR}/include"
    "${VITRINE_TORCH_DIR}/include/torch/csrc/api/include")
target_link_libraries(vitrine_torch INTERFACE "${VITRINE_TORCH_DIR}/lib/libtorch_cpu.so"
    "${VITRINE_TORCH_DIR}/lib/libc10.so" "${openmp}" ${CMAKE_DL_LIBS})
