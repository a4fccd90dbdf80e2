import { short } from '../report.ts';
import type { Results } from '../results.ts';

/**
 * Machines that were not at hand. `slower` is how many times as long one of their cores takes for the same work, guessed
 * from public single-core scores (Geekbench 6: about 1,600 for the class the figures come from); `syncMs` is what a sync
 * of their disk is taken to last.
 */
const MACHINES = [
  { name: 'Raspberry Pi 4, SD card', score: 300, syncMs: 20 },
  { name: 'Raspberry Pi 5, SD card', score: 800, syncMs: 10 },
  { name: 'Raspberry Pi 5, SSD', score: 800, syncMs: 2 },
  { name: 'NAS with a Celeron J4125, hard disk', score: 450, syncMs: 15 },
  { name: 'Mini PC with an N100, SSD', score: 1200, syncMs: 2 },
  { name: 'Server, SSD that survives a power cut', score: 2200, syncMs: 0.1 },
] as const;
const SCORE_HERE = 1600;

/** Messages of one commit: what dayfold lets wait on MQTT 5, and on 3.1.1, where brokers allow 20 in flight. */
const COMMIT = { mqtt5: 1000, mqtt3: 16 };
const QUIET = 100;
const NEEDED = ['socket-qos1', 'window-20', 'latency', 'start', 'idle-day'];

/** What the measured figures would be on other machines; nothing of it was measured there. */
export function derivedText({ results }: Results): string {
  const find = (name: string, of: string, figure: string): number | undefined =>
    results.find((result) => result.name === name)?.contenders.find((contender) => contender.name === of)?.figures[
      figure
    ]?.median;
  const given = {
    wideUs: find('socket-qos1', 'dayfold', 'cpu_us'),
    narrowUs: find('window-20', 'dayfold', 'cpu_us'),
    quietUs: find('latency', `dayfold, ${QUIET}/s`, 'cpu_us'),
    startMs: find('start', 'dayfold', 'ms'),
    syncsDay: find('idle-day', 'dayfold', 'syncs_day'),
    writtenMb: find('idle-day', 'dayfold', 'written_mb_day'),
  };
  if (Object.values(given).some((value) => value === undefined))
    return `Not derived: it takes ${NEEDED.map((name) => `\`${name}\``).join(', ')}, and not all of them have been measured.`;
  const { wideUs, narrowUs, quietUs, startMs, syncsDay, writtenMb } = given as Record<keyof typeof given, number>;
  const rate = (cpuUs: number, slower: number, syncMs: number, commit: number): string =>
    rough(1e6 / (slower * cpuUs + (syncMs * 1000) / commit));
  const rows = MACHINES.map(({ name, score, syncMs }) => {
    const slower = SCORE_HERE / score;
    return [
      name,
      slower.toFixed(1),
      `${syncMs} ms`,
      rate(wideUs, slower, syncMs, COMMIT.mqtt5),
      rate(narrowUs, slower, syncMs, COMMIT.mqtt3),
      `${rough((slower * quietUs * QUIET) / 1e4)} %`,
      `${rough((startMs * slower) / 1000)} s`,
      `${rough((syncsDay * syncMs) / 60_000)} min`,
    ];
  });
  const heads = [
    'machine',
    'a core takes *k* times as long (assumed)',
    'a sync takes (assumed)',
    'messages/s, MQTT 5',
    'messages/s, MQTT 3.1.1',
    `share of a core at ${QUIET} messages/s`,
    'start',
    'syncs of a quiet day last',
  ];
  const table = [heads, heads.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
  return [
    `**Calculated, not measured**: none of these machines was at hand. *k* is guessed from public single-core scores (Geekbench 6, about ${SCORE_HERE.toLocaleString('en')} for the class of machine measured above and ${MACHINES.map(
      ({ name, score }) => `${score.toLocaleString('en')} for ${name.split(',')[0]}`,
    )
      .filter((text, index, all) => all.indexOf(text) === index)
      .join(', ')}); what a sync takes is a guess for that kind of disk, and SD cards differ tenfold.`,
    table,
    [
      `- Messages a second = 1,000,000 ÷ (*k* × CPU µs a message + sync ÷ messages of a commit), QoS 1, 1,000 series. CPU µs a message: ${short(wideUs)} (\`socket-qos1\`) and ${short(narrowUs)} (\`window-20\`). A commit holds ${COMMIT.mqtt5.toLocaleString('en')} messages on MQTT 5 and ${COMMIT.mqtt3} on 3.1.1, where a broker allows 20 in flight.`,
      `- Share of a core = *k* × ${short(quietUs)} µs (\`latency\` at ${QUIET}/s) × ${QUIET}. Start = *k* × ${short(startMs)} ms (\`start\`).`,
      `- A quiet day is that of \`idle-day\`: ${short(syncsDay)} syncs and ${short(writtenMb)} MB written, which is ${short((writtenMb * 365) / 1000)} GB a year on any of them.`,
      '- To learn the *k* of a machine, run `npm run bench -- --only socket-qos1` there and divide its CPU µs a message by the one above.',
    ].join('\n'),
  ].join('\n\n');
}

/** Guesses are no better than two digits. */
function rough(value: number): string {
  return value.toLocaleString('en', { maximumSignificantDigits: 2 });
}
