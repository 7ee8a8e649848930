# SPDX-License-Identifier: Apache-2.0
#
# What a line of the list means. Each file becomes an object library with only what it may include on its path; the
# registry that the program walks is generated from the same lines, so that nothing is registered by hand.

# The interface: headers only.
add_library(eb_interface INTERFACE)
target_include_directories(eb_interface INTERFACE ${CMAKE_CURRENT_SOURCE_DIR}/include)
add_library(escrowbench::interface ALIAS eb_interface)

set(EB_OBJECTS "" CACHE INTERNAL "")
set(EB_VARIANTS "" CACHE INTERNAL "") # kind:variant:object library
foreach(kind backend transport escrow peer)
  set(EB_LIST_${kind} "" CACHE INTERNAL "")
endforeach()

# A list entry: objects of FILE (one or several), linked with the libraries that follow; the file defines eb_<kind>_<name>, or, with
# VARIANTS, one descriptor eb_<kind>_<variant> for each.
function(eb_entry kind name file)
  cmake_parse_arguments(arg "" "" "VARIANTS;LINK" ${ARGN})
  add_library(eb_${kind}_${name} OBJECT ${file})
  target_link_libraries(eb_${kind}_${name} PRIVATE eb_warnings eb_interface ${arg_LINK})
  if(NOT arg_VARIANTS)
    set(arg_VARIANTS ${name})
  endif()
  set(EB_OBJECTS ${EB_OBJECTS} eb_${kind}_${name} CACHE INTERNAL "")
  foreach(variant ${arg_VARIANTS})
    set(EB_VARIANTS ${EB_VARIANTS} ${kind}:${variant}:eb_${kind}_${name} CACHE INTERNAL "")
  endforeach()
  set(EB_LIST_${kind} ${EB_LIST_${kind}} ${arg_VARIANTS} CACHE INTERNAL "")
endfunction()

# A backend may have more files in a folder of its name: they are one adapter, and they alone include the library.
function(eb_backend name)
  file(GLOB more CONFIGURE_DEPENDS backends/${name}/*.c)
  eb_entry(backend ${name} "backends/${name}.c;${more}" LINK ${ARGN})
  target_include_directories(eb_backend_${name} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
endfunction()

function(eb_transport name)
  eb_entry(transport ${name} transports/${name}.c VARIANTS ${ARGN})
  target_include_directories(eb_transport_${name} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
endfunction()

function(eb_escrow name)
  eb_entry(escrow ${name} escrows/${name}.c VARIANTS ${ARGN})
  target_include_directories(eb_escrow_${name} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
endfunction()

# A peer is left out where its library is not installed, or is too old. PKG: its pkg-config module, which also tells the
# version; LINK: what to link with besides; IF: a condition.
function(eb_peer name)
  cmake_parse_arguments(arg "" "PKG" "LINK;IF" ${ARGN})
  if(arg_IF AND NOT (${arg_IF}))
    list(JOIN arg_IF " " condition)
    message(STATUS "Peer ${name}: left out, not ${condition}")
    return()
  endif()
  if(arg_PKG)
    pkg_check_modules(EB_PEER_${name} QUIET IMPORTED_TARGET ${arg_PKG})
    if(NOT EB_PEER_${name}_FOUND)
      message(STATUS "Peer ${name}: left out, ${arg_PKG} is not installed")
      return()
    endif()
    list(APPEND arg_LINK PkgConfig::EB_PEER_${name})
  endif()
  eb_entry(peer ${name} peers/${name}.c LINK ${arg_LINK})
  target_compile_definitions(eb_peer_${name} PRIVATE EB_PEER_VERSION="${EB_PEER_${name}_VERSION}")
endfunction()

# Writes registry.c from the lists and makes the library `eb_impls` of all entries and the core.
function(eb_registry)
  set(core_sources ${ARGN})
  set(text "/* Generated from impls/CMakeLists.txt. */\n#include \"core/registry.h\"\n\n")
  foreach(kind backend transport escrow)
    set(rows "")
    foreach(name ${EB_LIST_${kind}})
      string(MAKE_C_IDENTIFIER ${name} id)
      string(APPEND text "extern const eb_${kind} eb_${kind}_${id};\n")
      string(APPEND rows "    &eb_${kind}_${id},\n")
    endforeach()
    string(APPEND text "const eb_${kind} *const eb_builtin_${kind}s[] = {\n${rows}    NULL,\n};\n\n")
  endforeach()
  set(rows "")
  foreach(name ${EB_LIST_peer}) # of one type with our own parts, which bench/sides.c lists
    string(APPEND text "extern const eb_side eb_peer_${name};\n")
    string(APPEND rows "    &eb_peer_${name},\n")
  endforeach()
  string(APPEND text "const eb_side *const eb_builtin_peers[] = {\n${rows}    NULL,\n};\n")
  file(CONFIGURE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/registry.c CONTENT "${text}" @ONLY)

  # What transports and escrows share, without the join.
  set(shared_sources ${core_sources})
  list(FILTER shared_sources EXCLUDE REGEX "^core/")
  list(FILTER core_sources INCLUDE REGEX "^core/")
  add_library(eb_shared OBJECT ${shared_sources})
  target_include_directories(eb_shared PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
  target_link_libraries(eb_shared PRIVATE eb_warnings eb_interface)

  # How much machine code each implementation is, for the results: read off the compiled objects.
  set(sized "")
  foreach(v ${EB_VARIANTS})
    string(REGEX REPLACE "^(.*):([^:]*)$" "\\1:$<JOIN:$<TARGET_OBJECTS:\\2>,$<COMMA>>" v ${v})
    list(APPEND sized ${v})
  endforeach()
  list(JOIN sized "|" sized)
  find_program(EB_SIZE NAMES size llvm-size)
  find_program(EB_NM NAMES nm llvm-nm)
  set(objects $<TARGET_OBJECTS:eb_shared>)
  foreach(o ${EB_OBJECTS})
    list(APPEND objects $<TARGET_OBJECTS:${o}>)
  endforeach()
  add_custom_command(OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/code_sizes.c
    COMMAND ${CMAKE_COMMAND} -D OUT=${CMAKE_CURRENT_BINARY_DIR}/code_sizes.c -D SIZE=${EB_SIZE} -D NM=${EB_NM} -D "OBJECTS=${sized}"
            -D "SHARED=$<JOIN:$<TARGET_OBJECTS:eb_shared>,|>" -P ${CMAKE_CURRENT_SOURCE_DIR}/code_size.cmake
    DEPENDS ${objects} ${CMAKE_CURRENT_SOURCE_DIR}/code_size.cmake VERBATIM)
  add_library(eb_impls STATIC
    ${core_sources} ${CMAKE_CURRENT_BINARY_DIR}/registry.c ${CMAKE_CURRENT_BINARY_DIR}/code_sizes.c ${objects})
  target_include_directories(eb_impls PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
  target_link_libraries(eb_impls PUBLIC eb_interface PRIVATE eb_warnings ${CMAKE_DL_LIBS})
  foreach(o ${EB_OBJECTS})
    get_target_property(libs ${o} LINK_LIBRARIES)
    list(REMOVE_ITEM libs eb_warnings eb_interface)
    target_link_libraries(eb_impls PRIVATE ${libs})
  endforeach()
endfunction()
