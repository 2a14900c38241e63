// Ports for programs that have to be told one.
import { randomInt } from 'node:crypto';
import net from 'node:net';

/** Whether a program could listen there now. */
export const isFree = (port) =>
  new Promise((resolve) => {
    const server = net.createServer().on('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });

/** Below the ports that the kernel takes for outgoing connections: none of those gets it before the program does. */
export async function freePort() {
  for (;;) {
    const port = randomInt(15_000, 32_000);
    if (await isFree(port)) return port;
  }
}
