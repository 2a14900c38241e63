/* What a station offers in Sec-WebSocket-Extensions, and what is answered. */
#include <string.h>

#include "gateway/deflate_offer.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct deflate_terms terms = {.agreed = false}, again = {.agreed = false};
    char line[DEFLATE_OFFER_LINE_SIZE];
    const char *value;
    bool fine = deflate_offer_read((const char *)data, size, &terms);
    unsigned window = deflate_offer_window(&terms);
    size_t length = deflate_offer_write(&terms, line);
    MUST(terms.agreed ? window >= 8 && window <= 15 : window == 0);
    MUST(fine || !terms.agreed || size > strlen("permessage-deflate"));
    MUST(length == strlen(line) && (length > 0) == terms.agreed);
    if (length == 0)
        return 0;
    /* the answer is an offer, too, that is answered by itself */
    value = strchr(line, ' ') + 1;
    MUST(deflate_offer_read(value, strlen(value) - 2, &again));
    MUST(again.agreed && again.server_max_bits == terms.server_max_bits &&
         again.client_max_bits == terms.client_max_bits);
    return 0;
}
