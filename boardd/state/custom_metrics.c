#include "boardd/state/custom_metrics.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "boardd/state/telemetry.h"

#define NOT_THERE ((double)NAN)
#define MAX_VALUE 1e300

struct metric {
    bool used;
    enum metric_type type;
    double value;
    uint64_t given_ms;
    double *fine; /* TELEMETRY_FINE_SAMPLES, then TELEMETRY_MINUTE_SAMPLES */
    char name[METRIC_MAX_NAME + 1];
    char exported[METRIC_MAX_NAME + 1];
};

struct custom_metrics {
    size_t max;
    uint64_t lifetime_ms;
    struct metric items[];
};

struct custom_metrics *custom_metrics_new(size_t max, uint64_t lifetime_ms)
{
    struct custom_metrics *metrics = calloc(1, sizeof(*metrics) + max * sizeof(struct metric));
    if (metrics == NULL)
        return NULL;
    metrics->max = max;
    metrics->lifetime_ms = lifetime_ms;
    return metrics;
}

void custom_metrics_free(struct custom_metrics *metrics)
{
    if (metrics == NULL)
        return;
    for (size_t i = 0; i < metrics->max; i++)
        free(metrics->items[i].fine);
    free(metrics);
}

static bool is_shown(const struct custom_metrics *metrics, const struct metric *metric,
                     uint64_t now_ms)
{
    return metric->used && now_ms < metric->given_ms + metrics->lifetime_ms;
}

/* ---- checks ---- */

static bool is_name(struct text_span name)
{
    if (name.length == 0 || name.length > METRIC_MAX_NAME)
        return false;
    for (size_t i = 0; i < name.length; i++) {
        unsigned char letter = (unsigned char)name.start[i];
        bool inside = isalpha(letter) || letter == '_';
        if (letter >= 0x80 ||
            (!inside && (i == 0 || (!isdigit(letter) && letter != '.' && letter != '-'))))
            return false;
    }
    return true;
}

static void export_name(struct text_span name, char out[METRIC_MAX_NAME + 1])
{
    for (size_t i = 0; i < name.length; i++) {
        char letter = name.start[i];
        out[i] = letter == '.' || letter == '-' ? '_' : (char)tolower((unsigned char)letter);
    }
    out[name.length] = '\0';
}

static bool ends_with(const char *text, const char *end)
{
    size_t length = strlen(text), wanted = strlen(end);
    return length >= wanted && strcmp(text + length - wanted, end) == 0;
}

/* Names that Prometheus would see as one are one place. */
static struct metric *find(struct custom_metrics *metrics, const char *exported)
{
    for (size_t i = 0; i < metrics->max; i++) {
        if (metrics->items[i].used && strcmp(metrics->items[i].exported, exported) == 0)
            return &metrics->items[i];
    }
    return NULL;
}

static const char *check_against(const struct custom_metrics *metrics, const struct metric *there,
                                 const struct metric_value *value, uint64_t now_ms)
{
    if (there == NULL || !is_shown(metrics, there, now_ms))
        return NULL;
    if (strlen(there->name) != value->name.length ||
        memcmp(there->name, value->name.start, value->name.length) != 0)
        return "another metric's name differs in case, '.' and '-' only";
    if (there->type != value->type)
        return there->type == METRIC_GAUGE ? "it is a gauge" : "it is a counter";
    return NULL;
}

static const char *check(struct custom_metrics *metrics, const struct metric_value *value,
                         uint64_t now_ms)
{
    char exported[METRIC_MAX_NAME + 1];
    if (!is_name(value->name))
        return "a name is 1 to 64 of a-z A-Z 0-9 _ . - and begins with a letter or _";
    if (!isfinite(value->value) || fabs(value->value) > MAX_VALUE)
        return "the value is no finite number";
    if (value->type == METRIC_COUNTER && value->value < 0)
        return "a counter only grows";
    export_name(value->name, exported);
    if (ends_with(exported, "_total"))
        return "\"total\" is put at the end of a counter's name by itself";
    return check_against(metrics, find(metrics, exported), value, now_ms);
}

/* ---- values ---- */

