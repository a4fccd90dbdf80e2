/** Cuts a stream into MQTT packets; calls back with the whole packet and where its body starts. */
export function packetCutter(take: (bytes: Buffer, bodyAt: number) => void): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk) => {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let at = 0;
    for (;;) {
      let bodyAt = at + 1;
      let length = 0;
      let isComplete = false;
      for (let shift = 0; bodyAt < bytes.length; shift += 7) {
        const byte = bytes[bodyAt++] as number;
        length += (byte & 127) << shift;
        if (byte < 128) {
          isComplete = true;
          break;
        }
      }
      if (!isComplete || bodyAt + length > bytes.length) break;
      take(bytes.subarray(at, bodyAt + length), bodyAt - at);
      at = bodyAt + length;
    }
    rest = bytes.subarray(at);
  };
}

/** MQTT's variable length integer, and where it ends. */
export function lengthAt(bytes: Buffer, start: number): { readonly value: number; readonly end: number } {
  let value = 0;
  let end = start;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[end++] ?? 0;
    value += (byte & 127) << shift;
    if (byte < 128) return { value, end };
  }
}
