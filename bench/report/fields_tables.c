/* SPDX-License-Identifier: Apache-2.0 */
/* The members of every structure, by their names in the file. Positional initialisers: these are tables. */
#include "bench/report/fields.h"

#define SIZE(type, member) sizeof(((type *)0)->member)

const rp_field rp_head_fields[] = {
    {"created", RP_T_CHARS, offsetof(rp_document, created), SIZE(rp_document, created), true},
    {"suite", RP_T_TEXT, offsetof(rp_document, suite), SIZE(rp_document, suite), true},
    {"seed", RP_T_SEED, offsetof(rp_document, seed), SIZE(rp_document, seed), false},
    {"complete", RP_T_BOOL, offsetof(rp_document, complete), SIZE(rp_document, complete), false},
    {"seconds", RP_T_REAL, offsetof(rp_document, seconds), SIZE(rp_document, seconds), false},
    {"machine_class", RP_T_CHARS, offsetof(rp_document, machine_class), SIZE(rp_document, machine_class), true},
    {NULL, RP_T_TEXT, 0, 0, false},
};

const rp_field rp_late_fields[] = {
    {"complete", RP_T_BOOL, offsetof(rp_document, complete), SIZE(rp_document, complete), false},
    {"seconds", RP_T_REAL, offsetof(rp_document, seconds), SIZE(rp_document, seconds), false},
    {NULL, RP_T_TEXT, 0, 0, false},
};

const rp_field rp_machine_fields[] = {
    {"arch", RP_T_CHARS, offsetof(hn_environment, arch), SIZE(hn_environment, arch), false},
    {"cpu_vendor", RP_T_CHARS, offsetof(hn_environment, cpu_vendor), SIZE(hn_environment, cpu_vendor), false},
    {"cpu_family", RP_T_CHARS, offsetof(hn_environment, cpu_family), SIZE(hn_environment, cpu_family), false},
    {"cpu_model", RP_T_CHARS, offsetof(hn_environment, cpu_model), SIZE(hn_environment, cpu_model), false},
    {"cpu_stepping", RP_T_CHARS, offsetof(hn_environment, cpu_stepping), SIZE(hn_environment, cpu_stepping), false},
    {"cpu_name", RP_T_CHARS, offsetof(hn_environment, cpu_name), SIZE(hn_environment, cpu_name), false},
    {"board", RP_T_CHARS, offsetof(hn_environment, board), SIZE(hn_environment, board), false},
    {"cores", RP_T_CHARS, offsetof(hn_environment, cores), SIZE(hn_environment, cores), false},
    {"features", RP_T_LIST, offsetof(hn_environment, features), SIZE(hn_environment, features), false},
    {"cpus_online", RP_T_INT, offsetof(hn_environment, cpus_online), SIZE(hn_environment, cpus_online), false},
    {"cpus_allowed", RP_T_INT, offsetof(hn_environment, cpus_allowed), SIZE(hn_environment, cpus_allowed), false},
    {"governor", RP_T_CHARS, offsetof(hn_environment, governor), SIZE(hn_environment, governor), false},
    {"turbo", RP_T_CHARS, offsetof(hn_environment, turbo), SIZE(hn_environment, turbo), false},
    {"smt", RP_T_CHARS, offsetof(hn_environment, smt), SIZE(hn_environment, smt), false},
    {"hypervisor", RP_T_CHARS, offsetof(hn_environment, hypervisor), SIZE(hn_environment, hypervisor), false},
    {"execution", RP_T_CHARS, offsetof(hn_environment, execution), SIZE(hn_environment, execution), false},
    {"emulator", RP_T_CHARS, offsetof(hn_environment, emulator), SIZE(hn_environment, emulator), false},
    {"kernel", RP_T_CHARS, offsetof(hn_environment, kernel), SIZE(hn_environment, kernel), false},
    {"os", RP_T_CHARS, offsetof(hn_environment, os), SIZE(hn_environment, os), false},
    {"root", RP_T_CHARS, offsetof(hn_environment, root), SIZE(hn_environment, root), false},
    {"libc", RP_T_CHARS, offsetof(hn_environment, libc), SIZE(hn_environment, libc), false},
    {"clocksource", RP_T_CHARS, offsetof(hn_environment, clocksource), SIZE(hn_environment, clocksource), false},
    {"ticks", RP_T_CHARS, offsetof(hn_environment, ticks), SIZE(hn_environment, ticks), false},
    {"counters", RP_T_CHARS, offsetof(hn_environment, counters), SIZE(hn_environment, counters), false},
    {"counters_missing", RP_T_CHARS, offsetof(hn_environment, counters_missing), SIZE(hn_environment, counters_missing),
     false},
    {"load_1min", RP_T_REAL, offsetof(hn_environment, load_1min), SIZE(hn_environment, load_1min), false},
    {"throttle_events", RP_T_COUNT, offsetof(hn_environment, throttle_events), SIZE(hn_environment, throttle_events),
     false},
    {"memory_bytes", RP_T_COUNT, offsetof(hn_environment, memory_bytes), SIZE(hn_environment, memory_bytes), false},
    {NULL, RP_T_TEXT, 0, 0, false},
};

