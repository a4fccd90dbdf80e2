import { array, assert as check, boolean, constantFrom, integer, oneof, property, record } from 'fast-check';
import { expect, test } from 'vitest';
import { Copies } from '../src/copies.ts';
import { covers, filtersOf, joined, overlapping, overlaps } from '../src/filters.ts';
import { mqttOptions } from '../src/options.ts';
import { matched } from '../src/topics.ts';

const TOPICS = everyPath(['a', 'b', '$'], 3);
const FILTERS = [
  ...everyPath(['a', 'b', '+'], 3),
  ...everyPath(['a', 'b', '+'], 2).map((path) => `${path}/#`),
  '#',
  '$/+',
  '$/#',
];
const filter = constantFrom(...FILTERS);
const qos = constantFrom(0 as const, 1 as const, 2 as const);

test('two filters overlap where some topic matches both', () => {
  const isCommon = (left: string, right: string): boolean =>
    TOPICS.some((topic) => matched(left, topic) !== undefined && matched(right, topic) !== undefined);
  check(
    property(filter, filter, (left, right) => {
      expect(overlaps(left, right)).toBe(isCommon(left, right));
    }),
    { numRuns: 1000 },
  );
});

test('what is subscribed to matches what the series want, with one quality where filters overlap', () => {
  check(
    property(array(record({ topic: filter, qos }), { minLength: 1, maxLength: 6 }), (wanted) => {
      const series = Object.fromEntries(wanted.map((one, index) => [`s${index}`, one]));
      const filters = filtersOf(mqttOptions.parse({ url: 'mqtt://localhost', series }));
      for (const topic of TOPICS) {
        const asked = wanted.filter((one) => matched(one.topic, topic) !== undefined).map((one) => one.qos);
        const given = [...filters].filter(([one]) => matched(one, topic) !== undefined).map(([, quality]) => quality);
        expect(given.length > 0).toBe(asked.length > 0);
        if (asked.length === 0) continue;
        expect(Math.min(...given)).toBe(Math.max(...given));
        expect(Math.min(...given)).toBeGreaterThanOrEqual(Math.max(...asked));
        if (given.length > 1) expect([...filters.keys()].some((one) => overlapping(filters).has(one))).toBe(true);
      }
    }),
  );
});

