/*
 * OCPP-J messages of a station, all versions: whatever the bytes, parsing stays inside them, and
 * every answer is a message that the parser itself accepts.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/actions.h"
#include "gateway/ocppj.h"
#include "tests/fuzz/fuzz.h"

static char bytes[16384];
static struct transaction_ids ids;

static void check_answer(const struct text_buffer *out, enum ocpp_version version)
{
    struct ocppj_message message;
    const char *reason;
    if (!out->overflow &&
        ocppj_parse(out->start, out->length, version, &message, &reason) != OCPPJ_FINE)
        abort();
}

static void answer_call(const struct ocppj_message *message, enum ocpp_version version)
{
    char name[EVENT_MAX_ACTION], id[EVENT_MAX_MESSAGE_ID];
    const struct action *action =
        actions_find(actions_of(version), ocppj_text(message->action, name, sizeof(name)));
    struct text_buffer out = {.start = bytes, .capacity = sizeof(bytes)};
    struct action_request request = {
        .identity = "CP001",
        .message_id = ocppj_text(message->id, id, sizeof(id)),
        .payload = message->payload,
        .now = "2026-01-31T12:00:00.123Z",
        .transaction_ids = &ids,
        .problem = "",
    };
    if (action == NULL || action->is_send)
        return;
    ocppj_begin_result(&out, message->id);
    if (action->answer != NULL)
        text_buffer_puts(&out, action->answer);
    else if (action->handle(&request, &out) != OCPPJ_ERROR_NONE)
        return;
    text_buffer_append(&out, "]", 1);
    check_answer(&out, version);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* an exact copy of text, so that a read past its end is seen */
    char *text = malloc(size + 1);
    if (text == NULL)
        return 0;
    if (size > 0)
        memcpy(text, data, size);
    for (enum ocpp_version version = OCPP_16; version <= OCPP_21; version++) {
        struct ocppj_message message;
        const char *reason = NULL;
        struct text_buffer out = {.start = bytes, .capacity = sizeof(bytes)};
        enum ocppj_problem problem = ocppj_parse(text, size, version, &message, &reason);
        if (problem == OCPPJ_FINE && message.type == MESSAGE_CALL)
            answer_call(&message, version);
        ocppj_write_error(&out, message.id, version, OCPPJ_ERROR_FORMAT,
                          problem == OCPPJ_FINE ? "" : reason);
        check_answer(&out, version);
    }
    free(text);
    return 0;
}
