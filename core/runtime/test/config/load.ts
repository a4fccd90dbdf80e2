import { formatMistakes, type Mistake } from '../../src/config/mistakes.ts';
import {
  loadConfiguration,
  type Loaded,
  type LoadOptions,
  type LoadResult,
} from '../../src/config/load-configuration.ts';

/** Files by name instead of a disk. */
export function load(
  text: string,
  files: Readonly<Record<string, string>> = {},
  options: Partial<LoadOptions> = {},
): Promise<LoadResult> {
  const all: Readonly<Record<string, string>> = { 'dayfold.yaml': text, ...files };
  return loadConfiguration({
    file: 'dayfold.yaml',
    env: {},
    home: '/home/ada',
    fileMode: async () => 0o600,
    readFile: async (file) => {
      const content = all[file];
      if (content === undefined) throw Object.assign(new Error('no'), { code: 'ENOENT' });
      return content;
    },
    ...options,
  });
}

export async function loaded(
  text: string,
  files?: Readonly<Record<string, string>>,
  options?: Partial<LoadOptions>,
): Promise<Loaded> {
  const result = await load(text, files, options);
  if (!result.ok) throw new Error(formatMistakes(result.mistakes));
  return result;
}

export async function mistakesOf(
  text: string,
  files?: Readonly<Record<string, string>>,
  options?: Partial<LoadOptions>,
): Promise<readonly Mistake[]> {
  const result = await load(text, files, options);
  return result.ok ? [] : result.mistakes;
}

export async function lines(
  text: string,
  files?: Readonly<Record<string, string>>,
  options?: Partial<LoadOptions>,
): Promise<readonly string[]> {
  const found = await mistakesOf(text, files, options);
  return found.length === 0 ? [] : formatMistakes(found).split('\n');
}

export const WHOLE = `
exist:
  client_id: \${EXIST_CLIENT_ID}
  client_secret: !secret exist
  sync: { every: 2h }
timezone: Europe/Berlin
day_starts: "04:00"
web: { host: 0.0.0.0, port: 9000 }
journal: { keep: 40d, commit_every: 1s, max_size: 2 GB }
sources:
  home:
    plugin: mqtt
    url: mqtt://localhost:1883
    series:
      fridge_door: { topic: zigbee2mqtt/fridge, value: contact }
      desk_power:  { topic: tele/desk/SENSOR,  value: ENERGY.Power, time: Time, unit: W }
      "temp_{1}":  { topic: zigbee2mqtt/+/climate, value: temperature }
  books:
    plugin: file
    path: ~/reading/*.csv
    series:
      pages: { date: Date, value: Pages }
  weather:
    plugin: http
    enabled: false
    url: https://api.open-meteo.com/v1/forecast
    every: 6h
    series:
      temp_max: { items: "$zip(daily.time, daily.temperature_2m_max)", date: "$[0]", value: "$[1]" }
  watch: { plugin: dayfold-plugin-watch }
attributes:
  pages_read:
    from: books.pages
    fold: sum
  fridge_opens:
    label: Fridge opens
    group: food
    type: integer
    from: home.fridge_door
    fold: { count_changes: { to: false } }
  desk_min:
    label: Time at the desk
    group: productivity
    type: duration
    from: home.desk_power
    fold: { time_in: "> 20" }
  weather_temp_max: { from: weather.temp_max, fold: last }
  kitchen_heat: { from: home.temp_kitchen, group: health, type: float, fold: mean, when: ">= 0" }
  steps:
    from: [watch.steps, watch.phone_steps]
    combine: first
    fold: increase
`;
export const WHOLE_FILES = { 'secrets.yaml': 'exist: s3cr3t-value\n' };
export const WHOLE_ENV = { env: { EXIST_CLIENT_ID: 'abc' } };
