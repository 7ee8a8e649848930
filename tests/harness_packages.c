/* SPDX-License-Identifier: Apache-2.0 */
/* Packages from planted files of dpkg, and of this process where there is a dpkg. */
#define _POSIX_C_SOURCE 200809L /* mkdtemp lies outside of ISO C 17 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "harness/packages.h"

static char root[64];

static const char *const FOLDERS[] = {"/var", "/var/lib", "/var/lib/dpkg", "/var/lib/dpkg/info"};
static const struct {
    const char *path, *text;
} FILES[] = {
    {"/var/lib/dpkg/status", "Package: libssl3\nStatus: install ok installed\nMulti-Arch: same\nArchitecture: i386\n"
                             "Version: 9.9-9\n\nPackage: libssl3\nArchitecture: amd64\nVersion: 3.0.17-1~deb12u2\n\n"
                             "Package: libssl\nArchitecture: amd64\nVersion: 1\n\nPackage: libc6\nArchitecture: amd64\n"
                             "Version: 2.36-9+deb12u13\n\nPackage: libnone\nArchitecture: amd64\nVersion: 4\n"},
    {"/var/lib/dpkg/info/libssl3:amd64.list", "/.\n/usr\n/usr/lib/x/libssl.so.3\n/usr/lib/x/libcrypto.so.3\n"},
    {"/var/lib/dpkg/info/libssl3:i386.list", "/.\n/usr/lib/y/libcrypto.so.3\n"},
    {"/var/lib/dpkg/info/libc6.list", "/lib/x/libc.so.6\n"},
    {"/var/lib/dpkg/info/libc6.md5sums", "/lib/x/libother.so\n"},
    {"/var/lib/dpkg/info/libgone.list", "/usr/lib/x/libgone.so\n"},
    {"/var/lib/dpkg/info/zlib.list", "/usr/lib/x/libother.so\n"},
};

static int set_up(void **state)
{
    char path[256];

    (void)state;
    (void)snprintf(root, sizeof root, "/tmp/harness_packages.XXXXXX");
    if (mkdtemp(root) == NULL) {
        return -1;
    }
    for (size_t i = 0; i < sizeof FOLDERS / sizeof *FOLDERS; i++) {
        (void)snprintf(path, sizeof path, "%s%s", root, FOLDERS[i]);
        if (mkdir(path, 0700) != 0) {
            return -1;
        }
    }
    for (size_t i = 0; i < sizeof FILES / sizeof *FILES; i++) {
        (void)snprintf(path, sizeof path, "%s%s", root, FILES[i].path);
        FILE *file = fopen(path, "w");
        if (file == NULL || fputs(FILES[i].text, file) < 0 || fclose(file) != 0) {
            return -1;
        }
    }
    return 0;
}

static int tear_down(void **state)
{
    char path[256];

    (void)state;
    for (size_t i = 0; i < sizeof FILES / sizeof *FILES; i++) {
        (void)snprintf(path, sizeof path, "%s%s", root, FILES[i].path);
        (void)remove(path);
    }
    for (size_t i = sizeof FOLDERS / sizeof *FOLDERS; i > 0; i--) {
        (void)snprintf(path, sizeof path, "%s%s", root, FOLDERS[i - 1]);
        (void)remove(path);
    }
    return rmdir(root);
}

static void test_planted(void **state)
{
    static const char *const BOTH[] = {"/lib/x/libcrypto.so.3", "/usr/lib/x/libc.so.6", "/usr/lib/x/libssl.so.3"};
    static const char *const OTHER[] = {"/usr/lib/y/libcrypto.so.3"};
    static const char *const NONE[] = {"/usr/lib/x/libother.so", "/opt/libssl.so.3", "/usr/lib/x/libgone.so", ""};
    char text[256];

    (void)state;
    hn_packages_of(root, BOTH, 3, text, sizeof text); /* each once, whichever of /lib and /usr/lib is named */
    assert_string_equal(text, "libc6 2.36-9+deb12u13,libssl3 3.0.17-1~deb12u2");
    hn_packages_of(root, OTHER, 1, text, sizeof text); /* the architecture tells them apart */
    assert_string_equal(text, "libssl3 9.9-9");
    hn_packages_of(root, NONE, 4, text, sizeof text); /* no library's package; elsewhere; no longer installed */
    assert_string_equal(text, "");
    hn_packages_of(root, BOTH, 0, text, sizeof text);
    assert_string_equal(text, "");
    hn_packages_of(root, BOTH, 3, text, 30); /* no room for the second: left out, not cut */
    assert_string_equal(text, "libc6 2.36-9+deb12u13");
    hn_packages_of("/nowhere", BOTH, 3, text, sizeof text);
    assert_string_equal(text, "");
}

/* As scripts/sysroot writes it. */
static void test_extracted(void **state)
{
    char path[] = "/tmp/harness_packages.XXXXXX", text[256];

    (void)state;
    const int fd = mkstemp(path);
    FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;
    assert_non_null(file);
    assert_true(
        fputs("base-files_12.4_arm64\nlibc6-dev_2.36-9_arm64\nlibc6_2.36-9_arm64\nlibcrypt1_1%3a4.4.33-2_arm64\nbad\n",
              file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_true(hn_packages_extracted(path, text, sizeof text));
    assert_string_equal(text, "libc6 2.36-9,libcrypt1 1:4.4.33-2");
    assert_true(hn_packages_extracted(path, text, 20)); /* whole ones only */
    assert_string_equal(text, "libc6 2.36-9");
    (void)remove(path);
    assert_false(hn_packages_extracted(path, text, sizeof text));
}

static void test_this_process(void **state)
{
    char text[4096];

    (void)state;
    hn_packages_loaded(text, sizeof text);
#if defined(__x86_64__) && defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__)
    /* On Debian this program's own C library comes from a package. */
    if (access("/var/lib/dpkg/info/libc6:amd64.list", R_OK) == 0) {
        assert_non_null(strstr(text, "libc6 2."));
    }
#endif
    assert_null(strstr(text, ",,"));
    assert_true(text[0] == '\0' || strchr(text, ' ') != NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_planted, set_up, tear_down),
        cmocka_unit_test(test_extracted),
        cmocka_unit_test(test_this_process),
    };
    return cmocka_run_group_tests_name("harness_packages", tests, NULL, NULL);
}