/* Its place, or one that is free, or that of the one that was not given for longest. */
static struct metric *take_place(struct custom_metrics *metrics, const struct metric_value *value,
                                 uint64_t now_ms)
{
    char exported[METRIC_MAX_NAME + 1];
    export_name(value->name, exported);
    struct metric *place = find(metrics, exported);
    if (place != NULL && check_against(metrics, place, value, now_ms) == NULL &&
        is_shown(metrics, place, now_ms))
        return place;
    for (size_t i = 0; place == NULL && i < metrics->max; i++) {
        if (!metrics->items[i].used)
            place = &metrics->items[i];
    }
    for (size_t i = 0; place == NULL && i < metrics->max; i++) {
        if (!is_shown(metrics, &metrics->items[i], now_ms))
            place = &metrics->items[i];
    }
    if (place == NULL)
        return NULL;
    bool same = place->used && strcmp(place->exported, exported) == 0 && place->type == value->type;
    if (!same) {
        free(place->fine);
        *place = (struct metric){.used = true, .type = value->type};
    }
    memcpy(place->name, value->name.start, value->name.length);
    place->name[value->name.length] = '\0';
    memcpy(place->exported, exported, sizeof(exported));
    return place;
}

static void apply(struct metric *metric, const struct metric_value *value, uint64_t now_ms)
{
    double sum = metric->value + value->value;
    if (value->type == METRIC_GAUGE)
        metric->value = value->value;
    else
        metric->value = sum < MAX_VALUE ? sum : MAX_VALUE;
    metric->given_ms = now_ms;
}

static size_t count_shown(const struct custom_metrics *metrics, uint64_t now_ms)
{
    size_t count = 0;
    for (size_t i = 0; i < metrics->max; i++)
        count += is_shown(metrics, &metrics->items[i], now_ms);
    return count;
}

static bool is_new(struct custom_metrics *metrics, const struct metric_value *value,
                   uint64_t now_ms)
{
    char exported[METRIC_MAX_NAME + 1];
    export_name(value->name, exported);
    const struct metric *there = find(metrics, exported);
    return there == NULL || !is_shown(metrics, there, now_ms);
}

static bool same_export(const struct metric_value *a, const struct metric_value *b)
{
    char exported_a[METRIC_MAX_NAME + 1], exported_b[METRIC_MAX_NAME + 1];
    export_name(a->name, exported_a);
    export_name(b->name, exported_b);
    return strcmp(exported_a, exported_b) == 0;
}

/* A value that came before in the same request counts as if it were there already. */
static const char *check_among(const struct metric_value *values, size_t at, bool *repeated)
{
    *repeated = false;
    for (size_t i = 0; i < at; i++) {
        if (!same_export(&values[i], &values[at]))
            continue;
        *repeated = true;
        if (values[i].name.length != values[at].name.length ||
            memcmp(values[i].name.start, values[at].name.start, values[at].name.length) != 0 ||
            values[i].type != values[at].type)
            return "it comes twice, spelt or typed in different ways";
    }
    return NULL;
}

bool custom_metrics_set(struct custom_metrics *metrics, const struct metric_value *values,
                        size_t count, uint64_t now_ms, char *error, size_t error_size)
{
    size_t room = metrics->max - count_shown(metrics, now_ms);
    for (size_t i = 0; i < count; i++) {
        bool repeated;
        const char *reason = check(metrics, &values[i], now_ms);
        if (reason == NULL)
            reason = check_among(values, i, &repeated);
        if (reason == NULL && !repeated && is_new(metrics, &values[i], now_ms) && room-- == 0)
            reason = "there are as many metrics as board.max_metrics allows";
        if (reason != NULL) {
            snprintf(error, error_size, "metric %.*s: %s", (int)values[i].name.length,
                     values[i].name.length > 0 ? values[i].name.start : "", reason);
            return false;
        }
    }
    for (size_t i = 0; i < count; i++) {
        struct metric *metric = take_place(metrics, &values[i], now_ms);
        if (metric != NULL)
            apply(metric, &values[i], now_ms);
    }
    return true;
}

