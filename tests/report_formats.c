/* SPDX-License-Identifier: Apache-2.0 */
/* The formats and the command that prints them: figures against a document that is known, and ends that are bad. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "bench/commands/commands.h"
#include "bench/report/number.h"
#include "bench/report/report.h"
#include "bench/report/summary.h"
#include "tests/report_synthetic.h"

typedef void (*format_fn)(FILE *out, const rp_document *doc, const rp_view *view);

static char *text_of(format_fn format, const rp_document *doc, const rp_view *view)
{
    static char *text; /* static: gcc 12 takes a stream to a local for a pointer that is left dangling */
    static size_t len;
    FILE *out = open_memstream(&text, &len);

    format(out, doc, view);
    (void)fclose(out);
    return text;
}

/* Text with runs of blanks made one, so that a test says what is in a line and not how wide a column is. */
static void squeeze(char *text)
{
    char *to = text;

    for (const char *from = text; *from; from++) {
        if (*from != ' ' || (to > text && to[-1] != ' ')) {
            *to++ = *from;
        }
    }
    *to = '\0';
}

static void assert_has(const char *text, const char *part)
{
    if (!strstr(text, part)) {
        print_error("not there: %s\nin:\n%s\n", part, text);
    }
    assert_non_null(strstr(text, part));
}

static rp_document *small_with(uint32_t processes)
{
    rp_document *doc = rp_synthetic_small();

    for (uint32_t k = 0; k < processes; k++) {
        rp_synthetic_process(doc, k, (double[]){20000, 50000 + 100.0 * k, 48000}, 1);
    }
    doc->cells[0].facts.wire_bytes = 1048;
    doc->cells[1].facts.wire_bytes = 1140;
    rp_summarize(doc);
    return doc;
}

static void test_terminal(void **state)
{
    rp_document *doc = small_with(6);
    char *text = text_of(rp_terminal, doc, &(rp_view){0});
    (void)state;

    squeeze(text);
    assert_has(text, "escrowbench 0.1.0, quick run of 2025-01-31 12:00 UTC on AMD EPYC 7763 under kvm\n");
    assert_has(text, "What each escrow adds to one message of 1000 B (hpke)\n");
    assert_has(text, "x25519 on libsodium 1.0.18\n none 20.0 - 1,048\n master +30.2 2.51 [2.50, 2.52] - +92\n");
    assert_has(text, "seal master 1.05\n");
    assert_has(text, "Clock: CLOCK_MONOTONIC; a pair of readings costs 43.5 ns");
    assert_null(strstr(text, "Memory and code"));
    assert_null(strstr(text, "Intervals"));
    assert_has(text, "Highest of all: master at 1.05 [1.04, 1.05].");
    assert_null(strchr(text, '\033'));
    free(text);
    rp_document_free(doc);
}

/* A backlog is a thousand times one; what does not exist has its reason once, below its own table. */
static void test_upkeep(void **state)
{
    rp_document *doc = small_with(6);
    char *text = NULL;
    (void)state;

    doc->cells[1].key.op = rp_string(doc, "rewrap");
    rp_add_absent(doc, &(rp_key){"refresh", "", "master", "", "", "", 0, 0, -1, 0}, "one holder");
    rp_add_absent(doc, &(rp_key){"reshare", "", "master", "", "", "", 0, 0, -1, 0}, "one holder");
    rp_add_absent(doc, &(rp_key){"puncture", "", "epoch", "", "", "", 0, 0, -1, 0}, "of another escrow");
    text = text_of(rp_terminal, doc, &(rp_view){0});
    squeeze(text);
    assert_has(text, " master sodium 50.2 ms a a\n");
    assert_has(text, "\na: one holder.\n");
    assert_null(strstr(text, "of another escrow"));
    assert_null(strstr(text, "Not there (-), and why"));
    free(text);
    rp_document_free(doc);
}

