/*
 * The negotiation of permessage-deflate (RFC 7692, 7.1), pure functions: from the header
 * Sec-WebSocket-Extensions to what is in force, and to the answer that says so.
 *
 * The answer always has server_no_context_takeover and client_no_context_takeover, which a server
 * may say unasked: neither side keeps anything from one message for the next.
 */
#ifndef GATEWAY_DEFLATE_OFFER_H
#define GATEWAY_DEFLATE_OFFER_H

#include <stdbool.h>
#include <stddef.h>

struct deflate_terms {
    bool agreed;              /* compression is in force */
    unsigned server_max_bits; /* of the window for what we send; 0: nothing was said, any fits */
    unsigned client_max_bits; /* of the window for what the station sends; 0: nothing was said */
};

/*
 * Reads the value of one header; where it came more than once they are read one after the other,
 * into the same `terms` (that are all zero at first). The first offer that can be accepted counts:
 * one with a parameter that is unknown, has a wrong value or comes twice is declined, as are other
 * extensions. False: it is no list of extensions (RFC 6455, 9.1), nobody may go on with that.
 */
bool deflate_offer_read(const char *value, size_t length, struct deflate_terms *terms);

/* Of the window that the station inflates with, as base-2 logarithm; 0: nothing is in force. */
unsigned deflate_offer_window(const struct deflate_terms *terms);

/* Writes the header's whole line with CRLF, "" where nothing is in force. Returns its length. */
#define DEFLATE_OFFER_LINE_SIZE 200
size_t deflate_offer_write(const struct deflate_terms *terms, char out[DEFLATE_OFFER_LINE_SIZE]);

#endif