static bool parse_line(struct text_span line, struct metric_value *value)
{
    char text[METRIC_MAX_NAME + 80], *end;
    if (line.length >= sizeof(text) || memchr(line.start, '\0', line.length) != NULL)
        return false;
    memcpy(text, line.start, line.length);
    text[line.length] = '\0';
    char *colon = strchr(text, ':'), *bar = colon != NULL ? strchr(colon, '|') : NULL;
    if (bar == NULL || (strcmp(bar, "|g") != 0 && strcmp(bar, "|c") != 0))
        return false;
    value->name = (struct text_span){line.start, (size_t)(colon - text)};
    value->type = bar[1] == 'g' ? METRIC_GAUGE : METRIC_COUNTER;
    *bar = '\0';
    /* strtod knows white space, hexadecimal and "nan"; "+1" is an increment in some statsd */
    if (colon[1] == '\0' || colon[1 + strspn(colon + 1, "-0123456789.eE")] != '\0')
        return false;
    value->value = strtod(colon + 1, &end);
    return *end == '\0';
}

bool custom_metrics_line(struct custom_metrics *metrics, struct text_span line, uint64_t now_ms,
                         char *error, size_t error_size)
{
    struct metric_value value;
    if (parse_line(line, &value))
        return custom_metrics_set(metrics, &value, 1, now_ms, error, error_size);
    snprintf(error, error_size, "not of the form name:1.5|g or name:1|c: %.*s",
             line.length < 100 ? (int)line.length : 100, line.start);
    return false;
}

/* ---- history ---- */

static size_t place_of(bool by_minute, uint64_t n)
{
    return by_minute ? TELEMETRY_FINE_SAMPLES + (size_t)(n % TELEMETRY_MINUTE_SAMPLES)
                     : (size_t)(n % TELEMETRY_FINE_SAMPLES);
}

static bool make_history(struct metric *metric)
{
    if (metric->fine != NULL)
        return true;
    size_t count = TELEMETRY_FINE_SAMPLES + TELEMETRY_MINUTE_SAMPLES;
    metric->fine = malloc(count * sizeof(*metric->fine));
    for (size_t i = 0; metric->fine != NULL && i < count; i++)
        metric->fine[i] = NOT_THERE;
    return metric->fine != NULL;
}

void custom_metrics_sample(struct custom_metrics *metrics, bool by_minute, uint64_t n,
                           uint64_t now_ms)
{
    for (size_t i = 0; i < metrics->max; i++) {
        struct metric *metric = &metrics->items[i];
        if (metric->used && make_history(metric))
            metric->fine[place_of(by_minute, n)] =
                is_shown(metrics, metric, now_ms) ? metric->value : NOT_THERE;
    }
}

static void put(struct json_out *out, const struct metric *metric, double value)
{
    json_out_number(json_out_key(out, metric->name), value, 6);
}

void custom_metrics_put(const struct custom_metrics *metrics, uint64_t now_ms, struct json_out *out)
{
    json_out_object(out);
    for (size_t i = 0; i < metrics->max; i++) {
        if (is_shown(metrics, &metrics->items[i], now_ms))
            put(out, &metrics->items[i], metrics->items[i].value);
    }
    json_out_object_end(out);
}

void custom_metrics_put_sample(const struct custom_metrics *metrics, bool by_minute, uint64_t n,
                               struct json_out *out)
{
    json_out_object(out);
    for (size_t i = 0; i < metrics->max; i++) {
        const struct metric *metric = &metrics->items[i];
        double value = metric->fine != NULL ? metric->fine[place_of(by_minute, n)] : NOT_THERE;
        if (!isnan(value))
            put(out, metric, value);
    }
    json_out_object_end(out);
}

void custom_metrics_each(const struct custom_metrics *metrics, uint64_t now_ms,
                         void (*visit)(const struct metric_view *view, void *context),
                         void *context)
{
    for (size_t i = 0; i < metrics->max; i++) {
        const struct metric *metric = &metrics->items[i];
        struct metric_view view = {metric->name, metric->exported, metric->type, metric->value};
        if (is_shown(metrics, metric, now_ms))
            visit(&view, context);
    }
}
