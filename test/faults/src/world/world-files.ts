import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Broker } from './broker.ts';

export interface Places {
  readonly folder: string;
  readonly broker: Pick<Broker, 'url' | 'version'>;
  readonly apiUrl: string;
  readonly existUrl: string;
  readonly zone: string;
}

/** The configuration and the watched files of a world. */
export class WorldFiles {
  readonly #places: Places;
  zone: string;
  /** Further attributes over `home.drops`, each with what its template does not say. */
  readonly extras = new Map<string, string>();
  /** Further sources, each a YAML block under its name. */
  readonly sources = new Map<string, string>();

  constructor(places: Places) {
    this.#places = places;
    this.zone = places.zone;
    mkdirSync(join(places.folder, 'notes'), { recursive: true });
    this.writePages([]);
    writeFileSync(this.entries, '');
    this.writeConfiguration();
  }

  get pages(): string {
    return join(this.#places.folder, 'notes', 'pages.csv');
  }

  get entries(): string {
    return join(this.#places.folder, 'notes', 'entries.jsonl');
  }

  /** As an editor does: beside it, then in its place. */
  writePages(rows: readonly { readonly date: string; readonly value: number }[]): void {
    const text = `Date,Pages\n${rows.map(({ date, value }) => `${date},${value}\n`).join('')}`;
    writeFileSync(`${this.pages}.new`, text);
    renameSync(`${this.pages}.new`, this.pages);
  }

  writeConfiguration(text = this.configuration()): void {
    writeFileSync(join(this.#places.folder, 'dayfold.yaml'), text);
  }

  configuration(): string {
    const { folder, broker, apiUrl, existUrl } = this.#places;
    const sensor = (topic: string): string => `{ topic: faults/${topic}, value: v, time: at }`;
    return `
exist: { url: "${existUrl}", client_id: demo, client_secret: demo-secret }
timezone: ${this.zone}
journal: { commit_every: 20ms }
sources:
  home:
    plugin: mqtt
    url: ${broker.url}
    version: ${broker.version}
    keepalive: 1h
    silent_after: 365d
    series:
      clicks: { topic: faults/clicks, value: n }
      drops: ${sensor('drops')}
      meter: ${sensor('meter')}
      steps: ${sensor('steps')}
      taps: ${sensor('taps')}
  books:
    plugin: file
    path: ${join(folder, 'notes', 'pages.csv')}
    poll: 1m
    series: { pages: { date: Date, value: Pages } }
  diary:
    plugin: file
    path: ${join(folder, 'notes', 'entries.jsonl')}
    poll: 1m
    series: { entries: { time: at, value: v } }
  weather:
    plugin: http
    url: ${apiUrl}
    every: 10m
    allow_private: true
    timeout: 2s
    series: { warmth: { items: days, date: date, value: value } }
${[...this.sources].map(([name, block]) => `  ${name}:\n${block}`).join('')}attributes:
  clicks: { label: Clicks, group: health, type: integer, from: home.clicks, fold: count }
  drops: { label: Drops, group: health, type: integer, from: home.drops, fold: sum }
  growth: { label: Growth, group: productivity, type: float, from: home.meter, fold: increase }
  steps: { from: home.steps, fold: max }
  taps: { label: Taps, group: health, type: integer, from: home.taps, fold: sum, write: increment }
  pages_read: { from: books.pages, fold: sum }
  entries: { label: Entries, group: health, type: integer, from: diary.entries, fold: sum }
  warmth: { label: Warmth, group: health, type: float, from: weather.warmth, fold: last }
${[...this.extras].map(([name, kind]) => `  ${name}: { ${kind}from: home.drops, fold: sum }\n`).join('')}`;
  }
}
