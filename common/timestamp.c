#include "common/timestamp.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define LAST_SECOND UINT64_C(253402300799) /* 9999-12-31T23:59:59Z */

static uint64_t read_clock(clockid_t clock)
{
    struct timespec now;
    if (clock_gettime(clock, &now) != 0)
        return 0;
    return (uint64_t)now.tv_sec * NS_PER_SECOND + (uint64_t)now.tv_nsec;
}

uint64_t clock_real_ns(void)
{
    return read_clock(CLOCK_REALTIME);
}

uint64_t clock_mono_ns(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

uint64_t clock_mono_ms(void)
{
    return clock_mono_ns() / NS_PER_MS;
}

/* Proleptic Gregorian calendar, days since 1970-01-01 in eras of 400 years that begin in March. */
static void civil_from_days(uint64_t days, unsigned *year, unsigned *month, unsigned *day)
{
    uint64_t shifted = days + 719468;
    uint64_t era = shifted / 146097;
    unsigned day_of_era = (unsigned)(shifted % 146097);
    unsigned year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    unsigned day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    unsigned shifted_month = (5 * day_of_year + 2) / 153;
    *day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    *month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
    *year = (unsigned)(year_of_era + era * 400) + (*month <= 2 ? 1 : 0);
}

static int64_t days_from_civil(int64_t year, unsigned month, unsigned day)
{
    year -= month <= 2;
    int64_t era = year / 400;
    int64_t year_of_era = year - era * 400;
    int64_t day_of_year = (153 * (int64_t)(month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

static void put_digits(char *out, unsigned value, unsigned digits)
{
    while (digits > 0) {
        out[--digits] = (char)('0' + value % 10);
        value /= 10;
    }
}

void timestamp_http_date(uint64_t real_ns, char out[HTTP_DATE_SIZE])
{
    static const char days[] = "ThuFriSatSunMonTueWed";
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    uint64_t seconds = real_ns / NS_PER_SECOND;
    if (seconds > LAST_SECOND)
        seconds = LAST_SECOND;
    unsigned year, month, day;
    unsigned in_day = (unsigned)(seconds % 86400);
    civil_from_days(seconds / 86400, &year, &month, &day);
    memcpy(out, "Thu, 00 Jan 0000 00:00:00 GMT", HTTP_DATE_SIZE);
    memcpy(out, days + 3 * (seconds / 86400 % 7), 3);
    put_digits(out + 5, day, 2);
    memcpy(out + 8, months + 3 * (month - 1), 3);
    put_digits(out + 12, year, 4);
    put_digits(out + 17, in_day / 3600, 2);
    put_digits(out + 20, in_day / 60 % 60, 2);
    put_digits(out + 23, in_day % 60, 2);
}

static bool take_digits(const char **text, unsigned digits, unsigned max, unsigned *value)
{
    *value = 0;
    for (unsigned i = 0; i < digits; i++) {
        if (!isdigit((unsigned char)**text))
            return false;
        *value = *value * 10 + (unsigned)(**text - '0');
        (*text)++;
    }
    return *value <= max;
}

static bool take(const char **text, char character)
{
    if (**text != character)
        return false;
    (*text)++;
    return true;
}

static unsigned days_in_month(unsigned year, unsigned month)
{
    static const unsigned char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && leap ? 29 : days[month - 1];
}

/* Digits after the second's dot, any number of them; nanoseconds. */
static bool take_fraction(const char **text, uint64_t *ns)
{
    uint64_t unit = NS_PER_SECOND / 10;
    *ns = 0;
    if (**text != '.')
        return true;
    (*text)++;
    if (!isdigit((unsigned char)**text))
        return false;
    for (; isdigit((unsigned char)**text); (*text)++, unit /= 10)
        *ns += unit * (uint64_t)(**text - '0');
    return true;
}

static bool take_offset(const char **text, int64_t *seconds)
{
    unsigned hours, minutes;
    *seconds = 0;
    if (take(text, 'Z') || take(text, 'z'))
        return true;
    /* '+' in a query that wasn't escaped arrives as a space */
    bool minus = **text == '-';
    if (!minus && **text != '+' && **text != ' ')
        return false;
    (*text)++;
    if (!take_digits(text, 2, 23, &hours) || !take(text, ':') ||
        !take_digits(text, 2, 59, &minutes))
        return false;
    *seconds = (int64_t)(hours * 3600 + minutes * 60) * (minus ? -1 : 1);
    return true;
}

/* Nanoseconds since 1970 end in 2554; what is later never comes. */
static uint64_t in_ns(uint64_t count, uint64_t unit)
{
    return count < UINT64_MAX / unit ? count * unit : UINT64_MAX;
}

static bool parse_rfc3339(const char *text, uint64_t *real_ns)
{
    unsigned year, month, day, hour, minute, second;
    uint64_t fraction;
    int64_t offset;
    if (!take_digits(&text, 4, 9999, &year) || !take(&text, '-') ||
        !take_digits(&text, 2, 12, &month) || !take(&text, '-') ||
        !take_digits(&text, 2, 31, &day) || month == 0 || day == 0 ||
        day > days_in_month(year, month))
        return false;
    if ((!take(&text, 'T') && !take(&text, 't')) || !take_digits(&text, 2, 23, &hour) ||
        !take(&text, ':') || !take_digits(&text, 2, 59, &minute) || !take(&text, ':') ||
        !take_digits(&text, 2, 60, &second) || !take_fraction(&text, &fraction) ||
        !take_offset(&text, &offset) || *text != '\0')
        return false;
    int64_t seconds = days_from_civil((int64_t)year, month, day) * 86400 +
                      (int64_t)(hour * 3600 + minute * 60 + second) - offset;
    if (seconds < 0)
        return false;
    *real_ns = in_ns((uint64_t)seconds, NS_PER_SECOND);
    if (*real_ns < UINT64_MAX)
        *real_ns += fraction;
    return true;
}

bool timestamp_parse(const char *text, uint64_t now_ns, uint64_t *real_ns)
{
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 16)
        return false;
    if (text[digits] == '-')
        return parse_rfc3339(text, real_ns);
    uint64_t number = strtoull(text, NULL, 10);
    if (text[digits] == '\0') {
        if (number > LAST_SECOND * 1000 || digits < 10)
            return false;
        *real_ns = in_ns(number, NS_PER_MS);
        return true;
    }
    static const struct {
        char unit;
        unsigned seconds;
    } units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}};
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (text[digits] != units[i].unit || text[digits + 1] != '\0' || digits > 9)
            continue;
        uint64_t back = number * units[i].seconds;
        *real_ns = back < now_ns / NS_PER_SECOND ? now_ns - back * NS_PER_SECOND : 0;
        return true;
    }
    return false;
}
