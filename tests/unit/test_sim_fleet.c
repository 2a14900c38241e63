/* The parts of the simulator that need no network: options, URLs, passwords, figures, profiles,
 * charging. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/sim_charge.h"
#include "tools/sim_options.h"
#include "tools/sim_passwords.h"
#include "tools/sim_profile.h"
#include "tools/sim_stats.h"
#include "tools/sim_websocket.h"

START_TEST(durations)
{
    double seconds;

    ck_assert(sim_parse_duration("90", &seconds) && seconds == 90);
    ck_assert(sim_parse_duration("90s", &seconds) && seconds == 90);
    ck_assert(sim_parse_duration("250ms", &seconds) && seconds == 0.25);
    ck_assert(sim_parse_duration("2m", &seconds) && seconds == 120);
    ck_assert(sim_parse_duration("1.5h", &seconds) && seconds == 5400);
    ck_assert(!sim_parse_duration("", &seconds));
    ck_assert(!sim_parse_duration("s", &seconds));
    ck_assert(!sim_parse_duration("-1s", &seconds));
    ck_assert(!sim_parse_duration("1x", &seconds));
    ck_assert(!sim_parse_duration("nan", &seconds));
    ck_assert(!sim_parse_duration("inf", &seconds));
}
END_TEST

START_TEST(mixes)
{
    struct sim_mix mix;

    ck_assert(sim_parse_mix("1.6:50,2.0.1:30,2.1:20", &mix));
    ck_assert_uint_eq(mix.weight[OCPP_16], 50);
    ck_assert_uint_eq(mix.weight[OCPP_201], 30);
    ck_assert_uint_eq(mix.weight[OCPP_21], 20);
    ck_assert(sim_parse_mix("2.1", &mix));
    ck_assert_uint_eq(mix.weight[OCPP_16], 0);
    ck_assert_uint_eq(mix.weight[OCPP_21], 1);
    ck_assert(!sim_parse_mix("", &mix));
    ck_assert(!sim_parse_mix("3.0", &mix));
    ck_assert(!sim_parse_mix("1.6:", &mix));
    ck_assert(!sim_parse_mix("1.6:-1", &mix));
    ck_assert(!sim_parse_mix("1.6:0", &mix));
    ck_assert(!sim_parse_mix("1.6:1,", &mix));
}
END_TEST

START_TEST(targets)
{
    struct sim_target target;
    char error[256];

    ck_assert(sim_target_parse(&target, "ws://127.0.0.1:9220/ocpp", error, sizeof error));
    ck_assert_str_eq(target.host, "127.0.0.1:9220");
    ck_assert_str_eq(target.path, "/ocpp");
    ck_assert(sim_target_parse(&target, "ws://127.0.0.1/a/b/", error, sizeof error));
    ck_assert_str_eq(target.host, "127.0.0.1:80");
    ck_assert_str_eq(target.path, "/a/b");
    ck_assert(sim_target_parse(&target, "ws://[::1]:9220", error, sizeof error));
    ck_assert_str_eq(target.host, "[::1]:9220");
    ck_assert(!target.is_secure);
    ck_assert_str_eq(target.path, "");
    ck_assert(sim_target_parse(&target, "wss://127.0.0.1/ocpp", error, sizeof error));
    ck_assert(target.is_secure);
    ck_assert_str_eq(target.host, "127.0.0.1:443");
    ck_assert_str_eq(target.name, "127.0.0.1");
}
END_TEST

START_TEST(bad_targets)
{
    static const char *const urls[] = {
        "",
        "http://127.0.0.1/",
        "ws://",
        "ws://:9220/",
        "wss:/127.0.0.1/",
        "ws://[::1",
        "ws://[::1]x",
        "ws://127.0.0.1:/o",
        "ws://h:99999999",
        "ws://127.0.0.1:1/a?b",
        "ws://127.0.0.1:1/a b",
    };
    struct sim_target target;
    char error[256];

    for (size_t i = 0; i < sizeof urls / sizeof urls[0]; i++) {
        error[0] = '\0';
        ck_assert_msg(!sim_target_parse(&target, urls[i], error, sizeof error), "%s", urls[i]);
        ck_assert_str_ne(error, "");
    }
}
END_TEST

static char path[] = "/tmp/test_sim_fleet.XXXXXX";

static void write_passwords(const char *text, mode_t mode)
{
    strcpy(path + strlen(path) - 6, "XXXXXX");
    int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    ck_assert_int_eq(fchmod(fd, mode), 0);
    close(fd);
}

START_TEST(passwords)
{
    struct sim_passwords read;
    char error[256];

    write_passwords("# fleet\n\nCP-1:one:two\nCP-2:x\r\nCP-3:y", 0600);
    ck_assert(sim_passwords_read(&read, path, error, sizeof error));
    ck_assert_uint_eq(read.count, 3);
    ck_assert_str_eq(read.rows[0].identity, "CP-1");
    ck_assert_str_eq(read.rows[0].password, "one:two");
    ck_assert_str_eq(read.rows[1].password, "x");
    ck_assert_str_eq(read.rows[2].identity, "CP-3");
    sim_passwords_free(&read);
    unlink(path);
}
END_TEST

START_TEST(password_file_errors_name_the_line)
{
    static const char *const texts[] = {"a:b\nnonsense\n", "a:b\n:x\n", "a:b\nx:\n"};
    struct sim_passwords read;
    char error[256];

    for (size_t i = 0; i < 3; i++) {
        write_passwords(texts[i], 0600);
        ck_assert(!sim_passwords_read(&read, path, error, sizeof error));
        ck_assert_ptr_nonnull(strstr(error, ":2: "));
        unlink(path);
    }
    write_passwords("a:b\n", 0640);
    ck_assert(!sim_passwords_read(&read, path, error, sizeof error));
    ck_assert_ptr_nonnull(strstr(error, "chmod 600"));
    unlink(path);
    ck_assert(!sim_passwords_read(&read, path, error, sizeof error));
}
END_TEST

START_TEST(percentiles_are_close)
{
    static struct sim_stats stats;

    memset(&stats, 0, sizeof stats);
    ck_assert_uint_eq(sim_stats_percentile(&stats, 0.5), 0);
    for (uint64_t us = 1; us <= 100000; us++)
        sim_stats_latency(&stats, us);
    for (unsigned percent = 1; percent <= 99; percent++) {
        uint64_t exact = 1000 * percent;
        uint64_t found = sim_stats_percentile(&stats, percent / 100.0);
        ck_assert_uint_ge(found, exact);
        ck_assert_uint_le(found, exact + exact / 60 + 1);
    }
    ck_assert_uint_eq(sim_stats_percentile(&stats, 1), 100000);
    sim_stats_latency(&stats, UINT64_MAX);
    ck_assert_uint_eq(stats.max_latency_us, UINT64_MAX);
}
END_TEST

START_TEST(one_seed_one_fleet)
{
    struct sim_profile a, b;
    struct sim_random random;
    struct sim_mix mix;
    unsigned versions[OCPP_21 + 1] = {0};

    sim_parse_mix("1.6:1,2.0.1:1,2.1:2", &mix);
    for (unsigned number = 1; number <= 400; number++) {
        sim_random_init(&random, 42, number);
        sim_profile_make(&a, &mix, "CP-", NULL, number, &random);
        sim_random_init(&random, 42, number);
        sim_profile_make(&b, &mix, "CP-", NULL, number, &random);
        ck_assert_mem_eq(&a, &b, sizeof a);
        ck_assert_uint_ge(a.connectors, 1);
        ck_assert_uint_le(a.connectors, SIM_MAX_CONNECTORS);
        ck_assert_uint_le(strlen(a.vendor), 20);
        ck_assert_uint_le(strlen(a.model), 20);
        ck_assert_uint_le(strlen(a.serial), 25);
        ck_assert_uint_le(strlen(a.iccid), 20);
        versions[a.version]++;
    }
    ck_assert_uint_ge(versions[OCPP_16], 60);
    ck_assert_uint_ge(versions[OCPP_201], 60);
    ck_assert_uint_ge(versions[OCPP_21], 140);
}
END_TEST

/* A whole charge: the register only grows, power tapers, it comes to its end. */
START_TEST(charging)
{
    struct sim_profile profile = {.direct_current = _i == 1, .phases = 3, .max_power = 150000};
    struct sim_charge charge = {.register_wh = 1000};
    struct sim_random random;
    double full = 0, last = 1000;
    unsigned steps = 0;

    sim_random_init(&random, 3, (uint64_t)_i);
    sim_charge_begin(&charge, &profile, &random);
    ck_assert(!sim_charge_done(&charge));
    while (!sim_charge_done(&charge)) {
        sim_charge_advance(&charge, 10, &random);
        ck_assert(charge.register_wh >= last);
        ck_assert(charge.power <= charge.max_power);
        last = charge.register_wh;
        if (charge.power > full)
            full = charge.power;
        ck_assert_uint_lt(++steps, 20000);
    }
    ck_assert(charge.soc <= 100);
    ck_assert(full > charge.max_power * 0.9);
    if (profile.direct_current)
        ck_assert(charge.power < full * 0.75);
    double taken = (charge.register_wh - charge.start_wh) / charge.battery_wh;
    ck_assert(taken > 0 && taken < 1);
}
END_TEST

START_TEST(uuids_have_their_form)
{
    struct sim_random random;
    char uuid[SIM_UUID_SIZE];

    sim_random_init(&random, 1, 1);
    for (unsigned i = 0; i < 1000; i++) {
        sim_random_uuid(&random, uuid);
        ck_assert_uint_eq(strlen(uuid), 36);
        ck_assert_int_eq(uuid[14], '4');
        ck_assert_ptr_nonnull(strchr("89ab", uuid[19]));
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sim_fleet");
    TCase *tests = tcase_create("all");

    tcase_set_timeout(tests, 60); /* sanitizers and a busy machine */
    tcase_add_test(tests, durations);
    tcase_add_test(tests, mixes);
    tcase_add_test(tests, targets);
    tcase_add_test(tests, bad_targets);
    tcase_add_test(tests, passwords);
    tcase_add_test(tests, password_file_errors_name_the_line);
    tcase_add_test(tests, percentiles_are_close);
    tcase_add_test(tests, one_seed_one_fleet);
    tcase_add_loop_test(tests, charging, 0, 2);
    tcase_add_test(tests, uuids_have_their_form);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
