# module(NAME LEVEL n [DEPS module...] [LIBS target...] [THREADS] [SCATTERED] [EXECUTABLE name]):
# a folder, a namespace, a target on a level.
#
# The compiler guards the house. A dependency must be declared before and lie on a lower level, or
# configuring fails; a header of a module that is not named in DEPS is "no such file", because each
# module has an include root of its own and hands nothing on. Third-party headers share one system
# folder, which tools/tidy guards from its table.
#
# In presets with CMAKE_UNITY_BUILD a module is one unit to the compiler, its tests another: a
# fraction of the time. So what is in unnamed namespaces has one name in all of a module's sources,
# and in all of its tests. SCATTERED says that a module's sources do not keep to that: its files
# are of one shape, with the same names in each.
#
# x_test.cc files become NAME_test (ctest label `unit`, with THREADS `unit-threads`), which runs
# from the top of the checkout; each x_fuzz.cc becomes NAME_x_fuzz: with WEIR_FUZZ a libFuzzer
# program, else a smoke run over its corpus in tests/fuzz/NAME_x/. The targets unit_tests,
# threads_tests and fuzzers build each kind.
include(GoogleTest)
add_custom_target(unit_tests)
add_custom_target(threads_tests)
add_custom_target(fuzzers)

# What the sanitizers are told: who names the lines of a report, and that tests fork.
set(sanitizer_options)
if(WEIR_SANITIZE STREQUAL "thread")
  set(sanitizer_options ENVIRONMENT "TSAN_OPTIONS=external_symbolizer_path=/usr/bin/addr2line:\
die_after_fork=0:suppressions=${CMAKE_SOURCE_DIR}/tests/thread_sanitizer.txt")
elseif(WEIR_SANITIZE)
  set(sanitizer_options ENVIRONMENT "ASAN_OPTIONS=external_symbolizer_path=/usr/bin/addr2line")
endif()

# precompiled(TARGET LIBS target... HEADERS header...): what other targets precompile, once.
function(precompiled target)
  cmake_parse_arguments(P "" "" "LIBS;HEADERS" ${ARGN})
  file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/${target}.cc CONTENT "")
  add_library(${target} OBJECT ${CMAKE_BINARY_DIR}/${target}.cc)
  target_link_libraries(${target} PRIVATE ${P_LIBS})
  target_precompile_headers(${target} PRIVATE ${P_HEADERS})
  if(CMAKE_CXX_COMPILER_ID STREQUAL Clang)
    # As ccache's manual asks for. What clang precompiles holds paths, so that no other checkout
    # may get it out of a cache.
    target_compile_options(${target} PRIVATE "SHELL:-Xclang -fno-pch-timestamp")
    target_compile_definitions(${target} PRIVATE WEIR_PRECOMPILED_IN="${CMAKE_BINARY_DIR}")
  endif()
endfunction()
set(headers)
if(WEIR_PRECOMPILED)
  set(headers <algorithm> <array> <atomic> <chrono> <condition_variable> <deque> <expected>
      <filesystem> <fstream> <functional> <map> <memory> <mutex> <optional> <random> <set> <span>
      <string> <string_view> <thread> <utility> <variant> <vector> <fmt/format.h>)
  precompiled(headers LIBS fmt::fmt HEADERS ${headers})
endif()
if(WEIR_TESTS AND NOT WEIR_FUZZ)
  # Most of a test's compilation is GoogleTest's headers.
  precompiled(test_headers LIBS GTest::gmock fmt::fmt
              HEADERS ${headers} <gmock/gmock.h> <gtest/gtest.h>)
endif()

if(WEIR_TESTS AND NOT WEIR_FUZZ)
  add_library(smoke_main OBJECT tests/fuzz/smoke_main.cc)
endif()

