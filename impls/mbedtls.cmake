# SPDX-License-Identifier: Apache-2.0
#
# Target eb_mbedcrypto: mbedTLS 2.28 or 3, also where it stands aside (mbedtls3, a keg of Homebrew's) because the plain name
# is version 4, which has no public elliptic curves. Debian's package of 2.28 has no .pc file.

set(kegs /opt/homebrew/opt/mbedtls@3 /usr/local/opt/mbedtls@3)
find_library(MBEDCRYPTO_LIBRARY mbedcrypto PATHS ${kegs} PATH_SUFFIXES mbedtls3)
find_path(MBEDCRYPTO_INCLUDE mbedtls/version.h PATHS ${kegs} PATH_SUFFIXES mbedtls3)
if(NOT MBEDCRYPTO_LIBRARY OR NOT MBEDCRYPTO_INCLUDE)
  message(FATAL_ERROR "mbedTLS is missing: run scripts/setup, or install the development files of mbedTLS 2.28 or 3")
endif()
set(version 2)
if(EXISTS ${MBEDCRYPTO_INCLUDE}/mbedtls/build_info.h) # from 3.0 on
  file(STRINGS ${MBEDCRYPTO_INCLUDE}/mbedtls/build_info.h version REGEX "define MBEDTLS_VERSION_MAJOR +[0-9]+")
  string(REGEX REPLACE ".* ([0-9]+).*" "\\1" version "${version}")
endif()
if(version GREATER 3)
  message(FATAL_ERROR "mbedTLS ${version} (${MBEDCRYPTO_INCLUDE}) has no public elliptic curves: install 2.28 or 3, "
    "or name it by -D MBEDCRYPTO_INCLUDE=... -D MBEDCRYPTO_LIBRARY=...")
endif()

add_library(eb_mbedcrypto INTERFACE)
target_link_libraries(eb_mbedcrypto INTERFACE ${MBEDCRYPTO_LIBRARY})
# Never the compiler's own folder: named, it would come too early.
if(NOT MBEDCRYPTO_INCLUDE MATCHES "/usr/include$")
  target_include_directories(eb_mbedcrypto SYSTEM INTERFACE ${MBEDCRYPTO_INCLUDE})
endif()
