import { connectAsync } from 'mqtt';
import type { MqttClient } from 'mqtt';
import type { Hour, Part, Values } from '../part.ts';

/** A button at a broker that is pressed some times in the hours of the day: the least of a home. */
export class Button implements Part {
  readonly sources: Readonly<Record<string, unknown>>;
  readonly attributes = { presses: { group: 'food', type: 'integer', from: 'home.press', fold: 'count' } };
  readonly presses: Record<string, number> = {};
  readonly #client: MqttClient;
  readonly #hours: readonly number[];

  private constructor(broker: string, client: MqttClient, hours: readonly number[]) {
    this.#client = client;
    this.#hours = hours;
    this.sources = { home: { plugin: 'mqtt', url: broker, keepalive: '1h', series: { press: { topic: 'button' } } } };
  }

  /** Pressed in these hours of each day. */
  static async open(broker: string, hours: readonly number[]): Promise<Button> {
    return new Button(broker, await connectAsync(broker, { keepalive: 0 }), hours);
  }

  async act({ driver, day, hour }: Hour): Promise<void> {
    if (this.#hours.includes(hour)) await this.press(driver, day, 1 + (hour % 3));
  }

  async press(driver: Hour['driver'], day: string, times: number): Promise<void> {
    const before = await driver.taken('home');
    await this.pressUnheard(times);
    await driver.untilTaken('home', before + times);
    this.presses[day] = (this.presses[day] ?? 0) + times;
  }

  /** Whether and when the daemon stores it is for the test to say. */
  async pressUnheard(times: number): Promise<void> {
    for (let press = 0; press < times; press += 1) await this.#client.publishAsync('button', 'single', { qos: 1 });
  }

  truths(): Values {
    return { presses: this.presses };
  }

  async close(): Promise<void> {
    await this.#client.endAsync(true);
  }
}