function(module name)
  cmake_parse_arguments(M "THREADS;SCATTERED" "LEVEL;EXECUTABLE" "DEPS;LIBS" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${name}/*.cc)
  set(tests ${sources})
  set(fuzzers ${sources})
  list(FILTER sources EXCLUDE REGEX "(_(test|fuzz|bench)|/main)\\.cc$")
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")
  list(FILTER fuzzers INCLUDE REGEX "_fuzz\\.cc$")
  if(NOT WEIR_TESTS AND NOT WEIR_FUZZ)
    set(fuzzers)
  endif()

  add_library(${name} STATIC ${sources})
  set_target_properties(${name} PROPERTIES LEVEL ${M_LEVEL} LINKER_LANGUAGE CXX)
  if(M_SCATTERED)
    set_target_properties(${name} PROPERTIES UNITY_BUILD OFF)
  endif()
  set(root ${CMAKE_BINARY_DIR}/include/${name})
  file(MAKE_DIRECTORY ${root})
  file(CREATE_LINK ${CMAKE_SOURCE_DIR}/src/${name} ${root}/${name} SYMBOLIC)
  set(roots ${root})
  foreach(dep IN LISTS M_DEPS)
    if(NOT TARGET ${dep})
      message(FATAL_ERROR "module ${name} names ${dep}, which is not declared before it")
    endif()
    get_target_property(level ${dep} LEVEL)
    if(NOT level LESS M_LEVEL)
      message(FATAL_ERROR "module ${name} (level ${M_LEVEL}) names ${dep} (level ${level})")
    endif()
    target_link_libraries(${name} PUBLIC $<LINK_ONLY:${dep}>)
    list(APPEND roots ${CMAKE_BINARY_DIR}/include/${dep})
  endforeach()
  set(definitions)
  if("media" IN_LIST M_DEPS)
    set(definitions WEIR_MEDIA=1)  # others are compiled the same without media
  endif()
  target_include_directories(${name} PRIVATE ${roots})
  target_compile_definitions(${name} PRIVATE ${definitions})
  target_link_libraries(${name} PRIVATE ${M_LIBS})
  if(WEIR_PRECOMPILED)
    target_precompile_headers(${name} REUSE_FROM headers)
  endif()

  if(M_EXECUTABLE)
    add_executable(${name}_main ${CMAKE_SOURCE_DIR}/src/${name}/main.cc)
    set_target_properties(${name}_main PROPERTIES OUTPUT_NAME ${M_EXECUTABLE})
    target_include_directories(${name}_main PRIVATE ${roots})
    target_link_libraries(${name}_main PRIVATE $<LINK_ONLY:${name}> ${M_LIBS})
  endif()
  if(tests AND WEIR_TESTS AND NOT WEIR_FUZZ)
    set(labels unit)
    add_executable(${name}_test ${tests})
    add_dependencies(unit_tests ${name}_test)
    if(M_THREADS)
      set(labels unit-threads)  # one label: gtest_discover_tests breaks lists
      add_dependencies(threads_tests ${name}_test)
    endif()
    target_include_directories(${name}_test PRIVATE ${roots})
    target_compile_definitions(${name}_test PRIVATE ${definitions})
    target_link_libraries(${name}_test PRIVATE
      $<LINK_ONLY:${name}> ${M_LIBS} GTest::gmock GTest::gtest_main)
    target_precompile_headers(${name}_test REUSE_FROM test_headers)
    if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
      # What g++ 12 wrongly finds in its own std::string (PR 105651): it forgets that precompiled
      # headers are the system's.
      target_compile_options(${name}_test PRIVATE -Wno-restrict -Wno-array-bounds
        -Wno-stringop-overflow -Wno-stringop-overread)
    endif()
    gtest_discover_tests(${name}_test
                         WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}
                         TEST_PREFIX ${name}. DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60
                         PROPERTIES LABELS "${labels}" TIMEOUT 300 ${sanitizer_options})
  endif()
  foreach(fuzzer IN LISTS fuzzers)
    get_filename_component(stem ${fuzzer} NAME_WE)
    string(REGEX REPLACE "_fuzz$" "" stem ${stem})
    set(target ${name}_${stem}_fuzz)
    set(corpus ${CMAKE_SOURCE_DIR}/tests/fuzz/${name}_${stem})
    if(WEIR_FUZZ)
      add_executable(${target} ${fuzzer})
      add_dependencies(fuzzers ${target})
      target_link_options(${target} PRIVATE -fsanitize=fuzzer)
    else()
      add_executable(${target} ${fuzzer})
      target_link_libraries(${target} PRIVATE smoke_main)
      add_dependencies(unit_tests ${target})
      add_test(NAME fuzz.${name}_${stem} COMMAND ${target} ${corpus})
      set_tests_properties(fuzz.${name}_${stem} PROPERTIES LABELS "unit" TIMEOUT 300)
    endif()
    target_include_directories(${target} PRIVATE ${roots})
    target_link_libraries(${target} PRIVATE $<LINK_ONLY:${name}> ${M_LIBS})
    if(WEIR_PRECOMPILED)
      target_precompile_headers(${target} REUSE_FROM headers)
    endif()
  endforeach()
endfunction()
