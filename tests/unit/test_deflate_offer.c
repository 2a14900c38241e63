#include <string.h>

#include "gateway/deflate_offer.h"
#include "tests/unit/suite.h"

static struct deflate_terms terms;
static char line[DEFLATE_OFFER_LINE_SIZE];

/* The answer without what every answer has; NULL: no list of extensions; "": nothing in force. */
static const char *answer_to(const char *header)
{
    static const char always[] = "Sec-WebSocket-Extensions: permessage-deflate; "
                                 "server_no_context_takeover; client_no_context_takeover";
    terms = (struct deflate_terms){.agreed = false};
    if (!deflate_offer_read(header, strlen(header), &terms))
        return NULL;
    size_t length = deflate_offer_write(&terms, line);
    ck_assert_uint_eq(length, strlen(line));
    if (length == 0) {
        ck_assert(!terms.agreed);
        return "";
    }
    ck_assert_int_eq(strncmp(line, always, strlen(always)), 0);
    ck_assert_str_eq(line + length - 2, "\r\n");
    line[length - 2] = '\0';
    return line[strlen(always)] == '\0' ? "accepted" : line + strlen(always);
}

struct offer {
    const char *header, *answer;
};

static void expect(const struct offer *offers, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *answer = answer_to(offers[i].header);
        if (offers[i].answer == NULL)
            ck_assert_msg(answer == NULL, "\"%s\": \"%s\"", offers[i].header, answer);
        else
            ck_assert_msg(answer != NULL && strcmp(answer, offers[i].answer) == 0,
                          "\"%s\": \"%s\", not \"%s\"", offers[i].header,
                          answer != NULL ? answer : "not a list", offers[i].answer);
    }
}
#define EXPECT(offers) expect(offers, sizeof(offers) / sizeof((offers)[0]))

START_TEST(test_accepted)
{
    static const struct offer offers[] = {
        {"permessage-deflate", "accepted"},
        {"permessage-deflate; client_max_window_bits", "accepted"},
        {"permessage-deflate; client_no_context_takeover", "accepted"},
        {"permessage-deflate; server_no_context_takeover", "accepted"},
        {"permessage-deflate;server_no_context_takeover;client_no_context_takeover", "accepted"},
        {"permessage-deflate; server_max_window_bits=8", "; server_max_window_bits=8"},
        {"permessage-deflate; server_max_window_bits=9", "; server_max_window_bits=9"},
        {"permessage-deflate; server_max_window_bits=15", "; server_max_window_bits=15"},
        {"permessage-deflate; server_max_window_bits=\"10\"", "; server_max_window_bits=10"},
        {"permessage-deflate; server_max_window_bits=\"1\\0\"", "; server_max_window_bits=10"},
        {"permessage-deflate; client_max_window_bits=11", "; client_max_window_bits=11"},
        {"permessage-deflate; client_max_window_bits=12; client_no_context_takeover; "
         "server_max_window_bits=13; server_no_context_takeover",
         "; server_max_window_bits=13; client_max_window_bits=12"},
        {"permessage-deflate ;\tserver_max_window_bits = 10 ", "; server_max_window_bits=10"},
    };
    EXPECT(offers);
}
END_TEST

