/* Custom metrics: names, types, limits, lifetime, statsd lines, history. */
#include "boardd/state/custom_metrics.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "boardd/state/telemetry.h"
#include "tests/unit/suite.h"

#define MAX      4
#define LIFETIME 1000

static struct custom_metrics *metrics;
static char error[320];
static char text[4096];

static void begin(void)
{
    metrics = custom_metrics_new(MAX, LIFETIME);
}

static void end(void)
{
    custom_metrics_free(metrics);
}

static struct metric_value value_of(const char *name, enum metric_type type, double value)
{
    return (struct metric_value){{name, strlen(name)}, type, value};
}

static bool set(const char *name, enum metric_type type, double value, uint64_t now_ms)
{
    struct metric_value one = value_of(name, type, value);
    error[0] = '\0';
    return custom_metrics_set(metrics, &one, 1, now_ms, error, sizeof(error));
}

static bool line(const char *string)
{
    return custom_metrics_line(metrics, (struct text_span){string, strlen(string)}, 1, error,
                               sizeof(error));
}

static const char *keep(struct json_out *out)
{
    ck_assert(!out->failed && out->length < sizeof(text));
    memcpy(text, out->data, out->length);
    text[out->length] = '\0';
    json_out_free(out);
    return text;
}

static const char *show(uint64_t now_ms)
{
    struct json_out out;
    json_out_init(&out);
    custom_metrics_put(metrics, now_ms, &out);
    return keep(&out);
}

static const char *show_sample(bool by_minute, uint64_t n)
{
    struct json_out out;
    json_out_init(&out);
    custom_metrics_put_sample(metrics, by_minute, n, &out);
    return keep(&out);
}

START_TEST(gauges_are_set_and_counters_added_to)
{
    ck_assert_str_eq(show(0), "{}");
    ck_assert(set("queue.depth", METRIC_GAUGE, 5, 1));
    ck_assert(set("queue.depth", METRIC_GAUGE, -2.5, 2));
    ck_assert(set("jobs", METRIC_COUNTER, 2, 2));
    ck_assert(set("jobs", METRIC_COUNTER, 3, 3));
    ck_assert_str_eq(show(3), "{\"queue.depth\":-2.5,\"jobs\":5}");
}
END_TEST

START_TEST(bad_ones_are_refused_with_their_name)
{
    static const char *const names[] = {"", "1a", "-a", ".a", "a b", "a/b", "\xc3\xa9", "a\n"};
    char longest[METRIC_MAX_NAME + 2];
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        ck_assert_msg(!set(names[i], METRIC_GAUGE, 1, 1), "%s", names[i]);
    memset(longest, 'a', sizeof(longest) - 1);
    longest[sizeof(longest) - 1] = '\0';
    ck_assert(!set(longest, METRIC_GAUGE, 1, 1));
    longest[METRIC_MAX_NAME] = '\0';
    ck_assert(set(longest, METRIC_GAUGE, 1, 1));
    ck_assert(!set("load", METRIC_GAUGE, (double)NAN, 1));
    ck_assert_ptr_nonnull(strstr(error, "load"));
    ck_assert(!set("load", METRIC_GAUGE, (double)INFINITY, 1));
    ck_assert(!set("load", METRIC_GAUGE, 1e301, 1));
    ck_assert(!set("jobs", METRIC_COUNTER, -1, 1));
    ck_assert(!set("jobs_total", METRIC_COUNTER, 1, 1));
    ck_assert(!set("jobs.total", METRIC_GAUGE, 1, 1));
    ck_assert(set("jobs", METRIC_COUNTER, 1, 1));
    ck_assert(!set("jobs", METRIC_GAUGE, 1, 1));
    ck_assert_ptr_nonnull(strstr(error, "it is a counter"));
    ck_assert(set("a.b", METRIC_GAUGE, 1, 1));
    ck_assert(!set("A-b", METRIC_GAUGE, 1, 1));
}
END_TEST

START_TEST(all_or_none)
{
    struct metric_value values[] = {value_of("a", METRIC_GAUGE, 1), value_of("b", METRIC_GAUGE, 2),
                                    value_of("b c", METRIC_GAUGE, 3)};
    ck_assert(!custom_metrics_set(metrics, values, 3, 1, error, sizeof(error)));
    ck_assert_ptr_nonnull(strstr(error, "b c"));
    ck_assert_str_eq(show(1), "{}");
    values[2] = value_of("B", METRIC_GAUGE, 3);
    ck_assert(!custom_metrics_set(metrics, values, 3, 1, error, sizeof(error)));
    values[2] = value_of("b", METRIC_COUNTER, 3);
    ck_assert(!custom_metrics_set(metrics, values, 3, 1, error, sizeof(error)));
    values[2] = value_of("b", METRIC_GAUGE, 3);
    ck_assert(custom_metrics_set(metrics, values, 3, 1, error, sizeof(error)));
    ck_assert_str_eq(show(1), "{\"a\":1,\"b\":3}");
    struct metric_value more[] = {value_of("c", METRIC_GAUGE, 1), value_of("d", METRIC_GAUGE, 1),
                                  value_of("e", METRIC_GAUGE, 1)};
    ck_assert(!custom_metrics_set(metrics, more, 3, 1, error, sizeof(error)));
    ck_assert_ptr_nonnull(strstr(error, "metric e: "));
    ck_assert_str_eq(show(1), "{\"a\":1,\"b\":3}");
}
END_TEST

