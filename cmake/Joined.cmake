# bridge_joined(TARGET) lets the compiler read several sources of a target as one, where RUNBRIDGE_JOINED is on.
#
# More than half of the time to compile a file goes into the headers that its neighbours include as well. Sources go
# together as long as no two of one folder define the same name (script/joining.py); it is decided when the build is
# configured, and anew when a source has changed.
option(RUNBRIDGE_JOINED "Compile several sources of a folder at once: for builds from nothing" OFF)
set(RUNBRIDGE_JOINED_AT_ONCE 6)  # more save little, leave a processor idle at the end and take much memory

if(RUNBRIDGE_JOINED)
  find_package(Python3 3.9 REQUIRED COMPONENTS Interpreter)
  # What one file has in its own namespace, another may name a parameter; and gcc takes it for a header's.
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(bridge_options INTERFACE -Wno-shadow -Wno-subobject-linkage)
  endif()
endif()

function(bridge_joined target)
  if(NOT RUNBRIDGE_JOINED)
    return()
  endif()
  get_target_property(listed ${target} SOURCES)
  foreach(source IN LISTS listed)
    get_filename_component(source ${source} ABSOLUTE)
    if(source MATCHES "\\.cpp$" AND NOT source MATCHES "^${CMAKE_BINARY_DIR}/")  # what the build makes stays alone
      list(APPEND sources ${source})
    endif()
  endforeach()
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${sources})
  execute_process(COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/script/joining.py
                          ${RUNBRIDGE_JOINED_AT_ONCE} ${sources}
                  OUTPUT_VARIABLE groups OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
  set(number 0)
  while(groups MATCHES "^([^\n]+)\n?(.*)$")
    set(members ${CMAKE_MATCH_1})
    set(groups "${CMAKE_MATCH_2}")
    math(EXPR number "${number} + 1")
    set_source_files_properties(${members} PROPERTIES UNITY_GROUP ${target}_${number})
  endwhile()
endfunction()
