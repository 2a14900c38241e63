#include "boardd/api/api_page.h"

#include <stdio.h>
#include <string.h>

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
    char text[24];
    snprintf(text, sizeof(text), "%llu", (unsigned long long)number);
    http_add_header(request->exchange, header, text);
}

static void encode(struct json_out *out, const char *text)
{
    static const char unreserved[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    for (; *text != '\0'; text++) {
        char escape[4];
        if (strchr(unreserved, *text) != NULL) {
            json_out_plain(out, text, 1);
            continue;
        }
        snprintf(escape, sizeof(escape), "%%%02X", (unsigned)(unsigned char)*text);
        json_out_plain(out, escape, 3);
    }
}

static void put_pair(struct json_out *out, const char *name, const char *value)
{
    json_out_plain(out, out->length == 2 ? "" : "&", out->length == 2 ? 0 : 1);
    encode(out, name);
    json_out_plain(out, "=", 1);
    encode(out, value);
}

void page_add_next_link(struct api_request *request, const char *name, const char *value)
{
    struct json_out link;
    json_out_init(&link);
    json_out_plain(&link, "<?", 2);
    for (unsigned i = 0; i < request->query.count; i++) {
        const char *given = request->query.pairs[i].name;
        if (strcmp(given, "offset") != 0 && strcmp(given, "before") != 0)
            put_pair(&link, given, request->query.pairs[i].value);
    }
    put_pair(&link, name, value);
    json_out_plain(&link, ">; rel=\"next\"", sizeof(">; rel=\"next\""));
    if (!link.failed)
        http_add_header(request->exchange, "Link", link.data);
    json_out_free(&link);
}
