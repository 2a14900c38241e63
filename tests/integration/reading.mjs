// Questions to a dashboard about one gateway's events: the same on every source.
import { EventStream, until } from './harness.mjs';

const lists = [
  '/api/messages?limit=1000',
  '/api/messages?limit=7&offset=3',
  '/api/messages?identity=R-1',
  '/api/messages?method=Heartbeat&direction=IN',
  '/api/messages?type=CALLERROR',
  '/api/messages?q=beat-2',
  `/api/messages?filter=${encodeURIComponent('station:R-2 not action:Heartbeat')}`,
  `/api/messages?filter=${encodeURIComponent('type:CALLERROR or text:"odd spacing"')}`,
  '/api/connections?limit=1000',
  '/api/connections?status=online&sort=-messageCount',
  '/api/connections?problems=any',
  '/api/connections/R-1',
  '/api/connections/R-2',
  '/api/security-events?gateway=default',
  '/api/security-events?gateway=default&category=PROTOCOL_VIOLATION',
  '/api/errors?gateway=default',
  '/api/system-events?gateway=default',
  '/api/logs?gateway=default&limit=1000',
  '/api/logs?gateway=default&level=warning',
];

/** All pages of the messages, by their cursor. */
async function pages(user) {
  const found = [];
  for (let cursor = ''; ;) {
    const { json, headers } = await user.request('GET', `/api/messages?limit=9${cursor}`);
    found.push(...json);
    if (!headers['x-next-cursor'] || found.length > 5000) return found;
    cursor = `&before=${encodeURIComponent(headers['x-next-cursor'])}`;
  }
}

/** Each message with its other half. */
async function pairs(user) {
  const messages = await user.get('/api/messages?limit=20');
  return Promise.all(messages.map(({ id }) => user.get(`/api/messages/${encodeURIComponent(id)}`)));
}

async function follow(user, path, count, options) {
  const stream = new EventStream(user, path, { reconnect: false, ...options });
  const shown = () => stream.events.filter(({ event }) => !['connected', 'heartbeat', 'gateway', 'telemetry'].includes(event));
  try {
    await until(`${path} gives ${count} events`, () => shown().length >= count);
    return shown();
  } finally {
    stream.close();
  }
}

/** What streams show of the past, and what they show to one that comes back from the middle of that. */
async function streams(user) {
  const essence = ({ event, json }) => ({ event, json });
  const answers = {};
  for (const [topic, count] of [['messages', 30], ['connections', 4], ['errors', 1], ['security', 1]]) {
    const path = `/api/stream?topics=${topic}&gateway=default`;
    const past = await follow(user, `${path}&history=${count}`, count);
    const middle = Math.floor(count / 3);
    const rest = await follow(user, path, count - middle - 1, { lastEventId: past[middle].id });
    answers[topic] = { past: past.map(essence), rest: rest.map(essence), again: past.slice(middle + 1).map(essence) };
  }
  return answers;
}

async function summary(user) {
  const overview = await user.get('/api/overview');
  const { connectedClients, totalConnections, totalMessages, errorCount, attention, peakConnections } = overview;
  return { connectedClients, totalConnections, totalMessages, errorCount, attention, peakConnections };
}

/** The answers to all of it. */
export async function reading(user) {
  const answers = { pages: await pages(user), pairs: await pairs(user), streams: await streams(user), summary: await summary(user) };
  for (const path of lists) answers[path] = await user.get(path);
  return answers;
}
