# ONNX Runtime: the C headers to compile against, and the library where the product opens it.
#
# WEIR_ONNXRUNTIME_DIR is a folder with include/ and lib/; by default the one that `./dev setup`
# fills (tools/onnxruntime.txt is the home of the version). Nothing links the library: the product
# opens <folder of the program>/../lib/libonnxruntime.so, which is made a link here.
set(onnxruntime_pins ${CMAKE_SOURCE_DIR}/tools/onnxruntime.txt)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${onnxruntime_pins})
file(STRINGS ${onnxruntime_pins} onnxruntime_version REGEX "^version ")
string(REPLACE "version " "" onnxruntime_version ${onnxruntime_version})

set(WEIR_ONNXRUNTIME_DIR "" CACHE PATH "ONNX Runtime in place of what ./dev setup fetches")
if(WEIR_ONNXRUNTIME_DIR)
  set(onnxruntime_dir ${WEIR_ONNXRUNTIME_DIR})
elseif(DEFINED ENV{WEIR_ONNXRUNTIME_DIR})
  set(onnxruntime_dir $ENV{WEIR_ONNXRUNTIME_DIR})
elseif(DEFINED ENV{XDG_CACHE_HOME})
  set(onnxruntime_dir $ENV{XDG_CACHE_HOME}/weir/onnxruntime-${onnxruntime_version})
else()
  set(onnxruntime_dir $ENV{HOME}/.cache/weir/onnxruntime-${onnxruntime_version})
endif()
foreach(part include/onnxruntime_c_api.h lib/libonnxruntime.so)
  if(NOT EXISTS ${onnxruntime_dir}/${part})
    message(FATAL_ERROR "no ${onnxruntime_dir}/${part}, expected ONNX Runtime "
                        "${onnxruntime_version}: run ./dev setup")
  endif()
endforeach()

add_library(onnxruntime_headers INTERFACE)
add_library(onnxruntime::headers ALIAS onnxruntime_headers)
target_include_directories(onnxruntime_headers SYSTEM INTERFACE ${onnxruntime_dir}/include)

file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/lib)
file(CREATE_LINK ${onnxruntime_dir}/lib/libonnxruntime.so
     ${CMAKE_BINARY_DIR}/lib/libonnxruntime.so SYMBOLIC)
