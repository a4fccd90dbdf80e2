import type { HomeMessage } from './day-of-home.ts';

/** What a day's messages say, computed without dayfold. */
export interface Truths {
  readonly messages: number;
  readonly fridgeOpens: number;
  readonly kitchenMax: number;
  readonly steps: number;
  /** Growth of the desk's counter from its first message to its last, in kWh. */
  readonly energyKwh: number;
  /** Minutes in which the desk drew more than 20 W; a message holds until the next. */
  readonly deskMinutes: number;
  /** How often the coffee machine was switched on. */
  readonly coffees: number;
}

export function truthsOf(messages: readonly HomeMessage[]): Truths {
  const of = <T>(topic: string): T[] =>
    messages.filter((message) => message.topic === topic).map(({ payload }) => JSON.parse(payload) as T);
  const doors = of<{ contact: boolean }>('zigbee2mqtt/fridge').map(({ contact }) => contact);
  const energy = of<{ ENERGY: { Total: number } }>('tele/desk/SENSOR').map(({ ENERGY }) => ENERGY.Total);
  const coffee = of<{ state: string }>('zigbee2mqtt/coffee').map(({ state }) => state);
  return {
    messages: messages.length,
    fridgeOpens: doors.filter((isClosed, index) => index > 0 && !isClosed && doors[index - 1] === true).length,
    kitchenMax: Math.max(
      ...of<{ temperature: number }>('zigbee2mqtt/kitchen/climate').map(({ temperature }) => temperature),
    ),
    steps: of<number>('home/phone/steps').at(-1) ?? 0,
    energyKwh: (energy.at(-1) ?? 0) - (energy[0] ?? 0),
    deskMinutes: deskMinutesOf(messages.filter(({ topic }) => topic === 'tele/desk/SENSOR')),
    coffees: coffee.filter((state, index) => state === 'ON' && coffee[index - 1] !== 'ON').length,
  };
}

function deskMinutesOf(messages: readonly HomeMessage[]): number {
  const busyMs = messages.map(({ time, payload }, index) => {
    const { ENERGY } = JSON.parse(payload) as { ENERGY: { Power: number } };
    return ENERGY.Power > 20 ? (messages[index + 1]?.time ?? time) - time : 0;
  });
  return busyMs.reduce((sum, each) => sum + each, 0) / 60_000;
}
