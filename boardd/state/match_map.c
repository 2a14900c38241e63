#include "boardd/state/match_map.h"

#include <stdlib.h>

#define CHUNK_RECORDS 4096u
#define WORD_BITS     64u
#define CHUNK_WORDS   (CHUNK_RECORDS / WORD_BITS)
#define FIRST_SLOTS   4u

/* Only of records that are in the map is a bit set. */
struct match_chunk {
    uint64_t words[CHUNK_WORDS];
};

/* Of record n: number n / CHUNK_RECORDS, at that modulo the slots, which are a power of two. NULL:
 * none of its records matches. */
static struct match_chunk **slot_of(const struct match_map *map, uint64_t seq)
{
    return &map->chunks[seq / CHUNK_RECORDS & (map->chunk_slots - 1)];
}

void match_map_clear(struct match_map *map, uint64_t at)
{
    for (size_t i = 0; i < map->chunk_slots; i++)
        free(map->chunks[i]);
    free(map->chunks);
    *map = (struct match_map){.from = at, .to = at};
}

/* The matches among the first `records` of a chunk are taken out. */
static void take_out(struct match_map *map, struct match_chunk *chunk, unsigned records)
{
    for (unsigned i = 0; i * WORD_BITS < records; i++) {
        unsigned rest = records - i * WORD_BITS;
        uint64_t gone = rest < WORD_BITS ? (UINT64_C(1) << rest) - 1 : UINT64_MAX;
        map->count -= (uint64_t)__builtin_popcountll(chunk->words[i] & gone);
        chunk->words[i] &= ~gone;
    }
}

void match_map_drop(struct match_map *map, uint64_t oldest)
{
    if (oldest >= map->to) {
        match_map_clear(map, oldest);
        return;
    }
    while (map->from < oldest) {
        uint64_t end = (map->from / CHUNK_RECORDS + 1) * CHUNK_RECORDS;
        bool is_whole = end <= oldest;
        struct match_chunk **slot = slot_of(map, map->from);
        if (*slot != NULL) {
            take_out(map, *slot, is_whole ? CHUNK_RECORDS : (unsigned)(oldest % CHUNK_RECORDS));
            if (is_whole) {
                free(*slot);
                *slot = NULL;
            }
        }
        map->from = is_whole ? end : oldest;
    }
}

static uint64_t chunks_between(uint64_t from, uint64_t to)
{
    return from < to ? (to - 1) / CHUNK_RECORDS - from / CHUNK_RECORDS + 1 : 0;
}

/* Room for the chunks of records from `from` up to `to`, between which all are that are known. */
static bool make_room(struct match_map *map, uint64_t from, uint64_t to)
{
    uint64_t needed = chunks_between(from, to);
    size_t slots = map->chunk_slots > 0 ? map->chunk_slots : FIRST_SLOTS;
    if (needed <= map->chunk_slots)
        return true;
    while (slots < needed)
        slots *= 2;
    struct match_chunk **chunks = calloc(slots, sizeof(struct match_chunk *));
    if (chunks == NULL)
        return false;
    for (uint64_t i = 0; map->chunks != NULL && i < chunks_between(map->from, map->to); i++) {
        uint64_t number = map->from / CHUNK_RECORDS + i;
        chunks[number & (slots - 1)] = map->chunks[number & (map->chunk_slots - 1)];
    }
    free(map->chunks);
    map->chunks = chunks;
    map->chunk_slots = slots;
    return true;
}

static bool set(struct match_map *map, uint64_t seq)
{
    struct match_chunk **slot = slot_of(map, seq);
    if (*slot == NULL && (*slot = calloc(1, sizeof(struct match_chunk))) == NULL)
        return false;
    (*slot)->words[seq % CHUNK_RECORDS / WORD_BITS] |= UINT64_C(1) << seq % WORD_BITS;
    map->count++;
    return true;
}

void match_map_append(struct match_map *map, bool matches)
{
    uint64_t seq = map->to;
    if (!make_room(map, map->from, seq + 1) || (matches && !set(map, seq))) {
        match_map_clear(map, seq + 1);
        return;
    }
    map->to = seq + 1;
}

void match_map_prepend(struct match_map *map, uint64_t seq, bool matches)
{
    if (seq < map->from && make_room(map, seq, map->to) && (!matches || set(map, seq)))
        map->from = seq;
}

uint64_t match_map_before(const struct match_map *map, uint64_t before)
{
    uint64_t at = before < map->to ? before : map->to;
    while (at > map->from) {
        uint64_t last = at - 1;
        const struct match_chunk *chunk = *slot_of(map, last);
        if (chunk == NULL) {
            at = last - last % CHUNK_RECORDS;
            continue;
        }
        uint64_t word = chunk->words[last % CHUNK_RECORDS / WORD_BITS]
                        << (WORD_BITS - 1 - last % WORD_BITS);
        if (word != 0)
            return last - (uint64_t)__builtin_clzll(word);
        at = last - last % WORD_BITS;
    }
    return MATCH_MAP_NONE;
}
