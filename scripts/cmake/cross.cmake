# SPDX-License-Identifier: Apache-2.0
#
# Toolchain for another architecture, over an extracted Debian root (scripts/sysroot) of its libraries:
#
#   EB_ARCH     Debian's name of it, a line of `architectures`
#   EB_SYSROOT  the root (default: build/sysroots/SUITE-ARCH, of the suite that this machine is)
#
# Programs run under QEMU's user mode, tests too.

set(CMAKE_TRY_COMPILE_PLATFORM_VARIABLES EB_ARCH EB_SYSROOT)
set(CMAKE_SYSTEM_NAME Linux)

file(STRINGS ${CMAKE_CURRENT_LIST_DIR}/architectures eb_line REGEX "^${EB_ARCH} ")
separate_arguments(eb_line UNIX_COMMAND "${eb_line}")
list(LENGTH eb_line eb_words)
if(eb_words LESS 4)
  message(FATAL_ERROR "EB_ARCH '${EB_ARCH}' is no line of ${CMAKE_CURRENT_LIST_DIR}/architectures")
endif()
list(GET eb_line 1 CMAKE_SYSTEM_PROCESSOR)
list(GET eb_line 2 eb_triplet)
list(SUBLIST eb_line 3 -1 eb_emulator)

if(NOT EB_SYSROOT)
  file(STRINGS /etc/os-release eb_suite REGEX "^VERSION_CODENAME=")
  string(REPLACE "VERSION_CODENAME=" "" eb_suite "${eb_suite}")
  get_filename_component(EB_SYSROOT ${CMAKE_CURRENT_LIST_DIR}/../../build/sysroots/${eb_suite}-${EB_ARCH} ABSOLUTE)
endif()
if(NOT EXISTS ${EB_SYSROOT}/usr/lib/${eb_triplet}/libc.so)
  message(FATAL_ERROR "No root of ${EB_ARCH} libraries in ${EB_SYSROOT}: make it by scripts/sysroot ${EB_ARCH}")
endif()

# Where the root is of this machine's own architecture, its compiler is the one without a prefix on every Debian.
set(CMAKE_C_COMPILER ${eb_triplet}-gcc)
set(CMAKE_CXX_COMPILER ${eb_triplet}-g++)
set(CMAKE_SYSROOT ${EB_SYSROOT})
set(CMAKE_LIBRARY_ARCHITECTURE ${eb_triplet})
set(CMAKE_CROSSCOMPILING_EMULATOR ${eb_emulator} -L ${EB_SYSROOT})

# The compiler's package brings a C library of its own: the root's comes first.
set(eb_lib ${EB_SYSROOT}/usr/lib/${eb_triplet})
foreach(kind EXE SHARED MODULE)
  set(CMAKE_${kind}_LINKER_FLAGS_INIT "-L${eb_lib} -Wl,-rpath-link,${eb_lib}")
endforeach()

set(CMAKE_FIND_ROOT_PATH ${EB_SYSROOT})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
set(ENV{PKG_CONFIG_DIR} "")
set(ENV{PKG_CONFIG_LIBDIR} ${eb_lib}/pkgconfig:${EB_SYSROOT}/usr/share/pkgconfig)
set(ENV{PKG_CONFIG_SYSROOT_DIR} ${EB_SYSROOT})
