/*
 * Events as JSON objects. What ocpp-boardd serves and what `ocpp-log -j` prints comes from here, so
 * that both say the same. The field names are those of ocpp-board-api(7).
 */
#ifndef SHM_EVENT_JSON_H
#define SHM_EVENT_JSON_H

#include <stddef.h>

#include "shm/event.h"

/* Enough for every event that segment_reader_read can yield. */
#define EVENT_JSON_MAX 131072

/* The name of ocpp-boardd's own events where a gateway's name stands. */
#define EVENT_BOARDD "boardd"

/*
 * Writes the event as one JSON object on one line (raw line breaks inside a station's JSON become
 * spaces), NUL-terminated, without a newline. `gateway` is the instance's name. The event's spans
 * may hold any bytes: what is not valid JSON is written as an escaped string. Returns the length; 0
 * when it does not fit into `size`.
 *
 * - MESSAGE: id identity gateway direction type method messageId params|payload timestamp latencyMs
 *   protocol source
 * - CONNECTED: id identity gateway event remoteAddress protocol securityProfile timestamp
 * - DISCONNECTED: the same and closeCode closeReason durationMs
 * - security: id identity gateway category severity message remoteAddress count timestamp
 * - errors: id identity gateway category message method messageId direction protocol payload
 *   timestamp
 * - system: id identity gateway category message remoteAddress count timestamp
 * - log: id gateway process level topic message timestamp
 *
 * Fields that an event does not have are left out. The body of a CALL and a SEND is `params`, that
 * of a CALLRESULT `payload`; errors have payload {errorCode, errorDescription, errorDetails}. Where
 * the body can't be read (cut, not OCPP-J) `raw` holds the start of the frame as text, with
 * `truncated` true when it was cut.
 */
size_t event_json(const struct event *event, const char *gateway, char *out, size_t size);

/*
 * The same with what is needed to make the event again: `connection`, the connection's number;
 * `raw`, a message's frame where it can't be put together from the other members byte by byte
 * (shm/event_frame.h); `length`, that of a frame of which only the start is there. What does not
 * fit with these is written without them.
 */
size_t event_json_capture(const struct event *event, const char *gateway, char *out, size_t size);

#endif
