# libaom's own kernels for SSE2 and SSE4.1 in WebAssembly, through the intrinsics in include/: CMake runs this after
# libaom's project() (see toolchain.cmake). libaom has no table of kernels for WebAssembly; its generic one, which the
# configuration writes as a header of `#define function function_c`, is told of those that are built here.
if(NOT PROJECT_NAME STREQUAL "AOM")
  return()
endif()

# One for each target and table: the sources, and the functions in them by instruction set. All are for more than 8 bits:
# planish codes AVIF in 10.
function(planish_add_kernels)
  planish_add_kernels_to(aom_av1_common av1_rtcd
    SOURCES av1/common/x86/highbd_inv_txfm_sse4.c
    sse4_1 av1_highbd_inv_txfm_add)
  planish_add_kernels_to(aom_av1_encoder av1_rtcd
    SOURCES av1/encoder/x86/highbd_fwd_txfm_sse4.c av1/encoder/x86/av1_fwd_txfm2d_sse4.c
            av1/encoder/x86/av1_fwd_txfm1d_sse4.c av1/encoder/x86/av1_highbd_quantize_sse4.c
            av1/encoder/x86/encodetxb_sse2.c av1/encoder/x86/encodetxb_sse4.c
            av1/encoder/x86/highbd_block_error_intrin_sse2.c
    sse4_1 av1_fwd_txfm2d_4x4 av1_fwd_txfm2d_4x8 av1_fwd_txfm2d_4x16 av1_fwd_txfm2d_8x4 av1_fwd_txfm2d_8x8
           av1_fwd_txfm2d_8x16 av1_fwd_txfm2d_8x32 av1_fwd_txfm2d_16x4 av1_fwd_txfm2d_16x8 av1_fwd_txfm2d_16x16
           av1_fwd_txfm2d_16x32 av1_fwd_txfm2d_16x64 av1_fwd_txfm2d_32x8 av1_fwd_txfm2d_32x16 av1_fwd_txfm2d_32x32
           av1_fwd_txfm2d_32x64 av1_fwd_txfm2d_64x16 av1_fwd_txfm2d_64x32 av1_fwd_txfm2d_64x64
           av1_highbd_quantize_fp av1_txb_init_levels
    sse2 av1_get_nz_map_contexts av1_highbd_block_error)
  planish_add_kernels_to(aom_dsp_encoder aom_dsp_rtcd
    SOURCES aom_dsp/x86/highbd_subtract_sse2.c aom_dsp/x86/highbd_quantize_intrin_sse2.c
    sse2 aom_highbd_subtract_block aom_highbd_quantize_b aom_highbd_quantize_b_32x32 aom_highbd_quantize_b_64x64)
endfunction()

# planish_add_kernels_to(target table SOURCES file… sse4_1 function… sse2 function…)
function(planish_add_kernels_to target table)
  cmake_parse_arguments(PARSE_ARGV 2 kernels "" "" "SOURCES;sse4_1;sse2")
  list(TRANSFORM kernels_SOURCES PREPEND "${AOM_ROOT}/")
  target_sources(${target} PRIVATE ${kernels_SOURCES})
  set(header "${AOM_CONFIG_DIR}/config/${table}.h")
  file(READ "${header}" text)
  foreach(set sse4_1 sse2)
    foreach(function ${kernels_${set}})
      # "void f_c(…);\n#define f f_c" becomes "void f_c(…);\nvoid f_sse2(…);\n#define f f_sse2".
      set(generic "([^\n]*[ *])${function}_c(\\([^\n]*\\);)\n#define ${function} ${function}_c\n")
      if(NOT text MATCHES "${generic}")
        message(FATAL_ERROR "expected the function ${function} in ${header}")
      endif()
      string(REGEX REPLACE "${generic}"
        "\\1${function}_c\\2\n\\1${function}_${set}\\2\n#define ${function} ${function}_${set}\n" text "${text}")
    endforeach()
  endforeach()
  file(WRITE "${header}" "${text}")
endfunction()

# When libaom's targets are there and its tables are written.
cmake_language(DEFER CALL planish_add_kernels)
