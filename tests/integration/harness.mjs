// A gateway and a dashboard of one test's own: private shared memory, free ports.
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { Program, build, cleanup, privateDirectory, until } from './processes.mjs';
import { EventStream, User } from './http.mjs';
import { Station } from './station.mjs';

export { Program, build, cleanup, patience, privateDirectory, sleep, until } from './processes.mjs';
export { EventStream, User, exchange, request } from './http.mjs';
export { Station } from './station.mjs';

const small = {
  'shm.messages_size': '4M',
  'shm.connections_size': '256K',
  'shm.security_size': '256K',
  'shm.errors_size': '256K',
  'shm.system_size': '256K',
  'shm.log_size': '256K',
  'shm.stations': '1024',
};

export class System {
  /** Starts both (or, with `dashboard: false`, the gateway alone); stops and checks them when the test `t` ends. */
  static async start(t, { options = {}, dashboard = true } = {}) {
    const system = new System(t, options);
    await system.startGateway();
    if (dashboard) await system.startDashboard();
    return system;
  }

  constructor(t, options) {
    this.directory = privateDirectory(t);
    this.shm = privateDirectory(t, '/dev/shm');
    this.token = randomBytes(32).toString('hex');
    this.tokenFile = path.join(this.directory, 'token');
    fs.writeFileSync(this.tokenFile, `${this.token}\n`, { mode: 0o600 });
    this.options = {
      ...small,
      'gateway.listen': '127.0.0.1:0',
      'gateway.connection_rate': '10000',
      'board.listen': '127.0.0.1:0',
      'board.token_file': this.tokenFile,
      'board.request_rate': '10000',
      'board.request_burst': '20000',
      'board.session_rate': '10000',
      'board.session_burst': '20000',
      ...options,
      'shm.dir': this.shm,
    };
    this.t = t;
    this.streams = [];
    this.stations = [];
    cleanup(t, () => {
      for (const stream of this.streams) stream.close();
      for (const station of this.stations) station.terminate();
    });
  }

  arguments() {
    return Object.entries(this.options).flatMap(([key, value]) => ['-o', `${key}=${value}`]);
  }

  run(name, args = [], options = {}) {
    const program = new Program(path.join(build, name), [...this.arguments(), ...args], options);
    cleanup(this.t, () => program.stop());
    return program;
  }

  async startGateway() {
    this.gateway = this.run('gateway/ocpp-gateway', ['-f']);
    if (this.options['gateway.tls_listen']) this.tlsPort = await this.#listens('gateway.tls_listen', /gateway: listening for TLS on \S*:(\d+)/);
    if (this.options['gateway.listen']) this.gatewayPort = await this.#listens('gateway.listen', /gateway: listening on \S*:(\d+)/);
    return this.gateway;
  }

  async #listens(key, pattern) {
    const [, port] = await this.gateway.says(pattern);
    this.options[key] = `127.0.0.1:${port}`; // the same again after a restart
    return Number(port);
  }

  async startDashboard() {
    this.boardd = this.run('boardd/ocpp-boardd', ['-f']);
    const [, port] = await this.boardd.says(/boardd: listening on https?:\/\/\S*:(\d+)/);
    this.boardPort = Number(port);
    this.options['board.listen'] = `127.0.0.1:${port}`;
    return this.boardd;
  }

  async user() {
    const user = new User(this.boardPort);
    await user.login(this.token);
    return user;
  }

  stream(user, path, options) {
    const stream = new EventStream(user, path, options);
    this.streams.push(stream);
    return stream;
  }

  stationUrl(identity) {
    return `ws://127.0.0.1:${this.gatewayPort}/ocpp/${identity}`;
  }

  async station(identity, options = {}) {
    const station = new Station(this.stationUrl(encodeURIComponent(identity)), options);
    this.stations.push(station);
    await station.open();
    return station;
  }

  /** Waits until boardd shows what `probe` wants to see at `path`. */
  async shows(user, path, probe, seconds = 10) {
    let seen;
    try {
      return await until(`GET ${path} shows it`, async () => probe((seen = await user.get(path))) && seen, seconds);
    } catch (error) {
      error.message += `; last seen: ${JSON.stringify(seen)?.slice(0, 1500)}`;
      throw error;
    }
  }
}