/* A peer is paired with one library of ours, and the others that do the same stand beside it, paired with nothing. */
static void test_peer_beside_each_library(void **state)
{
    rp_document *doc = small_with(6);
    char *text = NULL;
    (void)state;

    doc->cells[1].kind = rp_string(doc, "peer");
    doc->cells[1].key.backend = rp_string(doc, "olm");
    doc->cells[2].kind = rp_string(doc, "cell");
    doc->cells[2].key.backend = rp_string(doc, "openssl");
    doc->cells[2].block = rp_string(doc, "another");
    text = text_of(rp_terminal, doc, &(rp_view){0});
    squeeze(text);
    assert_has(text, "OpenSSL 3.0.15");
    assert_non_null(strstr(strstr(text, "Peers: other projects' code beside ours"), " 48.0 us 20.8\n"));
    doc->cells[2].key.size = 64; /* of other work */
    free(text);
    text = text_of(rp_terminal, doc, &(rp_view){0});
    squeeze(text);
    assert_null(strstr(strstr(text, "Peers: other projects' code beside ours"), " 48.0 us 20.8\n"));
    free(text);
    rp_document_free(doc);
}

/* A search of 16 bits and one of 20: nanoseconds of both. */
static char *text_of_searches(double few, double many)
{
    rp_document *doc = rp_synthetic_small();
    char *text = NULL;

    for (uint32_t k = 0; k < 6; k++) {
        rp_synthetic_process(doc, k, (double[]){few, many, 1000}, 1);
    }
    for (size_t i = 0; i < 2; i++) {
        doc->cells[i].key.op = rp_string(doc, i == 0 ? "sweep-16" : "sweep-20");
        doc->cells[i].key.escrow = rp_string(doc, "partial");
    }
    rp_summarize(doc);
    text = text_of(rp_terminal, doc, &(rp_view){0});
    squeeze(text);
    rp_document_free(doc);
    return text;
}

/* What doubles with each bit is continued from the largest search; what does not is not. */
static void test_search(void **state)
{
    char *text = text_of_searches(1e6, 16e6);
    (void)state;

    assert_has(text, "500 us 8.00 ms 2.00 32.8 s 2.33 h 24.9 days 17.4 years\n");
    assert_null(strstr(text, "Not continued"));
    free(text);
    text = text_of_searches(1.1e6, 16e6); /* 1.95 a bit: continued from the larger one all the same */
    assert_has(text, "550 us 8.00 ms 1.95 32.8 s");
    free(text);
    text = text_of_searches(2e6, 16e6);
    assert_has(text, "1.00 ms 8.00 ms 1.68\n");
    assert_has(text, "Not continued: 1 line whose time a bit does not multiply by 1.9 to 2.1");
    free(text);
}

/* Trials and the time of one, and what a copy adds to the wire that is no capsule. */
static void test_forgery_and_state(void **state)
{
    rp_document *doc = small_with(6);
    char *text = NULL;
    (void)state;

    doc->cells[1].facts.trials = 1000;
    doc->cells[1].facts.tries = 1234;
    doc->cells[1].facts.capsule_bytes = 0;
    doc->cells[1].facts.stored_agent_bytes = 33;
    doc->cells[1].facts.device_bytes = 64;
    doc->cells[1].facts.session_bytes = 4096;
    text = text_of(rp_terminal, doc, &(rp_view){0});
    squeeze(text);
    assert_has(text, "master, x25519 on libsodium 1.0.18 1,234 1,000 50.2 ns 50.2 us\n");
    assert_has(text, "\n master 33 92\n");
    assert_has(text, "\nhpke, x25519 64 4,096\n");
    free(text);
    rp_document_free(doc);
}

static void test_no_interval_below_six(void **state)
{
    rp_document *doc = small_with(5);
    char *text = text_of(rp_terminal, doc, &(rp_view){.color = true});
    (void)state;

    squeeze(text);
    assert_has(text, "\n master +30.2 2.51 - +92\n");
    assert_has(text, "No intervals: they take 6 processes at least");
    assert_has(text, "\033[1mTimes the floor\033[0m\n");
    free(text);
    rp_document_free(doc);
}

