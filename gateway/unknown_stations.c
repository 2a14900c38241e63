#include "gateway/unknown_stations.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/identity.h"

struct unknown_stations {
    size_t count;
    struct {
        char identity[IDENTITY_SIZE];
        uint32_t seen;
        uint64_t last_ns;
    } stations[UNKNOWN_STATIONS_MAX];
};

struct unknown_stations *unknown_stations_new(void)
{
    return calloc(1, sizeof(struct unknown_stations));
}

void unknown_stations_free(struct unknown_stations *unknown)
{
    free(unknown);
}

/* Place of that identity, or the one to use for it. */
static size_t find_place(struct unknown_stations *unknown, const char *identity)
{
    size_t oldest = 0;
    for (size_t i = 0; i < unknown->count; i++) {
        if (strcmp(unknown->stations[i].identity, identity) == 0)
            return i;
        if (unknown->stations[i].last_ns < unknown->stations[oldest].last_ns)
            oldest = i;
    }
    return unknown->count < UNKNOWN_STATIONS_MAX ? unknown->count++ : oldest;
}

uint32_t unknown_stations_see(struct unknown_stations *unknown, const char *identity,
                              uint64_t now_ns)
{
    size_t place = find_place(unknown, identity);
    if (strcmp(unknown->stations[place].identity, identity) != 0) {
        strncpy(unknown->stations[place].identity, identity, EVENT_MAX_IDENTITY);
        unknown->stations[place].seen = 0;
    }
    unknown->stations[place].last_ns = now_ns;
    return ++unknown->stations[place].seen;
}

size_t unknown_stations_count(const struct unknown_stations *unknown)
{
    return unknown->count;
}
