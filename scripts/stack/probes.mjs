/**
 * Is the server ready to serve? Each probe speaks the real protocol over a bare socket, because an open port only
 * proves that something listens: MySQL must greet, RabbitMQ must accept the credentials, Redis must answer PING.
 */
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const ANSWER_MS = 2_000;
const POLL_MS = 100;

/** Repeats the probe until it succeeds; throws when `stillAlive` turns false or the patience ends. */
export async function untilReady(name, probe, stillAlive, patienceMs) {
  const giveUpAt = Date.now() + patienceMs;
  let last = 'no attempt yet';
  while (Date.now() < giveUpAt) {
    if (!stillAlive()) throw new Error(`${name} ended while it started`);
    try {
      await probe();
      return;
    } catch (error) {
      last = error.message;
    }
    await sleep(POLL_MS);
  }
  throw new Error(`${name} was not ready within ${Math.round(patienceMs / 1000)} s: ${last}`);
}

/** MySQL and MariaDB greet first: packet number 0 that begins with protocol version 10. */
export function probeMysql(port) {
  return converse(port, undefined, (bytes) => {
    if (bytes.length < 5) return false;
    if (bytes[4] === 0xff) throw new Error(`refused: ${bytes.subarray(7).toString('latin1')}`);
    if (bytes[4] !== 10) throw new Error('what listens there is no MySQL server');
    return true;
  });
}

export function probeRedis(port) {
  return converse(port, Buffer.from('PING\r\n'), (bytes) => {
    const text = bytes.toString('latin1');
    if (text.startsWith('+PONG')) return true;
    if (text.includes('\r\n')) throw new Error(`answered ${text.trim()}`);
    return false;
  });
}

const AMQP_HEADER = Buffer.from([0x41, 0x4d, 0x51, 0x50, 0, 0, 9, 1]);
const FRAME_METHOD = 1;
const CONNECTION_START = 10 * 65_536 + 10;
const CONNECTION_TUNE = 10 * 65_536 + 30;

/** Ready only when Connection.Tune came back: then the broker has booted its users and virtual hosts, too. */
export function probeAmqp(port, user, password) {
  let consumed = 0;
  return converse(port, AMQP_HEADER, (bytes, socket) => {
    while (bytes.length - consumed >= 7) {
      const size = bytes.readUInt32BE(consumed + 3);
      if (bytes.length - consumed < size + 8) return false;
      const method = bytes[consumed] === FRAME_METHOD ? bytes.readUInt32BE(consumed + 7) : 0;
      consumed += size + 8;
      if (method === CONNECTION_TUNE) return true;
      if (method !== CONNECTION_START) throw new Error('RabbitMQ refused the handshake');
      socket.write(startOkFrame(user, password));
    }
    return false;
  });
}

function startOkFrame(user, password) {
  const response = Buffer.from(`\0${user}\0${password}`);
  const payload = Buffer.concat([
    Buffer.from([0, 10, 0, 11]),
    longText(Buffer.alloc(0)),
    shortText('PLAIN'),
    longText(response),
    shortText('en_US'),
  ]);
  const head = Buffer.alloc(7);
  head.writeUInt8(FRAME_METHOD, 0);
  head.writeUInt32BE(payload.length, 3);
  return Buffer.concat([head, payload, Buffer.from([0xce])]);
}

function shortText(text) {
  return Buffer.concat([Buffer.from([text.length]), Buffer.from(text)]);
}

function longText(bytes) {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/** Opens, sends `hello` if there is one, and feeds what arrives to `judge` until it answers true or throws. */
function converse(port, hello, judge) {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1' });
    let received = Buffer.alloc(0);
    const end = (error) => {
      socket.destroy();
      if (error) reject(error);
      else resolve();
    };
    socket.setTimeout(ANSWER_MS, () => end(new Error(`no answer from port ${port} within ${ANSWER_MS} ms`)));
    socket.on('error', end);
    socket.on('close', () => end(new Error(`port ${port} closed the connection`)));
    socket.on('connect', () => {
      if (hello) socket.write(hello);
    });
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      try {
        if (judge(received, socket)) end();
      } catch (error) {
        end(error);
      }
    });
  });
}
