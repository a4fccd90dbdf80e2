import { ConfigInvalid } from '@dayfold/sdk';
import type { Plugin, Source } from '@dayfold/sdk';
import { Container } from 'inversify';
import type { SourceConfiguration } from '../config/configuration.ts';
import { stableText } from '../config/definition.ts';
import type { Service } from '../kernel/service.ts';
import { token } from '../kernel/token.ts';
import type { Problems } from '../store/problems.ts';
import { hiding, secretsOf, withHiddenErrors } from './hide-secrets.ts';
import type { PluginCatalog } from './plugin-catalog.ts';
import { PluginBroken, faultOf } from './plugin-fault.ts';
import { SourceRecord } from './source-record.ts';
import { SourceRunner } from './source-runner.ts';
import type { SourceLife } from './source-runner.ts';
import { sourceServices } from './source-services.ts';
import type { ServiceParts, SourceServices } from './source-services.ts';
import type { SourceStatus } from './source-status.ts';

export interface HostParts extends ServiceParts {
  readonly catalog: PluginCatalog;
  readonly problems: Problems;
  readonly random: () => number;
}
export const HostParts = token<HostParts>('HostParts');

/** The sources to begin with. */
export type ConfiguredSources = readonly SourceConfiguration[];
export const ConfiguredSources = token<ConfiguredSources>('ConfiguredSources');

interface Hosted {
  readonly configuration: SourceConfiguration;
  readonly record: SourceRecord;
  readonly runner: SourceRunner | undefined;
}

/** Runs one plugin instance for each configured source, each in a child container of its own. */
export class SourceHost implements Service {
  readonly name = 'sources';
  readonly #parts: HostParts;
  readonly #container = new Container();
  #sources: readonly SourceConfiguration[];
  readonly #hosted = new Map<string, Hosted>();

  constructor(parts: HostParts, sources: readonly SourceConfiguration[]) {
    this.#parts = parts;
    this.#sources = sources;
  }

