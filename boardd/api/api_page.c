#include "boardd/api/api_page.h"

#include <string.h>

#include "common/text.h"

bool page_read(struct api_request *request, uint64_t *limit, uint64_t *offset)
{
    *limit = PAGE_DEFAULT_LIMIT;
    *offset = 0;
    if (query_uint(&request->query, "limit", 1, PAGE_MAX_LIMIT, limit) &&
        query_uint(&request->query, "offset", 0, PAGE_MAX_OFFSET, offset))
        return true;
    api_bad_query(request);
    return false;
}

void page_add_number(struct api_request *request, const char *header, uint64_t number)
{
    char text[TEXT_DECIMAL_SIZE];
    text_decimal(number, text);
    http_add_header(request->exchange, header, text);
}

/* A header's value; what does not fit a reply's headers is not sent at all. */
struct link {
    char text[HTTP_MAX_ADDED];
    size_t length;
    bool is_too_long;
};

static void put(struct link *link, char character)
{
    if (link->length + 1 < sizeof(link->text))
        link->text[link->length++] = character;
    else
        link->is_too_long = true;
}

static void put_text(struct link *link, const char *text)
{
    for (; *text != '\0'; text++)
        put(link, *text);
}

static bool is_unreserved(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

static void put_encoded(struct link *link, const char *text)
{
    static const char digits[] = "0123456789ABCDEF";
    for (; *text != '\0'; text++) {
        if (is_unreserved(*text)) {
            put(link, *text);
            continue;
        }
        put(link, '%');
        put(link, digits[(unsigned char)*text >> 4]);
        put(link, digits[(unsigned char)*text & 15]);
    }
}

static void put_pair(struct link *link, const char *name, const char *value)
{
    if (link->length > 2)
        put(link, '&');
    put_encoded(link, name);
    put(link, '=');
    put_encoded(link, value);
}

void page_add_next_link(struct api_request *request, const char *name, const char *value)
{
    struct link link = {.length = 0};
    put_text(&link, "<?");
    for (unsigned i = 0; i < request->query.count; i++) {
        const char *given = request->query.pairs[i].name;
        if (strcmp(given, "offset") != 0 && strcmp(given, "before") != 0)
            put_pair(&link, given, request->query.pairs[i].value);
    }
    put_pair(&link, name, value);
    put_text(&link, ">; rel=\"next\"");
    link.text[link.length] = '\0';
    if (!link.is_too_long)
        http_add_header(request->exchange, "Link", link.text);
}
