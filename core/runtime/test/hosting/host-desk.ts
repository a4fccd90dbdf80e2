import type { Http, Plugin, ServiceToken, Source } from '@dayfold/sdk';
import { RecordedLogger } from '@dayfold/sdk/testing';
import { z } from 'zod';
import type { SourceConfiguration } from '../../src/config/configuration.ts';
import { FakeClock } from '../../src/day/fake-clock.ts';
import { LivingCalendar } from '../../src/day/living-calendar.ts';
import { InboundRoutes } from '../../src/hosting/inbound-routes.ts';
import { PluginCatalog } from '../../src/hosting/plugin-catalog.ts';
import { SourceHost } from '../../src/hosting/source-host.ts';
import type { SourceStatus } from '../../src/hosting/source-status.ts';
import { AttributeIndex } from '../../src/intake/attribute-index.ts';
import { Intake } from '../../src/intake/intake.ts';
import type { Problem } from '../../src/store/problems.ts';
import { createMemoryStore } from '../../src/store/memory-store.ts';
import { calendarOf } from '../folding/samples.ts';

const NOON = Date.parse('2026-03-10T12:00:00Z');

/** A host over a memory store, with the plugins that the test makes up. */
export class HostDesk {
  readonly store = createMemoryStore();
  readonly clock = new FakeClock(NOON);
  readonly calendar = new LivingCalendar(calendarOf('Europe/Berlin'));
  readonly log = new RecordedLogger();
  readonly inbound = new InboundRoutes();
  readonly requests: { readonly url: string; readonly signal: AbortSignal | undefined }[] = [];
  readonly host: SourceHost;
  readonly #plugins = new Map<string, Plugin>();

  constructor(sources: readonly SourceConfiguration[]) {
    const { journal, keyValues, problems } = this.store;
    const http: Http = {
      request: (url, request) => {
        this.requests.push({ url, signal: request?.signal });
        return new Promise(() => undefined);
      },
    };
    this.host = new SourceHost(
      {
        catalog: new PluginCatalog(this.#plugins, '/nowhere'),
        intake: new Intake(journal, this.clock, this.calendar, new AttributeIndex(), { commitEveryMs: 20 }),
        journal,
        keyValues,
        problems,
        clock: this.clock,
        calendar: this.calendar,
        http,
        inbound: this.inbound,
        log: this.log,
        random: () => 0,
      },
      sources,
    );
  }

  /** Makes a plugin known; what it injects is handed to `source` behind the options. */
  plugin(
    name: string,
    inject: readonly ServiceToken<unknown>[],
    source: (options: unknown, ...services: never[]) => unknown,
  ): this {
    this.#plugins.set(name, { api: 1, name, config: z.unknown(), inject, source: source as () => Source });
    return this;
  }

  async status(name = 'home'): Promise<SourceStatus> {
    const found = (await this.host.status()).find((each) => each.name === name);
    if (found === undefined) throw new Error(`there is no source ${name}`);
    return found;
  }

  /** Lets everything run that is ready, and tells the state. */
  async state(name = 'home'): Promise<string> {
    await this.clock.advance(0);
    return (await this.status(name)).state;
  }

  async problems(): Promise<readonly Problem[]> {
    await this.clock.advance(0);
    return await this.store.problems.list();
  }

  /** What a person reads in the log: not the lines for debugging. */
  lines(): readonly string[] {
    return this.log.lines.filter(({ level }) => level !== 'debug').map(({ level, message }) => `${level} ${message}`);
  }
}

export function sourceNamed(name: string, changes: Partial<SourceConfiguration> = {}): SourceConfiguration {
  return { name, plugin: 'test', enabled: true, options: {}, ...changes };
}

/** A source that does what its parts say; without any it starts at once. */
export function sourceOf(parts: Partial<Source> = {}): Source {
  return { start: () => undefined, ...parts };
}

/** Never resolves, whatever is aborted. */
export function hang(): Promise<void> {
  return new Promise(() => undefined);
}