const rp_field rp_subject_fields[] = {
    {"version", RP_T_TEXT, offsetof(rp_subject, version), SIZE(rp_subject, version), false},
    {"commit", RP_T_TEXT, offsetof(rp_subject, commit), SIZE(rp_subject, commit), false},
    {"dirty", RP_T_BOOL, offsetof(rp_subject, dirty), SIZE(rp_subject, dirty), false},
    {"compiler", RP_T_TEXT, offsetof(rp_subject, compiler), SIZE(rp_subject, compiler), false},
    {"flags", RP_T_TEXT, offsetof(rp_subject, flags), SIZE(rp_subject, flags), false},
    {"build_type", RP_T_TEXT, offsetof(rp_subject, build_type), SIZE(rp_subject, build_type), false},
    {"engine", RP_T_TEXT, offsetof(rp_subject, engine), SIZE(rp_subject, engine), false},
    {"packages", RP_T_LIST, offsetof(rp_subject, packages), SIZE(rp_subject, packages), false},
    {NULL, RP_T_TEXT, 0, 0, false},
};

const rp_field rp_library_fields[] = {
    {"backend", RP_T_TEXT, offsetof(rp_library, backend), SIZE(rp_library, backend), true},
    {"library", RP_T_TEXT, offsetof(rp_library, library), SIZE(rp_library, library), false},
    {"version", RP_T_TEXT, offsetof(rp_library, version), SIZE(rp_library, version), true},
    {NULL, RP_T_TEXT, 0, 0, false},
};

const rp_field rp_timer_fields[] = {
    {"name", RP_T_TEXT, offsetof(rp_timer, name), SIZE(rp_timer, name), false},
    {"resolution_ns", RP_T_REAL, offsetof(rp_timer, resolution_ns), SIZE(rp_timer, resolution_ns), false},
    {"pair_cost_ns", RP_T_REAL, offsetof(rp_timer, pair_cost_ns), SIZE(rp_timer, pair_cost_ns), false},
    {"overhead_ns", RP_T_REAL, offsetof(rp_timer, overhead_ns), SIZE(rp_timer, overhead_ns), false},
    {"ticks", RP_T_TEXT, offsetof(rp_timer, ticks), SIZE(rp_timer, ticks), false},
    {"ticks_hz", RP_T_REAL, offsetof(rp_timer, ticks_hz), SIZE(rp_timer, ticks_hz), false},
    {"cycles", RP_T_TEXT, offsetof(rp_timer, cycles), SIZE(rp_timer, cycles), false},
    {NULL, RP_T_TEXT, 0, 0, false},
};

const rp_field rp_counting_fields[] = {
    {"tool", RP_T_TEXT, offsetof(rp_counting, tool), SIZE(rp_counting, tool), false},
    {"version", RP_T_TEXT, offsetof(rp_counting, version), SIZE(rp_counting, version), false},
    {"emulator", RP_T_TEXT, offsetof(rp_counting, emulator), SIZE(rp_counting, emulator), false},
    {"features", RP_T_LIST, offsetof(rp_counting, features), SIZE(rp_counting, features), false},
    {"unseen", RP_T_LIST, offsetof(rp_counting, unseen), SIZE(rp_counting, unseen), false},
    {NULL, RP_T_TEXT, 0, 0, false},
};

const rp_field rp_warning_fields[] = {
    {"text", RP_T_TEXT, offsetof(rp_warning, text), SIZE(rp_warning, text), true},
    {"remedy", RP_T_TEXT, offsetof(rp_warning, remedy), SIZE(rp_warning, remedy), false},
    {NULL, RP_T_TEXT, 0, 0, false},
};

