/*
 * Frames of a station, in pieces whose sizes come from the input: first byte n, then n + 1 bytes
 * that arrive together, and so on. Every message stays within the limits.
 */
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/deflate.h"
#include "gateway/websocket.h"
#include "tests/fuzz/fuzz.h"

/* False: the connection is done with. */
static bool read_all(struct websocket *websocket)
{
    struct websocket_input input;
    volatile unsigned char sum = 0;
    if (!websocket_begin(websocket, 4))
        return false;
    for (;;) {
        enum websocket_event event = websocket_next(websocket, &input);
        if (event == WEBSOCKET_IDLE)
            break;
        for (size_t i = 0; i < input.length; i++)
            sum = (unsigned char)(sum + (unsigned char)input.data[i]);
        if (event == WEBSOCKET_PING)
            websocket_send_pong(websocket, input.data, input.length);
        else if (event == WEBSOCKET_TEXT)
            websocket_send_text(websocket, input.data, input.length);
        else if (event != WEBSOCKET_PONG)
            return false;
        if (input.length > websocket->limits->max_message)
            abort();
    }
    websocket_end(websocket);
    return websocket_flush(websocket) <= WEBSOCKET_WAITING;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct websocket_limits limits = {.max_message = 2000, .max_output = 100000};
    static struct websocket_loop *loop;
    struct transport transport;
    struct websocket websocket;
    int ends[2];
    if (loop == NULL)
        loop = websocket_loop_new();
    if (loop == NULL || socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) != 0)
        return 0;
    transport_open(&transport, ends[0]);
    websocket_init(&websocket, loop, &transport, &limits);
    websocket_compress(&websocket, DEFLATE_MAX_WINDOW);
    bool alive = true;
    while (size > 1 && alive) {
        size_t piece = (size_t)data[0] + 1;
        if (piece > size - 1)
            piece = size - 1;
        if (write(ends[1], data + 1, piece) != (ssize_t)piece)
            break;
        data += piece + 1;
        size -= piece + 1;
        alive = read_all(&websocket);
    }
    websocket_clear(&websocket);
    transport_close(&transport);
    close(ends[1]);
    return 0;
}
