#include "gateway/transaction_ids.h"

#include <string.h>

#include "gateway/hash.h"

#define START_OF_2024  UINT64_C(1704067200)
#define IDS_PER_SECOND 8
#define MAX_ID         UINT32_C(0x7fffffff)

void transaction_ids_init(struct transaction_ids *ids, uint64_t last, uint64_t real_ns)
{
    memset(ids, 0, sizeof(*ids));
    uint64_t second = real_ns / UINT64_C(1000000000);
    uint64_t since = second > START_OF_2024 ? second - START_OF_2024 : 0;
    ids->last = (uint32_t)((last > 0 ? last : since * IDS_PER_SECOND) & MAX_ID);
}

static uint64_t retry_key(const char *identity, struct text_span message_id,
                          struct text_span payload)
{
    uint64_t hash = hash_bytes(HASH_START, identity, strlen(identity) + 1);
    hash = hash_bytes(hash, message_id.start, message_id.length);
    hash = hash_bytes(hash, payload.start, payload.length);
    return hash != 0 ? hash : 1;
}

uint32_t transaction_ids_take(struct transaction_ids *ids, const char *identity,
                              struct text_span message_id, struct text_span payload)
{
    uint64_t key = retry_key(identity, message_id, payload);
    size_t place = key % TRANSACTION_IDS_REMEMBERED;
    if (ids->recent[place].key == key)
        return ids->recent[place].id;
    ids->last = ids->last < MAX_ID ? ids->last + 1 : 1;
    ids->recent[place].key = key;
    ids->recent[place].id = ids->last;
    return ids->last;
}
