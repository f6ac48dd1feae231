# bridge_library(FOLDER SOURCES a.cpp … USES other-folders … LINKS outside-targets …)
#
# One folder below src/ = one static library = one namespace. USES names the folders whose headers it may
# include; script/check_layers.py reads the same list and fails on any other include and on any cycle.
# "vcs/github" becomes the target bridge_vcs_github. LINKS_PRIVATE is for libraries whose headers stay in .cpp files.
function(bridge_library folder)
  cmake_parse_arguments(ARG "" "" "SOURCES;USES;LINKS;LINKS_PRIVATE" ${ARGN})
  string(REPLACE "/" "_" name "bridge_${folder}")
  if(ARG_SOURCES)
    set(public PUBLIC)
    add_library(${name} STATIC ${ARG_SOURCES})
    target_link_libraries(${name} PRIVATE bridge_options ${ARG_LINKS_PRIVATE})
    bridge_joined(${name})
  else()  # headers only, so far
    set(public INTERFACE)
    add_library(${name} INTERFACE)
  endif()
  target_include_directories(${name} ${public} ${PROJECT_SOURCE_DIR}/src)
  foreach(used IN LISTS ARG_USES)
    string(REPLACE "/" "_" used_name "bridge_${used}")
    target_link_libraries(${name} ${public} ${used_name})
  endforeach()
  target_link_libraries(${name} ${public} ${ARG_LINKS})
endfunction()

# bridge_test(NAME SOURCES a_test.cpp … USES folders … LINKS outside-targets … [POSTGRES]
#             [PROPERTIES name value …])
#
# One GoogleTest program, build/<preset>/bin/tests/NAME_test, each case its own ctest entry. POSTGRES makes the
# cases wait for the server that the fixture "postgres" starts and tells them its address in
# RUNBRIDGE_TEST_POSTGRES; the files of SQLite are in memory, as those of PostgreSQL. PROPERTIES are further properties of
# every case.
function(bridge_test name)
  cmake_parse_arguments(ARG "POSTGRES" "TIMEOUT" "SOURCES;USES;LINKS;ENVIRONMENT;PROPERTIES" ${ARGN})
  set(target ${name}_test)
  add_executable(${target} ${ARG_SOURCES})
  bridge_joined(${target})
  set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin/tests)
  target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR}
                                               ${CMAKE_BINARY_DIR}/generated)
  foreach(used IN LISTS ARG_USES)
    string(REPLACE "/" "_" used_name "bridge_${used}")
    target_link_libraries(${target} PRIVATE ${used_name})
  endforeach()
  target_link_libraries(${target} PRIVATE bridge_options ${ARG_LINKS} GTest::gmock GTest::gtest_main)
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 120)
  endif()
  set(properties TIMEOUT ${ARG_TIMEOUT} LABELS ${name} ${ARG_PROPERTIES})
  set(environment ${ARG_ENVIRONMENT})
  if(ARG_POSTGRES)
    list(APPEND properties FIXTURES_REQUIRED postgres)
    list(APPEND environment "RUNBRIDGE_TEST_POSTGRES=${RUNBRIDGE_TEST_POSTGRES}")
    if(IS_DIRECTORY /dev/shm)
      list(APPEND environment "TEST_TMPDIR=/dev/shm")  # no waiting for a disk with every commit of SQLite
    endif()
  endif()
  if(environment)
    list(APPEND properties ENVIRONMENT "${environment}")
  endif()
  gtest_discover_tests(${target} PROPERTIES ${properties} DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60)
endfunction()

# bridge_test_library(NAME SOURCES world.cpp … USES folders … LINKS outside-targets …)
#
# What several test programs share; they name bridge_test_NAME among their LINKS.
function(bridge_test_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;USES;LINKS;LINKS_PRIVATE" ${ARGN})
  set(target bridge_test_${name})
  add_library(${target} STATIC EXCLUDE_FROM_ALL ${ARG_SOURCES})
  bridge_joined(${target})
  target_include_directories(${target} PUBLIC ${PROJECT_SOURCE_DIR} PRIVATE ${CMAKE_BINARY_DIR}/generated)
  foreach(used IN LISTS ARG_USES)
    string(REPLACE "/" "_" used_name "bridge_${used}")
    target_link_libraries(${target} PUBLIC ${used_name})
  endforeach()
  target_link_libraries(${target} PUBLIC ${ARG_LINKS} GTest::gtest PRIVATE bridge_options ${ARG_LINKS_PRIVATE})
endfunction()
