#include "boardd/state/fold.h"

#include <stdlib.h>
#include <string.h>

#include "boardd/state/fold_internal.h"
#include "common/text.h"
#include "common/timestamp.h"

#define MAX_SLOTS      (1u << 20) /* as shm.stations */
#define LATENCY_WEIGHT 4          /* a new answer counts a quarter */

const char *station_problem_name(enum station_problem problem)
{
    static const char *const names[] = {"offline", "faulted", "flapping", "slow", "errors"};
    return problem < PROBLEM_COUNT ? names[problem] : "";
}

struct fold *fold_new(const struct fold_options *options)
{
    struct fold *fold = calloc(1, sizeof(*fold));
    if (fold == NULL)
        return NULL;
    fold->options = *options;
    fold->memory.limits = options->limits;
    fold->words = vocabulary_new();
    if (fold->words == NULL) {
        free(fold);
        return NULL;
    }
    fold->faulted = vocabulary_add(fold->words, "Faulted", strlen("Faulted"));
    return fold;
}

void fold_reset(struct fold *fold, unsigned source)
{
    for (uint32_t slot = 0; slot < fold->sources[source].slots; slot++)
        station_state_free(&fold->memory, fold->sources[source].stations[slot]);
    free(fold->sources[source].stations);
    free(fold->sources[source].action_errors);
    memset(&fold->sources[source], 0, sizeof(fold->sources[source]));
}

void fold_free(struct fold *fold)
{
    if (fold == NULL)
        return;
    for (unsigned source = 0; source < TAIL_MAX_SOURCES; source++)
        fold_reset(fold, source);
    vocabulary_free(fold->words);
    free(fold);
}

static void on_record(void *context, unsigned source, enum collection collection,
                      const struct event *event)
{
    if (collection == COLLECTION_MESSAGES || collection == COLLECTION_CONNECTIONS)
        fold_event(context, source, event);
}

static void on_reset(void *context, unsigned source)
{
    fold_reset(context, source);
}

void fold_listen(struct fold *fold, struct tail *tail)
{
    tail_listen(tail,
                &(struct tail_listener){.record = on_record, .reset = on_reset, .context = fold});
}

/* ---- whose state ---- */

static bool make_room(struct fold *fold, unsigned source, uint32_t slot)
{
    uint32_t slots = fold->sources[source].slots, wanted = slots > 0 ? slots : 64;
    if (slot < slots)
        return true;
    if (slot >= MAX_SLOTS)
        return false;
    while (wanted <= slot)
        wanted *= 2;
    struct station_state **stations =
        realloc(fold->sources[source].stations, wanted * sizeof(struct station_state *));
    if (stations == NULL)
        return false;
    memset(stations + slots, 0, (wanted - slots) * sizeof(struct station_state *));
    fold->sources[source].stations = stations;
    fold->sources[source].slots = wanted;
    return true;
}

/* The state of the event's station, to be changed; one is made where there is none. */
static struct station_state *take_state(struct fold *fold, unsigned source,
                                        const struct event *event)
{
    struct text_span identity = event->identity;
    if (identity.length == 0 || memchr(identity.start, '\0', identity.length) != NULL ||
        event->station_slot == EVENT_NO_STATION || !make_room(fold, source, event->station_slot))
        return NULL;
    struct station_state **place = &fold->sources[source].stations[event->station_slot];
    if (*place != NULL && !station_state_is(*place, identity)) {
        if (event->connection < (*place)->connection)
            return NULL; /* of the station that had the slot before */
        station_state_free(&fold->memory, *place);
        *place = NULL;
    }
    if (*place == NULL)
        *place = station_state_new(&fold->memory, identity);
    if (*place == NULL)
        return NULL;
    (*place)->version = ++fold->versions;
    if (event->connection > (*place)->connection)
        (*place)->connection = event->connection;
    return *place;
}

const struct station_state *fold_station(const struct fold *fold, unsigned source, uint32_t slot,
                                         const char *identity)
{
    if (source >= TAIL_MAX_SOURCES || slot >= fold->sources[source].slots)
        return NULL;
    const struct station_state *state = fold->sources[source].stations[slot];
    return state != NULL && strcmp(state->identity, identity) == 0 ? state : NULL;
}

/* ---- members ---- */

struct json_span fold_member(struct json_span object, const char *key)
{
    struct json_span value = {NULL, 0, JSON_NULL};
    if (object.type != JSON_OBJECT || !json_member(object, key, &value))
        value.type = JSON_NULL;
    return value;
}

struct wanted_members {
    const char *const *keys;
    size_t count;
    size_t found;
    struct json_span *values;
};

static bool is_key(struct json_span key, const char *wanted)
{
    size_t length = strlen(wanted);
    if (key.length == length + 2 && memcmp(key.start + 1, wanted, length) == 0)
        return true;
    return memchr(key.start, '\\', key.length) != NULL && json_string_is(key, wanted);
}

