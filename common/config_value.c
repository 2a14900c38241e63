#include "common/config_value.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* Digits only: strtoull would take signs and spaces. */
static bool parse_digits(const char **text, uint64_t *out)
{
    const char *at = *text;
    uint64_t value = 0;
    if (*at < '0' || *at > '9')
        return false;
    for (; *at >= '0' && *at <= '9'; at++) {
        uint64_t digit = (uint64_t)(*at - '0');
        if (value > (UINT64_MAX - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    *text = at;
    *out = value;
    return true;
}

struct unit {
    const char *name;
    uint64_t factor;
};

static const struct unit size_units[] = {{"G", 1 << 30}, {"M", 1 << 20}, {"K", 1 << 10}, {"", 1}};
static const struct unit duration_units[] = {{"h", 3600000}, {"m", 60000}, {"s", 1000}, {"ms", 1}};
static const struct unit count_units[] = {{"", 1}};

struct quantity {
    const struct unit *units; /* largest first */
    size_t unit_count;
    const char *bare; /* the unit of a number without one */
    const char *example;
};

static const struct quantity quantities[] = {
    [CONFIG_TYPE_SIZE] = {size_units, 4, "", "a size such as 65536, 64K, 32M or 1G"},
    [CONFIG_TYPE_COUNT] = {count_units, 1, "", "a whole number"},
    [CONFIG_TYPE_DURATION] = {duration_units, 4, "s", "a time such as 500ms, 30s, 5m or 12h"},
};

bool config_parse_quantity(enum config_type type, const char *text, uint64_t *out)
{
    const struct quantity *quantity = &quantities[type];
    uint64_t value;
    if (!parse_digits(&text, &value))
        return false;
    const char *name = *text != '\0' ? text : quantity->bare;
    for (size_t i = 0; i < quantity->unit_count; i++) {
        const struct unit *unit = &quantity->units[i];
        if (strcasecmp(name, unit->name) != 0)
            continue;
        /* an overflow is only a number too large: let the range say so */
        *out = value > UINT64_MAX / unit->factor ? UINT64_MAX : value * unit->factor;
        return true;
    }
    return false;
}

void config_format_quantity(enum config_type type, uint64_t value, char *out, size_t size)
{
    const struct quantity *quantity = &quantities[type];
    size_t i = 0;
    while (i + 1 < quantity->unit_count && (value == 0 || value % quantity->units[i].factor != 0))
        i++;
    snprintf(out, size, "%llu%s", (unsigned long long)(value / quantity->units[i].factor),
             quantity->units[i].name);
}

bool config_parse_bool(const char *text, bool *out)
{
    static const char *const words[2][4] = {{"no", "false", "off", "0"},
                                            {"yes", "true", "on", "1"}};
    for (size_t value = 0; value < 2; value++)
        for (size_t i = 0; i < 4; i++)
            if (strcasecmp(text, words[value][i]) == 0) {
                *out = value == 1;
                return true;
            }
    return false;
}

bool config_parse_choice(const char *choices, const char *text, unsigned *out)
{
    size_t length = strlen(text);
    unsigned index = 0;
    for (const char *at = choices;; index++) {
        size_t choice_length = strcspn(at, "|");
        if (choice_length == length && strncmp(at, text, length) == 0) {
            *out = index;
            return true;
        }
        if (at[choice_length] == '\0')
            return false;
        at += choice_length + 1;
    }
}

const char *config_quantity_example(enum config_type type)
{
    return quantities[type].example;
}
