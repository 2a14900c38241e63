/* Headers that a browser, or who says that it is one, may put anything into: cookies, forwarded
 * addresses, hosts, origins. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "boardd/http/guard.h"
#include "tests/fuzz/fuzz.h"

static void check_headers(struct http1_span value)
{
    struct http1_request request = {.header_count = 2};
    char out[65], address[48];
    bool secure = false;
    request.host = value;
    request.headers[0] = (struct http1_header){{"Cookie", 6}, value};
    request.headers[1] = (struct http1_header){{"X-Forwarded-For", 15}, value};
    if (guard_cookie(&request, "session", out, sizeof(out)))
        MUST(strlen(out) < sizeof(out));
    guard_forwarded(&request, "192.0.2.1", "192.0.2.1,192.0.2.2", address, sizeof(address),
                    &secure);
    MUST(strlen(address) < sizeof(address) && !secure);
    guard_host(value, "board.example", "a.example,b.example");
    request.headers[1].name = (struct http1_span){"Origin", 6};
    guard_origin(&request, false, "https://ops.example");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size > 0 ? size : 1); /* its own, so that a read past the end is seen */
    MUST(text != NULL);
    memcpy(text, data, size);
    check_headers((struct http1_span){text, size});
    free(text);
    return 0;
}
