import type { BenchCase, Goal } from '../bench-case.ts';
import type { BrokerName } from '../brokers.ts';
import { dayfoldOnBroker, idleOnBroker } from '../from-broker.ts';
import type { BrokerCase } from '../from-broker.ts';

const TOPICS = [1, 100, 10_000];

/** Through a real broker, flat out and at a pace: there the broker's core is the limit more often than the subscriber's. */
export const brokerCases: readonly BenchCase[] = [
  paced(1000, 1.3),
  paced(10_000, 1.05),
  ...(['mosquitto', 'aedes'] as const).flatMap((broker) =>
    ([0, 1, 2] as const).flatMap((qos) => TOPICS.map((topics) => flatOut(broker, qos, topics))),
  ),
];

function flatOut(broker: BrokerName, qos: 0 | 1 | 2, topics: number): BenchCase {
  const goal = { figure: 'per_second', of: 'dayfold', to: 'mqtt.js' };
  // Figures to reach are set for mosquitto at QoS 1; the others are for comparison.
  const least = broker === 'mosquitto' && qos === 1 ? { least: 0.95 } : {};
  return onBroker(
    `${broker}-qos${qos}-topics-${topics}`,
    `Flat out through ${broker}, QoS ${qos}, ${topics} topics`,
    { broker, qos, topics },
    [
      { ...goal, ...least },
      { ...goal, figure: 'cpu_us' },
    ],
  );
}

function paced(perSecond: number, most: number): BenchCase {
  const brokerCase: BrokerCase = { broker: 'mosquitto', qos: 1, topics: 1000, perSecond };
  const more = 'dayfold, 10 × series';
  const paces = onBroker(
    `mosquitto-paced-${perSecond}`,
    `${perSecond} messages a second through mosquitto, QoS 1, 1000 topics`,
    brokerCase,
    [
      { figure: 'cpu_us', of: 'dayfold', to: 'mqtt.js', most },
      { figure: 'cpu_us', of: more, to: 'dayfold' },
    ],
  );
  return {
    ...paces,
    contenders: [...paces.contenders, dayfoldOnBroker(more, { ...brokerCase, topics: 10_000, attributes: 500 })],
  };
}

function onBroker(name: string, title: string, brokerCase: BrokerCase, goals: readonly Goal[]): BenchCase {
  return {
    name,
    title,
    contenders: [idleOnBroker('mqtt.js', brokerCase), dayfoldOnBroker('dayfold', brokerCase)],
    goals,
  };
}
