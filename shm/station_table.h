/*
 * What the station table says of one station.
 */
#ifndef SHM_STATION_TABLE_H
#define SHM_STATION_TABLE_H

#include "shm/event.h"

enum station_status {
    STATION_FREE = 0,
    STATION_ONLINE = 1,
    STATION_OFFLINE = 2,
    STATION_EVICTED = 3,
};
enum boot_status { BOOT_NONE = 0, BOOT_ACCEPTED = 1, BOOT_PENDING = 2, BOOT_REJECTED = 3 };

/* Since the station got its slot. */
struct station_counters {
    uint64_t messages_in; /* from the station */
    uint64_t messages_out;
    uint64_t errors;          /* events of the collection "errors" */
    uint64_t last_message_ns; /* CLOCK_REALTIME, 0 none */
    uint64_t bytes_in;        /* of frames, without WebSocket's own */
    uint64_t bytes_out;
    uint64_t latency_us_sum; /* from CALL to answer, both ways; divide by */
    uint64_t latency_count;
};

struct station_record {
    uint32_t slot;
    char identity[EVENT_MAX_IDENTITY + 1];
    char address[EVENT_MAX_ADDRESS + 1];
    uint64_t connected_ns;    /* CLOCK_REALTIME */
    uint64_t disconnected_ns; /* likewise; 0 while online */
    uint64_t connection;      /* number of the present or last one, 0 none yet */
    enum ocpp_version protocol;
    enum station_status status;
    unsigned security_profile;
    enum boot_status boot_status;
    unsigned close_code; /* WebSocket, 0 while online */
    char close_reason[49];
    uint32_t connects; /* connections since the station got its slot */
    struct station_counters counters;
};

#endif
