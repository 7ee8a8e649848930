# SPDX-License-Identifier: Apache-2.0
#
# Writes build_info.h, and touches it only if its text changed, so that a build without changes builds nothing.

set(commit "")
set(dirty 0)
find_program(GIT git)
if(GIT)
  execute_process(COMMAND ${GIT} -C ${SOURCE} rev-parse HEAD
    OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
  if(failed)
    set(commit "")
  else()
    execute_process(COMMAND ${GIT} -C ${SOURCE} status --porcelain --untracked-files=no
      OUTPUT_VARIABLE changes ERROR_QUIET)
    if(NOT changes STREQUAL "")
      set(dirty 1)
    endif()
  endif()
endif()
string(STRIP "${FLAGS}" FLAGS)

set(text "/* Generated at each build. */
#define EB_VERSION \"${VERSION}\"
#define EB_COMMIT \"${commit}\"
#define EB_DIRTY ${dirty}
#define EB_BUILD_TYPE \"${BUILD_TYPE}\"
#define EB_COMPILER \"${COMPILER}\"
#define EB_FLAGS \"${FLAGS}\"
")
set(old "")
if(EXISTS ${OUT})
  file(READ ${OUT} old)
endif()
if(NOT old STREQUAL text)
  file(WRITE ${OUT} "${text}")
endif()
