import type { BenchCase, Plot, PlotLine } from '../bench-case.ts';
import { dayfoldOnFeed, idleOnFeed } from '../from-feed.ts';

const SERIES = [1, 10, 100, 1000, 10_000];
const RATES = [100, 1000, 10_000];
const MQTT_JS = 'mqtt.js';
const DAYFOLD = 'dayfold';
const PROMPT = 'dayfold, commit_every 20ms';

/** What a message costs and how long it takes as the home grows: each step of it in one run, right after its reference. */
export const growthCases: readonly BenchCase[] = [bySeries(), latencyByRate(), latencyBySeries()];

function bySeries(): BenchCase {
  const lines = (figure: string): PlotLine[] => [MQTT_JS, DAYFOLD].map((name) => line(name, figure, SERIES, atSeries));
  const along = 'series';
  return {
    name: 'series',
    title:
      'Flat out from a socket, QoS 1, by the number of series; a twentieth of them are attributes, 500 at the most',
    contenders: SERIES.flatMap((topics) => [
      idleOnFeed(atSeries(MQTT_JS, topics), { qos: 1, topics }),
      dayfoldOnFeed(atSeries(DAYFOLD, topics), { qos: 1, topics, attributes: attributesOf(topics) }),
    ]),
    goals: [
      { figure: 'cpu_us', of: atSeries(DAYFOLD, 10_000), to: atSeries(DAYFOLD, 10), most: 1.5 },
      ...SERIES.flatMap((topics) => [
        { figure: 'per_second', of: atSeries(DAYFOLD, topics), to: atSeries(MQTT_JS, topics) },
        { figure: 'cpu_us', of: atSeries(DAYFOLD, topics), to: atSeries(MQTT_JS, topics) },
      ]),
    ],
    plots: [
      { file: 'series-rate', title: 'Messages a second, flat out, QoS 1', up: 'messages/s', figure: 'per_second' },
      { file: 'series-cpu', title: 'CPU time a message, flat out, QoS 1', up: 'µs', figure: 'cpu_us' },
      { file: 'series-memory', title: 'Peak memory, flat out, QoS 1', up: 'MB', figure: 'peak_mb' },
    ].map(({ figure, ...plot }): Plot => ({ ...plot, along, scale: 'linear', lines: lines(figure) })),
  };
}

/** How long a message takes is set by `journal.commit_every`: a quiet home spares its disk. */
function latencyByRate(): BenchCase {
  const topics = 1000;
  const names = [MQTT_JS, DAYFOLD, PROMPT];
  const lines = (figure: string): PlotLine[] => names.map((name) => line(name, figure, RATES, atRate));
  const along = 'messages/s';
  return {
    name: 'latency',
    title: 'From a message sent to its acknowledgement, QoS 1, 1000 topics, by the rate',
    contenders: RATES.flatMap((perSecond) => [
      idleOnFeed(atRate(MQTT_JS, perSecond), { qos: 1, topics, perSecond }),
      dayfoldOnFeed(atRate(DAYFOLD, perSecond), { qos: 1, topics, perSecond }),
      dayfoldOnFeed(atRate(PROMPT, perSecond), { qos: 1, topics, perSecond, commitEvery: '20ms' }),
    ]),
    goals: RATES.flatMap((perSecond) => [
      { figure: 'p99_ms', of: atRate(DAYFOLD, perSecond), to: atRate(MQTT_JS, perSecond) },
      { figure: 'p99_ms', of: atRate(PROMPT, perSecond), to: atRate(MQTT_JS, perSecond) },
      { figure: 'cpu_us', of: atRate(DAYFOLD, perSecond), to: atRate(MQTT_JS, perSecond) },
    ]),
    plots: [
      latencyPlot('rate-latency', along, names, RATES, atRate),
      {
        file: 'rate-cpu',
        title: 'CPU time a message at a given rate, QoS 1',
        along,
        up: 'µs',
        scale: 'log',
        lines: lines('cpu_us'),
      },
      {
        file: 'rate-memory',
        title: 'Peak memory at a given rate, QoS 1',
        along,
        up: 'MB',
        scale: 'linear',
        lines: lines('peak_mb'),
      },
    ],
  };
}

function latencyBySeries(): BenchCase {
  const perSecond = 1000;
  return {
    name: 'latency-series',
    title: 'From a message sent to its acknowledgement, QoS 1, 1000 a second, by the number of series',
    mostRounds: 3,
    contenders: SERIES.flatMap((topics) => [
      idleOnFeed(atSeries(MQTT_JS, topics), { qos: 1, topics, perSecond }),
      dayfoldOnFeed(atSeries(DAYFOLD, topics), { qos: 1, topics, perSecond, attributes: attributesOf(topics) }),
    ]),
    goals: [{ figure: 'p99_ms', of: atSeries(DAYFOLD, 10_000), to: atSeries(DAYFOLD, 10) }],
    plots: [latencyPlot('series-latency', 'series', [MQTT_JS, DAYFOLD], SERIES, atSeries)],
  };
}

function latencyPlot(
  file: string,
  along: string,
  names: readonly string[],
  places: readonly number[],
  nameAt: (name: string, place: number) => string,
): Plot {
  const lines = names.flatMap((name) =>
    (['p50_ms', 'p99_ms'] as const).map((figure) => ({
      ...line(name, figure, places, nameAt),
      name: `${name}, ${figure.slice(0, 3)}`,
    })),
  );
  return { file, title: 'From a message sent to its acknowledgement, QoS 1', along, up: 'ms', scale: 'log', lines };
}

function line(
  name: string,
  figure: string,
  places: readonly number[],
  nameAt: (name: string, place: number) => string,
): PlotLine {
  return { name, figure, points: places.map((at) => ({ at, of: nameAt(name, at) })) };
}

function attributesOf(topics: number): number {
  return Math.min(topics, Math.max(50, topics / 20));
}

function atSeries(name: string, topics: number): string {
  return `${name}, ${topics.toLocaleString('en')} series`;
}

function atRate(name: string, perSecond: number): string {
  return `${name}, ${perSecond.toLocaleString('en')}/s`;
}