/* The whole shape of a real run: what leads fits 100 columns and holds no number that is none. */
static void test_whole_run(void **state)
{
    rp_document *doc = rp_synthetic_run(6, 5);
    char *text = NULL;
    size_t lines = 0;
    (void)state;

    rp_summarize(doc);
    text = text_of(rp_terminal, doc, &(rp_view){0});
    for (const char *line = text; *line; line += strcspn(line, "\n") + 1, lines++) {
        assert_true(strcspn(line, "\n") <= 100);
        assert_true(strcspn(line, "\n") == 0 || line[strcspn(line, "\n") - 1] != ' ');
    }
    assert_true(lines < 140);
    assert_null(strstr(text, "nan"));
    assert_null(strstr(text, "inf"));
    assert_has(text, "Compared with hpke without escrow, sealing a message of 1 KiB takes 1.96 to 6.10 times as long,\n"
                     "opening it measurably no longer, and it grows by 92 to 125 bytes. ");
    assert_has(text, "- sodium: libsodium has no P-256 (1 scheme)\n");
    assert_has(text, "Remedy: sudo cpupower frequency-set");
    free(text);
    text = text_of(rp_terminal, doc, &(rp_view){.all = true});
    assert_has(text, "What each escrow adds to one message of 64 B (hpke)\n");
    assert_has(text, "Single operations\n");
    free(text);
    rp_document_free(doc);
}

/* A ratio that cannot be told from 1 is no result, whatever its value. */
static void test_answer(void **state)
{
    rp_document *doc = rp_synthetic_run(6, 5);
    char *text = NULL;
    (void)state;

    rp_summarize(doc);
    for (size_t i = 0; i < doc->row_count; i++) {
        const rp_key *key = &doc->cells[doc->rows[i].cell].key;
        if (strcmp(key->escrow, "master") == 0 && strcmp(key->suite, "p256") == 0) {
            doc->rows[i].base_ratio =
                strcmp(key->op, "seal") == 0 ? (rp_estimate){0.94, 0.90, 1.01} : (rp_estimate){0.80, 0.79, 0.81};
        }
    }
    text = text_of(rp_terminal, doc, &(rp_view){0});
    for (char *c = text; *c; c++) {
        if (*c == '\n')
            *c = ' ';
    }
    assert_has(
        text,
        "takes between no measurable cost (master) and 6.10 times as long (threshold), opening it 0.80 times as long "
        "(at the most: no measurable cost), and it grows by ");
    free(text);
    rp_document_free(doc);
}

/* A reason stands only for a system that is impossible here, and not for one that a filtered run left out. */
static void test_systems(void **state)
{
    static const rp_key nowhere[] = {
        {"", "pq3-like", "", "p256-mlkem1024", "", "openssl", 0, 0, -1, 0},
        {"", "pq3-like", "", "p256-mlkem1024", "", "sodium", 0, 0, -1, 0},
        {"", "pq3-like", "", "p256-mlkem1024", "", "mbedtls", 0, 0, -1, 0},
        {"", "hpke", "", "xwing", "", "openssl", 0, 0, -1, 0},
        {"", "hpke", "", "xwing", "", "sodium", 0, 0, -1, 0},
        {"", "hpke", "", "xwing", "", "mbedtls", 0, 0, -1, 0},
        {"", "hpke", "", "p256", "", "sodium", 0, 0, -1, 0}, /* so there is another suite, and OpenSSL has it */
        {"", "ratchet", "threshold", "x25519", "p256", "openssl", 5, 3, -1, 0},
        {"", "ratchet", "threshold", "x25519", "p256", "sodium", 5, 3, -1, 0},
        {"", "ratchet", "threshold", "x25519", "p256", "mbedtls", 5, 3, -1, 0},
    };
    rp_document *doc = small_with(6);
    char *text = NULL;
    (void)state;

    for (size_t i = 0; i < 2; i++) {
        doc->cells[i].key.transport = rp_string(doc, "ratchet");
    }
    for (size_t i = 0; i < sizeof nowhere / sizeof nowhere[0]; i++) {
        char reason[64];
        snprintf(reason, sizeof reason, "no %s in %s", nowhere[i].suite, nowhere[i].backend);
        rp_add_absent(doc, &nowhere[i], reason);
    }
    text = text_of(rp_terminal, doc, &(rp_view){0});
    squeeze(text);
    assert_has(text, "\nWhatsApp, Signal (ratchet)\n ratchet+none, x25519 on sodium ");
    assert_has(text, "\nApple iMessage (2024, post-quantum)\n not here: no p256-mlkem1024 in openssl\n");
    assert_null(strstr(text, "key recovery authority"));
    assert_null(strstr(text, "split keys among agencies"));
    assert_null(strstr(text, "Clipper"));
    free(text);
    rp_document_free(doc);
}