const rp_field rp_gate_fields[] = {
    {"passed", RP_T_COUNT, offsetof(rp_gates, passed), SIZE(rp_gates, passed), false},
    {"failed", RP_T_COUNT, offsetof(rp_gates, failed), SIZE(rp_gates, failed), false},
    {"skipped", RP_T_COUNT, offsetof(rp_gates, skipped), SIZE(rp_gates, skipped), false},
    {"remembered", RP_T_COUNT, offsetof(rp_gates, remembered), SIZE(rp_gates, remembered), false},
    {"checks", RP_T_COUNT, offsetof(rp_gates, checks), SIZE(rp_gates, checks), false},
    {"seconds", RP_T_REAL, offsetof(rp_gates, seconds), SIZE(rp_gates, seconds), false},
    {NULL, RP_T_TEXT, 0, 0, false},
};

const rp_field rp_key_fields[] = {
    {"op", RP_T_TEXT, offsetof(rp_key, op), SIZE(rp_key, op), false},
    {"transport", RP_T_TEXT, offsetof(rp_key, transport), SIZE(rp_key, transport), false},
    {"escrow", RP_T_TEXT, offsetof(rp_key, escrow), SIZE(rp_key, escrow), false},
    {"suite", RP_T_TEXT, offsetof(rp_key, suite), SIZE(rp_key, suite), false},
    {"escrow_suite", RP_T_TEXT, offsetof(rp_key, escrow_suite), SIZE(rp_key, escrow_suite), false},
    {"backend", RP_T_TEXT, offsetof(rp_key, backend), SIZE(rp_key, backend), false},
    {"agents", RP_T_U32, offsetof(rp_key, agents), SIZE(rp_key, agents), false},
    {"threshold", RP_T_U32, offsetof(rp_key, threshold), SIZE(rp_key, threshold), false},
    {"devices", RP_T_U32, offsetof(rp_key, devices), SIZE(rp_key, devices), false},
    {"size", RP_T_COUNT, offsetof(rp_key, size), SIZE(rp_key, size), false},
    {NULL, RP_T_TEXT, 0, 0, false},
};

const rp_field rp_cell_fields[] = {
    {"id", RP_T_TEXT, offsetof(rp_cell, id), SIZE(rp_cell, id), true},
    {"phase", RP_T_TEXT, offsetof(rp_cell, phase), SIZE(rp_cell, phase), false},
    {"payer", RP_T_TEXT, offsetof(rp_cell, payer), SIZE(rp_cell, payer), false},
    {"kind", RP_T_TEXT, offsetof(rp_cell, kind), SIZE(rp_cell, kind), true},
    {"block", RP_T_TEXT, offsetof(rp_cell, block), SIZE(rp_cell, block), false},
    {"single", RP_T_BOOL, offsetof(rp_cell, single), SIZE(rp_cell, single), false},
    {"classical", RP_T_BOOL, offsetof(rp_cell, classical), SIZE(rp_cell, classical), false},
    {"note", RP_T_TEXT, offsetof(rp_cell, note), SIZE(rp_cell, note), false},
    {"constant_time", RP_T_TEXT, offsetof(rp_cell, constant_time), SIZE(rp_cell, constant_time), false},
    {"constant_time_by", RP_T_TEXT, offsetof(rp_cell, constant_time_by), SIZE(rp_cell, constant_time_by), false},
    {NULL, RP_T_TEXT, 0, 0, false},
};

