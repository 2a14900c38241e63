/* What lists have in common: paging parameters, and the headers that tell where to go on. */
#ifndef BOARDD_API_PAGE_H
#define BOARDD_API_PAGE_H

#include <stdint.h>

#include "boardd/api/routes.h"

#define PAGE_DEFAULT_LIMIT 100
#define PAGE_MAX_LIMIT     1000
#define PAGE_MAX_OFFSET    1000000

/* "limit" and "offset"; false when the request was answered (400). */
bool page_read(struct api_request *request, uint64_t *limit, uint64_t *offset);
void page_add_number(struct api_request *request, const char *header, uint64_t number);
/* Adds `Link: <?…>; rel="next"`: the request's query with `name` set to `value` and "offset" and
 * "before" taken out. */
void page_add_next_link(struct api_request *request, const char *name, const char *value);

#endif