  async start(): Promise<void> {
    await Promise.all(this.#sources.map((source) => this.#host(source)));
  }

  /**
   * Resolves when each source that is there runs, or has failed for the first time; after so long even where one still
   * tries, for a broker that does not answer is a trouble of that source alone.
   */
  async tried(limitMs: number): Promise<void> {
    const waiting = new AbortController();
    const late = this.#parts.clock.sleep(limitMs, waiting.signal).catch(() => undefined);
    const all = Promise.all([...this.#hosted.values()].map(async ({ runner }) => await runner?.tried));
    await Promise.race([all, late]);
    waiting.abort();
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#hosted.keys()].map((name) => this.#drop(name)));
  }

  /** Stops, starts and restarts only the sources whose configuration changed. */
  async replace(sources: readonly SourceConfiguration[]): Promise<void> {
    const next = new Map(sources.map((source) => [source.name, source]));
    this.#sources = sources;
    const gone = [...this.#hosted.values()].filter(
      ({ configuration }) => stableText(configuration) !== stableText(next.get(configuration.name)),
    );
    await Promise.all(gone.map(({ configuration }) => this.#drop(configuration.name)));
    await Promise.all(sources.filter(({ name }) => !this.#hosted.has(name)).map((source) => this.#host(source)));
  }

  async status(): Promise<readonly SourceStatus[]> {
    return await Promise.all(
      [...this.#hosted.values()].map(async ({ record }) => ({
        ...record.status(),
        readings: this.#parts.intake.taken(record.name),
        lastReading: await this.#parts.journal.lastReceived(record.name),
      })),
    );
  }

  /** Builds a source outside its life, for `probe` and `once`; the caller aborts and drops it. */
  async build(
    configuration: SourceConfiguration,
    signal: AbortSignal,
  ): Promise<{ source: Source; record: SourceRecord }> {
    const plugin = await this.#parts.catalog.load(configuration.plugin);
    const record = this.#recordOf(configuration);
    const source = this.#sourceOf(plugin, configuration, record, { signal, over: signal });
    return { source: withHiddenErrors(source, hiding(secretsOf(configuration))), record };
  }

  async #host(configuration: SourceConfiguration): Promise<void> {
    const record = this.#recordOf(configuration);
    const runner = configuration.enabled ? await this.#runnerOf(configuration, record) : undefined;
    if (!configuration.enabled) record.set('disabled');
    this.#hosted.set(configuration.name, { configuration, record, runner });
    runner?.start();
  }

  /** Undefined where there is no such plugin; the record says so. */
  async #runnerOf(configuration: SourceConfiguration, record: SourceRecord): Promise<SourceRunner | undefined> {
    const { catalog, clock, log, random } = this.#parts;
    let plugin: Plugin;
    try {
      plugin = await catalog.load(configuration.plugin);
    } catch (error) {
      record.set('invalid', faultOf(error).message);
      return undefined;
    }
    const leftBehind = (): void =>
      log.warn(
        `source ${record.name} did not stop in time and is left behind; if that repeats, tell the author of plugin ${plugin.name}`,
      );
    return new SourceRunner(
      (life) => this.#sourceOf(plugin, configuration, record, life),
      clock,
      { state: (state, message, nextAttempt) => record.set(state, message, nextAttempt), leftBehind },
      random,
    );
  }

  async #drop(name: string): Promise<void> {
    const hosted = this.#hosted.get(name);
    await hosted?.runner?.stop();
    await hosted?.record.clear();
    this.#hosted.delete(name);
  }

  #recordOf(configuration: SourceConfiguration): SourceRecord {
    const { clock, problems, log } = this.#parts;
    const { name, plugin } = configuration;
    return new SourceRecord(name, plugin, clock, problems, log, hiding(secretsOf(configuration)));
  }

  #sourceOf(plugin: Plugin, configuration: SourceConfiguration, record: SourceRecord, life: SourceLife): Source {
    const services = sourceServices(this.#parts, configuration, record, life);
    refuseUnknownServices(plugin, services);
    const child = new Container({ parent: this.#container });
    for (const [each, service] of services) child.bind(each).toConstantValue(service);
    child
      .bind<Built>(BUILT)
      .toResolvedValue((...injected: unknown[]) => ({ source: plugin.source(configuration.options, ...injected) }), [
        ...plugin.inject,
      ] as never);
    const { source } = child.get<Built>(BUILT);
    if (!isSource(source)) {
      throw new PluginBroken(
        `plugin ${plugin.name}: its function "source" must return an object with a method "start", not ${kindOf(source)}`,
      );
    }
    return source;
  }
}

/** In a box, for the container would take a promise for a service that is still to come. */
interface Built {
  readonly source: unknown;
}
const BUILT = Symbol.for('dayfold.Built');

function refuseUnknownServices(plugin: Plugin, services: SourceServices): void {
  const unknown = plugin.inject.filter((each) => !services.has(each)).map(serviceName);
  if (unknown.length === 0) return;
  const offered = [...services.keys()].map(serviceName).join(', ');
  throw new ConfigInvalid(
    `plugin ${plugin.name} asks for ${unknown.join(', ')}, which this dayfold does not offer (it offers ${offered}); update dayfold or the plugin`,
  );
}

function serviceName(each: unknown): string {
  const name = typeof each === 'symbol' ? (each.description ?? 'a service without a name') : String(each);
  return name.replace('@dayfold/sdk/', '');
}

function isSource(value: unknown): value is Source {
  return typeof (value as Partial<Source> | undefined | null)?.start === 'function';
}

function kindOf(value: unknown): string {
  if (value instanceof Promise) return 'a promise; what has to be waited for belongs into "start"';
  return value === null || value === undefined
    ? 'nothing'
    : typeof value === 'object'
      ? 'another object'
      : typeof value;
}
