/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/serve.h"

#include "bench/args.h"
#include "bench/commands/commands.h"
#include "bench/state.h"

typedef struct serve_options {
    unsigned protocol;
} serve_options;

static const eb_option options[] = {
    {.name = "protocol",
     .value = "N",
     .type = EB_ARG_UNSIGNED,
     .offset = offsetof(serve_options, protocol),
     .help = "Protocol version."},
    {0},
};

static const eb_command command = {
    .name = "serve",
    .about = "One of the two programs that `ab` compares; `ab` starts it. See bench/serve.h for the protocol.",
    .options = options,
};

int cmd_serve(int argc, char **argv)
{
    serve_options o = {0};
    const eb_args_status s = eb_args_parse(&command, argc, argv, &o, NULL);
    if (s != EB_ARGS_OK)
        return eb_args_exit(s);
    return eb_begin() ? eb_serve_run(o.protocol) : 1;
}