test('joined filters match at least the same, and overlap only where one begins with a wildcard', () => {
  check(
    property(array(record({ topic: filter, qos }), { minLength: 1, maxLength: 6 }), (wanted) => {
      const series = Object.fromEntries(wanted.map((one, index) => [`s${index}`, one]));
      const filters = filtersOf(mqttOptions.parse({ url: 'mqtt://localhost', series }));
      const all = joined(filters);
      for (const [one, quality] of filters) {
        const cover = [...all].find(([other]) => other === one || covers(other, one));
        expect(cover?.[1]).toBeGreaterThanOrEqual(quality);
      }
      for (const topic of TOPICS) {
        const matching = [...all.keys()].filter((one) => matched(one, topic) !== undefined);
        expect(matching.filter((one) => !/^[+#]/.test(one)).length).toBeLessThan(2);
      }
    }),
  );
  const narrow = new Map([
    ['a/+/c', 0 as const],
    ['a/b/#', 1 as const],
    ['x/+', 0 as const],
  ]);
  expect([...joined(narrow)]).toEqual([
    ['x/+', 0],
    ['a/+/#', 1],
  ]);
});

type Step =
  | { readonly kind: 'subscribe'; readonly filter: string; readonly granted: 0 | 1 | 2 }
  | { readonly kind: 'unsubscribe'; readonly index: number }
  | { readonly kind: 'publish'; readonly topic: string; readonly qos: 0 | 1 | 2; readonly isJoined: boolean }
  | { readonly kind: 'deliver'; readonly order: number };

const steps = array(
  oneof(
    record({ kind: constantFrom('subscribe' as const), filter, granted: qos }),
    record({ kind: constantFrom('unsubscribe' as const), index: integer({ min: 0, max: 5 }) }),
    record({
      kind: constantFrom('publish' as const),
      topic: constantFrom('a/b', 'a/b/a', 'a', 'b/b'),
      qos,
      isJoined: boolean(),
    }),
    record({ kind: constantFrom('deliver' as const), order: integer({ min: 0, max: 9 }) }),
  ),
  { maxLength: 60 },
);

test('of the copies of a message one counts at least, and one alone where no filter went and qualities are alike', () => {
  check(
    property(steps, boolean(), (all, isLevel) => {
      const broker = new CopyingBroker();
      for (const step of all) broker.act(step.kind === 'subscribe' && isLevel ? { ...step, granted: 1 } : step);
      broker.deliverAll();
      for (const { counted, best, hasSeenEnd } of broker.messages) {
        // Of QoS 0 a broker promises nothing.
        if (best > 0) expect(counted).toBeGreaterThan(0);
        if (isLevel && best > 0 && !hasSeenEnd) expect(counted).toBe(1);
      }
    }),
    { numRuns: 2000 },
  );
});

interface Message {
  readonly topic: string;
  /** Quality of its best copy. */
  readonly best: number;
  counted: number;
  /** A filter that matches it was left while it waited. */
  hasSeenEnd: boolean;
}

/** Sends a copy a subscription, or one with the lowest identifier of all, when it likes; forgets what has QoS 0. */
class CopyingBroker {
  readonly messages: Message[] = [];
  readonly #copies = new Copies();
  readonly #subscribed = new Map<string, { readonly identifier: number; readonly qos: 0 | 1 | 2 }>();
  readonly #waiting: { readonly message: Message; readonly qos: 0 | 1 | 2; readonly identifier: number }[] = [];
  #next = 1;

  act(step: Step): void {
    switch (step.kind) {
      case 'subscribe': {
        const named = { identifier: this.#next++, qos: step.granted };
        this.#leave(step.filter);
        this.#subscribed.set(step.filter, named);
        this.#copies.set(step.filter, named);
        break;
      }
      case 'unsubscribe': {
        const one = [...this.#subscribed.keys()][step.index];
        if (one !== undefined) this.#leave(one);
        break;
      }
      case 'publish':
        this.#publish(step.topic, step.qos, step.isJoined);
        break;
      case 'deliver':
        this.#deliver(step.order);
        break;
    }
  }

  deliverAll(): void {
    while (this.#waiting.length > 0) this.#deliver(0);
  }

  #leave(one: string): void {
    if (!this.#subscribed.delete(one)) return;
    this.#copies.delete(one);
    for (const { message } of this.#waiting) if (matched(one, message.topic) !== undefined) message.hasSeenEnd = true;
  }

  #publish(topic: string, published: 0 | 1 | 2, isJoined: boolean): void {
    const copies = [...this.#subscribed]
      .filter(([one]) => matched(one, topic) !== undefined)
      .map(([, named]) => ({ identifier: named.identifier, qos: Math.min(published, named.qos) as 0 | 1 | 2 }));
    if (copies.length === 0) return;
    const best = Math.max(...copies.map((copy) => copy.qos)) as 0 | 1 | 2;
    const message: Message = { topic, best, counted: 0, hasSeenEnd: false };
    this.messages.push(message);
    const sent = isJoined ? [{ identifier: Math.min(...copies.map((copy) => copy.identifier)), qos: best }] : copies;
    this.#waiting.push(...sent.filter((copy) => copy.qos > 0).map((copy) => ({ message, ...copy })));
  }

  #deliver(order: number): void {
    const [one] = this.#waiting.splice(order % Math.max(1, this.#waiting.length), 1);
    if (one === undefined) return;
    const { message, ...copy } = one;
    if (!this.#copies.isSurplus({ topic: message.topic, ...copy })) message.counted += 1;
  }
}

function everyPath(levels: readonly string[], depth: number): string[] {
  if (depth === 1) return [...levels];
  const shorter = everyPath(levels, depth - 1);
  const longest = shorter.filter((path) => path.split('/').length === depth - 1);
  return [...shorter, ...longest.flatMap((path) => levels.map((level) => `${path}/${level}`))];
}
