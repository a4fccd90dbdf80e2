import type {
  ConnectReport,
  DayName,
  DayReport,
  DaysFilter,
  Engine,
  Explanation,
  LoginReport,
  PlanReport,
  StatusReport,
  SyncSummary,
} from '@dayfold/runtime';
import { NotReady } from '@dayfold/runtime';
import { request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { ErrorAnswer, RemoteError } from './remote-error.ts';

/** A daemon that says nothing for so long is taken for none; opening the store then tells who holds it. */
const ALIVE_MS = 5000;

/** The running daemon's Engine, over the socket in its data folder. */
export class ControlClient implements Engine {
  readonly #socket: string;

  constructor(socket: string) {
    this.#socket = socket;
  }

  /** Whether a daemon answers. */
  async isAlive(): Promise<boolean> {
    try {
      await this.#call('GET', '/api/alive', undefined, AbortSignal.timeout(ALIVE_MS));
      return true;
    } catch {
      return false;
    }
  }

  status(): Promise<StatusReport> {
    return this.#call('GET', '/api/status');
  }

  days(filter: DaysFilter): Promise<readonly DayReport[]> {
    return this.#call('GET', `/api/days?${new URLSearchParams({ ...filter }).toString()}`);
  }

  explain(attribute: string, date: DayName): Promise<Explanation> {
    return this.#call('GET', `/api/explain/${encodeURIComponent(attribute)}/${date}`);
  }

  plan(account: string | undefined): Promise<readonly PlanReport[]> {
    return this.#call('GET', `/api/plan${account === undefined ? '' : `?account=${encodeURIComponent(account)}`}`);
  }

  sync(account: string | undefined): Promise<readonly SyncSummary[]> {
    return this.#call('POST', '/api/sync', { account });
  }

  release(attribute: string): Promise<{ readonly message: string }> {
    return this.#call('POST', '/api/release', { attribute });
  }

  takeBack(attribute: string): Promise<{ readonly message: string }> {
    return this.#call('POST', '/api/take-back', { attribute });
  }

  connectBegin(account: string): Promise<{ readonly url: string }> {
    return this.#call('POST', '/api/connect/begin', { account });
  }

  connectFinish(account: string | undefined, answer: string): Promise<ConnectReport> {
    return this.#call('POST', '/api/connect/finish', { account, answer });
  }

  connectToken(account: string, text: string): Promise<ConnectReport> {
    return this.#call('POST', '/api/connect/token', { account, text });
  }

  examine(account: string): Promise<LoginReport> {
    return this.#call('POST', '/api/examine', { account });
  }

  disconnect(account: string): Promise<{ readonly message: string }> {
    return this.#call('POST', '/api/disconnect', { account });
  }

  async #call<T>(method: 'GET' | 'POST', path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
    let status: number | undefined;
    let answer: unknown;
    try {
      const message = await this.#send(method, path, body, signal);
      status = message.statusCode;
      answer = JSON.parse(await text(message));
    } catch (error) {
      throw new NotReady('the daemon ended before its answer was complete; see its log, and start it again', {
        cause: error,
      });
    }
    if (status === 200) return answer as T;
    const { data } = ErrorAnswer.safeParse(answer);
    throw data === undefined
      ? new NotReady(`the daemon answered ${status}; it may be of another version: start it again`)
      : new RemoteError(data.code, data.error);
  }

  #send(method: string, path: string, body: unknown, signal: AbortSignal | undefined): Promise<IncomingMessage> {
    const headers = { 'content-type': 'application/json', host: 'localhost' };
    return new Promise((resolve, reject) => {
      // A connection that is kept may be closed by the daemon just as the next request goes out on it.
      const call = request(
        { socketPath: this.#socket, method, path, headers, agent: false, ...(signal === undefined ? {} : { signal }) },
        resolve,
      );
      call.on('error', reject);
      call.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }
}
