import { crc32 } from 'node:zlib';
import { parser } from 'mqtt-packet';
import type { IPublishPacket, Packet } from 'mqtt-packet';
import type { Frame } from './frame-cutter.ts';

export type ProtocolVersion = 4 | 5;

/** A message as the broker delivered it. */
export interface Incoming {
  readonly topic: string;
  /** Empty when `tooLarge` is set. */
  readonly payload: Buffer;
  /** The payload as text, where it is ASCII: decoded with its neighbours. */
  readonly text: string | undefined;
  /** Bytes of the payload. */
  readonly size: number;
  readonly qos: 0 | 1 | 2;
  readonly retain: boolean;
  /** Set for QoS 1 and 2. */
  readonly messageId: number | undefined;
  /** By which a delivery of QoS 1 or 2 is recognised: message ids are used again, so topic and payload belong to it. */
  readonly receipt: number;
  /** Of the subscriptions for which this copy comes, the lowest identifier; where they have one (MQTT 5). */
  readonly identifier: number | undefined;
  /** Bytes of a packet whose payload was not kept. */
  readonly tooLarge: number | undefined;
}

/** Where the parts of a PUBLISH stand: MQTT 3.1.1 and 5, section 3.3. */
interface Places {
  readonly topicAt: number;
  readonly topicEnd: number;
  readonly idAt: number | undefined;
  /** Of the properties on MQTT 5, else of the payload. */
  readonly restAt: number;
}

/** Reads PUBLISH packets; throws where one is malformed, after which the stream means nothing any more. */
export function publishReader(version: ProtocolVersion): (frame: Frame) => Incoming {
  const propertied = propertiedReader();
  let bytes: Buffer | undefined;
  let text = '';
  return (frame) => {
    // Decoding is cheap for a whole chunk and dear for each of its messages.
    if (frame.bytes !== bytes) {
      bytes = frame.bytes;
      text = bytes.toString('latin1');
    }
    const places = placesOf(frame);
    if (frame.isOversized) return new Oversized(frame, places);
    if (version === 4) return new InPlace(frame, places, places.restAt, text);
    // Properties of no length: nearly all messages.
    if (frame.bytes[places.restAt] === 0) return new InPlace(frame, places, places.restAt + 1, text);
    return propertied(frame);
  };
}

/** Its bytes stay where they came; they are copied for whoever keeps the payload. */
class InPlace implements Incoming {
  readonly topic: string;
  readonly text: string | undefined;
  readonly size: number;
  readonly qos: 0 | 1 | 2;
  readonly retain: boolean;
  readonly messageId: number | undefined;
  readonly receipt: number;
  readonly identifier: undefined;
  readonly tooLarge: undefined;
  readonly #bytes: Buffer;
  readonly #payloadAt: number;
  readonly #end: number;

  /** `chunk` holds the bytes around it as Latin-1 text. */
  constructor({ flags, bytes, end }: Frame, { topicAt, topicEnd, idAt }: Places, payloadAt: number, chunk: string) {
    this.topic = isAscii(bytes, topicAt, topicEnd)
      ? chunk.substring(topicAt, topicEnd)
      : bytes.toString('utf8', topicAt, topicEnd);
    this.text = isAscii(bytes, payloadAt, end) ? chunk.substring(payloadAt, end) : undefined;
    this.size = end - payloadAt;
    this.qos = ((flags >> 1) & 3) as 0 | 1 | 2;
    this.retain = (flags & 1) === 1;
    this.messageId = idAt === undefined ? undefined : ((bytes[idAt] as number) << 8) | (bytes[idAt + 1] as number);
    this.receipt = receiptOf(this.messageId ?? 0, checksumOf(bytes, topicAt, end));
    this.#bytes = bytes;
    this.#payloadAt = payloadAt;
    this.#end = end;
  }

  get payload(): Buffer {
    return Buffer.from(this.#bytes.subarray(this.#payloadAt, this.#end));
  }
}

/** Too large to keep: what is needed to acknowledge it and to say where it came from. */
class Oversized implements Incoming {
  readonly topic: string;
  readonly payload = Buffer.alloc(0);
  readonly text = undefined;
  readonly size = 0;
  readonly qos: 0 | 1 | 2;
  readonly retain: boolean;
  readonly messageId: number | undefined;
  readonly identifier = undefined;
  readonly tooLarge: number;

