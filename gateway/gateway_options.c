#include "gateway/gateway_options.h"

static const struct option_row rows[] = {OPTION_ROWS_COMMON, OPTION_ROW_FOREGROUND};

const struct program gateway_program = {
    .name = "ocpp-gateway",
    .purpose = "OCPP WebSocket server that publishes what happens to shared memory",
    .operands = NULL,
    .options = rows,
    .option_count = sizeof(rows) / sizeof(rows[0]),
};
