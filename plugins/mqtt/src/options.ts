import { byteSize, duration, path, secret } from '@dayfold/sdk';
import { seriesFields } from '@dayfold/sdk/picking';
import { z } from 'zod';

const qos = z.union([z.literal(0), z.literal(1), z.literal(2)]);
const retained = z.enum(['last', 'ignore', 'use']);

const series = z.strictObject({
  topic: z
    .string()
    .min(1)
    .regex(/^(?:[^+#]|(?<=^|\/)\+(?=\/|$)|(?<=^|\/)#$)*$/, {
      error: 'expected a topic; + stands for a whole level, # for all levels at the end',
    })
    .meta({
      title: 'Topic',
      description: 'Topic or filter with + and #; {1} in the name of the series is what the first wildcard matched',
    }),
  ...seriesFields,
  qos: qos.optional().meta({ title: 'Quality of service', description: 'Over that of the source' }),
  retained: retained.optional().meta({ title: 'Retained messages', description: 'Over the rule of the source' }),
});

/** Options of the plugin `mqtt`. */
export const mqttOptions = z
  .strictObject({
    url: z
      .string()
      .regex(/^(?:mqtts?|wss?):\/\/[^\s]+$/, { error: 'expected mqtt://, mqtts://, ws:// or wss:// and a host' })
      .optional()
      .meta({ title: 'Broker', description: 'Address of the broker', examples: ['mqtt://localhost:1883'] }),
    broker: z
      .strictObject({
        port: z.int().min(1).max(65535).meta({ title: 'Port' }),
        host: z
          .string()
          .default('127.0.0.1')
          .meta({ title: 'Address', description: 'Others than loopback need user and password' }),
        user: z.string().optional().meta({ title: 'User' }),
        password: secret().optional().meta({ title: 'Password', secret: true }),
      })
      .optional()
      .meta({ title: 'Host a broker here', description: 'MQTT 3.1.1, in memory' }),
    user: z.string().optional().meta({ title: 'User' }),
    password: secret().optional().meta({ title: 'Password', secret: true }),
    client_id: z
      .string()
      .min(1)
      .max(200)
      .optional()
      .meta({ title: 'Client id', description: 'Default: made once and kept' }),
    version: z
      .union([z.literal(4), z.literal(5)])
      .optional()
      .meta({ title: 'Protocol', description: '4 is MQTT 3.1.1; default: 5, and 4 where the broker refuses that' }),
    tls: z
      .strictObject({
        ca: path().optional().meta({ title: 'Authority', description: 'File with the certificate authority' }),
        cert: path().optional().meta({ title: 'Certificate', description: 'File with the client certificate' }),
        key: path().optional().meta({ title: 'Key', description: "File with the client certificate's key" }),
        reject_unauthorized: z
          .boolean()
          .default(true)
          .meta({ title: 'Verify', description: 'false takes any certificate: anyone can pose as the broker' }),
      })
      .refine(({ cert, key }) => (cert === undefined) === (key === undefined), {
        error: 'expected "cert" and "key" together',
      })
      .optional()
      .meta({ title: 'TLS' }),
    keepalive: duration({ least: '5s' }).prefault('60s').meta({ title: 'Keepalive' }),
    qos: qos.default(1).meta({ title: 'Quality of service' }),
    retained: retained.default('last').meta({
      title: 'Retained messages',
      description: 'last: counts for the fold last only; ignore; use: like any other',
    }),
    max_payload: byteSize()
      .prefault('256KB')
      .meta({ title: 'Largest payload', description: 'Larger messages are counted, acknowledged and dropped' }),
    silent_after: duration({ least: '1m' })
      .prefault('6h')
      .meta({ title: 'Silent after', description: 'Connected without any message for this long is shown' }),
    watch_drops: z.boolean().default(true).meta({
      title: 'Watch for dropped messages',
      description: 'Shows when mosquitto counts messages that it threw away for want of room, those of all its clients',
    }),
    status_topic: z
      .string()
      .min(1)
      .optional()
      .meta({ title: 'Status topic', description: 'online and offline are published there, retained' }),
    series: z.record(z.string().min(1), series).meta({ title: 'Series' }),
  })
  .refine(({ url, broker }) => (url === undefined) !== (broker === undefined), {
    error: 'expected either "url" or "broker"',
  });

export type MqttOptions = z.output<typeof mqttOptions>;
export type SeriesOptions = z.output<typeof series>;