  constructor({ bytes, flags, length }: Frame, { topicAt, topicEnd, idAt }: Places) {
    this.topic = bytes.toString('utf8', topicAt, topicEnd);
    this.qos = ((flags >> 1) & 3) as 0 | 1 | 2;
    this.retain = (flags & 1) === 1;
    this.messageId = idAt === undefined ? undefined : bytes.readUInt16BE(idAt);
    this.tooLarge = length;
  }

  get receipt(): number {
    return receiptOf(this.messageId ?? 0, crc32(this.topic, this.tooLarge));
  }
}

function placesOf({ bytes, bodyAt, flags, end, length }: Frame): Places {
  const qos = (flags >> 1) & 3;
  if (qos === 3) throw new Error('malformed packet: QoS 3');
  const topicAt = bodyAt + 2;
  const topicEnd = topicAt + (((bytes[bodyAt] as number) << 8) | (bytes[bodyAt + 1] as number));
  const restAt = topicEnd + (qos === 0 ? 0 : 2);
  if (length < 2 || restAt > end) throw new Error('malformed packet: topic is cut off');
  return { topicAt, topicEnd, idAt: qos === 0 ? undefined : topicEnd, restAt };
}

/** MQTT 5 with properties; by the library that knows them all. */
function propertiedReader(): (frame: Frame) => Incoming {
  const packets = parser({ protocolVersion: 5 });
  let latest: Packet | undefined;
  let failure: Error | undefined;
  packets.on('packet', (packet: Packet) => {
    latest = packet;
  });
  packets.on('error', (error: Error) => {
    failure = error;
  });
  return ({ bytes, start, end }) => {
    latest = undefined;
    failure = undefined;
    packets.parse(Buffer.from(bytes.subarray(start, end)));
    if (failure !== undefined) throw failure;
    if ((latest as Packet | undefined)?.cmd !== 'publish') throw new Error('malformed packet: not a PUBLISH');
    const { topic, payload: given, qos, retain, messageId, properties } = latest as unknown as IPublishPacket;
    const payload = typeof given === 'string' ? Buffer.from(given) : given;
    return {
      topic,
      payload,
      text: undefined,
      size: payload.length,
      qos,
      retain,
      messageId: qos === 0 ? undefined : messageId,
      receipt: receiptOf(messageId ?? 0, crc32(payload, crc32(topic))),
      identifier: lowestOf(properties?.subscriptionIdentifier),
      tooLarge: undefined,
    };
  };
}

/** As isAscii of node:buffer, which costs more than the look at so few bytes. */
function isAscii(bytes: Buffer, from: number, to: number): boolean {
  let all = 0;
  for (let at = from; at < to; at += 1) all |= bytes[at] as number;
  return all < 128;
}

/** 32 bits, four bytes a step as in MurmurHash3; crc32 of node:zlib costs three times as much on so few bytes. */
function checksumOf(bytes: Buffer, from: number, to: number): number {
  let sum = to - from;
  let at = from;
  for (; at + 4 <= to; at += 4) {
    const four =
      (bytes[at] as number) |
      ((bytes[at + 1] as number) << 8) |
      ((bytes[at + 2] as number) << 16) |
      ((bytes[at + 3] as number) << 24);
    sum = mixed(sum ^ four);
  }
  for (; at < to; at += 1) sum = mixed(sum ^ (bytes[at] as number));
  return mixed(sum) >>> 0;
}

/** One to one, so that sums which differ stay different. */
function mixed(sum: number): number {
  const product = Math.imul(sum, 0x9e3779b1);
  return product ^ (product >>> 15);
}

/** A safe integer. */
function receiptOf(messageId: number, checksum: number): number {
  return messageId * 2 ** 32 + checksum;
}

function lowestOf(identifiers: number | readonly number[] | undefined): number | undefined {
  return typeof identifiers === 'object' ? Math.min(...identifiers) : identifiers;
}
