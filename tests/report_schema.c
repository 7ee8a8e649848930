/* SPDX-License-Identifier: Apache-2.0 */
/* The published schema against what the program writes: by a small validator of the keywords that the schema uses, and by
 * Python's jsonschema where that is installed. A member that the program writes and the schema does not list fails. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "bench/report/summary.h"
#include "tests/report_synthetic.h"

static json_t *schema;
static const char schema_path[] = EB_SOURCE_DIR "/results/schema.json";

static int load_schema(void **state)
{
    (void)state;
    schema = json_load_file(schema_path, 0, NULL);
    return schema ? 0 : -1;
}

static int free_schema(void **state)
{
    (void)state;
    json_decref(schema);
    return 0;
}

static bool is_type(const json_t *value, const char *type)
{
    return (strcmp(type, "object") == 0 && json_is_object(value)) ||
           (strcmp(type, "array") == 0 && json_is_array(value)) ||
           (strcmp(type, "string") == 0 && json_is_string(value)) ||
           (strcmp(type, "boolean") == 0 && json_is_boolean(value)) ||
           (strcmp(type, "integer") == 0 && json_is_integer(value)) ||
           (strcmp(type, "number") == 0 && json_is_number(value)) || (strcmp(type, "null") == 0 && json_is_null(value));
}

static bool has_type(const json_t *value, const json_t *type)
{
    if (!type || (json_is_string(type) && is_type(value, json_string_value(type)))) {
        return true;
    }
    for (size_t i = 0; i < json_array_size(type); i++) {
        if (is_type(value, json_string_value(json_array_get(type, i)))) {
            return true;
        }
    }
    return false;
}

static bool in_bounds(const json_t *value, const json_t *rule)
{
    const json_t *minimum = json_object_get(rule, "minimum");
    const json_t *above = json_object_get(rule, "exclusiveMinimum");
    const json_t *constant = json_object_get(rule, "const");

    return (!minimum || !json_is_number(value) || json_number_value(value) >= json_number_value(minimum)) &&
           (!above || !json_is_number(value) || json_number_value(value) > json_number_value(above)) &&
           (!constant || json_equal(value, constant));
}

static bool valid(const json_t *value, const json_t *rule, const char *where);

static bool valid_object(const json_t *value, const json_t *rule, const char *where)
{
    const json_t *properties = json_object_get(rule, "properties");
    const json_t *required = json_object_get(rule, "required");
    const char *key = NULL;
    json_t *member = NULL;

    for (size_t i = 0; i < json_array_size(required); i++) {
        if (!json_object_get(value, json_string_value(json_array_get(required, i)))) {
            print_error("%s: %s is missing\n", where, json_string_value(json_array_get(required, i)));
            return false;
        }
    }
    json_object_foreach((json_t *)value, key, member)
    {
        const json_t *own = json_object_get(properties, key);
        if (properties && !own) {
            print_error("%s: %s is not in the schema\n", where, key);
            return false;
        }
        if (own && !valid(member, own, key)) {
            return false;
        }
    }
    return true;
}

static bool valid(const json_t *value, const json_t *rule, const char *where)
{
    const char *ref = json_string_value(json_object_get(rule, "$ref"));

    if (ref) { /* "#/$defs/NAME" */
        rule = json_object_get(json_object_get(schema, "$defs"), ref + strlen("#/$defs/"));
    }
    if (!rule || !has_type(value, json_object_get(rule, "type")) || !in_bounds(value, rule)) {
        print_error("%s: does not fit the schema\n", where);
        return false;
    }
    if (json_is_object(value)) {
        return valid_object(value, rule, where);
    }
    for (size_t i = 0; i < json_array_size(value); i++) {
        const json_t *prefix = json_array_get(json_object_get(rule, "prefixItems"), i);
        if (!valid(json_array_get(value, i), prefix ? prefix : json_object_get(rule, "items"), where)) {
            return false;
        }
    }
    return true;
}

