/*
 * An event as programs see it, and its encoding into the payload of a record (struct
 * segment_event).
 */
#ifndef SHM_EVENT_H
#define SHM_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum collection {
#define COLLECTION(name, number, label, size_key, help) COLLECTION_##name = number,
#include "shm/event_types.def"
};
#define COLLECTION_COUNT 6

enum event_type {
#define EVENT(name, number, collection, label, help) EVENT_##name = number,
#include "shm/event_types.def"
};

enum direction { DIRECTION_NONE, DIRECTION_IN, DIRECTION_OUT }; /* seen from the gateway */
enum ocpp_version { OCPP_UNKNOWN, OCPP_16, OCPP_201, OCPP_21 };
enum severity { SEVERITY_NONE, SEVERITY_LOW, SEVERITY_MEDIUM, SEVERITY_HIGH, SEVERITY_CRITICAL };
/* Message type numbers of OCPP-J (1.6-J 4.1.3; 2.1 part 4, 4.1.3) */
enum message_type {
    MESSAGE_CALL = 2,
    MESSAGE_CALLRESULT = 3,
    MESSAGE_CALLERROR = 4,
    MESSAGE_CALLRESULTERROR = 5,
    MESSAGE_SEND = 6,
};

#define EVENT_NO_STATION UINT32_MAX
#define EVENT_NO_LATENCY UINT32_MAX

/* What the text of a POLICY_REJECTION begins with where the station file does not list the station.
 */
#define EVENT_TEXT_UNKNOWN_STATION "unknown station"

/* Longest parts that are encoded; longer ones are cut (text and reasons at a character). */
#define EVENT_MAX_IDENTITY   48
#define EVENT_MAX_ACTION     64
#define EVENT_MAX_MESSAGE_ID 64
#define EVENT_MAX_ADDRESS    48
#define EVENT_MAX_TEXT       2048

struct text_span {
    const char *start;
    size_t length;
};
#define TEXT_SPAN_NONE ((struct text_span){NULL, 0})

struct event {
    /* from the record; the writer sets seq */
    uint64_t seq;
    uint64_t time_ns; /* CLOCK_REALTIME */
    enum event_type type;
    uint32_t station_slot; /* EVENT_NO_STATION where no station is concerned */
    bool truncated;        /* part of the payload is missing */

    /* What they hold for each type stands in ocpp-board-shm(5). Unused ones are 0 or empty. */
    enum direction direction;
    unsigned message_type;
    enum ocpp_version protocol;
    unsigned severity; /* enum severity, for LOG enum log_level's number */
    unsigned close_code;
    unsigned security_profile;
    uint32_t latency_us; /* CALLRESULT, CALLERROR: since the CALL; else EVENT_NO_LATENCY */
    uint32_t count;
    uint64_t duration_ms; /* DISCONNECTED */
    uint64_t connection;  /* number of the connection */
    struct text_span identity;
    struct text_span action; /* of a result: its CALL's; LOG: the topic */
    struct text_span message_id;
    struct text_span address; /* "address:port" of the station */
    struct text_span text;    /* reason, description, log line; UTF-8, no control characters */
    struct text_span payload; /* MESSAGE, BAD_MESSAGE: the frame as it was sent, inflated */
    uint32_t payload_length;  /* before cutting; may be 0 when the whole payload is published */
};

/* Fixed part plus the longest strings, without payload. */
#define EVENT_MAX_FIXED 2400

/*
 * Encodes everything but the payload, which follows it, into `out` (EVENT_MAX_FIXED bytes). Returns
 * the length.
 */
size_t event_encode_head(const struct event *event, char *out);

/*
 * Encodes into `out` (`size` >= EVENT_MAX_FIXED), cutting the payload where it does not fit.
 * Returns the length; `original_length` is what it would have been uncut.
 */
size_t event_encode(const struct event *event, char *out, size_t size, size_t *original_length);

/*
 * Decodes everything but the record's own fields. Spans point into `data`. False when the bytes are
 * no event; never reads outside of them, whatever they hold.
 */
bool event_decode(const char *data, size_t length, struct event *event);

/* Tables by number; "" or -1 for numbers that don't exist. */
const char *event_label(enum event_type type);
int event_collection(enum event_type type); /* enum collection, or -1 */
const char *collection_label(enum collection collection);
const char *message_type_label(unsigned message_type); /* "CALL" … */
/* "ocpp1.6", "ocpp2.0.1", "ocpp2.1", "" */
const char *ocpp_version_label(enum ocpp_version version);
/* "low" … "critical", "" */
const char *severity_label(unsigned severity);

#endif