START_TEST(test_declined)
{
    static const struct offer offers[] = {
        {"", ""},
        {",", ""},
        {"permessage-bzip2", ""},
        {"x-webkit-deflate-frame", ""},
        {"Permessage-Deflate", ""},
        {"permessage-deflate2", ""},
        {"permessage-deflate; unknown", ""},
        {"permessage-deflate; unknown=1", ""},
        {"permessage-deflate; Server_No_Context_Takeover", ""},
        {"permessage-deflate; server_no_context_takeover=1", ""},
        {"permessage-deflate; server_no_context_takeover=\"true\"", ""},
        {"permessage-deflate; client_no_context_takeover=0", ""},
        {"permessage-deflate; server_no_context_takeover; server_no_context_takeover", ""},
        {"permessage-deflate; client_max_window_bits; client_max_window_bits=10", ""},
        {"permessage-deflate; server_max_window_bits", ""},
        {"permessage-deflate; server_max_window_bits=7", ""},
        {"permessage-deflate; server_max_window_bits=16", ""},
        {"permessage-deflate; server_max_window_bits=08", ""},
        {"permessage-deflate; server_max_window_bits=0", ""},
        {"permessage-deflate; server_max_window_bits=+9", ""},
        {"permessage-deflate; server_max_window_bits=9.", ""},
        {"permessage-deflate; server_max_window_bits=100", ""},
        {"permessage-deflate; server_max_window_bits=4294967305", ""},
        {"permessage-deflate; server_max_window_bits=\"010\"", ""},
        {"permessage-deflate; client_max_window_bits=7", ""},
        {"permessage-deflate; client_max_window_bits=x", ""},
    };
    EXPECT(offers);
}
END_TEST

START_TEST(test_first_acceptable)
{
    static const struct offer offers[] = {
        {"permessage-deflate; server_max_window_bits=10, permessage-deflate",
         "; server_max_window_bits=10"},
        {"permessage-deflate; server_max_window_bits=20, permessage-deflate", "accepted"},
        {"permessage-deflate; x, permessage-deflate; y, other; z=\"a\","
         "permessage-deflate; client_max_window_bits=9, permessage-deflate",
         "; client_max_window_bits=9"},
        {"permessage-bzip2; level=9, permessage-deflate", "accepted"},
        {" , ,permessage-deflate, ,", "accepted"},
    };
    EXPECT(offers);
}
END_TEST

START_TEST(test_no_list)
{
    static const struct offer offers[] = {
        {"permessage-deflate permessage-deflate", NULL},
        {"permessage-deflate;", NULL},
        {"permessage-deflate; ;x", NULL},
        {"permessage-deflate; x=", NULL},
        {"permessage-deflate; x=;y", NULL},
        {"permessage-deflate; x=\"", NULL},
        {"permessage-deflate; x=\"\"", NULL},
        {"permessage-deflate; x=\"a b\"", NULL},
        {"permessage-deflate; x=\"a\\", NULL},
        {"permessage-deflate; x=\"a\\\"", NULL},
        {"permessage-deflate; x=\"a\\\"b\"", NULL},
        {"permessage-deflate; x=\"a\"b", NULL},
        {"permessage-deflate; x=a=b", NULL},
        {"; x", NULL},
        {"=", NULL},
        {"permessage/deflate", NULL},
        {"permessage-deflate, (", NULL},
        {"permessage-deflate, \xc3\xa4", NULL},
    };
    EXPECT(offers);
    ck_assert(!deflate_offer_read("a\0b", 3, &terms));
}
END_TEST

START_TEST(test_several_headers)
{
    static const char *const headers[] = {"other", "permessage-deflate; x",
                                          "permessage-deflate; server_max_window_bits=12",
                                          "permessage-deflate"};
    terms = (struct deflate_terms){.agreed = false};
    for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
        ck_assert(deflate_offer_read(headers[i], strlen(headers[i]), &terms));
        ck_assert_int_eq(terms.agreed, i >= 2);
    }
    ck_assert_uint_eq(terms.server_max_bits, 12);
    ck_assert_uint_eq(deflate_offer_window(&terms), 12);
}
END_TEST

START_TEST(test_window)
{
    ck_assert_str_eq(answer_to("permessage-deflate"), "accepted");
    ck_assert_uint_eq(deflate_offer_window(&terms), 15);
    ck_assert_str_eq(answer_to("permessage-deflate; client_max_window_bits=9"),
                     "; client_max_window_bits=9");
    ck_assert_uint_eq(deflate_offer_window(&terms), 15);
    ck_assert_str_eq(answer_to("permessage-deflate; x"), "");
    ck_assert_uint_eq(deflate_offer_window(&terms), 0);
}
END_TEST

SUITE("deflate_offer", test_accepted, test_declined, test_first_acceptable, test_no_list,
      test_several_headers, test_window)