/* A filter leaves rows out; which one stands for a system it does not change. Nor does a place without a figure get a column. */
static void test_filtered_systems(void **state)
{
    rp_document *doc = rp_synthetic_run(6, 2);
    bool *shown = calloc(doc->cell_count, sizeof *shown);
    char *text = NULL;
    (void)state;

    assert_non_null(shown);
    for (size_t i = 0; i < doc->cell_count; i++) {
        rp_cell *c = &doc->cells[i];
        const bool plain = strcmp(c->key.escrow, "none") == 0;
        c->key.transport = rp_string(doc, "ratchet");
        shown[i] = strcmp(c->key.suite, "x25519") == 0 && strcmp(c->key.backend, plain ? "openssl" : "sodium") == 0;
        c->facts.heap_ours_calls = plain ? -1 : 1;
        c->facts.heap_library_calls = plain ? -1 : 2;
    }
    rp_summarize(doc);
    text = text_of(rp_terminal, doc, &(rp_view){.shown = shown});
    squeeze(text);
    assert_has(text, "\nWhatsApp, Signal (ratchet)\n ratchet+none, x25519 on sodium: not in this selection\n");
    assert_has(text, "\n ratchet+master, x25519 on sodium ");
    assert_has(text, "By this program's code + by the library.\n x25519\n sodium\n");
    free(text);
    free(shown);
    rp_document_free(doc);
}

/* One line an escrow, a letter for each who notices; what the table has no short word for it calls by its own. */
static void test_rogues(void **state)
{
    rp_document *doc = small_with(6);
    const rp_key master = doc->cells[1].key;
    char *text = NULL;
    (void)state;

    rp_add_rogue(doc, &master, "garbage", "recipient who checks, 2 of 5 agents");
    rp_add_rogue(doc, &master, "a body with two texts", "nobody");
    rp_add_rogue(doc, &master, "an unheard-of thing", "service");
    text = text_of(rp_terminal, doc, &(rp_view){0});
    squeeze(text);
    assert_has(text, "Rogue senders");
    assert_has(text, "garbage two texts an unheard-of thing");
    assert_has(text, "\nmaster R 2 of 5 agents nobody S\n");
    free(text);
    rp_document_free(doc);
}

/* One line an escrow, one column a cheat, culprits together; where libraries differ both are said. */
static void test_cheats(void **state)
{
    rp_document *doc = small_with(6);
    const rp_key master = doc->cells[1].key;
    rp_key elsewhere = master;
    char *text = NULL;
    (void)state;

    elsewhere.backend = "openssl";
    doc->gates.cheat_count = 0;
    rp_add_cheat(doc, &master, "agent", "a false answer", "named at access");
    rp_add_cheat(doc, &master, "depositor", "random bytes", "not noticed");
    rp_add_cheat(doc, &master, "agent", "an unheard-of thing", "noticed at access");
    rp_add_cheat(doc, &elsewhere, "agent", "a false answer", "noticed at access");
    text = text_of(rp_terminal, doc, &(rp_view){0});
    squeeze(text);
    assert_has(text, "Who cheats, and what comes of it");
    assert_has(text, "answer an unheard-of thing random");
    assert_has(text, "\nmaster A/a a nobody\n");
    free(text);
    rp_document_free(doc);
}

