import { connect } from 'node:net';
import { text } from 'node:stream/consumers';

/** All that comes back, until the connection closes, for bytes that no client would send. */
export async function rawAnswer(port: number, request: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  const answer = text(socket).catch((error: unknown) => `broken off: ${String(error)}`);
  socket.end(request);
  return await answer;
}

/** The status of that answer; 0 where the connection was closed without one. */
export async function rawStatus(port: number, request: string): Promise<number> {
  return Number(/^HTTP\/1\.1 (\d{3})/.exec(await rawAnswer(port, request))?.[1] ?? 0);
}
