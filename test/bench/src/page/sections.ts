/** What `docs/performance.md` shows, in its order. Cases that count something else than messages say what. */
export interface Section {
  readonly title: string;
  readonly text: string;
  readonly cases: readonly string[];
  readonly names?: Readonly<Record<string, string>>;
}

export const SECTIONS: readonly Section[] = [
  {
    title: 'As fast as it takes them',
    text: 'Packets come from a socket without a broker, JSON of 60 bytes. Each message is in the journal, on the disk, before it is acknowledged; folding happens later, when a value is asked for. The references are a mqtt.js subscriber that does nothing, and its parser alone.',
    cases: ['socket-qos0', 'socket-qos1', 'socket-qos2', 'window-20'],
  },
  {
    title: 'As the home grows',
    text: 'How long a message waits for its acknowledgement is a choice: `journal.commit_every` gathers what a quiet home sends, since each commit is a sync of the disk.',
    cases: ['series', 'latency', 'latency-series'],
  },
  {
    title: 'Through mosquitto',
    text: 'Flat out the broker is the limit.',
    cases: ['mosquitto-paced-1000', 'mosquitto-paced-10000', 'mosquitto-qos1-topics-100'],
  },
  {
    title: 'Beside Node-RED',
    text: 'The same job in Node-RED 5: mqtt in, json, a function that folds per topic and day, a request every hour.',
    cases: ['node-red-qos1', 'node-red-million', 'node-red-kill'],
  },
  {
    title: 'Start and rest',
    text: 'A start ends with the first SUBSCRIBE. What is written is counted in the blocks of 4 KB that a disk takes: each sync writes one at the least, and a frame of a write-ahead log lies across two.',
    cases: ['start', 'start-store', 'idle', 'idle-day'],
  },
  {
    title: 'Files, late readings, and Exist',
    text: 'A reading that comes late changes its day, and the day is folded again from its readings.',
    cases: ['refold', 'csv', 'plan', 'exist-month'],
    names: { per_second: 'values/s' },
  },
];

export const PAGE_CASES: readonly string[] = SECTIONS.flatMap(({ cases }) => cases);
