import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Hour, Part, Values } from '../part.ts';

const DAYS_SHOWN = 5;

export interface Poll {
  readonly at: number;
  readonly status: number;
}

/**
 * A weather service as Open-Meteo answers: the highest temperatures of the last days, of which today's still rises and
 * one of the past is corrected. It knows ETags, asks once for patience and breaks down once.
 */
export class WeatherApi implements Part {
  readonly sources: Readonly<Record<string, unknown>>;
  readonly attributes = { weather_temp_max: { from: 'weather.temp_max', fold: 'last' } };
  readonly polls: Poll[] = [];
  readonly #server: Server;
  readonly #now: () => number;
  readonly #warmest = new Map<string, number>();
  /** What stood in the answers. */
  readonly #told: Record<string, number> = {};
  readonly #troubles: (429 | 500)[] = [];

  private constructor(now: () => number) {
    this.#now = now;
    this.#server = createServer((request, response) => this.#answer(request, response));
    this.sources = {};
  }

  static async open(now: () => number): Promise<WeatherApi> {
    const api = new WeatherApi(now);
    api.#server.listen(0, '127.0.0.1');
    await once(api.#server, 'listening');
    const { port } = api.#server.address() as AddressInfo;
    const series = {
      temp_max: { items: '$zip(daily.time, daily.temperature_2m_max)', date: '$[0]', value: '$[1]' },
    };
    const url = `http://127.0.0.1:${port}/v1/forecast`;
    Object.assign(api.sources, { weather: { plugin: 'http', url, every: '3h', allow_private: true, series } });
    return api;
  }

  async act({ day, dayNumber, hour }: Hour): Promise<void> {
    const warmest = this.#warmest;
    if (hour <= 14 && hour % 4 === 0) warmest.set(day, 8.5 + dayNumber / 10 + hour / 4);
    const threeDaysBack = [...warmest.keys()].at(-4);
    if (dayNumber === 6 && hour === 10 && threeDaysBack !== undefined) warmest.set(threeDaysBack, 21.75);
    if (hour === 5 && dayNumber === 2) this.#troubles.push(429);
    if (hour === 5 && dayNumber === 4) this.#troubles.push(500);
    await Promise.resolve();
  }

  truths(): Values {
    return { weather_temp_max: this.#told };
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const shown = [...this.#warmest].slice(-DAYS_SHOWN);
    const daily = { time: shown.map(([date]) => date), temperature_2m_max: shown.map(([, value]) => value) };
    const body = JSON.stringify({ latitude: 52.5, daily });
    const etag = `"${createHash('sha1').update(body).digest('hex')}"`;
    const status = this.#troubles.shift() ?? (request.headers['if-none-match'] === etag ? 304 : 200);
    this.polls.push({ at: this.#now(), status });
    const patience = status === 429 ? { 'retry-after': '900' } : {};
    response.writeHead(status, { 'content-type': 'application/json', etag, ...patience });
    response.end(status === 200 ? body : undefined);
    if (status === 200) Object.assign(this.#told, Object.fromEntries(shown));
  }
}
