/*
 * What the torture tests publish: everything about a record and a station follows from its number,
 * so that a reader can say of every byte what it has to be.
 */
#ifndef TESTS_TORTURE_PATTERN_H
#define TESTS_TORTURE_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "shm/segment_reader.h"

#define PATTERN_IDENTITY                                                                           \
    "CS-0123456789"       /* a part of it, so that payloads begin anywhere in a word */
#define PATTERN_MAX 12000 /* longer than what a ring of 64 KiB takes */

/* splitmix64 */
static inline uint64_t pattern_random(uint64_t number)
{
    number += UINT64_C(0x9e3779b97f4a7c15);
    number = (number ^ (number >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    number = (number ^ (number >> 27)) * UINT64_C(0x94d049bb133111eb);
    return number ^ (number >> 31);
}

/* Six of ten records are tiny, so that the index laps before the data does; one of ten is large. */
static inline size_t pattern_length(uint64_t seq)
{
    uint64_t random = pattern_random(seq);

    switch (random % 10) {
    case 0:
        return (random >> 8) % PATTERN_MAX;
    case 1:
    case 2:
    case 3:
        return (random >> 8) % 700;
    default:
        return (random >> 8) % 20;
    }
}

static inline void pattern_fill(uint64_t seq, char *payload, size_t length)
{
    for (size_t i = 0; i < length; i += sizeof(uint64_t)) {
        uint64_t word = pattern_random(seq * 4096 + i);
        size_t rest = length - i < sizeof word ? length - i : sizeof word;
        memcpy(payload + i, &word, rest);
    }
}

/* `payload` has room for PATTERN_MAX bytes and must live as long as the event. */
static inline struct event pattern_event(uint64_t seq, char *payload)
{
    size_t length = pattern_length(seq);

    pattern_fill(seq, payload, length);
    return (struct event){
        .type = EVENT_MESSAGE,
        .time_ns = seq * 7,
        .station_slot = (uint32_t)seq,
        .connection = seq * 3,
        .latency_us = (uint32_t)(seq * 5),
        .identity = {PATTERN_IDENTITY, seq % sizeof PATTERN_IDENTITY},
        .payload = {payload, length},
    };
}

/* `wanted` is room for PATTERN_MAX bytes. */
static inline bool pattern_check(const struct event *event, uint64_t seq, char *wanted)
{
    size_t length = event->payload.length;

    if (event->seq != seq || event->time_ns != seq * 7 || event->station_slot != (uint32_t)seq ||
        event->connection != seq * 3 || event->latency_us != (uint32_t)(seq * 5) ||
        event->type != EVENT_MESSAGE || event->payload_length != pattern_length(seq) ||
        event->identity.length != seq % sizeof PATTERN_IDENTITY ||
        memcmp(event->identity.start, PATTERN_IDENTITY, event->identity.length) != 0 ||
        event->truncated != (length < event->payload_length) || length > event->payload_length)
        return false;
    pattern_fill(seq, wanted, length);
    return memcmp(event->payload.start, wanted, length) == 0;
}

/* Stations: what a slot says follows from the number of its connection. */

static inline void pattern_station(uint64_t connection, struct station_record *record)
{
    memset(record, 0, sizeof *record);
    snprintf(record->address, sizeof record->address, "192.0.2.1:%u",
             (unsigned)(connection % 60000));
    record->connection = connection;
    record->connected_ns = connection * 3;
    record->protocol = (enum ocpp_version)(1 + connection % 3);
    record->status = STATION_ONLINE;
    record->security_profile = (unsigned)(connection % 4);
}

/* The same station, when that connection has ended. */
static inline void pattern_closed_station(uint64_t connection, struct station_record *record)
{
    pattern_station(connection, record);
    record->status = STATION_OFFLINE;
    record->disconnected_ns = connection * 5;
    record->close_code = 1000;
    snprintf(record->close_reason, sizeof record->close_reason, "bye %u", (unsigned)connection);
}

static inline bool pattern_check_closing(const struct station_record *record)
{
    struct station_record wanted;

    if (record->status == STATION_ONLINE || record->connection == 0)
        return record->disconnected_ns == 0 && record->close_code == 0 &&
               record->close_reason[0] == '\0';
    if (record->close_code == 1006)
        return record->disconnected_ns > record->connected_ns &&
               strcmp(record->close_reason, "gateway was killed") == 0;
    pattern_closed_station(record->connection, &wanted);
    return record->disconnected_ns == wanted.disconnected_ns &&
           record->close_code == wanted.close_code &&
           strcmp(record->close_reason, wanted.close_reason) == 0;
}

static inline bool pattern_check_station(const struct station_record *record)
{
    struct station_record wanted;
    unsigned number;

    if (sscanf(record->identity, "CS-%u", &number) != 1 || !pattern_check_closing(record))
        return false;
    if (record->connection == 0)
        return record->connects == 0 && record->status == STATION_OFFLINE;
    pattern_station(record->connection, &wanted);
    return strcmp(record->address, wanted.address) == 0 &&
           record->connected_ns == wanted.connected_ns && record->protocol == wanted.protocol &&
           record->security_profile == wanted.security_profile && record->connects != 0;
}

#endif
