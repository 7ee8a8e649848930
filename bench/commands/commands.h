/* SPDX-License-Identifier: Apache-2.0 */
/* The commands: each parses argv[1] on (argv[0] is its name), does its work, and returns the program's exit code: 0, 1 for
 * a failure, 2 for a wrong use. Each calls eb_start once its arguments are parsed, so that --help works without any
 * library, and eb_stop at its end. */
#ifndef EB_COMMANDS_H
#define EB_COMMANDS_H

int cmd_list(int argc, char **argv);
int cmd_verify(int argc, char **argv);
int cmd_run(int argc, char **argv);
int cmd_report(int argc, char **argv);
int cmd_across(int argc, char **argv);
int cmd_compare(int argc, char **argv);
int cmd_import(int argc, char **argv);
int cmd_worker(int argc, char **argv);
int cmd_ab(int argc, char **argv);
int cmd_serve(int argc, char **argv);
int cmd_constant_time(int argc, char **argv);
int cmd_count(int argc, char **argv);
int cmd_authority(int argc, char **argv);
int cmd_keygen(int argc, char **argv);
int cmd_seal(int argc, char **argv);
int cmd_open(int argc, char **argv);
int cmd_access(int argc, char **argv);

#endif
