/*
 * What a gateway's tables say, as values of a store's hashes (ocpp-forward(8) writes them,
 * ocpp-boardd reads them). What is read is taken for hostile.
 *
 * The hash <prefix>:<gateway>:stations holds a station_record for each identity. The hash
 * <prefix>:<gateway>:counters holds each counter's decimal value under its name (counter_name), a
 * histogram under "latency:<action>", and under "fill:<collection>" how full the ring is:
 * "<bytes used> <capacity>".
 */
#ifndef SHM_STATE_WIRE_H
#define SHM_STATE_WIRE_H

#include "shm/counters.h"
#include "shm/station_table.h"

#define WIRE_LATENCY_PREFIX "latency:"
#define WIRE_FILL_PREFIX    "fill:"

/* One JSON object, NUL-terminated: strings, and numbers as ocpp-board-shm(5) has them. Returns its
 * length. */
#define WIRE_STATION_MAX 1536
size_t wire_station(const struct station_record *record, char out[WIRE_STATION_MAX]);
/* False when it is not such an object, or a value is out of its range. */
bool wire_station_parse(const char *text, size_t length, struct station_record *record);

/* "<count> <sum in us>", then " <bucket>:<count>" for each that is not 0. Returns the length. */
#define WIRE_HISTOGRAM_MAX 4096
size_t wire_histogram(const struct histogram *histogram, char out[WIRE_HISTOGRAM_MAX]);
/* Sets all but the action. */
bool wire_histogram_parse(const char *text, size_t length, struct histogram *histogram);

/*
 * What <prefix>:<gateway>:alive holds, a JSON object, written every second to expire after 5:
 * {"pid":1,"build":"…","history":1,"startedNs":1,"startedAt":"2026-01-31T12:00:00.000Z",
 * "stations":8192,"state":"live"}. The sorted set <prefix>:gateways holds each gateway's name with
 * the time of the last such write (ms since 1970) as its score.
 */
struct wire_alive {
    uint32_t pid;
    char build[33];
    uint64_t history;    /* the first number of the ids that are written now */
    uint64_t started_ns; /* CLOCK_REALTIME, of the running gateway */
    uint32_t stations;   /* slots */
    char state[8];       /* of the segment: "live", "hung", "down", "absent" */
};
#define WIRE_ALIVE_MAX 512
size_t wire_alive(const struct wire_alive *alive, char out[WIRE_ALIVE_MAX]);
bool wire_alive_parse(const char *text, size_t length, struct wire_alive *alive);

#endif