const rp_field rp_facts_fields[] = {
    {"wire_bytes", RP_T_COUNT, offsetof(rp_facts, wire_bytes), SIZE(rp_facts, wire_bytes), false},
    {"header_bytes", RP_T_COUNT, offsetof(rp_facts, header_bytes), SIZE(rp_facts, header_bytes), false},
    {"capsule_bytes", RP_T_COUNT, offsetof(rp_facts, capsule_bytes), SIZE(rp_facts, capsule_bytes), false},
    {"partial_bytes", RP_T_COUNT, offsetof(rp_facts, partial_bytes), SIZE(rp_facts, partial_bytes), false},
    {"public_bytes", RP_T_COUNT, offsetof(rp_facts, public_bytes), SIZE(rp_facts, public_bytes), false},
    {"stored_user_bytes", RP_T_COUNT, offsetof(rp_facts, stored_user_bytes), SIZE(rp_facts, stored_user_bytes), false},
    {"stored_agent_bytes", RP_T_COUNT, offsetof(rp_facts, stored_agent_bytes), SIZE(rp_facts, stored_agent_bytes),
     false},
    {"epoch_bytes", RP_T_COUNT, offsetof(rp_facts, epoch_bytes), SIZE(rp_facts, epoch_bytes), false},
    {"epochs_bytes", RP_T_COUNT, offsetof(rp_facts, epochs_bytes), SIZE(rp_facts, epochs_bytes), false},
    {"agent_public_bytes", RP_T_COUNT, offsetof(rp_facts, agent_public_bytes), SIZE(rp_facts, agent_public_bytes),
     false},
    {"agent_capsule_bytes", RP_T_COUNT, offsetof(rp_facts, agent_capsule_bytes), SIZE(rp_facts, agent_capsule_bytes),
     false},
    {"device_bytes", RP_T_COUNT, offsetof(rp_facts, device_bytes), SIZE(rp_facts, device_bytes), false},
    {"session_bytes", RP_T_COUNT, offsetof(rp_facts, session_bytes), SIZE(rp_facts, session_bytes), false},
    {"trials", RP_T_COUNT, offsetof(rp_facts, trials), SIZE(rp_facts, trials), false},
    {"tries", RP_T_COUNT, offsetof(rp_facts, tries), SIZE(rp_facts, tries), false},
    {"messages", RP_T_COUNT, offsetof(rp_facts, messages), SIZE(rp_facts, messages), false},
    {"network_rounds", RP_T_COUNT, offsetof(rp_facts, network_rounds), SIZE(rp_facts, network_rounds), false},
    {"coin_bytes", RP_T_COUNT, offsetof(rp_facts, coin_bytes), SIZE(rp_facts, coin_bytes), false},
    {"drawn_bytes", RP_T_COUNT, offsetof(rp_facts, drawn_bytes), SIZE(rp_facts, drawn_bytes), false},
    {"heap_ours_calls", RP_T_COUNT, offsetof(rp_facts, heap_ours_calls), SIZE(rp_facts, heap_ours_calls), false},
    {"heap_ours_bytes", RP_T_COUNT, offsetof(rp_facts, heap_ours_bytes), SIZE(rp_facts, heap_ours_bytes), false},
    {"heap_library_calls", RP_T_COUNT, offsetof(rp_facts, heap_library_calls), SIZE(rp_facts, heap_library_calls),
     false},
    {"heap_library_bytes", RP_T_COUNT, offsetof(rp_facts, heap_library_bytes), SIZE(rp_facts, heap_library_bytes),
     false},
    {"heap_peak_bytes", RP_T_COUNT, offsetof(rp_facts, heap_peak_bytes), SIZE(rp_facts, heap_peak_bytes), false},
    {"stack_bytes", RP_T_COUNT, offsetof(rp_facts, stack_bytes), SIZE(rp_facts, stack_bytes), false},
    {"code_bytes", RP_T_COUNT, offsetof(rp_facts, code_bytes), SIZE(rp_facts, code_bytes), false},
    {NULL, RP_T_TEXT, 0, 0, false},
};

const rp_field rp_tally_fields[] = {
    {"operations", RP_T_U64, offsetof(rp_tally, operations), SIZE(rp_tally, operations), false},
    {"total", RP_T_REAL, offsetof(rp_tally, total), SIZE(rp_tally, total), false},
    {"memory", RP_T_REAL, offsetof(rp_tally, memory), SIZE(rp_tally, memory), false},
    {"vector", RP_T_REAL, offsetof(rp_tally, vector), SIZE(rp_tally, vector), false},
    {"spread", RP_T_REAL, offsetof(rp_tally, spread), SIZE(rp_tally, spread), false},
    {NULL, RP_T_TEXT, 0, 0, false},
};

const rp_field rp_latency_fields[] = {
    {"samples", RP_T_U64, offsetof(rp_latency, samples), SIZE(rp_latency, samples), false},
    {"batch", RP_T_U64, offsetof(rp_latency, batch), SIZE(rp_latency, batch), false},
    {"p50_ns", RP_T_REAL, offsetof(rp_latency, p50), SIZE(rp_latency, p50), false},
    {"p90_ns", RP_T_REAL, offsetof(rp_latency, p90), SIZE(rp_latency, p90), false},
    {"p99_ns", RP_T_REAL, offsetof(rp_latency, p99), SIZE(rp_latency, p99), false},
    {"p999_ns", RP_T_REAL, offsetof(rp_latency, p999), SIZE(rp_latency, p999), false},
    {"min_ns", RP_T_REAL, offsetof(rp_latency, min), SIZE(rp_latency, min), false},
    {"max_ns", RP_T_REAL, offsetof(rp_latency, max), SIZE(rp_latency, max), false},
    {"clock_pair_ns", RP_T_REAL, offsetof(rp_latency, clock_pair), SIZE(rp_latency, clock_pair), false},
    {NULL, RP_T_TEXT, 0, 0, false},
};