/* A document in which everything is known. */
static rp_document *full_document(void)
{
    rp_document *doc = rp_synthetic_run(6, 2);
    rp_facts *facts = &doc->cells[0].facts;

    for (int64_t *f = &facts->wire_bytes; f <= &facts->code_bytes; f++) {
        *f = 7;
    }
    doc->seconds = 60;
    doc->cells[0].note = rp_string(doc, "a note");
    doc->blocks[0].slices[0].ticks = 5;
    doc->blocks[0].slices[0].cycles = 5;
    doc->blocks[0].slices[0].instructions = 5;
    doc->cells[0].count = (rp_tally){361204.5, 120000, 90000, 0.0001, 4};
    doc->cells[0].constant_time = "passed";
    doc->cells[0].constant_time_by = "memcheck+statistics";
    doc->counting =
        (rp_counting){"qemu-plugin", "qemu-x86_64 version 7.2.22", "qemu-x86_64 -cpu max", "aes,avx2", "gfni"};
    doc->timer = (rp_timer){"c", 1, 40, 20, "tsc", 2e9, "perf"};
    memset(doc->machine.governor, 'x', 3);
    doc->machine.load_1min = 0.5;
    doc->machine.memory_bytes = 1 << 30;
    doc->machine.cpus_online = 2;
    json_object_set_new(doc->options, "budget", json_real(60));
    rp_summarize(doc);
    return doc;
}

/* Runs Python on a script and two files; returns its exit code. */
static int python(const char *script, const char *first, const char *second)
{
    const pid_t pid = fork();
    int status = 0;

    if (pid == 0) {
        execlp("python3", "python3", "-c", script, first, second, (char *)NULL);
        _exit(127);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Where jsonschema is not installed, or is too old for the draft, there is nothing to ask. */
static void ask_python(const char *path)
{
    static const char script[] = "import json, sys\n"
                                 "try:\n"
                                 "    from jsonschema import Draft202012Validator\n"
                                 "except ImportError:\n"
                                 "    sys.exit(0)\n"
                                 "schema = json.load(open(sys.argv[1]))\n"
                                 "Draft202012Validator.check_schema(schema)\n"
                                 "Draft202012Validator(schema).validate(json.load(open(sys.argv[2])))\n";
    const int code = python(script, schema_path, path);

    assert_true(code == 0 || code == 127);
}

static void test_own_documents(void **state)
{
    rp_document *docs[] = {full_document(), rp_synthetic_small(), rp_synthetic_run(1, 1)};
    char path[] = "/tmp/eb-schema-XXXXXX";
    rp_error err = {""};
    (void)state;

    assert_int_equal(close(mkstemp(path)), 0);
    for (size_t i = 0; i < 3; i++) {
        json_t *json = NULL;
        rp_summarize(docs[i]);
        assert_true(rp_document_save(docs[i], path, &err));
        json = json_load_file(path, 0, NULL);
        assert_non_null(json);
        assert_true(valid(json, schema, "document"));
        json_decref(json);
        ask_python(path);
        rp_document_free(docs[i]);
    }
    unlink(path);
}

/* The validator itself must be able to say no. */
static void test_refusals(void **state)
{
    static const char *const bad[] = {
        "{}",
        "{\"schema\":\"escrowbench-run/2\"}",
        "{\"schema\":\"escrowbench-run/1\",\"created\":1,\"suite\":\"\",\"machine\":{},\"machine_class\":\"\","
        "\"subject\":{\"libraries\":[]},\"cells\":[]}",
        "{\"schema\":\"escrowbench-run/1\",\"created\":\"\",\"suite\":\"\",\"machine\":{},\"machine_class\":\"\","
        "\"subject\":{\"libraries\":[]},\"cells\":[],\"blocks\":[{\"id\":\"b\",\"process\":0,"
        "\"slices\":[[0,0,0,0,1,0]]}]}",
    };
    (void)state;

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        json_t *json = json_loads(bad[i], 0, NULL);
        assert_non_null(json);
        assert_false(valid(json, schema, "(expected)"));
        json_decref(json);
    }
}

/* Every member is described. */
static bool described(const json_t *rule)
{
    const char *key = NULL;
    json_t *member = NULL;

    json_object_foreach(json_object_get(rule, "properties"), key, member)
    {
        if (!json_object_get(member, "$ref") && (!json_object_get(member, "description") || !described(member))) {
            print_error("%s: no description\n", key);
            return false;
        }
    }
    return true;
}

static void test_descriptions(void **state)
{
    const char *key = NULL;
    json_t *rule = NULL;
    (void)state;

    assert_true(described(schema));
    json_object_foreach(json_object_get(schema, "$defs"), key, rule)
    {
        assert_true(described(rule));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_own_documents),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_descriptions),
    };

    return cmocka_run_group_tests(tests, load_schema, free_schema);
}
