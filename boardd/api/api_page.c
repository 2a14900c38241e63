#include "boardd/api/api_page.h"

#include <string.h>

#include "common/http1.h"
#include "common/text.h"
#include "common/text_buffer.h"

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

static void put_pair(struct text_buffer *link, const char *name, const char *value)
{
    if (link->length > 2)
        text_buffer_puts(link, "&");
    http1_percent_encode(name, link);
    text_buffer_puts(link, "=");
    http1_percent_encode(value, link);
}

void page_add_next_link(struct api_request *request, const char *name, const char *value)
{
    char text[HTTP_MAX_ADDED];
    struct text_buffer link = {text, 0, sizeof(text) - 1, false};
    text_buffer_puts(&link, "<?");
    for (unsigned i = 0; i < request->query.count; i++) {
        const char *given = request->query.pairs[i].name;
        if (strcmp(given, "offset") != 0 && strcmp(given, "before") != 0)
            put_pair(&link, given, request->query.pairs[i].value);
    }
    put_pair(&link, name, value);
    text_buffer_puts(&link, ">; rel=\"next\"");
    text[link.length] = '\0';
    if (!link.overflow) /* what does not fit a reply's headers is not sent at all */
        http_add_header(request->exchange, "Link", text);
}