/* What is measured stands somewhere. */
static void test_all(void **state)
{
    rp_document *doc = small_with(6);
    char *text = NULL;
    (void)state;

    doc->timer.resolution_ns = 2;
    doc->timer.overhead_ns = 31;
    doc->timer.ticks = "tsc";
    doc->timer.ticks_hz = 2.6e9;
    doc->cells[1].facts.heap_ours_calls = 0;
    doc->cells[1].facts.heap_peak_bytes = 4321;
    doc->cells[1].facts.stack_bytes = 1234;
    doc->cells[1].facts.code_bytes = 987;
    for (size_t i = 0; i < doc->block_count; i++) {
        doc->blocks[i].slices[1].ticks = 13000000; /* of 100 operations */
    }
    rp_summarize(doc);
    text = text_of(rp_terminal, doc, &(rp_view){.all = true});
    squeeze(text);
    assert_has(text, "master 50.2 us [50.0, 50.5] +30.2 us [+30.0, +30.5] 2.51 [2.50, 2.52] 1.05 [1.04, 1.05] 1.00\n");
    assert_has(text, "none 20.0 us [20.0, 20.0]");
    assert_has(text, "master 130,000");
    assert_has(text, "master 0 - 4,321 1,234 987\n");
    assert_has(text, "Clock: CLOCK_MONOTONIC, in steps of 2.00 ns; a pair of readings costs 43.5 ns");
    assert_has(text, "(tsc) go at one rate");
    assert_has(text, "(tsc) go at 2,600 MHz");
    free(text);
    rp_document_free(doc);
}

static void test_beside(void **state)
{
    rp_document *doc = small_with(6);
    char *text = NULL;
    (void)state;

    doc->cells[0].key.op = rp_string(doc, "open");
    doc->cells[1].key.op = rp_string(doc, "reject-message");
    text = text_of(rp_terminal, doc, &(rp_view){0});
    squeeze(text);
    assert_has(text, "cell accept refuse x accept\nmaster 20.0 us 50.2 us 2.51 [2.50, 2.52]\n");
    assert_null(strstr(text, "First use, parsed, reused"));
    free(text);
    doc->cells[1].key.op = rp_string(doc, "open-first");
    text = text_of(rp_terminal, doc, &(rp_view){0});
    squeeze(text);
    assert_has(text, "none 20.0 us 50.2 us 2.51 [2.50, 2.52]\n");
    assert_null(strstr(text, "Refusing"));
    free(text);
    rp_document_free(doc);
}

static void test_nothing(void **state)
{
    static const format_fn all[] = {rp_terminal, rp_markdown, rp_csv, rp_json};
    rp_document *empty = rp_document_new();
    rp_document *unmeasured = rp_synthetic_small();
    (void)state;

    rp_summarize(empty);
    rp_summarize(unmeasured);
    for (size_t i = 0; i < 4; i++) {
        free(text_of(all[i], empty, &(rp_view){.all = true}));
        char *text = text_of(all[i], unmeasured, &(rp_view){.all = true});
        assert_null(strstr(text, "nan"));
        free(text);
    }
    rp_document_free(empty);
    rp_document_free(unmeasured);
}

static void test_markdown(void **state)
{
    rp_document *doc = small_with(6);
    char *text = NULL;
    (void)state;

    doc->subject.libraries[0].version = rp_string(doc, "1|0*_");
    text = text_of(rp_markdown, doc, &(rp_view){0});
    assert_has(text, "# escrowbench 0.1.0, quick run");
    assert_has(text, "|  | seal: us | seal: x none [95 %] | open: us | open: x none [95 %] | bytes |\n"
                     "| --- | ---: | ---: | ---: | ---: | ---: |\n");
    assert_has(text, "| **x25519 on libsodium 1\\|0\\*\\_** |");
    assert_has(text, "|   master | +30.2 | 2.51 [2.50, 2.52] | \u2013 |  | +92 |\n");
    free(text);
    rp_document_free(doc);
}

