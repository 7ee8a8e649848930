/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/args.h"
#include "bench/commands/commands.h"
#include "bench/count/worker.h"
#include "bench/secrecy/worker.h"
#include "bench/state.h"

typedef struct count_options {
    const char *scratch;
    bool secrets;
} count_options;

static const eb_option options[] = {
    {.name = "scratch",
     .value = "FOLDER",
     .type = EB_ARG_STRING,
     .offset = offsetof(count_options, scratch),
     .help = "Where callgrind writes."},
    {.name = "secrets",
     .type = EB_ARG_FLAG,
     .offset = offsetof(count_options, secrets),
     .help = "Watch secrets, as `constant-time` asks, instead of counting."},
    {0},
};

static const eb_command command = {
    .name = "count",
    .about = "A counting process of `run --instructions`, or a watching one of `constant-time`. See "
             "bench/count/worker.h for the protocol.",
    .options = options,
};

int cmd_count(int argc, char **argv)
{
    count_options o = {.scratch = ""};
    const eb_args_status s = eb_args_parse(&command, argc, argv, &o, NULL);
    if (s != EB_ARGS_OK)
        return eb_args_exit(s);
    if (!eb_begin())
        return 1;
    return o.secrets ? eb_secrecy_serve() : eb_count_serve(o.scratch);
}
