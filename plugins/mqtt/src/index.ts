import { Clock, definePlugin, Health, Logger, Readings, Storage } from '@dayfold/sdk';
import { payloadOf } from './capture.ts';
import { MessageReader } from './message-reader.ts';
import { MqttSource } from './mqtt-source.ts';
import { mqttOptions } from './options.ts';

export default definePlugin({
  name: 'mqtt',
  config: mqttOptions,
  inject: [Readings, Clock, Storage, Health, Logger],
  source: (options, readings, clock, storage, health, log) =>
    new MqttSource(options, { readings, clock, storage, health, log }),
  async replay(options, message) {
    const { time, topic, retained = false } = message;
    const { readings } = await new MessageReader(options).read(
      { topic, payload: payloadOf(message), text: undefined },
      retained,
    );
    return readings.map((reading) =>
      (reading.time ?? reading.date ?? reading.start) === undefined ? { ...reading, time } : reading,
    );
  },
});
