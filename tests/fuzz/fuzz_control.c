/*
 * Requests at the control socket: whatever the bytes, parsing stays inside them, and what is
 * accepted is within the bounds that the commands rely on.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/json_scan.h"
#include "gateway/control_request.h"
#include "tests/fuzz/fuzz.h"

static bool is_clean(const char *text)
{
    for (; *text != '\0'; text++) {
        if ((unsigned char)*text < ' ' || *text == 0x7f)
            return false;
    }
    return true;
}

static void check(const struct control_request *request, const char *line, size_t length)
{
    struct json_span value;
    MUST(json_scan(request->id, strlen(request->id), &value, NULL));
    MUST(request->command == CONTROL_LIST || request->station[0] != '\0');
    MUST(is_clean(request->station) && is_clean(request->user) && is_clean(request->reason));
    MUST(request->limit >= 1 && request->limit <= CONTROL_MAX_LIMIT);
    MUST(request->timeout_ms <= CONTROL_MAX_TIMEOUT);
    MUST(request->command != CONTROL_DISCONNECT || request->code == 1000 || request->code == 1001);
    if (request->command != CONTROL_CALL)
        return;
    MUST(request->action[0] != '\0' && strpbrk(request->action, "\"\\ ") == NULL);
    MUST(json_scan(request->payload.start, request->payload.length, &value, NULL));
    MUST(value.type == JSON_OBJECT);
    MUST(request->payload.length == 2 ||
         (request->payload.start >= line &&
          request->payload.start + request->payload.length <= line + length));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct control_request request;
    char error[200] = "";
    char *line = malloc(size + 1); /* an exact copy, so that a read past its end is seen */
    if (line == NULL)
        return 0;
    if (size > 0)
        memcpy(line, data, size);
    if (control_request_parse(line, size, &request, error, sizeof(error)))
        check(&request, line, size);
    else
        MUST(error[0] != '\0' && strlen(request.id) > 0);
    free(line);
    return 0;
}