static size_t fields_in(const char *line)
{
    size_t n = 1;
    bool quoted = false;

    for (; *line && *line != '\n'; line++) {
        quoted ^= *line == '"';
        n += *line == ',' && !quoted;
    }
    return n;
}

static void test_csv(void **state)
{
    rp_document *doc = small_with(6);
    bool *shown = NULL;
    char *text = NULL;
    const char *line = NULL;
    rp_error err = {""};
    (void)state;

    doc->cells[1].note = rp_string(doc, "a, \"b\"");
    text = text_of(rp_csv, doc, &(rp_view){0});
    line = strchr(text, '\n') + 1;
    static const char columns[] =
        "base,floor,id,phase,payer,kind,block,single,classical,note,constant_time,constant_time_by,op,";
    assert_int_equal(strncmp(text, columns, sizeof columns - 1), 0);
    for (int i = 0; i < 3; i++, line = strchr(line, '\n') + 1) {
        assert_int_equal(fields_in(line), fields_in(text));
    }
    assert_int_equal(*line, '\0');
    assert_has(text, "\nnone,floor,master,,,cell,b,false,false,\"a, \"\"b\"\"\",");
    assert_has(text, ",seal,hpke,master,x25519,,sodium,0,0,1,1000,6,6,50250,");
    free(text);
    shown = rp_filter(doc, "^ma", &err);
    text = text_of(rp_csv, doc, &(rp_view){.shown = shown});
    assert_null(strstr(text, "\n,,none"));
    assert_has(text, "\nnone,floor,master,");
    free(text);
    free(shown);
    assert_null(rp_filter(doc, "(", &err));
    assert_non_null(strstr(err.text, "is not a regular expression"));
    rp_document_free(doc);
}

static void test_json(void **state)
{
    rp_document *doc = small_with(6);
    char *text = text_of(rp_json, doc, &(rp_view){0});
    json_t *json = json_loads(text, 0, NULL);
    const json_t *row = json_array_get(json_object_get(json, "rows"), 1);
    (void)state;

    assert_string_equal(json_string_value(json_object_get(json, "schema")), "escrowbench-rows/1");
    assert_int_equal(json_array_size(json_object_get(json, "rows")), 3);
    assert_string_equal(json_string_value(json_object_get(row, "base")), "none");
    assert_true(fabs(json_number_value(json_object_get(row, "ns")) - 50250) < 1e-6);
    assert_null(json_object_get(row, "cycles"));
    json_decref(json);
    free(text);
    rp_document_free(doc);
}

static void test_numbers(void **state)
{
    static const struct {
        double value;
        const char *digits, *time, *ratio;
    } cases[] = {
        {0, "0", "0 ns", "0.00"},
        {0.99951, "1.00", "1.00 ns", "1.00"},
        {1.2345, "1.23", "1.23 ns", "1.23"},
        {9.996, "10.0", "10.0 ns", "10.0"},
        {99.96, "100", "100 ns", "100"},
        {999.4, "999", "999 ns", "999"},
        {999.6, "1,000", "1.00 us", "1,000"},
        {1234567, "1,230,000", "1.23 ms", "1,230,000"},
        {NAN, "-", "-", "-"},
        {INFINITY, "-", "-", "-"},
        {5.5e10, "55,000,000,000", "55.0 s", "55,000,000,000"},
    };
    static const double times[] = {NAN, 120, 5e6};
    char text[64];
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_string_equal(rp_digits(text, sizeof text, cases[i].value), cases[i].digits);
        assert_string_equal(rp_time(text, sizeof text, cases[i].value), cases[i].time);
        assert_string_equal(rp_ratio(text, sizeof text, cases[i].value), cases[i].ratio);
    }
    assert_string_equal(rp_count(text, sizeof text, 1234567), "1,234,567");
    assert_string_equal(rp_count(text, sizeof text, -1), "-");
    assert_string_equal(rp_size(text, sizeof text, 0), "0 B");
    assert_string_equal(rp_size(text, sizeof text, 1000), "1000 B");
    assert_string_equal(rp_size(text, sizeof text, 65536), "64 KiB");
    assert_string_equal(rp_unit_for(times, 3).name, "us");
    assert_string_equal(rp_unit_for(NULL, 0).name, "ns");
    assert_string_equal(rp_added(text, sizeof text, -310e3, rp_unit_for(&times[2], 1)), "-0.31");
}

