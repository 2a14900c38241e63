#include "forward/forward_options.h"

static const struct option_row rows[] = {OPTION_ROWS_COMMON, OPTION_ROW_FOREGROUND};

const struct program forward_program = {
    .name = "ocpp-forward",
    .purpose = "writes what OCPP gateways publish into Redis streams",
    .operands = NULL,
    .options = rows,
    .option_count = sizeof(rows) / sizeof(rows[0]),
};
