/*
 * Identities that were refused because the station file does not list them: the most recent ones,
 * in bounded memory.
 */
#ifndef GATEWAY_UNKNOWN_STATIONS_H
#define GATEWAY_UNKNOWN_STATIONS_H

#include <stddef.h>
#include <stdint.h>

#define UNKNOWN_STATIONS_MAX 256

struct unknown_stations;

struct unknown_stations *unknown_stations_new(void); /* NULL: no memory */
void unknown_stations_free(struct unknown_stations *unknown);
/*
 * Returns how often that identity was seen, this time included; who was not seen for longest is
 * forgotten first.
 */
uint32_t unknown_stations_see(struct unknown_stations *unknown, const char *identity,
                              uint64_t now_ns);
size_t unknown_stations_count(const struct unknown_stations *unknown);

#endif
