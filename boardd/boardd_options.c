#include "boardd/boardd_options.h"

static const struct option_row rows[] = {OPTION_ROWS_COMMON, OPTION_ROW_FOREGROUND};

const struct program boardd_program = {
    .name = "ocpp-boardd",
    .purpose = "dashboard of an OCPP gateway: REST, event streams, web UI",
    .operands = NULL,
    .options = rows,
    .option_count = sizeof(rows) / sizeof(rows[0]),
};
