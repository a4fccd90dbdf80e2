import { parser } from 'mqtt-packet';
import type { IPublishPacket, Packet } from 'mqtt-packet';
import type { Frame } from './frame-cutter.ts';

/** A message as the broker delivered it. */
export interface Incoming {
  readonly topic: string;
  /** Empty when `tooLarge` is set. */
  readonly payload: Buffer;
  readonly qos: 0 | 1 | 2;
  readonly retain: boolean;
  /** Set for QoS 1 and 2. */
  readonly messageId: number | undefined;
  /** Of the subscriptions for which this copy comes, the lowest identifier; where they have one (MQTT 5). */
  readonly identifier: number | undefined;
  /** Bytes of a packet whose payload was not kept. */
  readonly tooLarge: number | undefined;
}

export type ProtocolVersion = 4 | 5;

/** Reads PUBLISH packets; throws where one is malformed, after which the stream means nothing any more. */
export function publishReader(version: ProtocolVersion): (frame: Frame) => Incoming {
  const packets = parser({ protocolVersion: version });
  let latest: Packet | undefined;
  let failure: Error | undefined;
  packets.on('packet', (packet: Packet) => {
    latest = packet;
  });
  packets.on('error', (error: Error) => {
    failure = error;
  });
  return (frame) => {
    if (frame.isOversized) return headOf(frame);
    latest = undefined;
    failure = undefined;
    packets.parse(frame.bytes);
    if (failure !== undefined) throw failure;
    if ((latest as Packet | undefined)?.cmd !== 'publish') throw new Error('malformed packet: not a PUBLISH');
    const { topic, payload, qos, retain, messageId, properties } = latest as unknown as IPublishPacket;
    return {
      topic,
      payload: typeof payload === 'string' ? Buffer.from(payload) : payload,
      qos,
      retain,
      messageId: qos === 0 ? undefined : messageId,
      identifier: lowestOf(properties?.subscriptionIdentifier),
      tooLarge: undefined,
    };
  };
}

/** Of a packet too large to keep: what is needed to acknowledge it and to say where it came from. */
function headOf({ bytes, bodyAt, flags, length }: Frame): Incoming {
  const qos = (flags >> 1) & 3;
  if (qos === 3) throw new Error('malformed packet: QoS 3');
  const topicEnd = bodyAt + 2 + bytes.readUInt16BE(bodyAt);
  if (topicEnd + (qos === 0 ? 0 : 2) > bodyAt + length) throw new Error('malformed packet: topic is cut off');
  return {
    topic: bytes.toString('utf8', bodyAt + 2, topicEnd),
    payload: Buffer.alloc(0),
    qos: qos as 0 | 1 | 2,
    retain: (flags & 1) === 1,
    messageId: qos === 0 ? undefined : bytes.readUInt16BE(topicEnd),
    identifier: undefined,
    tooLarge: length,
  };
}

function lowestOf(identifiers: number | readonly number[] | undefined): number | undefined {
  return typeof identifiers === 'object' ? Math.min(...identifiers) : identifiers;
}
