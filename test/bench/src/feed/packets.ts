/** Message ids run from 1 to this; one ring of packets serves any number of messages. */
export const RING = 65_535;

export interface Ring {
  readonly bytes: Buffer;
  /** Of each packet: all have the same length. */
  readonly length: number;
}

export interface RingOptions {
  readonly topics: number;
  readonly qos: 0 | 1 | 2;
  readonly version: 4 | 5;
}

/** PUBLISH packets with JSON of 60 bytes, the ids in order, the topics by turns. */
export function ringOf({ topics, qos, version }: RingOptions): Ring {
  const packets: Buffer[] = [];
  for (let index = 0; index < RING; index += 1) packets.push(publishOf(index, { topics, qos, version }));
  return { bytes: Buffer.concat(packets), length: packets[0]?.length ?? 0 };
}

export function publishOf(index: number, { topics, qos, version }: RingOptions): Buffer {
  const topic = Buffer.from(topicOf(index % topics));
  const temperature = (15 + ((index * 7919) % 1500) / 100).toFixed(2);
  const payload = Buffer.from(`{"temperature":${temperature},"humidity":48.2,"linkquality":99,"a":1}`);
  const head = [topic.length >> 8, topic.length & 255];
  const id = index + 1;
  const middle = [...(qos === 0 ? [] : [id >> 8, id & 255]), ...(version === 5 ? [0] : [])];
  const body = Buffer.concat([Buffer.from(head), topic, Buffer.from(middle), payload]);
  // Below 128 bytes the remaining length is one byte.
  return Buffer.concat([Buffer.from([0x30 | (qos << 1), body.length]), body]);
}

export function topicOf(number: number): string {
  return `bench/s${String(number).padStart(5, '0')}/state`;
}
