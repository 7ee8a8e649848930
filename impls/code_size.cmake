# SPDX-License-Identifier: Apache-2.0
#
# Writes a table of machine code by implementation, from the objects that were just compiled: OBJECTS is a list of
# kind:name:objects, separated by '|'; the objects of one by ','.

set(text "/* Generated from the compiled objects. */\n#include \"core/registry.h\"\n\n")
string(APPEND text "const eb_code_size eb_code_sizes[] = {\n")
string(REPLACE "|" ";" entries "${OBJECTS}")
foreach(entry ${entries})
  string(REGEX MATCH "^([a-z]+):([^:]+):(.*)$" matched "${entry}")
  set(kind ${CMAKE_MATCH_1})
  set(name ${CMAKE_MATCH_2})
  string(REPLACE "," ";" objects "${CMAKE_MATCH_3}")
  set(bytes 0)
  if(SIZE)
    execute_process(COMMAND ${SIZE} -A ${objects} OUTPUT_VARIABLE sections ERROR_QUIET)
    string(REGEX MATCHALL "\\.text[^ ]* +[0-9]+" texts "${sections}")
    foreach(t ${texts})
      string(REGEX REPLACE ".* " "" n "${t}")
      math(EXPR bytes "${bytes} + ${n}")
    endforeach()
  endif()
  string(APPEND text "    {\"${kind}\", \"${name}\", ${bytes}},\n")
endforeach()
string(APPEND text "    {NULL, NULL, 0},\n};\n")
file(WRITE ${OUT} "${text}")