const rp_field rp_block_fields[] = {
    {"id", RP_T_TEXT, offsetof(rp_block, id), SIZE(rp_block, id), true},
    {"process", RP_T_U32, offsetof(rp_block, process), SIZE(rp_block, process), true},
    {"cpu", RP_T_INT, offsetof(rp_block, cpu), SIZE(rp_block, cpu), false},
    {"pid", RP_T_COUNT, offsetof(rp_block, pid), SIZE(rp_block, pid), false},
    {"seed", RP_T_SEED, offsetof(rp_block, seed), SIZE(rp_block, seed), false},
    {"start_ns", RP_T_U64, offsetof(rp_block, start_ns), SIZE(rp_block, start_ns), false},
    {"elapsed_ns", RP_T_U64, offsetof(rp_block, elapsed_ns), SIZE(rp_block, elapsed_ns), false},
    {"rounds", RP_T_U32, offsetof(rp_block, rounds), SIZE(rp_block, rounds), false},
    {NULL, RP_T_TEXT, 0, 0, false},
};

const rp_field rp_row_fields[] = {
    {"processes", RP_T_U32, offsetof(rp_row, processes), SIZE(rp_row, processes), false},
    {"slices", RP_T_U64, offsetof(rp_row, slices), SIZE(rp_row, slices), false},
    {"ns", RP_T_REAL, offsetof(rp_row, ns.value), SIZE(rp_row, ns.value), false},
    {"ns_low", RP_T_REAL, offsetof(rp_row, ns.low), SIZE(rp_row, ns.low), false},
    {"ns_high", RP_T_REAL, offsetof(rp_row, ns.high), SIZE(rp_row, ns.high), false},
    {"ops_per_s", RP_T_REAL, offsetof(rp_row, ops_per_s), SIZE(rp_row, ops_per_s), false},
    {"bytes_per_s", RP_T_REAL, offsetof(rp_row, bytes_per_s), SIZE(rp_row, bytes_per_s), false},
    {"base_ratio", RP_T_REAL, offsetof(rp_row, base_ratio.value), SIZE(rp_row, base_ratio.value), false},
    {"base_ratio_low", RP_T_REAL, offsetof(rp_row, base_ratio.low), SIZE(rp_row, base_ratio.low), false},
    {"base_ratio_high", RP_T_REAL, offsetof(rp_row, base_ratio.high), SIZE(rp_row, base_ratio.high), false},
    {"base_diff_ns", RP_T_DELTA, offsetof(rp_row, base_diff.value), SIZE(rp_row, base_diff.value), false},
    {"base_diff_ns_low", RP_T_DELTA, offsetof(rp_row, base_diff.low), SIZE(rp_row, base_diff.low), false},
    {"base_diff_ns_high", RP_T_DELTA, offsetof(rp_row, base_diff.high), SIZE(rp_row, base_diff.high), false},
    {"floor_ratio", RP_T_REAL, offsetof(rp_row, floor_ratio.value), SIZE(rp_row, floor_ratio.value), false},
    {"floor_ratio_low", RP_T_REAL, offsetof(rp_row, floor_ratio.low), SIZE(rp_row, floor_ratio.low), false},
    {"floor_ratio_high", RP_T_REAL, offsetof(rp_row, floor_ratio.high), SIZE(rp_row, floor_ratio.high), false},
    {"floor_diff_ns", RP_T_DELTA, offsetof(rp_row, floor_diff.value), SIZE(rp_row, floor_diff.value), false},
    {"floor_diff_ns_low", RP_T_DELTA, offsetof(rp_row, floor_diff.low), SIZE(rp_row, floor_diff.low), false},
    {"floor_diff_ns_high", RP_T_DELTA, offsetof(rp_row, floor_diff.high), SIZE(rp_row, floor_diff.high), false},
    {"base_processes", RP_T_U32, offsetof(rp_row, base_processes), SIZE(rp_row, base_processes), false},
    {"floor_processes", RP_T_U32, offsetof(rp_row, floor_processes), SIZE(rp_row, floor_processes), false},
    {"between_share", RP_T_REAL, offsetof(rp_row, between_share), SIZE(rp_row, between_share), false},
    {"ticks", RP_T_REAL, offsetof(rp_row, ticks), SIZE(rp_row, ticks), false},
    {"cycles", RP_T_REAL, offsetof(rp_row, cycles), SIZE(rp_row, cycles), false},
    {"instructions", RP_T_REAL, offsetof(rp_row, instructions), SIZE(rp_row, instructions), false},
    {NULL, RP_T_TEXT, 0, 0, false},
};
