# How this project's libraries, tests and tools are made.
find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
  if(NOT DEFINED ENV{CCACHE_BASEDIR})
    # Paths count from the checkout, so that another one finds the same objects.
    list(PREPEND CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1)
  endif()
endif()
find_program(LLD ld.lld)
if(LLD)
  add_link_options(-fuse-ld=lld)
endif()

# CAF and Boost are other people's headers: their warnings are not ours.
add_library(troupe_warnings INTERFACE)
target_compile_options(troupe_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Werror)

if(SANITIZE)
  # -O1 reads better in a report and compiles faster. What a sanitizer inserts makes GCC 12 see ways
  # around an initialisation, and a coroutine frame freed by another allocator than its own: these two
  # warnings are the plain build's to give.
  add_compile_options(-fsanitize=${SANITIZE} -fno-omit-frame-pointer -g1 -O1
    -Wno-maybe-uninitialized -Wno-mismatched-new-delete)
  add_link_options(-fsanitize=${SANITIZE})
  add_compile_definitions(TROUPE_SANITIZE)
  if(SANITIZE MATCHES "thread")
    # Protobuf's headers lay map fields out differently under it than Debian's library was built.
    # Asio's fences are not understood by it, and not needed: its locks are.
    add_compile_options(-U__SANITIZE_THREAD__ -Wno-tsan)
  endif()
endif()

# A library of every .cpp in the caller's folder (RECURSE: and below it). Includes are written from
# the repository's root.
function(troupe_library name)
  cmake_parse_arguments(arg "RECURSE" "" "EXCLUDE" ${ARGN})
  if(arg_RECURSE)
    file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  else()
    file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  endif()
  foreach(pattern ${arg_EXCLUDE})
    list(FILTER sources EXCLUDE REGEX ${pattern})
  endforeach()
  if(sources)
    add_library(${name} STATIC ${sources})
  else()
    add_library(${name} STATIC ${CMAKE_SOURCE_DIR}/deploy/cmake/empty.cpp)
  endif()
  target_include_directories(${name} PUBLIC ${CMAKE_SOURCE_DIR})
  target_link_libraries(${name} PRIVATE troupe_warnings)
endfunction()

# A test program of every *_test.cpp in the caller's folder. EACH: its tests take long, so each is a
# process of its own and they run side by side.
include(GoogleTest)
function(troupe_test name)
  cmake_parse_arguments(arg "EACH" "" "LINK" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*_test.cpp)
  if(NOT sources)
    return()
  endif()
  add_executable(${name} ${sources})
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR})
  target_link_libraries(${name} PRIVATE troupe_warnings ${arg_LINK} GTest::gtest_main GTest::gmock)
  target_compile_definitions(${name} PRIVATE TROUPE_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  # A quarter of the time to compile them; what they test is optimised.
  target_compile_options(${name} PRIVATE -O0)
  if(arg_EACH)
    # The long ones first, lest one of them is alone at the end.
    gtest_discover_tests(${name} PROPERTIES COST 1000)
  else()
    add_test(NAME ${name} COMMAND ${name})
  endif()
endfunction()

# Tools: format rewrites, format-check only tells; tidy looks at every file, tidy-changed at those that
# differ from the main branch's last commit.
foreach(mode format format-check)
  set(how "-i")
  if(mode STREQUAL "format-check")
    set(how "--dry-run -Werror")
  endif()
  add_custom_target(${mode}
    COMMAND sh -c "git ls-files -co --exclude-standard '*.cpp' '*.hpp' | xargs clang-format ${how}"
    WORKING_DIRECTORY ${CMAKE_SOURCE_DIR} COMMAND_EXPAND_LISTS VERBATIM)
endforeach()
add_custom_target(tidy
  COMMAND ${CMAKE_SOURCE_DIR}/tests/tidy/clang_tidy ${CMAKE_BINARY_DIR} --all
  WORKING_DIRECTORY ${CMAKE_SOURCE_DIR} USES_TERMINAL)
add_custom_target(tidy-changed
  COMMAND ${CMAKE_SOURCE_DIR}/tests/tidy/clang_tidy ${CMAKE_BINARY_DIR}
  WORKING_DIRECTORY ${CMAKE_SOURCE_DIR} USES_TERMINAL)
