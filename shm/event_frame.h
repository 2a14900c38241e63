/* The frame of an OCPP-J message in its plain form: no white space between its elements. */
#ifndef SHM_EVENT_FRAME_H
#define SHM_EVENT_FRAME_H

#include "common/json_scan.h"
#include "shm/event.h"

#define EVENT_FRAME_MAX 65536

/* How many elements follow type, id and action: 1, or 3 of an error; 0 for other numbers. */
size_t event_frame_bodies(unsigned message_type);

/*
 * Writes the frame with these elements (event_frame_bodies of them) at its end, without a NUL.
 * Returns its length; 0 when it does not fit or there is no such type.
 */
size_t event_frame(unsigned message_type, struct text_span message_id, struct text_span action,
                   const struct json_span *bodies, char *out, size_t size);

#endif
