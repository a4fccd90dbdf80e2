import type {
  ConnectReport,
  DayName,
  DayReport,
  DaysFilter,
  Engine,
  Explanation,
  PlanReport,
  StatusReport,
  SyncSummary,
} from '@dayfold/runtime';
import { NotReady } from '@dayfold/runtime';
import { request } from 'node:http';

/** The running daemon's Engine, over the socket in its data folder. */
export class ControlClient implements Engine {
  readonly #socket: string;

  constructor(socket: string) {
    this.#socket = socket;
  }

  /** Whether a daemon answers. */
  async isAlive(): Promise<boolean> {
    try {
      await this.#call('GET', '/api/alive');
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

  disconnect(account: string): Promise<{ readonly message: string }> {
    return this.#call('POST', '/api/disconnect', { account });
  }

  #call<T>(method: 'GET' | 'POST', path: string, body?: unknown): Promise<T> {
    return new Promise((resolve, reject) => {
      const call = request(
        { socketPath: this.#socket, method, path, headers: { 'content-type': 'application/json', host: 'localhost' } },
        (answer) => {
          const chunks: Buffer[] = [];
          answer.on('data', (chunk: Buffer) => chunks.push(chunk));
          answer.on('error', reject);
          answer.on('end', () => {
            const text = Buffer.concat(chunks).toString('utf8');
            const parsed = text === '' ? {} : (JSON.parse(text) as unknown);
            if (answer.statusCode === 200) resolve(parsed as T);
            else
              reject(new NotReady((parsed as { error?: string }).error ?? `the daemon answered ${answer.statusCode}`));
          });
        },
      );
      call.on('error', reject);
      call.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }
}
