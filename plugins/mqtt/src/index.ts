import { Clock, definePlugin, Health, Logger, Readings, Storage } from '@dayfold/sdk';
import type { Reading } from '@dayfold/sdk';
import { isMisfit } from '@dayfold/sdk/picking';
import { payloadOf } from './capture.ts';
import { MessageReader } from './message-reader.ts';
import { MqttSource } from './mqtt-source.ts';
import { mqttOptions } from './options.ts';
import type { MqttOptions } from './options.ts';

export default definePlugin({
  name: 'mqtt',
  config: mqttOptions,
  inject: [Readings, Clock, Storage, Health, Logger],
  source: (options, readings, clock, storage, health, log) =>
    new MqttSource(options, { readings, clock, storage, health, log }),
  /** Readings without a time of their own take the arrival of the message, as they do from the source. */
  async replay(options, message) {
    const { topic, retained = false } = message;
    const incoming = { topic, payload: payloadOf(message), text: undefined };
    const read = await readerOf(options).read(incoming, retained);
    return [read].flat().filter((one) => !isMisfit(one)) as readonly Reading[];
  },
});

/** Expressions are compiled once, not for each message of a recording. */
const readers = new WeakMap<MqttOptions, MessageReader>();

function readerOf(options: MqttOptions): MessageReader {
  const known = readers.get(options) ?? new MessageReader(options);
  readers.set(options, known);
  return known;
}
