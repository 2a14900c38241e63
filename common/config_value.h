/*
 * The texts that stand for a configuration value. Private to common/config*.c.
 */
#ifndef COMMON_CONFIG_VALUE_H
#define COMMON_CONFIG_VALUE_H

#include "common/config.h"

/* `type` is SIZE, COUNT or DURATION. A number too large for 64 bits with its unit becomes
 * UINT64_MAX. */
bool config_parse_quantity(enum config_type type, const char *text, uint64_t *out);
/* As a user would write it, in the largest unit that divides it. */
void config_format_quantity(enum config_type type, uint64_t value, char *out, size_t size);
/* "a size such as 65536, 64K ..." */
const char *config_quantity_example(enum config_type type);

bool config_parse_bool(const char *text, bool *out);
/* `choices` is "a|b|c"; yields the index of the one that is `text`. */
bool config_parse_choice(const char *choices, const char *text, unsigned *out);

#endif
