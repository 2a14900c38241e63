#include <string.h>
#include <strings.h>

#include "common/log.h"
#include "common/text.h"
#include "shm/filter_internal.h"

/* Names further away than this are no misspellings. */
#define NEAR 2

#define BIT(number) (UINT64_C(1) << (number))
#define END                                                                                        \
    {                                                                                              \
        NULL, 0                                                                                    \
    }

static const struct filter_choice directions[] = {
    {"in", BIT(DIRECTION_IN)}, {"out", BIT(DIRECTION_OUT)}, END};

static const struct filter_choice message_types[] = {
    {"CALL", BIT(MESSAGE_CALL)},
    {"CALLRESULT", BIT(MESSAGE_CALLRESULT)},
    {"CALLERROR", BIT(MESSAGE_CALLERROR)},
    {"CALLRESULTERROR", BIT(MESSAGE_CALLRESULTERROR)},
    {"SEND", BIT(MESSAGE_SEND)},
    {"result", BIT(MESSAGE_CALLRESULT)},
    {"error", BIT(MESSAGE_CALLERROR) | BIT(MESSAGE_CALLRESULTERROR)},
    END};

static const struct filter_choice protocols[] = {{"1.6", BIT(OCPP_16)},
                                                 {"2.0.1", BIT(OCPP_201)},
                                                 {"2.1", BIT(OCPP_21)},
                                                 {"ocpp1.6", BIT(OCPP_16)},
                                                 {"ocpp2.0.1", BIT(OCPP_201)},
                                                 {"ocpp2.1", BIT(OCPP_21)},
                                                 END};

static const struct filter_choice events[] = {
#define EVENT(name, number, collection, label, help) {label, BIT(number)},
#include "shm/event_types.def"
    END};

static const struct filter_choice severities[] = {{"low", SEVERITY_LOW},
                                                  {"medium", SEVERITY_MEDIUM},
                                                  {"high", SEVERITY_HIGH},
                                                  {"critical", SEVERITY_CRITICAL},
                                                  END};

/* The graver the higher, other than in the log's own numbers. */
static const struct filter_choice levels[] = {{"debug", LOG_LEVEL_DEBUG - LOG_LEVEL_DEBUG},
                                              {"info", LOG_LEVEL_DEBUG - LOG_LEVEL_INFO},
                                              {"warning", LOG_LEVEL_DEBUG - LOG_LEVEL_WARNING},
                                              {"error", LOG_LEVEL_DEBUG - LOG_LEVEL_ERROR},
                                              END};

const struct filter_field filter_fields[] = {
#define INDEX  true
#define RECORD false
#define FIELD(name, alias, kind, choices, place, help)                                             \
    {#name, alias, FILTER_##kind, choices, place, help},
#include "shm/filter_fields.def"
};
const size_t filter_field_count = sizeof filter_fields / sizeof filter_fields[0];

static bool is_named(struct text_span span, const char *name)
{
    return strlen(name) == span.length && strncasecmp(span.start, name, span.length) == 0;
}

const struct filter_field *filter_find_field(struct text_span name)
{
    for (size_t i = 0; i < filter_field_count && name.length > 0; i++) {
        if (is_named(name, filter_fields[i].name) || is_named(name, filter_fields[i].alias))
            return &filter_fields[i];
    }
    return NULL;
}

const struct filter_choice *filter_find_choice(const struct filter_field *field,
                                               struct text_span name)
{
    const struct filter_choice *choice = field->choices;

    while (choice->name != NULL && !is_named(name, choice->name))
        choice++;
    return choice->name != NULL ? choice : NULL;
}

/* What has been found nearest to a name so far. */
struct search {
    char name[TEXT_DISTANCE_MAX + 1];
    const char *nearest;
    size_t distance;
};

static void begin(struct search *search, struct text_span name)
{
    size_t length = name.length < sizeof search->name ? name.length : 0;

    memcpy(search->name, name.start, length);
    search->name[length] = '\0';
    search->nearest = NULL;
    search->distance = NEAR + 1;
}

static void consider(struct search *search, const char *known)
{
    size_t distance = text_distance(search->name, known);

    /* with many changes any short name becomes any other */
    if (known[0] != '\0' && distance < search->distance && 2 * distance <= strlen(known)) {
        search->distance = distance;
        search->nearest = known;
    }
}

const char *filter_nearest_field(struct text_span name)
{
    struct search search;

    begin(&search, name);
    for (size_t i = 0; i < filter_field_count; i++) {
        consider(&search, filter_fields[i].name);
        consider(&search, filter_fields[i].alias);
    }
    return search.nearest;
}

const char *filter_nearest_choice(const struct filter_field *field, struct text_span name)
{
    struct search search;

    begin(&search, name);
    for (const struct filter_choice *choice = field->choices;
         choice != NULL && choice->name != NULL; choice++)
        consider(&search, choice->name);
    return search.nearest;
}
