/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/worker.h"

#include "bench/args.h"
#include "bench/commands/commands.h"
#include "bench/state.h"

#define AT(member) offsetof(eb_worker_options, member)

static const eb_option options[] = {
    {.name = "protocol", .value = "N", .type = EB_ARG_UNSIGNED, .offset = AT(protocol), .help = "Protocol version."},
    {.name = "journal", .value = "FILE", .type = EB_ARG_STRING, .offset = AT(journal), .help = "The run's journal."},
    {.name = "process", .value = "K", .type = EB_ARG_UNSIGNED, .offset = AT(process), .help = "Which process it is."},
    {.name = "processes", .value = "N", .type = EB_ARG_UNSIGNED, .offset = AT(processes), .help = "Of how many."},
    {.name = "cpu", .value = "N", .type = EB_ARG_UNSIGNED, .offset = AT(cpu), .help = "The CPU to run on."},
    {.name = "seed", .value = "S", .type = EB_ARG_U64, .offset = AT(seed), .help = "Seed of coins and orders."},
    {.name = "origin",
     .value = "NS",
     .type = EB_ARG_U64,
     .offset = AT(origin),
     .help = "The run's start on the clock."},
    {.name = "budget",
     .value = "SECONDS",
     .type = EB_ARG_SECONDS,
     .offset = AT(budget),
     .help = "Time for all blocks."},
    {.name = "slice", .value = "SECONDS", .type = EB_ARG_SECONDS, .offset = AT(slice), .help = "Time of one slice."},
    {.name = "min-time", .value = "SECONDS", .type = EB_ARG_SECONDS, .offset = AT(min_time), .help = "Time of a cell."},
    {.name = "latency", .type = EB_ARG_FLAG, .offset = AT(latency), .help = "Take percentiles instead of blocks."},
    {0},
};

static const eb_command command = {
    .name = "worker",
    .about = "One measuring process of a run; `run` starts it. See bench/worker.h for the protocol.",
    .options = options,
};

int cmd_worker(int argc, char **argv)
{
    eb_worker_options o = {.protocol = 0, .slice = 0.001, .cpu = EB_WORKER_ANY_CPU};
    const eb_args_status s = eb_args_parse(&command, argc, argv, &o, NULL);
    if (s != EB_ARGS_OK)
        return eb_args_exit(s);
    if (o.journal == NULL)
        return eb_usage(&command, "--journal is missing");
    return eb_begin() ? eb_worker_run(&o) : 1;
}