/* Runs the command in a child whose output goes to `out`; returns its exit code, or -1 if it crashed. */
static int command(int out, const char *const *words)
{
    const pid_t pid = fork();
    int status = 0;

    if (pid == 0) {
        char *argv[8] = {(char *)"report"};
        int argc = 1;
        for (; words[argc - 1]; argc++) {
            argv[argc] = strdup(words[argc - 1]);
        }
        dup2(out, STDOUT_FILENO);
        exit(cmd_report(argc, argv));
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

#define COMMAND(out, ...) command(out, (const char *const[]){__VA_ARGS__, NULL})

static void test_command(void **state)
{
    char run[] = "/tmp/eb-formats-XXXXXX";
    rp_document *doc = rp_synthetic_run(6, 20);
    FILE *null = fopen("/dev/null", "w");
    FILE *full = fopen("/dev/full", "w");
    rp_error err = {""};
    struct stat st;
    int ends[2];
    (void)state;

    assert_int_equal(close(mkstemp(run)), 0);
    rp_summarize(doc);
    assert_true(rp_document_save(doc, run, &err));
    assert_int_equal(COMMAND(fileno(null), run), 0);
    assert_int_equal(COMMAND(fileno(null), run, "--format", "csv", "--filter", "seal.*sodium"), 0);
    assert_int_equal(COMMAND(fileno(null), "--help"), 0);
    assert_int_equal(COMMAND(fileno(null), run, "--format", "pdf"), 2);
    assert_int_equal(COMMAND(fileno(null), run, "--filter", "["), 2);
    assert_int_equal(COMMAND(fileno(null), run, "--filter", "nothing matches this"), 2);
    assert_int_equal(COMMAND(fileno(null), run, "--nonsense"), 2);
    assert_int_equal(COMMAND(fileno(null), "/nonexistent/run.json"), 1);
    assert_int_equal(COMMAND(fileno(full), run), 1);
    assert_int_equal(COMMAND(fileno(null), run, "--out", "/dev/full"), 1);
    assert_int_equal(stat("/dev/full", &st), 0);
    assert_true(S_ISCHR(st.st_mode));
    assert_int_equal(pipe(ends), 0);
    close(ends[0]);
    assert_int_equal(COMMAND(ends[1], run), 1);
    close(ends[1]);
    (void)fclose(null);
    (void)fclose(full);
    unlink(run);
    rp_document_free(doc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_terminal),
        cmocka_unit_test(test_upkeep),
        cmocka_unit_test(test_search),
        cmocka_unit_test(test_peer_beside_each_library),
        cmocka_unit_test(test_forgery_and_state),
        cmocka_unit_test(test_no_interval_below_six),
        cmocka_unit_test(test_whole_run),
        cmocka_unit_test(test_all),
        cmocka_unit_test(test_beside),
        cmocka_unit_test(test_nothing),
        cmocka_unit_test(test_markdown),
        cmocka_unit_test(test_csv),
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_command),
        cmocka_unit_test(test_systems),
        cmocka_unit_test(test_filtered_systems),
        cmocka_unit_test(test_rogues),
        cmocka_unit_test(test_cheats),
        cmocka_unit_test(test_answer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
