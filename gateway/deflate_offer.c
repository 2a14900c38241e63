#include "gateway/deflate_offer.h"

#include <stdio.h>
#include <string.h>

#include "common/deflate.h"
#include "common/http1.h"

#define EXTENSION "permessage-deflate"

struct cursor {
    const char *at, *end;
};

/* The value of a parameter, without quotes. What we know has at most two digits. */
struct value {
    bool is_there;
    char start[2];
    size_t length; /* may be more than that */
};

struct offer {
    bool acceptable;
    unsigned seen; /* a bit for each parameter */
    struct deflate_terms terms;
};

static void skip_blanks(struct cursor *cursor)
{
    while (cursor->at < cursor->end && (*cursor->at == ' ' || *cursor->at == '\t'))
        cursor->at++;
}

/* With the blanks around it. */
static bool take(struct cursor *cursor, char separator)
{
    skip_blanks(cursor);
    if (cursor->at == cursor->end || *cursor->at != separator)
        return false;
    cursor->at++;
    skip_blanks(cursor);
    return true;
}

static bool take_token(struct cursor *cursor, struct http1_span *word)
{
    word->start = cursor->at;
    while (cursor->at < cursor->end && http1_is_token(*cursor->at))
        cursor->at++;
    word->length = (size_t)(cursor->at - word->start);
    return word->length > 0;
}

static void append(struct value *value, char c)
{
    if (value->length < sizeof(value->start))
        value->start[value->length] = c;
    value->length++;
}

/* Behind the opening quote: what the quotes hold has to be a token (RFC 6455, 9.1). */
static bool take_quoted(struct cursor *cursor, struct value *value)
{
    while (cursor->at < cursor->end && *cursor->at != '"') {
        if (*cursor->at == '\\')
            cursor->at++;
        if (cursor->at == cursor->end || !http1_is_token(*cursor->at))
            return false;
        append(value, *cursor->at++);
    }
    if (cursor->at == cursor->end || value->length == 0)
        return false;
    cursor->at++;
    return true;
}

static bool take_value(struct cursor *cursor, struct value *value)
{
    struct http1_span word;
    *value = (struct value){.is_there = take(cursor, '=')};
    if (!value->is_there)
        return true;
    if (cursor->at < cursor->end && *cursor->at == '"') {
        cursor->at++;
        return take_quoted(cursor, value);
    }
    if (!take_token(cursor, &word))
        return false;
    for (size_t i = 0; i < word.length; i++)
        append(value, word.start[i]);
    return true;
}

/* 8 to 15, without leading zeros; 0: it is nothing of that. */
static unsigned window_bits(const struct value *value)
{
    unsigned bits = 0;
    if (!value->is_there || value->length > sizeof(value->start) || value->start[0] == '0')
        return 0;
    for (size_t i = 0; i < value->length; i++) {
        if (value->start[i] < '0' || value->start[i] > '9')
            return 0;
        bits = bits * 10 + (unsigned)(value->start[i] - '0');
    }
    return bits >= DEFLATE_MIN_WINDOW && bits <= DEFLATE_MAX_WINDOW ? bits : 0;
}

/* RFC 7692, 7.1.1 and 7.1.2. False: the offer has to be declined. */
static bool apply(struct offer *offer, struct http1_span name, const struct value *value)
{
    static const char *const names[] = {"server_no_context_takeover", "client_no_context_takeover",
                                        "server_max_window_bits", "client_max_window_bits"};
    unsigned which = 0;
    while (which < 4 && !http1_equals(name, names[which]))
        which++;
    if (which == 4 || (offer->seen & 1u << which) != 0)
        return false;
    offer->seen |= 1u << which;
    switch (which) {
    case 2:
        offer->terms.server_max_bits = window_bits(value);
        return offer->terms.server_max_bits != 0;
    case 3: /* without a value: it can be limited, if we want */
        offer->terms.client_max_bits = window_bits(value);
        return !value->is_there || offer->terms.client_max_bits != 0;
    default:
        return !value->is_there;
    }
}

/* One extension with its parameters. False: it is none. */
static bool take_offer(struct cursor *cursor, struct offer *offer)
{
    struct http1_span name;
    struct value value;
    if (!take_token(cursor, &name))
        return false;
    *offer = (struct offer){.acceptable = http1_equals(name, EXTENSION), .terms = {.agreed = true}};
    while (take(cursor, ';')) {
        if (!take_token(cursor, &name) || !take_value(cursor, &value))
            return false;
        offer->acceptable = offer->acceptable && apply(offer, name, &value);
    }
    return true;
}

bool deflate_offer_read(const char *value, size_t length, struct deflate_terms *terms)
{
    struct cursor cursor = {value, value + length};
    for (;;) {
        struct offer offer;
        while (take(&cursor, ',')) /* a list may have empty elements */
            ;
        skip_blanks(&cursor);
        if (cursor.at == cursor.end)
            return true;
        if (!take_offer(&cursor, &offer))
            return false;
        if (offer.acceptable && !terms->agreed)
            *terms = offer.terms;
        if (!take(&cursor, ',') && cursor.at < cursor.end)
            return false;
    }
}

unsigned deflate_offer_window(const struct deflate_terms *terms)
{
    if (!terms->agreed)
        return 0;
    return terms->server_max_bits != 0 ? terms->server_max_bits : DEFLATE_MAX_WINDOW;
}

size_t deflate_offer_write(const struct deflate_terms *terms, char out[DEFLATE_OFFER_LINE_SIZE])
{
    char server[40] = "", client[40] = "";
    out[0] = '\0';
    if (!terms->agreed)
        return 0;
    if (terms->server_max_bits != 0)
        snprintf(server, sizeof(server), "; server_max_window_bits=%u", terms->server_max_bits);
    if (terms->client_max_bits != 0)
        snprintf(client, sizeof(client), "; client_max_window_bits=%u", terms->client_max_bits);
    return (size_t)snprintf(out, DEFLATE_OFFER_LINE_SIZE,
                            "Sec-WebSocket-Extensions: " EXTENSION
                            "; server_no_context_takeover; client_no_context_takeover%s%s\r\n",
                            server, client);
}
