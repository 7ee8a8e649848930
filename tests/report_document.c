/* SPDX-License-Identifier: Apache-2.0 */
/* The run document on disk: what is written can be read, and what anyone else wrote is refused in one line. */
#include <errno.h>
#include <math.h>
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

#include "bench/report/report.h"
#include "bench/report/summary.h"
#include "tests/report_synthetic.h"

static char folder[] = "/tmp/eb-report-XXXXXX";

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    return rmdir(folder); /* fails if a test left a file behind, a temporary one included */
}

static const char *path_to(const char *name)
{
    static char path[256];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static char *slurp(const char *path, size_t *len)
{
    FILE *file = fopen(path, "r");
    char *text = NULL;
    long size = 0;

    assert_non_null(file);
    (void)fseek(file, 0, SEEK_END);
    size = ftell(file);
    rewind(file);
    text = calloc((size_t)size + 1, 1);
    *len = fread(text, 1, (size_t)size, file);
    (void)fclose(file);
    return text;
}

static void test_round_trip(void **state)
{
    rp_document *doc = rp_synthetic_run(6, 3);
    rp_document *back = NULL;
    rp_error err = {""};
    char *first = NULL;
    char *second = NULL;
    size_t len[2];
    (void)state;

    rp_summarize(doc);
    assert_true(rp_document_save(doc, path_to("run.json"), &err));
    first = slurp(path_to("run.json"), &len[0]);
    back = rp_document_load(path_to("run.json"), &err);
    assert_non_null(back);
    assert_int_equal(back->cell_count, doc->cell_count);
    assert_int_equal(back->row_count, doc->row_count);
    assert_true(back->seed == UINT64_MAX);
    assert_string_equal(back->machine.features, "aes,pclmul,avx2");
    assert_true(rp_document_save(back, path_to("run.json"), &err)); /* over the old one */
    second = slurp(path_to("run.json"), &len[1]);
    assert_string_equal(first, second);
    unlink(path_to("run.json"));
    free(first);
    free(second);
    rp_document_free(doc);
    rp_document_free(back);
}

static void test_unknown_stays_unknown(void **state)
{
    rp_document *doc = rp_synthetic_small();
    rp_document *back = NULL;
    rp_error err = {""};
    (void)state;

    assert_true(rp_document_save(doc, path_to("run.json"), &err));
    back = rp_document_load(path_to("run.json"), &err);
    assert_non_null(back);
    assert_int_equal(back->cells[0].facts.wire_bytes, -1);
    assert_int_equal(back->cells[0].latency.samples, 0);
    assert_true(isnan(back->timer.overhead_ns));
    assert_int_equal(back->gates.passed, -1);
    assert_int_equal(back->machine.cpus_online, -1);
    assert_true(back->cells[1].base == 0 && back->cells[1].floor == 2 && back->cells[0].base == RP_NONE);
    unlink(path_to("run.json"));
    rp_document_free(doc);
    rp_document_free(back);
}

/* A terminal must not be steered, nor a file made that cannot be read, by what a string holds. */
static void test_strings_are_cleaned(void **state)
{
    rp_document *doc = rp_synthetic_small();
    (void)state;

    assert_string_equal(rp_string(doc, "a\033[2Jb\n"), "a?[2Jb?");
    assert_string_equal(rp_string(doc, "\xc3\xa9 \xff \xc2\x9b"), "\xc3\xa9 ? ??");
    assert_ptr_equal(rp_string(doc, "same"), rp_string(doc, "same"));
    rp_document_free(doc);
}

#define HEAD "{\"schema\":\"escrowbench-run/1\",\"created\":\"2025-01-31T12:00:00Z\",\"suite\":\"quick\","
#define PLACE "\"machine\":{},\"machine_class\":\"x\",\"subject\":{\"libraries\":[]},"
#define CELLS "\"cells\":[{\"id\":\"a\",\"kind\":\"cell\",\"block\":\"b\"}],"
#define SLICE(s) HEAD PLACE CELLS "\"blocks\":[{\"id\":\"b\",\"process\":0,\"slices\":[" s "]}]}"
#define CELL(c) HEAD PLACE "\"cells\":[" c "]}"

static const struct {
    const char *text, *says;
} hostile[] = {
    {"", "ends too soon"},
    {"{", "a name expected"},
    {"[]", "'{' expected"},
    {"null", "'{' expected"},
    {"{\"schema\":1}", "not a run document"},
    {"{\"schema\":\"escrowbench-run/2\"}", "is of a newer version of escrowbench"},
    {"{\"schema\":\"escrowbench-run/0\"}", "is of an older version of escrowbench"},
    {HEAD "\"emulated\":true," PLACE CELLS "\"x\":1}", "emulated: machine.execution is"},
    {HEAD "\"emulated\":5," PLACE CELLS "\"x\":1}", "emulated: machine.execution is"},
    {"{\"schema\":\"escrowbench-run/1\"}", "created: missing"},
    {HEAD "\"machine_class\":\"x\"," CELLS "\"x\":1}", "machine: missing"},
    {HEAD PLACE "\"x\":1}", "cells: missing"},
    {HEAD PLACE "\"cells\":{}}", "'[' expected"},
    {HEAD PLACE "\"suite\":\"a\",\"cells\":[]}", "\"suite\" is there twice"},
    {HEAD PLACE "\"cells\":[],\"cells\":[]}", "\"cells\" is there twice"},
    {HEAD PLACE "\"cells\":[]} x", "something follows the end"},
    {HEAD PLACE "\"cells\":[", "ends too soon"},
    {HEAD PLACE "\"cells\":[}", "expected"},
    {HEAD PLACE "\"seconds\":NaN,\"cells\":[]}", "invalid token"},
    {HEAD PLACE "\"seconds\":1e999,\"cells\":[]}", "real number overflow"},
    {HEAD PLACE "\"seconds\":-1,\"cells\":[]}", "seconds: -1 is below 0"},
    {HEAD PLACE "\"seed\":5,\"cells\":[]}", "seed: not a string of digits"},
    {HEAD PLACE "\"seed\":\"99999999999999999999\",\"cells\":[]}", "seed: above 64 bits"},
    {HEAD PLACE "\"options\":[],\"cells\":[]}", "options: not an object"},
    {"{\"schema\":\"escrowbench-run/1\",\"created\":\"2025-01-31 12:00\",\"suite\":\"q\"," PLACE CELLS "\"x\":1}",
     "created: not a time"},
    {CELL("1"), "cells[0]: not an object"},
    {CELL("{}"), "cells[0].id: missing"},
    {CELL("{\"id\":\"\",\"kind\":\"cell\"}"), "cells[0].id: empty"},
    {CELL("{\"id\":\"a\",\"kind\":\"cell\"},{\"id\":\"a\",\"kind\":\"cell\"}"), "cells[1].id: empty, or there twice"},
    {CELL("{\"id\":\"a\\u001b[2J\",\"kind\":\"cell\"}"), "control character"},
    {CELL("{\"id\":\"a\\u0000\",\"kind\":\"cell\"}"), "\\u0000 is not allowed"},
    {CELL("{\"id\":\"a\",\"kind\":\"cell\",\"agents\":-1}"), "cells[0].agents: -1 is out of range"},
    {CELL("{\"id\":\"a\",\"kind\":\"cell\",\"agents\":4294967296}"), "out of range"},
    {CELL("{\"id\":\"a\",\"kind\":\"cell\",\"size\":1.5}"), "cells[0].size: not a whole number"},
    {CELL("{\"id\":\"a\",\"kind\":\"cell\",\"facts\":{\"wire_bytes\":\"x\"}}"), "cells[0].facts.wire_bytes"},
    {CELL("{\"id\":\"a\",\"kind\":\"cell\",\"base\":\"z\"}"), "cells[0].base: no such cell"},
    {CELL("{\"id\":\"a\",\"kind\":\"cell\",\"base\":\"z\",\"block\":\"b\"},{\"id\":\"z\",\"kind\":\"cell\"}"),
     "in another block"},
    {SLICE("[0,0,0,0,1,0]"), "a time must be above 0"},
    {SLICE("[0,0,0,0,1,-5]"), "a time must be above 0"},
    {SLICE("[0,0,0,0,1,1e300]"), "a time must be above 0"},
    {SLICE("[0,0,0,0,1,1e999]"), "too large"},
    {SLICE("[0,0,0,0,1,NaN]"), "a number expected"},
    {SLICE("[0,0,0,0,1,null]"), "a number expected"},
    {SLICE("[0,0,0,0,1,01]"), "a number expected"},
    {SLICE("[0,0,0,0,1,1.]"), "a number expected"},
    {SLICE("[0,0,0,0,0,5]"), "0 iterations"},
    {SLICE("[1,0,0,0,1,5]"), "a slice of cell 1; there are 1 cells"},
    {SLICE("[-1,0,0,0,1,5]"), "not a whole number"},
    {SLICE("[0,4294967296,0,0,1,5]"), "not a whole number"},
    {SLICE("[0,0,0,0,99999999999999999999,5]"), "not a whole number"},
    {SLICE("[0,0,0,0,1]"), "a slice of 5 numbers"},
    {SLICE("[0,0,0,0,1,[5]]"), "a number expected"},
    {SLICE("5"), "'[' expected"},
    {HEAD PLACE CELLS "\"blocks\":[{\"id\":\"b\",\"process\":0,\"slices\":[[0,0,0,0,1,5}]}", "',' or ']' expected"},
    {HEAD PLACE CELLS "\"blocks\":[{\"id\":\"c\",\"process\":0,\"slices\":[[0,0,0,0,1,5]]}]}", "of another block"},
    {HEAD PLACE CELLS "\"blocks\":[{\"id\":\"b\",\"slices\":[]}]}", "block.process: missing"},
    {HEAD PLACE CELLS "\"blocks\":[{\"process\":0,\"slices\":[]}]}", "block.id: missing"},
    {HEAD PLACE CELLS "\"blocks\":[{\"id\":\"b\",\"process\":0,\"slices\":[],\"slices\":[]}]}", "there twice"},
    {HEAD PLACE CELLS "\"blocks\":[5]}", "'{' expected"},
    {HEAD PLACE CELLS "\"rows\":[nonsense]}", "invalid token"},
    {HEAD PLACE CELLS "\"absent\":[{}]}", "absent.reason: not a string"},
};

/* Ten samples must be expected beyond a percentile. */
static void test_unsupported_percentiles(void **state)
{
    static const char text[] =
        CELL("{\"id\":\"a\",\"kind\":\"cell\",\"latency\":{\"samples\":150,\"batch\":1,\"p50_ns\":"
             "1,\"p90_ns\":2,\"p99_ns\":3,\"p999_ns\":4}}");
    rp_error err = {""};
    rp_document *doc = rp_document_parse(text, sizeof text - 1, "file", &err);
    (void)state;

    assert_non_null(doc);
    assert_true(doc->cells[0].latency.p50 == 1 && doc->cells[0].latency.p90 == 2);
    assert_true(isnan(doc->cells[0].latency.p99) && isnan(doc->cells[0].latency.p999));
    rp_document_free(doc);
}

static void test_hostile(void **state)
{
    (void)state;

    for (size_t i = 0; i < sizeof hostile / sizeof hostile[0]; i++) {
        rp_error err = {""};
        rp_document *doc = rp_document_parse(hostile[i].text, strlen(hostile[i].text), "file", &err);
        if (doc || !strstr(err.text, hostile[i].says)) {
            print_error("%s\n  said: %s\n  not: %s\n", hostile[i].text, err.text, hostile[i].says);
        }
        assert_null(doc);
        assert_non_null(strstr(err.text, hostile[i].says));
        assert_null(strchr(err.text, '\n'));
        assert_int_equal(strncmp(err.text, "file, line 1, column ", 21), 0);
    }
}

static void test_tolerated(void **state)
{
    /* Blocks before cells, unknown members, appended numbers, unknown kinds, blanks. */
    static const char text[] = HEAD PLACE
        "\"blocks\":[{\"id\":\"b\",\"later\":{\"a\":[1]},\"slices\":[[ 0,0,0,0,10,500 ,7,8,9,10.5]],\"process\":0}],\n"
        "\"later\":[{\"x\":\"]}\\\"\"}], \"cells\":[{\"id\":\"a\",\"kind\":\"later\",\"block\":\"b\",\"x\":null}] }\n";
    rp_error err = {""};
    rp_document *doc = rp_document_parse(text, strlen(text), "file", &err);
    (void)state;

    assert_non_null(doc);
    assert_int_equal(doc->blocks[0].slices[0].instructions, 9);
    assert_true(fabs(rp_row_of(doc, 0)->ns.value - 50.0) < 1e-9);
    rp_document_free(doc);
}

/* Every shorter file is refused, and every file with a changed byte is refused or read, never worse. */
static void test_truncated_and_changed(void **state)
{
    rp_document *doc = rp_synthetic_small();
    rp_error err = {""};
    size_t len = 0;
    char *text = NULL;
    (void)state;

    rp_synthetic_process(doc, 0, (double[]){100, 200, 50, 110, 210, 51}, 2);
    rp_summarize(doc);
    assert_true(rp_document_save(doc, path_to("run.json"), &err));
    text = slurp(path_to("run.json"), &len);
    for (size_t n = 0; n + 1 < len; n++) { /* the last byte is a newline */
        char *cut = malloc(n + 1);         /* no NUL behind it: a read past the end is seen by a sanitizer */
        memcpy(cut, text, n);
        assert_null(rp_document_parse(cut, n, "file", &err));
        assert_null(strchr(err.text, '\n'));
        free(cut);
    }
    for (size_t n = 0; n < len; n++) {
        const char kept = text[n];
        for (const char *c = "\"]-\\\xff"; *c; c++) {
            text[n] = *c;
            rp_document_free(rp_document_parse(text, len, "file", &err));
        }
        text[n] = kept;
    }
    unlink(path_to("run.json"));
    free(text);
    rp_document_free(doc);
}

static void test_deep_and_large(void **state)
{
    const size_t len = (size_t)3 << 20;
    char *text = malloc(len);
    rp_error err = {""};
    (void)state;

    memset(text, '[', len);
    assert_null(rp_document_parse(text, len, "file", &err));
    memcpy(text, "{\"options\":", 11);
    assert_null(rp_document_parse(text, len, "file", &err)); /* nesting, not a stack that overflows */
    memset(text, 'x', len);
    memcpy(text, "{\"options\":\"", 12);
    assert_null(rp_document_parse(text, len, "file", &err));
    assert_non_null(strstr(err.text, "a value of more than"));
    free(text);
}

static void test_unreadable(void **state)
{
    rp_error err = {""};
    FILE *file = NULL;
    char path[64];
    (void)state;

    assert_null(rp_document_load(path_to("nothing.json"), &err));
    assert_non_null(strstr(err.text, "No such file"));
    assert_null(rp_document_load(folder, &err));
    assert_non_null(strstr(err.text, "is a folder"));
    file = fopen(path_to("huge.json"), "w");
    assert_non_null(file);
    assert_int_equal(ftruncate(fileno(file), (off_t)RP_FILE_MAX + 1), 0); /* sparse */
    (void)fclose(file);
    assert_null(rp_document_load(path_to("huge.json"), &err));
    assert_non_null(strstr(err.text, "larger than 256 MiB"));
    unlink(path_to("huge.json"));
    /* Endless: it stops at the limit. NOLINTNEXTLINE(cert-env33-c): the command is this file's own */
    file = popen("exec cat /dev/zero", "r");
    assert_non_null(file);
    snprintf(path, sizeof path, "/dev/fd/%d", fileno(file));
    assert_null(rp_document_load(path, &err));
    assert_non_null(strstr(err.text, "larger than 256 MiB"));
    (void)pclose(file);
}

static void test_full_disk_and_devices(void **state)
{
    rp_document *doc = rp_synthetic_small();
    rp_error err = {""};
    struct stat st;
    (void)state;

    assert_false(rp_document_save(doc, "/dev/full", &err));
    assert_string_equal(err.text, "cannot write /dev/full: No space left on device");
    assert_int_equal(stat("/dev/full", &st), 0);
    assert_true(S_ISCHR(st.st_mode)); /* still the device */
    assert_true(rp_document_save(doc, "/dev/null", &err));
    assert_int_equal(stat("/dev/null", &st), 0);
    assert_true(S_ISCHR(st.st_mode));
    assert_false(rp_document_save(doc, path_to("no/such/folder.json"), &err));
    assert_non_null(strstr(err.text, "No such file"));
    rp_document_free(doc);
}

/* The file is replaced through a link, and keeps its permissions. */
static void test_links_and_modes(void **state)
{
    char target[256];
    struct stat st;
    rp_error err = {""};
    (void)state;

    snprintf(target, sizeof target, "%s", path_to("target"));
    assert_true(rp_write_file(target, "old", 3, &err));
    assert_int_equal(chmod(target, 0640), 0);
    assert_int_equal(symlink("target", path_to("link")), 0);
    assert_true(rp_write_file(path_to("link"), "newer", 5, &err));
    assert_int_equal(lstat(path_to("link"), &st), 0);
    assert_true(S_ISLNK(st.st_mode));
    assert_int_equal(stat(target, &st), 0);
    assert_int_equal(st.st_size, 5);
    assert_int_equal(st.st_mode & 0777, 0640);
    unlink(path_to("link"));
    unlink(target);
}

static void test_run_names(void **state)
{
    static const char *const names[] = {"20250131T120000Z-quick.json", "20250201T000000Z-full.json", "zzz.json",
                                        "20250301T000000Z-quick.json.partial"};
    rp_document *doc = rp_synthetic_small();
    rp_error err = {""};
    char *path = rp_run_path(doc, "dir");
    (void)state;

    assert_string_equal(path, "dir/20250131T120000Z-quick.json");
    free(path);
    assert_null(rp_newest_run(folder, &err));
    assert_non_null(strstr(err.text, "no run in"));
    for (size_t i = 0; i < 4; i++) {
        assert_true(rp_write_file(path_to(names[i]), "", 0, &err));
    }
    path = rp_newest_run(folder, &err);
    assert_string_equal(path, path_to(names[1]));
    free(path);
    for (size_t i = 0; i < 4; i++) {
        unlink(path_to(names[i]));
    }
    assert_true(rp_make_folders(path_to("a/b/c.json"), &err));
    assert_int_equal(rmdir(path_to("a/b")), 0);
    assert_int_equal(rmdir(path_to("a")), 0);
    rp_document_free(doc);
}

/* What is no file must not keep the reader waiting: it would wait for ever. */
static void test_pipes_and_devices(void **state)
{
    static const char text[] = HEAD PLACE "\"cells\":[]}";
    rp_error err = {""};
    rp_document *doc = NULL;
    char path[64];
    int ends[2];
    (void)state;

    assert_int_equal(mkfifo(path_to("fifo"), 0600), 0);
    alarm(20);
    assert_null(rp_document_load(path_to("fifo"), &err));
    assert_non_null(strstr(err.text, "a pipe that nobody writes to"));
    assert_null(rp_document_load("/dev/zero", &err));
    assert_non_null(strstr(err.text, "/dev/zero is a device or a socket"));
    assert_int_equal(pipe(ends), 0);
    snprintf(path, sizeof path, "/dev/fd/%d", ends[0]);
    assert_int_equal(write(ends[1], text, sizeof text - 1), sizeof text - 1);
    close(ends[1]);
    doc = rp_document_load(path, &err);
    assert_non_null(doc);
    alarm(0);
    close(ends[0]);
    rp_document_free(doc);
    unlink(path_to("fifo"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_unknown_stays_unknown),
        cmocka_unit_test(test_strings_are_cleaned),
        cmocka_unit_test(test_hostile),
        cmocka_unit_test(test_unsupported_percentiles),
        cmocka_unit_test(test_tolerated),
        cmocka_unit_test(test_truncated_and_changed),
        cmocka_unit_test(test_deep_and_large),
        cmocka_unit_test(test_unreadable),
        cmocka_unit_test(test_full_disk_and_devices),
        cmocka_unit_test(test_links_and_modes),
        cmocka_unit_test(test_run_names),
        cmocka_unit_test(test_pipes_and_devices),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
