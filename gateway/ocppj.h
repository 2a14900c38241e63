/*
 * OCPP-J messages (1.6-J 4.2; 2.0.1 and 2.1 part 4, 4.2): pure functions from bytes to spans and
 * back.
 *
 *   [2, "id", "Action", {payload}]                   CALL
 *   [3, "id", {payload}]                             CALLRESULT
 *   [4, "id", "code", "description", {details}]      CALLERROR
 *   [5, "id", "code", "description", {details}]      CALLRESULTERROR  (2.1)
 *   [6, "id", "Action", {payload}]                   SEND             (2.1)
 */
#ifndef GATEWAY_OCPPJ_H
#define GATEWAY_OCPPJ_H

#include <stddef.h>

#include "common/json_scan.h"
#include "common/text_buffer.h"
#include "shm/event.h"

#define OCPPJ_MAX_ID          36  /* characters */
#define OCPPJ_MAX_DESCRIPTION 255 /* characters */

enum ocppj_problem {
    OCPPJ_FINE,
    OCPPJ_NOT_JSON,
    OCPPJ_NO_ID,         /* JSON, but no message whose id can be read */
    OCPPJ_UNKNOWN_TYPE,  /* the version has no such message type; `type` and perhaps `id` are there
                          */
    OCPPJ_WRONG_SHAPE,   /* type and id are there, the rest is not what the type asks for */
    OCPPJ_WRONG_PAYLOAD, /* the payload is no object */
};

struct ocppj_message {
    unsigned type;           /* enum message_type, or what stood there (at most 65535) */
    struct json_span id;     /* with its quotes; length 0 when it can't be read */
    struct json_span action; /* CALL, SEND: with its quotes */
    struct json_span code;   /* CALLERROR, CALLRESULTERROR: with its quotes */
    struct json_span description;
    struct json_span payload; /* payload or details: an object, or null (taken as {}) */
};

/*
 * `reason` gets constant text that tells what is wrong. The spans point into `text`, which must
 * stay valid JSON UTF-8 text as it is. OCPP_UNKNOWN is no version.
 */
enum ocppj_problem ocppj_parse(const char *text, size_t length, enum ocpp_version version,
                               struct ocppj_message *message, const char **reason);

/*
 * The inside of a JSON string as text. Without escapes it is the span itself; else it is unescaped
 * into `buffer`, cut where it does not fit.
 */
struct text_span ocppj_text(struct json_span string, char *buffer, size_t size);

/* Characters of a string; an escape counts as one (a surrogate pair as two). */
size_t ocppj_characters(struct json_span string);

/* Meanings of CALLERROR codes; their spelling depends on the version. */
enum ocppj_error {
    OCPPJ_ERROR_NONE,
    OCPPJ_ERROR_NOT_IMPLEMENTED,
    OCPPJ_ERROR_NOT_SUPPORTED,
    OCPPJ_ERROR_INTERNAL,
    OCPPJ_ERROR_PROTOCOL,
    OCPPJ_ERROR_SECURITY,
    OCPPJ_ERROR_FORMAT,
    OCPPJ_ERROR_PROPERTY_CONSTRAINT,
    OCPPJ_ERROR_OCCURRENCE_CONSTRAINT,
    OCPPJ_ERROR_TYPE_CONSTRAINT,
    OCPPJ_ERROR_GENERIC,
    OCPPJ_ERROR_MESSAGE_TYPE, /* 1.6 has no code of its own: ProtocolError */
    OCPPJ_ERROR_FRAMEWORK,    /* 1.6 has no code of its own: FormationViolation */
};
const char *ocppj_error_code(enum ocpp_version version, enum ocppj_error error);

/* [3,id, — the caller appends the payload and "]". `id` has its quotes. */
void ocppj_begin_result(struct text_buffer *out, struct json_span id);
/*
 * A whole CALLERROR. An id of length 0 becomes "-1". The description is cut at
 * OCPPJ_MAX_DESCRIPTION bytes.
 */
void ocppj_write_error(struct text_buffer *out, struct json_span id, enum ocpp_version version,
                       enum ocppj_error error, const char *description);
/* A whole CALL. `payload` is a JSON object. */
void ocppj_write_call(struct text_buffer *out, const char *id, const char *action,
                      struct text_span payload);

#endif
