import { generate, parser } from 'mqtt-packet';
import type { Packet } from 'mqtt-packet';
import { connect } from 'node:net';
import process from 'node:process';

/** mqtt-packet and a socket, the acknowledgements of one read sent together: the floor for anything built on that parser. */
const [port, qos] = process.argv.slice(2).map(Number);
const socket = connect({ host: '127.0.0.1', port: Number(port), noDelay: true });
const packets = parser({ protocolVersion: 4 });
let answers: Buffer[] = [];
const send = (packet: Packet): void => {
  answers.push(generate(packet));
};
packets.on('packet', (packet: Packet) => {
  switch (packet.cmd) {
    case 'connack':
      send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: 'bench/+/state', qos: qos as 0 | 1 | 2 }] });
      break;
    case 'publish':
      if (packet.qos === 1) send({ cmd: 'puback', messageId: packet.messageId ?? 0 });
      if (packet.qos === 2) send({ cmd: 'pubrec', messageId: packet.messageId ?? 0 });
      break;
    case 'pubrel':
      send({ cmd: 'pubcomp', messageId: packet.messageId ?? 0 });
      break;
    default:
  }
});
socket.on('connect', () =>
  socket.write(
    generate({
      cmd: 'connect',
      protocolId: 'MQTT',
      protocolVersion: 4,
      clientId: 'packet-parser',
      keepalive: 0,
      clean: true,
    }),
  ),
);
socket.on('data', (chunk) => {
  packets.parse(chunk);
  if (answers.length === 0) return;
  const joined = Buffer.concat(answers);
  answers = [];
  socket.write(joined);
});
socket.on('error', () => process.exit(1));
socket.on('close', () => process.exit(0));
process.on('disconnect', () => process.exit(0));
