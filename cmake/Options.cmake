# Flags shared by every target of ours, as one interface library.
add_library(bridge_options INTERFACE)
target_compile_options(bridge_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Wold-style-cast -Woverloaded-virtual
  -Wno-missing-field-initializers)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # gcc 12 warns about std::string's own code when it optimises (gcc bug 105329).
  target_compile_options(bridge_options INTERFACE -Wno-restrict)
endif()
option(RUNBRIDGE_WERROR "Warnings are errors" ON)
if(RUNBRIDGE_WERROR)
  target_compile_options(bridge_options INTERFACE -Werror)
endif()

option(RUNBRIDGE_HARDENING "Compiler and linker hardening (release builds)" OFF)
if(RUNBRIDGE_HARDENING)
  set(CMAKE_POSITION_INDEPENDENT_CODE ON)
  target_compile_options(bridge_options INTERFACE
    -fstack-protector-strong -fstack-clash-protection -fcf-protection -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
    -D_GLIBCXX_ASSERTIONS)
  target_link_options(bridge_options INTERFACE -pie -Wl,-z,relro,-z,now,-z,noexecstack)
endif()

set(RUNBRIDGE_SANITIZE "" CACHE STRING "Sanitizers for every target: address,undefined or thread")
if(RUNBRIDGE_SANITIZE)
  add_compile_options(-fsanitize=${RUNBRIDGE_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${RUNBRIDGE_SANITIZE})
endif()

if(RUNBRIDGE_FUZZ)  # coverage for libFuzzer in every library; tests/fuzz links its driver
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

# Development builds link some forty programs; mold does it in a fraction of the time. What users run is linked by the
# system's own linker.
find_program(MOLD mold)
if(MOLD AND NOT RUNBRIDGE_HARDENING AND NOT RUNBRIDGE_FUZZ)
  add_link_options(-fuse-ld=mold)
endif()

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()
