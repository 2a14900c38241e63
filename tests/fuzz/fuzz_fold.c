/*
 * Messages that stations may send, folded: whatever they hold, the result is valid JSON within the
 * limits. A line is a message: version (6, 0, 1), kind (c CALL, r result, e error, a the station's
 * own answer, x connect), slot (0 to 9), then the action, a space and the frame.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "boardd/state/fold.h"
#include "common/json_scan.h"
#include "common/timestamp.h"
#include "tests/fuzz/fuzz.h"

#define NOW_NS (UINT64_C(1790000000) * NS_PER_SECOND)

static const struct fold_options options = {
    .limits = {.connectors = 4, .transactions = 3, .meter_values = 4, .bytes = 8192},
    .flapping_connects = 3,
    .flapping_ms = 1000,
    .slow_ms = 1,
    .error_ms = 1000,
};

static enum ocpp_version version_of(uint8_t letter)
{
    return letter == '6' ? OCPP_16 : letter == '0' ? OCPP_201 : OCPP_21;
}

static void set_kind(struct event *event, uint8_t letter)
{
    event->type = letter == 'x' ? EVENT_CONNECTED : EVENT_MESSAGE;
    event->direction = letter == 'r' ? DIRECTION_OUT : DIRECTION_IN;
    event->message_type = letter == 'c'   ? MESSAGE_CALL
                          : letter == 'e' ? MESSAGE_CALLERROR
                                          : MESSAGE_CALLRESULT;
    event->latency_us = letter == 'a' ? 5000 : EVENT_NO_LATENCY;
}

static void fold_line(struct fold *fold, const uint8_t *line, size_t length)
{
    static const char *const identities[] = {"CP1", "CP2", "a-much-longer-identity-of-a-station"};
    struct event event = {.time_ns = NOW_NS, .message_id = {"m", 1}};
    if (length < 4)
        return;
    const char *text = (const char *)line + 3;
    const char *space = memchr(text, ' ', length - 3);
    if (space == NULL)
        return;
    event.protocol = version_of(line[0]);
    set_kind(&event, line[1]);
    event.station_slot = (uint32_t)(line[2] - '0') % 10;
    event.connection = line[2] / 10;
    const char *identity = identities[line[2] % 3];
    event.identity = (struct text_span){identity, strlen(identity)};
    event.action = (struct text_span){text, (size_t)(space - text)};
    event.payload = (struct text_span){space + 1, length - 4 - event.action.length};
    fold_event(fold, 0, &event);
}

static void check_station(const struct fold *fold, uint32_t slot, const char *identity)
{
    const struct station_state *state = fold_station(fold, 0, slot, identity);
    struct json_out out;
    json_out_init(&out);
    json_out_object(&out);
    fold_put_summary(fold, state, "", &out);
    fold_put_detail(fold, state, &out);
    json_out_object_end(&out);
    MUST(!out.failed && json_scan(out.data, out.length, NULL, NULL));
    json_out_free(&out);
    MUST(fold_problems(fold, state, NOW_NS) < 1u << PROBLEM_COUNT);
    if (state == NULL)
        return;
    MUST(state->connector_count <= 4 && state->transaction_count <= 3);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fold *fold = fold_new(&options);
    MUST(fold != NULL);
    for (size_t at = 0; at < size;) {
        const uint8_t *end = memchr(data + at, '\n', size - at);
        size_t length = end != NULL ? (size_t)(end - data) - at : size - at;
        fold_line(fold, data + at, length);
        at += length + 1;
    }
    MUST(fold_bytes(fold) <= options.limits.bytes);
    for (uint32_t slot = 0; slot < 10; slot++) {
        check_station(fold, slot, "CP1");
        check_station(fold, slot, "CP2");
    }
    fold_reset(fold, 0);
    MUST(fold_bytes(fold) == 0);
    fold_free(fold);
    return 0;
}
