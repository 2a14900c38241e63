/*
 * Transaction ids for OCPP 1.6: positive 32-bit integers, unique across restarts without a disk.
 * They go on from the last one in the adopted segment; where there is none, from the clock: eight
 * ids for each second since 2024, so that ids repeat only after eight years, and a gateway that
 * gave fewer than eight a second on average never meets its own.
 *
 * A repeated StartTransaction (same station, message id and payload: a retry) gets the id that it
 * got before. The payload counts because some stations begin again with message id 1 after each
 * start.
 */
#ifndef GATEWAY_TRANSACTION_IDS_H
#define GATEWAY_TRANSACTION_IDS_H

#include <stddef.h>
#include <stdint.h>

#include "shm/event.h"

#define TRANSACTION_IDS_REMEMBERED 1024

struct transaction_ids {
    uint32_t last;
    struct {
        uint64_t key; /* of station, message id and payload; 0: empty */
        uint32_t id;
    } recent[TRANSACTION_IDS_REMEMBERED];
};

/* `last` as the segment has it, 0 for none; `real_ns` is CLOCK_REALTIME. */
void transaction_ids_init(struct transaction_ids *ids, uint64_t last, uint64_t real_ns);
/* Never 0. */
uint32_t transaction_ids_take(struct transaction_ids *ids, const char *identity,
                              struct text_span message_id, struct text_span payload);

#endif
