/* POST /api/metrics: custom metrics */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "boardd/api/routes.h"
#include "boardd/board.h"
#include "boardd/state/custom_metrics.h"
#include "common/json_scan.h"
#include "common/timestamp.h"

#define MAX_VALUES 1024 /* of one request */

struct posted {
    size_t count;
    struct metric_value values[MAX_VALUES];
    char names[MAX_VALUES][METRIC_MAX_NAME + 2]; /* one more, so that a name that is too long is */
    char error[320];
};

static bool fail(struct posted *posted, const char *name, const char *reason)
{
    snprintf(posted->error, sizeof(posted->error), "metric %s: %s", name, reason);
    return false;
}

static bool read_number(struct json_span span, double *number)
{
    char text[64];
    if (span.type != JSON_NUMBER || span.length >= sizeof(text))
        return false;
    memcpy(text, span.start, span.length);
    text[span.length] = '\0';
    *number = strtod(text, NULL); /* the scanner knows that it is one */
    return true;
}

/* The next place, with that name. NULL, with an error, where it has no room. */
static struct metric_value *take_place(struct posted *posted, struct json_span name)
{
    char *text = posted->names[posted->count < MAX_VALUES ? posted->count : 0];
    if (posted->count == MAX_VALUES) {
        snprintf(posted->error, sizeof(posted->error), "more than %d metrics at once", MAX_VALUES);
        return NULL;
    }
    if (json_string(name, text, METRIC_MAX_NAME + 2) < 0) {
        snprintf(posted->error, sizeof(posted->error), "metric %.40s…: the name is too long",
                 name.start + 1);
        return NULL;
    }
    struct metric_value *value = &posted->values[posted->count++];
    *value = (struct metric_value){.name = {text, strlen(text)}, .type = METRIC_GAUGE};
    return value;
}

/* {"name": number, …} */
static bool take_member(struct json_span key, struct json_span number, void *context)
{
    struct posted *posted = context;
    struct metric_value *value = take_place(posted, key);
    if (value == NULL)
        return false;
    return read_number(number, &value->value) ||
           fail(posted, value->name.start, "the value is no number");
}

static bool read_type(struct json_span object, enum metric_type *type)
{
    struct json_span member;
    if (!json_member(object, "type", &member) || json_string_is(member, "gauge"))
        return true;
    *type = METRIC_COUNTER;
    return json_string_is(member, "counter");
}

/* {"metrics": [{"name", "value", "type"}, …]} */
static bool take_element(struct json_span element, void *context)
{
    struct posted *posted = context;
    struct json_span name, number;
    if (element.type != JSON_OBJECT || !json_member(element, "name", &name) ||
        name.type != JSON_STRING) {
        snprintf(posted->error, sizeof(posted->error), "metrics[%zu]: no object with a name",
                 posted->count);
        return false;
    }
    struct metric_value *value = take_place(posted, name);
    if (value == NULL)
        return false;
    if (!json_member(element, "value", &number) || !read_number(number, &value->value))
        return fail(posted, value->name.start, "the value is no number");
    return read_type(element, &value->type) ||
           fail(posted, value->name.start, "type is neither gauge nor counter");
}

static bool read_body(struct http1_span body, struct posted *posted)
{
    struct json_span object, list;
    if (!json_scan(body.start, body.length, &object, NULL) || object.type != JSON_OBJECT) {
        snprintf(posted->error, sizeof(posted->error), "the body is no JSON object");
        return false;
    }
    if (json_member(object, "metrics", &list) && list.type == JSON_ARRAY)
        return json_each(list, take_element, posted);
    return json_each_member(object, take_member, posted);
}

void api_metrics_post(struct api_request *request)
{
    struct posted *posted = calloc(1, sizeof(*posted));
    struct json_out json;
    if (posted == NULL) {
        http_reply_error(request->exchange, 503, "out of memory");
        return;
    }
    if (!read_body(http_body(request->exchange), posted) ||
        !custom_metrics_set(request->board->custom, posted->values, posted->count, clock_mono_ms(),
                            posted->error, sizeof(posted->error))) {
        http_reply_error(request->exchange, 400, "%s", posted->error);
    } else {
        json_out_init(&json);
        json_out_object(&json);
        json_out_bool(json_out_key(&json, "success"), true);
        json_out_uint(json_out_key(&json, "accepted"), posted->count);
        json_out_object_end(&json);
        http_reply_json(request->exchange, 200, &json);
    }
    free(posted);
}