static bool take_member(struct json_span key, struct json_span value, void *context)
{
    struct wanted_members *wanted = context;
    for (size_t i = 0; i < wanted->count; i++) {
        if (wanted->values[i].type != JSON_NULL || !is_key(key, wanted->keys[i]))
            continue;
        wanted->values[i] = value;
        wanted->found++;
        break;
    }
    return wanted->found < wanted->count;
}

void fold_members(struct json_span object, const char *const *keys, size_t count,
                  struct json_span *values)
{
    struct wanted_members wanted = {.keys = keys, .count = count, .values = values};
    for (size_t i = 0; i < count; i++)
        values[i] = (struct json_span){NULL, 0, JSON_NULL};
    if (object.type == JSON_OBJECT)
        json_each_member(object, take_member, &wanted);
}

bool fold_text(struct json_span object, const char *key, char *out, size_t size)
{
    return fold_string(fold_member(object, key), out, size);
}

bool fold_string(struct json_span value, char *out, size_t size)
{
    char text[256];
    out[0] = '\0';
    if (value.type != JSON_STRING)
        return false;
    int length = json_string(value, text, sizeof(text));
    if (length <= 0)
        return false;
    size_t kept = text_cut_utf8(text, (size_t)length, size - 1);
    memcpy(out, text, kept);
    out[kept] = '\0';
    return kept > 0;
}

uint16_t fold_word(struct folding *folding, struct json_span object, const char *key)
{
    return fold_word_of(folding, fold_member(object, key));
}

uint16_t fold_word_of(struct folding *folding, struct json_span string)
{
    char word[VOCABULARY_MAX_WORD + 1];
    if (!fold_string(string, word, sizeof(word)))
        return 0;
    return vocabulary_add(folding->fold->words, word, strlen(word));
}

int32_t fold_number(struct json_span object, const char *key)
{
    long long number;
    struct json_span value = fold_member(object, key);
    if (value.type != JSON_NUMBER || !json_integer(value, &number) || number < 0 ||
        number > INT32_MAX)
        return STATE_NONE;
    return (int32_t)number;
}

uint64_t fold_time(const struct folding *folding, struct json_span object)
{
    char text[40];
    uint64_t time_ns;
    /* not what a user may write, such as "10m" */
    if (!fold_text(object, "timestamp", text, sizeof(text)) || strchr(text, 'T') == NULL ||
        !timestamp_parse(text, folding->event->time_ns, &time_ns) || time_ns == UINT64_MAX)
        return folding->event->time_ns;
    return time_ns;
}

uint64_t fold_message_hash(struct text_span message_id)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < message_id.length; i++)
        hash = (hash ^ (unsigned char)message_id.start[i]) * UINT64_C(1099511628211);
    return hash | 1; /* 0 is none */
}

/* ---- messages ---- */

static bool is_action(const char *name, struct text_span action)
{
    return strncmp(name, action.start, action.length) == 0 && name[action.length] == '\0';
}

static const struct fold_action *find_action(const struct event *event)
{
    const struct fold_action *row = event->protocol == OCPP_16 ? fold_actions_v16 : fold_actions_v2;
    struct text_span action = event->action;
    if (event->protocol == OCPP_UNKNOWN || action.length == 0 ||
        memchr(action.start, '\0', action.length) != NULL)
        return NULL;
    for (; row->action != NULL; row++) {
        if (row->direction == event->direction && row->message_type == event->message_type &&
            is_action(row->action, action))
            return row;
    }
    return NULL;
}

/* The frame was valid once; whoever writes the segment is trusted with nothing. */
static bool scan_frame(const struct event *event, struct json_span *elements, size_t wanted)
{
    size_t count;
    return !event->truncated &&
           json_scan_array(event->payload.start, event->payload.length, elements, wanted, &count,
                           NULL) &&
           count >= wanted;
}

static void fold_action(struct fold *fold, unsigned source, const struct event *event,
                        const struct fold_action *row)
{
    struct json_span elements[4];
    size_t body = event->message_type == MESSAGE_CALL ? 3 : 2;
    if (!scan_frame(event, elements, body + 1) || elements[body].type != JSON_OBJECT)
        return;
    struct folding folding = {.fold = fold,
                              .state = take_state(fold, source, event),
                              .event = event,
                              .payload = elements[body]};
    if (folding.state != NULL)
        row->handle(&folding);
}

static void count_action_error(struct fold *fold, unsigned source, uint16_t method)
{
    uint32_t **errors = &fold->sources[source].action_errors;
    if (*errors == NULL)
        *errors = calloc(VOCABULARY_WORDS, sizeof(**errors));
    if (*errors != NULL && method != 0)
        (*errors)[method]++;
}

