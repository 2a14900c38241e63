/* Points in time: clocks, and what users write for a time. common/text.h has the way back. */
#ifndef COMMON_TIMESTAMP_H
#define COMMON_TIMESTAMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NS_PER_SECOND UINT64_C(1000000000)
#define NS_PER_MS     UINT64_C(1000000)

uint64_t clock_real_ns(void);
uint64_t clock_mono_ns(void);
uint64_t clock_mono_ms(void);

/*
 * Reads what a user may write for a time: RFC 3339 with Z or an offset, milliseconds since 1970 as
 * a whole number, or "10m" (s, m, h, d): so long before `now_ns`. What is later than the year
 * 2554 is UINT64_MAX. False when it's none of them.
 */
bool timestamp_parse(const char *text, uint64_t now_ns, uint64_t *real_ns);

/* "Sun, 06 Nov 1994 08:49:37 GMT" and a NUL (RFC 9110, 5.6.7). */
#define HTTP_DATE_SIZE 30
void timestamp_http_date(uint64_t real_ns, char out[HTTP_DATE_SIZE]);

#endif