START_TEST(stale_ones_go_and_make_room)
{
    ck_assert(set("a", METRIC_GAUGE, 1, 1));
    ck_assert(set("b", METRIC_GAUGE, 1, 500));
    ck_assert(set("c", METRIC_GAUGE, 1, 500));
    ck_assert(set("d", METRIC_COUNTER, 1, 500));
    ck_assert(!set("e", METRIC_GAUGE, 1, 1000));
    ck_assert_str_eq(show(1001), "{\"b\":1,\"c\":1,\"d\":1}");
    ck_assert(set("e", METRIC_GAUGE, 1, 1001));
    ck_assert(!set("a", METRIC_GAUGE, 1, 1001));
    ck_assert(set("d", METRIC_COUNTER, 1, 5000)); /* goes on where it was */
    ck_assert_str_eq(show(5000), "{\"d\":2}");
    ck_assert(set("b", METRIC_COUNTER, 7, 5000)); /* as something else it begins anew */
    ck_assert_str_eq(show(5000), "{\"b\":7,\"d\":2}");
}
END_TEST

START_TEST(lines_of_statsd)
{
    static const char *const bad[] = {"a",      "a:",         "a:1",   "a:1|",    "a:1|x",
                                      "a:|g",   "a:1|g|@0.1", "a:x|g", "a:nan|g", "a:0x1|g",
                                      "a: 1|g", "a:1e999|g",  ":1|g",  "a b:1|g", "a:+1|g",
                                      "a:1|ms", "a:-1|c",     "a:1-|g"};
    ck_assert(line("load:1.5|g"));
    ck_assert(line("load:-1e2|g"));
    ck_assert(line("jobs:1|c"));
    ck_assert(line("jobs:2|c"));
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        error[0] = '\0';
        ck_assert_msg(!line(bad[i]), "%s", bad[i]);
        ck_assert_msg(error[0] != '\0', "%s", bad[i]);
    }
    static char endless[4000];
    memset(endless, 'x', sizeof(endless) - 1);
    ck_assert(!line(endless));
    ck_assert_str_eq(show(2), "{\"load\":-100,\"jobs\":3}");
}
END_TEST

START_TEST(samples_remember)
{
    ck_assert(set("a", METRIC_GAUGE, 1, 1));
    custom_metrics_sample(metrics, false, 0, 1);
    ck_assert(set("a", METRIC_GAUGE, 2, 2));
    custom_metrics_sample(metrics, false, 1, 2);
    custom_metrics_sample(metrics, true, 0, 2);
    custom_metrics_sample(metrics, false, 2, 5000); /* stale by then */
    ck_assert_str_eq(show_sample(false, 0), "{\"a\":1}");
    ck_assert_str_eq(show_sample(false, 1), "{\"a\":2}");
    ck_assert_str_eq(show_sample(false, 2), "{}");
    ck_assert_str_eq(show_sample(false, 3), "{}");
    ck_assert_str_eq(show_sample(true, 0), "{\"a\":2}");
    custom_metrics_sample(metrics, false, TELEMETRY_FINE_SAMPLES,
                          2); /* in the place of the first */
    ck_assert_str_eq(show_sample(false, TELEMETRY_FINE_SAMPLES), "{\"a\":2}");
}
END_TEST

static void note(const struct metric_view *view, void *context)
{
    (void)context;
    size_t length = strlen(text);
    snprintf(text + length, sizeof(text) - length, "%s=%s %d %g;", view->name, view->exported,
             view->type, view->value);
}

START_TEST(names_for_prometheus)
{
    ck_assert(set("Queue.depth-now", METRIC_GAUGE, 5, 1));
    ck_assert(set("jobs", METRIC_COUNTER, 2, 1));
    text[0] = '\0';
    custom_metrics_each(metrics, 1, note, NULL);
    ck_assert_str_eq(text, "Queue.depth-now=queue_depth_now 0 5;jobs=jobs 1 2;");
}
END_TEST

SUITE_WITH("custom_metrics", begin, end, gauges_are_set_and_counters_added_to,
           bad_ones_are_refused_with_their_name, all_or_none, stale_ones_go_and_make_room,
           lines_of_statsd, samples_remember, names_for_prometheus)
