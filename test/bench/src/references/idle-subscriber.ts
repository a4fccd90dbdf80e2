import { connect } from 'mqtt';
import process from 'node:process';

/** Takes every message and does nothing with it: what any subscriber made with mqtt.js pays at the least. */
const [port, qos, version] = process.argv.slice(2).map(Number);
let received = 0;
const client = connect(`mqtt://127.0.0.1:${port}`, {
  protocolVersion: version === 5 ? 5 : 4,
  clientId: 'idle-subscriber',
  clean: true,
});
client.on('message', () => {
  received += 1;
});
client.on('connect', () =>
  client.subscribe('bench/+/state', { qos: qos as 0 | 1 | 2 }, () => process.send?.({ subscribed: true })),
);
process.on('message', () => process.send?.({ received }));
process.on('disconnect', () => process.exit(0));
