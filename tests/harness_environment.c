/* SPDX-License-Identifier: Apache-2.0 */
/* The environment, from planted files: what an x86 server, an ARM board and a bare container show. */
#define _POSIX_C_SOURCE 200809L /* mkdtemp and symlink lie outside of ISO C 17 */
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

#include "harness/affinity.h"
#include "harness/cores.h"
#include "harness/environment.h"
#include "harness/text.h"

static char root[64];
static char made[64][256]; /* what plant() has created, for the removal */
static size_t made_count;

static void plant(const char *path, const char *text)
{
    char full[256];

    (void)snprintf(full, sizeof full, "%s%s", root, path);
    for (char *slash = full + strlen(root) + 1; (slash = strchr(slash, '/')) != NULL; slash++) {
        *slash = '\0';
        if (mkdir(full, 0700) == 0) {
            assert_true(made_count < 64);
            (void)snprintf(made[made_count++], sizeof made[0], "%s", full);
        }
        *slash = '/';
    }
    assert_true(made_count < 64);
    (void)snprintf(made[made_count++], sizeof made[0], "%s", full);
    if (strncmp(text, "-> ", 3) == 0) {
        assert_int_equal(symlink(text + 3, full), 0);
        return;
    }
    FILE *file = fopen(full, "w");
    assert_non_null(file);
    (void)fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

static int set_up(void **state)
{
    (void)state;
    made_count = 0;
    (void)snprintf(root, sizeof root, "/tmp/harness_environment.XXXXXX");
    return mkdtemp(root) != NULL ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    while (made_count > 0) {
        (void)remove(made[--made_count]);
    }
    return rmdir(root);
}

static const char X86[] = "processor\t: 0\nvendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel\t\t: 106\n"
                          "model name\t: Intel(R) Xeon(R) Gold 6338\nstepping\t: 6\ncpu MHz\t\t: 2000.000\n"
                          "flags\t\t: fpu aes pclmulqdq avx avx2 adx bmi2 sha_ni vaes_not gfni\nbogomips\t: 4000.00\n\n"
                          "processor\t: 9999\nvendor_id\t: GenuineIntel\nmodel\t\t: 999\n"; /* a CPU that no run uses */

static void test_x86(void **state)
{
    hn_environment e;
    hn_warning warnings[HN_WARNINGS_MAX];

    (void)state;
    plant("/proc/cpuinfo", X86);
    plant("/proc/loadavg", "3.50 1.0 1.0 1/100 1\n");
    plant("/proc/meminfo", "MemTotal:       16384 kB\nMemFree: 1 kB\n");
    plant("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "powersave\n");
    plant("/sys/devices/system/cpu/intel_pstate/no_turbo", "0\n");
    plant("/sys/devices/system/cpu/smt/active", "1\n");
    plant("/sys/devices/system/clocksource/clocksource0/current_clocksource", "hpet\n");
    plant("/etc/os-release", "NAME=\"Debian\"\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n");
    plant("/etc/escrowbench-root", "Debian trixie amd64, minbase of 2026-11-24\n");
    hn_environment_read(&e, root);
    assert_string_equal(e.root, "Debian trixie amd64, minbase of 2026-11-24");
    assert_string_equal(e.cpu_vendor, "GenuineIntel");
    assert_string_equal(e.cpu_family, "6");
    assert_string_equal(e.cpu_model, "106");
    assert_string_equal(e.cpu_stepping, "6");
    assert_string_equal(e.cpu_name, "Intel(R) Xeon(R) Gold 6338");
    assert_string_equal(e.features, "aes,pclmulqdq,avx2,gfni,sha_ni,adx,bmi2"); /* whole words only */
    assert_string_equal(e.hypervisor, "none");
    assert_string_equal(e.governor, "powersave");
    assert_string_equal(e.turbo, "on");
    assert_string_equal(e.smt, "on");
    assert_string_equal(e.clocksource, "hpet");
    assert_string_equal(e.os, "Debian GNU/Linux 12 (bookworm)");
    assert_true(e.memory_bytes == 16384L * 1024);
    assert_true(e.load_1min > 3.4 && e.load_1min < 3.6);
    const size_t count = hn_environment_warnings(&e, warnings);
    assert_true(count >= 5 && count <= HN_WARNINGS_MAX); /* governor, turbo, load, SMT, clock source */
    for (size_t i = 0; i < count; i++) {
        assert_true(strlen(warnings[i].text) > 10 && strlen(warnings[i].remedy) > 10);
        assert_null(strchr(warnings[i].text, '\n'));
        assert_null(strchr(warnings[i].remedy, '\n'));
    }
}

static void test_arm(void **state)
{
    hn_environment e;

    (void)state;
    plant("/proc/cpuinfo",
          "processor\t: 0\nBogoMIPS\t: 243.75\nFeatures\t: fp asimd evtstrm aes pmull sha1 sha2 crc32\n"
          "CPU implementer\t: 0x41\nCPU architecture: 8\nCPU variant\t: 0x3\nCPU part\t: 0xd0c\n"
          "CPU revision\t: 1\n\n");
    plant("/sys/class/dmi/id/sys_vendor", "Amazon EC2\n");
    hn_environment_read(&e, root);
    assert_string_equal(e.cpu_vendor, "0x41");
    assert_string_equal(e.cpu_family, "8");
    assert_string_equal(e.cpu_model, "0xd0c");
    assert_string_equal(e.cpu_stepping, "0x3p1");
    assert_string_equal(e.features, "aes,asimd,pmull,sha1,sha2");
    assert_string_equal(e.cpu_name, "Arm Neoverse-N1");
    assert_string_equal(e.hypervisor, "ec2");
    if (strcmp(e.arch, "x86_64") == 0) { /* an x86 program that sees an ARM CPU */
        assert_string_equal(e.execution, "emulated");
        assert_string_equal(e.emulator, "qemu-user");
    }
}

/* Lines of /proc/cpuinfo as Linux on ARM writes them (arch/arm64/kernel/cpuinfo.c). */
#define ARM_CPU(number, features, implementer, variant, part, revision)                                                \
    "processor\t: " number "\nBogoMIPS\t: 48.00\nFeatures\t: " features "\nCPU implementer\t: " implementer            \
    "\nCPU architecture: 8\nCPU variant\t: " variant "\nCPU part\t: " part "\nCPU revision\t: " revision "\n\n"

/* What people have: board or instance, its first CPU, and what should be told of it. */
static const struct {
    const char *cpuinfo, *file, *text; /* file: where the maker's name stands */
    const char *name, *stepping, *features, *board, *hypervisor;
} ARM_MACHINES[] = {
    {ARM_CPU("0", "fp asimd evtstrm aes pmull sha1 sha2 crc32 atomics fphp asimdhp cpuid asimdrdm lrcpc dcpop asimddp",
             "0x41", "0x4", "0xd0b",
             "1") "Revision\t: d04170\nSerial\t\t: 1\nModel\t\t: Raspberry Pi 5 Model B Rev 1.0\n",
     "/sys/firmware/devicetree/base/model", "Raspberry Pi 5 Model B Rev 1.0", "Arm Cortex-A76", "0x4p1",
     "aes,asimd,pmull,sha1,sha2", "Raspberry Pi 5 Model B Rev 1.0", "none"},
    {ARM_CPU("0", "fp asimd evtstrm crc32 cpuid", "0x41", "0x0", "0xd08", "3"), "/sys/firmware/devicetree/base/model",
     "Raspberry Pi 4 Model B Rev 1.4", "Arm Cortex-A72", "0x0p3", "asimd", "Raspberry Pi 4 Model B Rev 1.4", "none"},
    {ARM_CPU("0",
             "fp asimd evtstrm aes pmull sha1 sha2 crc32 atomics fphp asimdhp cpuid asimdrdm jscvt fcma lrcpc dcpop "
             "sha3 sm3 sm4 asimddp sha512 sve asimdfhm dit uscat ilrcpc flagm ssbs paca pacg dcpodp svei8mm svebf16 "
             "i8mm bf16 dgh rng",
             "0x41", "0x1", "0xd40", "1"),
     "/sys/class/dmi/id/product_name", "c7g.metal", "Arm Neoverse-V1", "0x1p1",
     "aes,asimd,pmull,sha1,sha2,sha512,sha3,sve", "c7g.metal", "none"},
    {ARM_CPU("0",
             "fp asimd evtstrm aes pmull sha1 sha2 crc32 atomics fphp asimdhp cpuid asimdrdm jscvt fcma lrcpc "
             "dcpop sha3 asimddp sha512 asimdfhm dit uscat ilrcpc flagm sb paca pacg dcpodp flagm2 frint",
             "0x61", "0x0", "0x000", "0"),
     "/sys/class/dmi/id/product_name", "Apple Virtualization Generic Platform", "Apple part 0x000", "0x0p0",
     "aes,asimd,pmull,sha1,sha2,sha512,sha3", "Apple Virtualization Generic Platform", "apple"},
    {ARM_CPU("0", "fp asimd evtstrm aes pmull sha1 sha2 crc32 sve sve2", "0x99", "0x0", "0x123", "0"),
     "/sys/firmware/devicetree/base/model", "linux,dummy-virt", "implementer 0x99 part 0x123", "0x0p0",
     "aes,asimd,pmull,sha1,sha2,sve,sve2", "linux,dummy-virt", "unknown"},
};

static void test_arm_machines(void **state)
{
    for (size_t i = 0; i < sizeof ARM_MACHINES / sizeof *ARM_MACHINES; i++) {
        hn_environment e;
        assert_int_equal(set_up(state), 0);
        plant("/proc/cpuinfo", ARM_MACHINES[i].cpuinfo);
        plant(ARM_MACHINES[i].file, ARM_MACHINES[i].text);
        hn_environment_read(&e, root);
        assert_string_equal(e.cpu_name, ARM_MACHINES[i].name);
        assert_string_equal(e.cpu_stepping, ARM_MACHINES[i].stepping);
        assert_string_equal(e.features, ARM_MACHINES[i].features);
        assert_string_equal(e.board, ARM_MACHINES[i].board);
        assert_string_equal(e.hypervisor, ARM_MACHINES[i].hypervisor);
        assert_string_equal(e.cores, "");
        assert_false(e.slow_core);
        assert_int_equal(tear_down(state), 0);
    }
}

/* Two big and three little cores, of which one is off; the numbers of a Rockchip RK3588. */
static void plant_big_little(const char *measure, const char *little, const char *big)
{
    char path[96];

    plant("/proc/cpuinfo", ARM_CPU("0", "fp asimd aes", "0x41", "0x2", "0xd05", "0")
                               ARM_CPU("1", "fp asimd aes", "0x41", "0x2", "0xd05", "0")
                                   ARM_CPU("2", "fp asimd aes pmull", "0x41", "0x4", "0xd0b", "0")
                                       ARM_CPU("3", "fp asimd aes pmull", "0x41", "0x4", "0xd0b", "0"));
    plant("/sys/devices/system/cpu/online", "0-3\n");
    for (int cpu = 0; cpu < 5; cpu++) {
        (void)snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu%d/%s", cpu, measure);
        plant(path, cpu == 2 || cpu == 3 ? big : little);
    }
}

static void test_cores(void **state)
{
    static const unsigned char ALL[] = {1, 1, 1, 1};
    static const unsigned char LITTLE[] = {1, 1, 0, 0};
    static const unsigned char NONE[] = {0, 0, 0, 0};
    char text[4096];
    char value[64];

    (void)state;
    assert_int_equal(hn_cores_fastest(root, ALL, 4), 3); /* nothing is known: the highest */
    assert_int_equal(hn_cores_fastest(root, NONE, 4), -1);
    assert_false(hn_cores_is_slow(root, 0));
    plant_big_little("cpu_capacity", "414\n", "1024\n");
    assert_int_equal(hn_cores_fastest(root, ALL, 4), 3);
    assert_int_equal(hn_cores_fastest(root, LITTLE, 4), 1);
    assert_int_equal(hn_cores_fastest(root, NONE, 4), -1);
    assert_true(hn_cores_is_slow(root, 1));
    assert_false(hn_cores_is_slow(root, 2));
    assert_false(hn_cores_is_slow(root, 77));
    assert_false(hn_cores_is_slow(root, -1));
    hn_cores_kinds(root, text, sizeof text);
    assert_string_equal(text, "2 x Arm Cortex-A76 (capacity 1024), 2 x Arm Cortex-A55 (capacity 414)");
    hn_cores_kinds(root, value, 8); /* cut, never beyond its room */
    assert_int_equal(strlen(value), 7);
    assert_true(hn_cores_cpuinfo(root, 2, text, sizeof text));
    hn_text_field(text, "CPU part", ':', value, sizeof value);
    assert_string_equal(value, "0xd0b");
    assert_null(strstr(text, "0xd05"));
    assert_true(hn_cores_cpuinfo(root, 9, text, sizeof text)); /* it has none: the first one's */
    hn_text_field(text, "processor", ':', value, sizeof value);
    assert_string_equal(value, "0");
    assert_null(strstr(text, "0xd0b"));
}

/* Without capacities the clock rate decides; a rate that one CPU lacks decides nothing. */
static void test_cores_by_rate(void **state)
{
    static const unsigned char TWO[] = {1, 0, 1, 0};
    static const unsigned char WITH_BIG[] = {0, 0, 1, 1, 1};
    static const unsigned char BEYOND[] = {0, 0, 1, 0, 0, 1};
    char text[64];

    (void)state;
    plant_big_little("cpufreq/cpuinfo_max_freq", "1800000\n", "2400000\n");
    assert_int_equal(hn_cores_fastest(root, TWO, 4), 2);
    assert_int_equal(hn_cores_fastest(root, WITH_BIG, 5), 3);
    assert_int_equal(hn_cores_fastest(root, BEYOND, 6), 5);
    assert_true(hn_cores_is_slow(root, 0));
    hn_cores_kinds(root, text, sizeof text);
    assert_string_equal(text, "");
}

/* The CPU that a run uses is the one that is described: this process may use CPU 0 at least, or the highest. */
static void test_picked_core(void **state)
{
    hn_environment e;
    hn_warning warnings[HN_WARNINGS_MAX];

    (void)state;
    plant_big_little("cpu_capacity", "414\n", "1024\n");
    hn_environment_read(&e, root);
    const int picked = hn_affinity_pick_from(root);
    if (picked < 0 || picked > 3) {
        skip(); /* this process may use none of the planted CPUs */
    }
    assert_string_equal(e.cpu_name, picked >= 2 ? "Arm Cortex-A76" : "Arm Cortex-A55");
    assert_int_equal(e.slow_core, picked < 2);
    assert_string_equal(e.cores, "2 x Arm Cortex-A76 (capacity 1024), 2 x Arm Cortex-A55 (capacity 414)");
    bool warned = false;
    for (size_t i = 0; i < hn_environment_warnings(&e, warnings); i++) {
        warned = warned || strstr(warnings[i].text, "slow cores") != NULL;
    }
    assert_int_equal(warned, picked < 2);
}

static void test_hypervisor(void **state)
{
    hn_environment e;

    (void)state;
    plant("/proc/cpuinfo", "vendor_id\t: AuthenticAMD\nflags\t\t: aes hypervisor\n");
    hn_environment_read(&e, root);
    assert_string_equal(e.hypervisor, "unknown");
    plant("/sys/class/dmi/id/sys_vendor", "QEMU\n");
    hn_environment_read(&e, root);
    assert_string_equal(e.hypervisor, "kvm");
}

static void test_emulator(void **state)
{
    hn_environment e;
    hn_warning warnings[HN_WARNINGS_MAX];

    (void)state;
    plant("/proc/thread-self/exe", "-> /usr/bin/qemu-aarch64-static");
    hn_environment_read(&e, root);
    assert_string_equal(e.execution, "emulated");
    assert_string_equal(e.emulator, "qemu-user");
    assert_true(hn_environment_warnings(&e, warnings) >= 1);
    assert_non_null(strstr(warnings[0].text, "emulator"));
}

static void test_nothing(void **state)
{
    hn_environment e;
    char class[HN_MACHINE_CLASS_MAX];

    (void)state;
    hn_environment_read(&e, root);
    assert_string_equal(e.cpu_vendor, "");
    assert_string_equal(e.features, "");
    assert_string_equal(e.governor, "");
    assert_string_equal(e.os, "");
    assert_string_equal(e.root, "");
    assert_true(e.load_1min < 0);
    assert_true(e.memory_bytes == -1);
    hn_machine_class(&e, class);
    assert_non_null(strstr(class, "; ? ? ? ?; ?; ?; native"));
}

static void test_class(void **state)
{
    hn_environment a;
    hn_environment b;
    char class_a[HN_MACHINE_CLASS_MAX];
    char class_b[HN_MACHINE_CLASS_MAX];

    (void)state;
    plant("/proc/cpuinfo", X86);
    plant("/proc/loadavg", "0.10 1.0 1.0 1/100 1\n");
    hn_environment_read(&a, root);
    plant("/proc/loadavg", "9.10 1.0 1.0 1/100 1\n");
    hn_environment_read(&b, root);
    hn_machine_class(&a, class_a);
    hn_machine_class(&b, class_b);
    assert_string_equal(class_a, class_b); /* what jitters is not part of it */
    assert_non_null(strstr(class_a, "GenuineIntel 6 106 6; aes,pclmulqdq,avx2,gfni,sha_ni,adx,bmi2; none; "));
    /* An ARM program that meets such a CPU is emulated. */
    const bool arm = strncmp(a.arch, "aarch64", 7) == 0 || strncmp(a.arch, "arm", 3) == 0;
    assert_non_null(strstr(class_a, arm ? "; emulated" : "; native"));
    memset(&a, 'x', sizeof a); /* strings at their longest, as far as their fields go */
    a.arch[sizeof a.arch - 1] = a.cpu_vendor[sizeof a.cpu_vendor - 1] = a.cpu_family[sizeof a.cpu_family - 1] = '\0';
    a.cpu_model[sizeof a.cpu_model - 1] = a.cpu_stepping[sizeof a.cpu_stepping - 1] = '\0';
    a.features[sizeof a.features - 1] = a.hypervisor[sizeof a.hypervisor - 1] = '\0';
    a.execution[sizeof a.execution - 1] = '\0';
    hn_machine_class(&a, class_a);
    assert_true(strlen(class_a) < HN_MACHINE_CLASS_MAX - 1);
}

static void test_this_machine(void **state)
{
    hn_environment e;

    (void)state;
    hn_environment_read(&e, NULL);
    assert_true(strlen(e.arch) > 0);
    assert_true(strlen(e.kernel) > 0);
    assert_true(e.cpus_online >= 1);
    assert_true(strcmp(e.execution, "native") == 0 || strlen(e.emulator) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_x86, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_arm, set_up, tear_down),
        cmocka_unit_test(test_arm_machines),
        cmocka_unit_test_setup_teardown(test_cores, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_cores_by_rate, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_picked_core, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_hypervisor, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_emulator, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_class, set_up, tear_down),
        cmocka_unit_test(test_this_machine),
    };
    return cmocka_run_group_tests_name("harness_environment", tests, NULL, NULL);
}
