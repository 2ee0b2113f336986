# Builds libaom for wasm32-unknown-unknown. scripts/build-wasm hands it to the cmake crate; the compiler and its flags
# come from there too. The generic C, and the kernels of libaom_kernels.cmake, give the same bytes as the native SIMD.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR wasm32)
set(CMAKE_C_COMPILER $ENV{CC_wasm32_unknown_unknown})
# The only C++ is a rate controller for video calls, in a library of its own that is never linked: there are no C++
# headers to build it with, so its objects are left empty.
set(CMAKE_CXX_COMPILER $ENV{CC_wasm32_unknown_unknown})
set(CMAKE_CXX_COMPILER_FORCED TRUE)
set(CMAKE_CXX_COMPILE_OBJECT "\"${CMAKE_COMMAND}\" -E touch <OBJECT>")
set(CMAKE_AR $ENV{AR_wasm32_unknown_unknown} CACHE FILEPATH "" FORCE)
set(CMAKE_RANLIB $ENV{RANLIB_wasm32_unknown_unknown} CACHE FILEPATH "" FORCE)
set(CMAKE_C_COMPILER_TARGET wasm32-unknown-unknown)
set(CMAKE_CXX_COMPILER_TARGET wasm32-unknown-unknown)
# There is nothing to link a test program with.
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
set(CMAKE_SIZEOF_VOID_P 4)

set(AOM_TARGET_CPU generic CACHE STRING "" FORCE)
# Threads are rayon's (see ../aom/ethread.c); what waits for another waits on the locks of include/pthread.h.
set(CONFIG_MULTITHREAD 1 CACHE STRING "" FORCE)
set(CONFIG_RUNTIME_CPU_DETECT 0 CACHE STRING "" FORCE)
set(CONFIG_LIBYUV 0 CACHE STRING "" FORCE)
set(CONFIG_WEBM_IO 0 CACHE STRING "" FORCE)
set(ENABLE_DOCS 0 CACHE STRING "" FORCE)
set(ENABLE_TESTS 0 CACHE STRING "" FORCE)
set(ENABLE_EXAMPLES 0 CACHE STRING "" FORCE)
set(ENABLE_TOOLS 0 CACHE STRING "" FORCE)

# Three megabytes of the engine were this file, unrolled for the search of moving pictures that stills never enter.
set_source_files_properties(${CMAKE_SOURCE_DIR}/aom_dsp/variance.c PROPERTIES COMPILE_OPTIONS -Os)

set(CMAKE_PROJECT_AOM_INCLUDE "${CMAKE_CURRENT_LIST_DIR}/libaom_kernels.cmake")