/* [4, id, code, description, details] */
static void fold_error(struct fold *fold, unsigned source, const struct event *event)
{
    struct json_span elements[4];
    char code[VOCABULARY_MAX_WORD + 1] = "", description[256] = "";
    uint16_t method = vocabulary_add(fold->words, event->action.start, event->action.length);
    struct station_state *state = take_state(fold, source, event);
    count_action_error(fold, source, method);
    if (state == NULL || !scan_frame(event, elements, 4) || elements[2].type != JSON_STRING)
        return;
    struct state_error *error = station_state_error(&fold->memory, state);
    if (error == NULL)
        return;
    if (json_string(elements[2], code, sizeof(code)) < 0)
        code[0] = '\0';
    if (elements[3].type != JSON_STRING ||
        json_string(elements[3], description, sizeof(description)) < 0)
        description[0] = '\0';
    size_t kept = text_cut_utf8(description, strlen(description), STATE_MAX_TEXT);
    *error = (struct state_error){.time_ns = event->time_ns,
                                  .code = vocabulary_add(fold->words, code, strlen(code)),
                                  .method = method};
    memcpy(error->description, description, kept);
    /* a transaction that was not granted did not begin */
    struct state_transaction *refused =
        station_state_find_started(state, fold_message_hash(event->message_id));
    if (event->direction == DIRECTION_OUT && refused != NULL && refused->id[0] == '\0')
        station_state_drop_transaction(&fold->memory, state, refused);
}

/* How long the station took for an answer. */
static void fold_latency(struct fold *fold, unsigned source, const struct event *event)
{
    struct station_state *state = take_state(fold, source, event);
    if (state == NULL)
        return;
    uint64_t us = event->latency_us > 0 ? event->latency_us : 1;
    if (state->latency_us != 0)
        us = ((LATENCY_WEIGHT - 1) * (uint64_t)state->latency_us + us) / LATENCY_WEIGHT;
    state->latency_us = us < EVENT_NO_LATENCY ? (uint32_t)us : EVENT_NO_LATENCY - 1;
}

static void fold_message(struct fold *fold, unsigned source, const struct event *event)
{
    if (event->direction == DIRECTION_IN && event->latency_us != EVENT_NO_LATENCY &&
        (event->message_type == MESSAGE_CALLRESULT || event->message_type == MESSAGE_CALLERROR))
        fold_latency(fold, source, event);
    if (event->message_type == MESSAGE_CALLERROR) {
        fold_error(fold, source, event);
        return;
    }
    const struct fold_action *row = find_action(event);
    if (row != NULL)
        fold_action(fold, source, event, row);
}

static void fold_connect(struct fold *fold, unsigned source, const struct event *event)
{
    struct station_state *state = take_state(fold, source, event);
    if (state != NULL)
        state->connected_s[state->connects++ % STATE_CONNECTS] =
            (uint32_t)(event->time_ns / NS_PER_SECOND);
}

void fold_event(struct fold *fold, unsigned source, const struct event *event)
{
    if (source >= TAIL_MAX_SOURCES)
        return;
    if (event->type == EVENT_MESSAGE)
        fold_message(fold, source, event);
    else if (event->type == EVENT_CONNECTED)
        fold_connect(fold, source, event);
}

/* ---- questions ---- */

static bool is_faulted(const struct fold *fold, const struct station_state *state)
{
    for (unsigned i = 0; i < state->connector_count; i++) {
        if (state->connectors[i].status == fold->faulted)
            return true;
    }
    return false;
}

unsigned fold_problems(const struct fold *fold, const struct station_state *state, uint64_t now_ns)
{
    const struct fold_options *options = &fold->options;
    unsigned problems = 0;
    if (state == NULL)
        return 0;
    if (is_faulted(fold, state))
        problems |= 1u << PROBLEM_FAULTED;
    if (station_state_is_flapping(state, options->flapping_connects, now_ns / NS_PER_SECOND,
                                  options->flapping_ms / 1000))
        problems |= 1u << PROBLEM_FLAPPING;
    if (state->latency_us / 1000 >= options->slow_ms)
        problems |= 1u << PROBLEM_SLOW;
    if (state->error != NULL && now_ns < state->error->time_ns + options->error_ms * NS_PER_MS)
        problems |= 1u << PROBLEM_ERRORS;
    return problems;
}

uint64_t fold_action_errors(const struct fold *fold, int source, const char *action)
{
    uint64_t count = 0;
    uint16_t word = vocabulary_find(fold->words, action, strlen(action));
    for (unsigned i = 0; word != 0 && i < TAIL_MAX_SOURCES; i++) {
        if ((source < 0 || (unsigned)source == i) && fold->sources[i].action_errors != NULL)
            count += fold->sources[i].action_errors[word];
    }
    return count;
}

size_t fold_bytes(const struct fold *fold)
{
    return fold->memory.used;
}

uint64_t fold_refused(const struct fold *fold)
{
    return fold->memory.refused;
}
