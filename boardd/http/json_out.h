/*
 * Writes JSON text into one growing buffer: no tree is built. Commas are put by the writer; nesting
 * is the caller's to get right. After a failed allocation everything is ignored and `failed` stays
 * true: look at it once, at the end.
 */
#ifndef BOARDD_JSON_OUT_H
#define BOARDD_JSON_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shm/event.h"

struct json_out {
    char *data; /* not NUL-terminated; NULL while empty */
    size_t length;
    size_t capacity;
    bool comma; /* the next value needs one before it */
    bool failed;
    uint64_t hash; /* of the first `hashed` bytes */
    size_t hashed;
};

void json_out_init(struct json_out *out);
void json_out_free(struct json_out *out);
/* Empties it and keeps the memory. */
void json_out_reset(struct json_out *out);
/* Hands the text to the caller, who frees it; `out` is empty afterwards. NULL when empty or failed.
 */
char *json_out_take(struct json_out *out, size_t *length);

void json_out_object(struct json_out *out);
void json_out_object_end(struct json_out *out);
void json_out_array(struct json_out *out);
void json_out_array_end(struct json_out *out);

/* `key` is constant text of ours: not escaped. Returns `out`, so that
 * json_out_uint(json_out_key(out, "count"), 3) reads well. */
struct json_out *json_out_key(struct json_out *out, const char *key);

void json_out_null(struct json_out *out);
void json_out_bool(struct json_out *out, bool value);
void json_out_uint(struct json_out *out, uint64_t value);
void json_out_int(struct json_out *out, int64_t value);
/* With at most `decimals` (0 to 6) of them, trailing zeros left away; null for what is no finite
 * number. */
void json_out_number(struct json_out *out, double value, unsigned decimals);
void json_out_string(struct json_out *out, const char *text);
void json_out_text(struct json_out *out, const char *text, size_t length);
/* null for an empty text. */
void json_out_text_or_null(struct json_out *out, const char *text, size_t length);
/* RFC 3339 in UTC with milliseconds; null for 0. */
void json_out_time(struct json_out *out, uint64_t real_ns);
/* JSON text that was validated; line breaks between its tokens become spaces, so that it fits a
 * line of an event stream. */
void json_out_raw(struct json_out *out, const char *json, size_t length);

/*
 * Tells whether two texts are the same; no secret and no signature. It is made from the hashes of
 * the pieces that the text was declared to have, so that those of pieces that are known from before
 * are not worked out again: the same pieces make the same hash.
 */
uint64_t json_out_hash(struct json_out *out);
/* All from `start` to the end is a piece. Returns its hash. */
uint64_t json_out_piece(struct json_out *out, size_t start);
/* A value, or members of an object, that was written before and was a piece with that hash. */
void json_out_written(struct json_out *out, const char *json, size_t length, uint64_t hash);
/* Where the next value will start. */
size_t json_out_start(const struct json_out *out);

/*
 * A value that is written in place: room for `size` bytes after the comma, NULL when out of memory;
 * then the number of bytes that were used. Without the second call nothing has been written.
 */
char *json_out_room(struct json_out *out, size_t size);
void json_out_filled(struct json_out *out, size_t length);

/* Bytes as they are, no commas: for the framing of an event stream around the JSON. */
void json_out_plain(struct json_out *out, const char *text, size_t length);
void json_out_literal(struct json_out *out, const char *text);
void json_out_decimal(struct json_out *out, uint64_t value);

#endif
